"""shop.toml: every key is optional, a wrong one is named with what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.catalog import ShopProfile
from knowledge_base.errors import ContentError
from knowledge_base.profile import read_profile
from tests.shop_files import write


def test_an_empty_file_is_an_empty_profile(tmp_path: Path) -> None:
    assert read_profile(write(tmp_path, "shop.toml", "")) == ShopProfile()


@pytest.mark.parametrize("head", ["", "[shop]\n"])
def test_every_key_is_read(tmp_path: Path, head: str) -> None:
    text = (
        '\ufeff' + head + 'name = " Fen "\ncurrency = "gbp"\nlanguages = ["en", "zh"]\nurl = "https://fen.example"\n'
        'email = "a@fen.example"\n'
        'phone = "+44 20 7946 0000"\nhours = "9 to 5"\naddress = "1 Mill Lane"\nabout = "Pots."\n'
        'greeting = { en = "Hello", zh = "您好" }\nsuggestions = { en = ["Do you ship?", "Any mugs?"] }\n'
    )  # fmt: skip
    assert read_profile(write(tmp_path, "shop.toml", text)) == ShopProfile(
        name="Fen", currency="GBP", languages=("en", "zh"), url="https://fen.example", email="a@fen.example", phone="+44 20 7946 0000",
        hours="9 to 5", address="1 Mill Lane", about="Pots.", greeting=(("en", "Hello"), ("zh", "您好")),
        suggestions=(("en", ("Do you ship?", "Any mugs?")),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('name = "Fen', 'shop.toml:2: expected TOML such as name = "My shop", got a fault: Unterminated string'),
        ("name = 7", "shop.toml:2 [name]: expected a text in quotes, got 7"),
        ('nmae = "Fen"', "shop.toml:2 [nmae]: expected one of the keys name, currency"),
        ('currency = "euro"', "shop.toml:2 [currency]: expected an ISO 4217 code such as EUR, got 'euro'"),
        ('languages = "en"', "shop.toml:2 [languages]: expected a list of texts, got 'en'"),
        ("languages = [1]", "shop.toml:2 [languages]: expected a text in quotes, got 1"),
        ('greeting = "Hello"', "shop.toml:2 [greeting]: expected a table by language such as en = …, got 'Hello'"),
        ('suggestions = { en = "Any mugs?" }', "shop.toml:2 [suggestions]: expected a list of texts, got 'Any mugs?'"),
        ("x = " + "[" * 3000, 'shop.toml:2: expected TOML such as name = "My shop", got a fault: '),
    ],
)
def test_a_fault_is_named_with_what_was_expected(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ContentError) as raised:
        read_profile(write(tmp_path, "shop.toml", f"# Fen\n{text}"))
    assert str(raised.value).startswith(reason)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"shop\.toml:2: expected TOML"):
        read_profile(write(tmp_path, "shop.toml", b'name = "Fen"\nabout = "\xff"\n'))


def test_hours_address_and_about_may_be_told_in_each_language(tmp_path: Path) -> None:
    profile = read_profile(write(tmp_path, "shop.toml", 'hours = { en = "9 to 5", zh = "九点到五点" }\nabout = "A shop."'))
    assert (profile.hours, profile.told("hours", "zh"), profile.told("hours", "fr")) == ("9 to 5", "九点到五点", "9 to 5")
    assert profile.told("about", "zh") == "A shop."


def test_a_language_whose_text_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"shop.toml:1 \[hours\]: expected a text in quotes, got 9"):
        read_profile(write(tmp_path, "shop.toml", "hours = { en = 9 }"))
