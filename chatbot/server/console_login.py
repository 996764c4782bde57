"""Who is logged in to the console: random tokens kept in memory for 12 hours (a restart logs operators out), and a limit on guessing.

Knows no route. Invariant: after five wrong passwords of one address within five minutes its further tries are not even looked at.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, HTTPException, Request, Response, Security
from fastapi.security import APIKeyCookie

from chatbot.server.auth import Gate

SECONDS = 12 * 3600
TRIES = 5
WINDOW_SECONDS = 300.0
_MOST_ADDRESSES = 10_000
# What the page about the interface says of a session: both are read below from the request itself, since https has another cookie.
_SESSION = APIKeyCookie(
    name="console",
    scheme_name="operator",
    description="The cookie of `POST /console/api/login`, behind https `__Host-console`: log in under **Operators**; the browser keeps it.",
    auto_error=False,
)
_OWN_PAGE = Header(alias="X-Console", description="Always `1`: no other site's page can send it unasked.", examples=["1"])


class Sessions:
    """The operators who are logged in. `public_origin`: where a proxy shows this server. `clock` may be moved by tests."""

    def __init__(self, gate: Gate, public_origin: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._gate = gate
        self._public_origin = public_origin
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._tries: dict[str, list[float]] = {}

    def blocked(self, address: str) -> float:
        """Seconds until this address may try again; 0 when it may now."""
        since = self._clock() - WINDOW_SECONDS
        recent = [moment for moment in self._tries.get(address, ()) if moment > since]
        return recent[-TRIES] - since if len(recent) >= TRIES else 0.0

    def tried(self, address: str) -> None:
        """Counted before the password is looked at, so that guesses sent at once are all counted."""
        since = self._clock() - WINDOW_SECONDS
        if len(self._tries) >= _MOST_ADDRESSES:
            self._tries = {name: moments for name, moments in self._tries.items() if moments[-1] > since}
        self._tries[address] = [moment for moment in self._tries.get(address, ()) if moment > since] + [self._clock()]

    def begin(self, address: str, request: Request, response: Response) -> None:
        """The password was right."""
        self._tries.pop(address, None)
        self._ends = {token: end for token, end in self._ends.items() if end > self._clock()}
        token = secrets.token_urlsafe(32)
        self._ends[token] = self._clock() + SECONDS
        secure = request.url.scheme == "https"
        response.set_cookie(cookie_name(request), token, max_age=SECONDS, httponly=True, samesite="strict", secure=secure, path="/")

    def end(self, request: Request, response: Response) -> None:
        self._ends.pop(request.cookies.get(cookie_name(request), ""), None)
        response.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="strict")

    def check(self, request: Request, _: Annotated[str | None, Security(_SESSION)] = None) -> None:
        """Raises HTTPException 401 when nobody is logged in here."""
        if self._ends.get(request.cookies.get(cookie_name(request), ""), 0.0) <= self._clock():
            raise HTTPException(401, "console: log in first")

    def check_page(self, request: Request, _: Annotated[str, _OWN_PAGE] = "1") -> None:
        """Raises HTTPException 403 unless a page of this server sent it: no other page can set this header without asking."""
        origin = request.headers.get("origin", "").lower()
        own = origin in ("", self._public_origin) or self._gate.is_own(origin, request.headers.get("host", ""))
        if request.headers.get("x-console") != "1" or not own:
            raise HTTPException(403, "console: expected the header X-Console: 1 from this server's own page")


def cookie_name(request: Request) -> str:
    """Behind https the name itself keeps other hosts and plain http from setting the cookie."""
    return "__Host-console" if request.url.scheme == "https" else "console"
