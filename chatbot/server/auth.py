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
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


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
        parts = urlsplit(origin.lower())
        if parts.scheme not in ("http", "https") or not host:
            return False
        own, theirs = urlsplit(f"//{host.lower()}"), parts
        same_port = (own.port or _port(parts.scheme)) == (theirs.port or _port(parts.scheme))
        both_local = {f"{own.hostname}", f"{theirs.hostname}"} <= {"127.0.0.1", "localhost", "::1"}
        return same_port and (own.hostname == theirs.hostname or both_local)

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
        except jwt.PyJWTError as error:
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
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise SettingsError(f"CHATBOT_ALLOWED_ORIGINS: expected origins such as https://shop.example, got {origin!r}")
    return origin.lower().rstrip("/")


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
