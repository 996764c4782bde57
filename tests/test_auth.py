import time
from collections.abc import Callable

import jwt
import pytest

from chatbot.errors import SettingsError, Unauthorized
from chatbot.secrets_file import hash_password
from chatbot.server.auth import Gate

SECRET = b"an identity secret of forty-one characters"
HASH = hash_password("open sesame")
HOST = "chat.shop.example"


def gate(*origins: str) -> Gate:
    return Gate(site_key="site-key", allowed_origins=origins, identity_secret=SECRET, console_password_hash=HASH)


def identity(secret: bytes = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    known: dict[str, object] = {"sub": "shopper-7", "aud": "shop-chatbot", "exp": int(time.time()) + 300}
    return jwt.encode({name: value for name, value in (known | claims).items() if value is not None}, secret, algorithm)


def test_only_the_exact_site_key_is_known() -> None:
    known = gate().knows_site
    assert known("site-key")
    for other in ("", "site-ke", "site-key ", "SITE-KEY", "site-key\x00", "站点"):
        assert not known(other)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),  # a program, not a page
        ("https://shop.example", True),
        ("HTTPS://Shop.Example", True),
        ("https://shop.example:8443", True),
        ("https://chat.shop.example", True),  # the server's own pages
        ("http://chat.shop.example", True),
        ("http://shop.example", False),
        ("https://shop.example:444", False),
        ("https://www.shop.example", False),
        ("https://shop.example.evil.example", False),
        ("https://evil.example/shop.example", False),
        ("https://shop.example@evil.example", False),
        ("https://chat.shop.example.evil.example", False),
        ("https://chat.shop.example:99", False),
        ("https://evilshop.example", False),
        ("null", False),
        ("", False),
        ("https://", False),
        ("file://", False),
        ("chrome-extension://chat.shop.example", False),
        ("https://shop.example, https://evil.example", False),
        ("https://[::1", False),  # no URL at all
        ("https://chat.shop.example:99999", False),  # no port either
        ("https://chat.shop.example:port", False),
        ("https://shóp.example", False),
    ],
)
def test_origins_are_compared_exactly(origin: str | None, allowed: bool) -> None:
    assert gate("https://shop.example/", "https://shop.example:8443").allows_origin(origin, HOST) is allowed


@pytest.mark.parametrize("host", ["", ":", "[::1", "chat.shop.example:99999", "chat.shop.example:x"])
def test_a_host_header_that_is_no_host_allows_no_page_but_the_listed_ones(host: str) -> None:
    assert not gate().allows_origin("https://chat.shop.example", host)
    assert gate("https://shop.example").allows_origin("https://shop.example", host)


def test_the_names_of_this_machine_are_one_but_its_ports_are_not() -> None:
    assert gate().allows_origin("http://localhost:8000", "127.0.0.1:8000")
    assert gate().allows_origin("http://[::1]:8000", "localhost:8000")
    assert not gate().allows_origin("http://localhost:3000", "127.0.0.1:8000")


def test_an_origin_is_given_back_for_cors_only_when_it_is_allowed() -> None:
    assert gate("https://shop.example").cors_origin("https://shop.example", HOST) == "https://shop.example"
    assert gate("https://shop.example").cors_origin("https://evil.example", HOST) is None
    assert gate("https://shop.example").cors_origin(None, HOST) is None


@pytest.mark.parametrize("origin", ["*", "shop.example", "https://", "ftp://shop.example", "https://shop.example/chat"])
def test_an_allowed_origin_that_is_none_is_refused_with_its_setting(origin: str) -> None:
    with pytest.raises(SettingsError, match=r"CHATBOT_ALLOWED_ORIGINS: expected origins such as https://shop\.example, got"):
        gate(origin)


def test_a_short_identity_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="expected at least 32 bytes, got 5"):
        Gate(site_key="k", allowed_origins=(), identity_secret=b"short", console_password_hash=HASH)


def test_a_signed_identity_names_its_shopper() -> None:
    assert gate().identify(identity()) == "shopper-7"
    assert gate().identify(identity(exp=int(time.time()) - 30)) == "shopper-7"  # clocks differ


FORGED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no token": lambda: "a.b.c",
    "another secret": lambda: identity(b"another secret of at least 32 bytes, yes"),
    "another algorithm": lambda: identity(b"x" * 64, algorithm="HS512"),
    "expired": lambda: identity(exp=int(time.time()) - 120),
    "never expiring": lambda: identity(exp=None),
    "another audience": lambda: identity(aud="another-shop"),
    "no audience": lambda: identity(aud=None),
    "no subject": lambda: identity(sub=None),
    "an empty subject": lambda: identity(sub=""),
    "an endless subject": lambda: identity(sub="s" * 201),
    "not yet valid": lambda: identity(nbf=int(time.time()) + 600),
    "without a signature": lambda: jwt.encode({"sub": "x", "aud": "shop-chatbot", "exp": 9999999999}, None, "none"),
    "half a surrogate pair": lambda: "\ud800",
    "not ASCII": lambda: "签名",
}


@pytest.mark.parametrize("name", FORGED)
def test_no_other_identity_is_believed(name: str) -> None:
    with pytest.raises(Unauthorized, match="identity: expected"):
        gate().identify(FORGED[name]())


def test_a_signature_is_not_believed_for_other_claims() -> None:
    head, _, signature = identity().split(".")
    other = identity(sub="shopper-8").split(".")[1]
    with pytest.raises(Unauthorized):
        gate().identify(f"{head}.{other}.{signature}")


def test_only_the_console_password_opens_the_console() -> None:
    check = gate().check_console
    assert check("open sesame")
    for wrong in ("", "open sesam", "Open Sesame", "open sesame ", "\ud800", HASH):
        assert not check(wrong)
