"""Who may come in: pages by origin, widgets by site key, shoppers by a signed identity, operators by password.

Origins are compared exactly; nothing is reflected. Keys and passwords are compared in constant time. Knows no request and no database.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

import jwt

from chatbot.errors import SettingsError, Unauthorized
from chatbot.secrets_file import check_password

_AUDIENCE = "shop-chatbot"
_LOCAL = {"127.0.0.1", "localhost", "::1"}


class Gate:
    """The decisions of one shop's server."""

    def __init__(self, *, site_key: str, allowed_origins: Sequence[str], identity_secret: bytes, console_password_hash: str) -> None:
        if len(identity_secret) < 32:
            raise SettingsError(f"identity secret: expected at least 32 bytes, got {len(identity_secret)}")
        self.site_key = site_key
        self._origins = frozenset(_origin(origin) for origin in allowed_origins)
        self._identity_secret = identity_secret
        self._console_hash = console_password_hash

    def knows_site(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self.site_key.encode())

    def allows_origin(self, origin: str | None, host: str) -> bool:
        """None comes from programs that are no browser; they cannot be kept out by a header they set themselves."""
        if origin is None:
            return True
        if origin == "null":
            return False
        return origin.lower() in self._origins or self.is_own(origin, host)

    def is_own(self, origin: str, host: str) -> bool:
        """Whether a page of this very server sent it; localhost and 127.0.0.1 are one."""
        scheme, _, theirs = origin.lower().partition("://")
        if scheme not in ("http", "https"):
            return False
        page, server = _host_and_port(theirs, scheme), _host_and_port(host.lower(), scheme)
        if page is None or server is None:
            return False
        return page == server or (page[1] == server[1] and {page[0], server[0]} <= _LOCAL)

    def cors_origin(self, origin: str | None, host: str) -> str | None:
        """The value for Access-Control-Allow-Origin, or None."""
        return origin if origin and self.allows_origin(origin, host) else None

    def identify(self, token: str) -> str:
        """The subject of a logged-in shopper's identity.

        Raises: Unauthorized for anything but an unexpired HS256 token for this shop, with exp, sub and aud.
        """
        try:
            claims = jwt.decode(
                token,
                self._identity_secret,
                algorithms=["HS256"],
                audience=_AUDIENCE,
                leeway=60,
                options={"require": ["exp", "sub", "aud"]},
            )
        except (jwt.PyJWTError, ValueError) as error:  # ValueError: not text that UTF-8 can hold
            raise Unauthorized(
                f"identity: expected an unexpired HS256 token for {_AUDIENCE} with exp, sub and aud, got {type(error).__name__}"
            ) from error
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 200:
            raise Unauthorized("identity: expected a subject of 1 to 200 characters")
        return subject

    def check_console(self, password: str) -> bool:
        return check_password(password, self._console_hash)


def _origin(origin: str) -> str:
    scheme, _, rest = origin.lower().rstrip("/").partition("://")
    if scheme not in ("http", "https") or _host_and_port(rest, scheme) is None:
        raise SettingsError(f"CHATBOT_ALLOWED_ORIGINS: expected origins such as https://shop.example, got {origin!r}")
    return f"{scheme}://{rest}"


def origin_of(url: str) -> str:
    """The origin of a page at an absolute URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host_and_port(netloc: str, scheme: str) -> tuple[str, int] | None:
    """None for what is no host: both come from outside."""
    try:
        parts = urlsplit(f"//{netloc}")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.netloc != netloc or "@" in netloc:
        return None
    return parts.hostname, port or (443 if scheme == "https" else 80)
