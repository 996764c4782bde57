"""What a shop's server keeps to itself: site key, identity secret, the hash of the console password. Made once; readable by its owner."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from chatbot.errors import SettingsError

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class Secrets:
    """`site_key` is public (it stands in the shop's pages); the others are not."""

    site_key: str
    identity_secret: str
    console_hash: str


def load_secrets(data: Path, *, site_key: str = "", console_password: str = "") -> tuple[Secrets, str]:
    """(secrets, the console password when it was made just now, else "").

    Raises: SettingsError when the file cannot be read or written, or is not what this program wrote.
    """
    path = data / "secrets.json"
    made = ""
    make_data_folder(data)
    try:
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        known = {name: str(kept.get(name, "")) for name in ("site_key", "identity_secret", "console_hash")}
    except (OSError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"{path}: expected the secrets this program wrote, got {error}; move the file away to have new ones made"
        ) from error
    if not known["console_hash"] and not console_password:
        made = secrets.token_urlsafe(9)
    found = Secrets(
        site_key=site_key or known["site_key"] or secrets.token_urlsafe(9),
        identity_secret=known["identity_secret"] or secrets.token_urlsafe(48),
        console_hash=hash_password(console_password or made) if console_password or made else known["console_hash"],
    )
    if asdict(found) != known:
        _write(path, found)
    return found, made


def make_data_folder(data: Path) -> None:
    """Raises: SettingsError when there cannot be one."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"CHATBOT_DATA: expected a folder this program may write, got {data} ({error})") from error


def _write(path: Path, found: Secrets) -> None:
    temporary = path.with_suffix(".tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(found), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be written ({error}); give this user the data folder, or another one in CHATBOT_DATA"
        ) from error


def hash_password(password: str, salt: bytes | None = None) -> str:
    """scrypt (RFC 7914) with a salt of its own, as text."""
    salt = salt or os.urandom(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def check_password(password: str, stored: str) -> bool:
    try:
        _, salt, _ = stored.split("$")
        return hmac.compare_digest(hash_password(password, base64.b64decode(salt)), stored)
    except ValueError:
        return False
