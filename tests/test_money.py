"""Amounts as the assistant writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from knowledge_base.catalog import Money
from knowledge_base.money import format_money


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("49", "USD", "$49.00"),
        ("49.00", "EUR", "€49.00"),
        ("1299.5", "GBP", "£1,299.50"),
        ("199", "CNY", "¥199.00"),
        ("1200", "JPY", "¥1,200"),
        ("1200.00", "JPY", "¥1,200"),
        ("49", "CHF", "49.00 CHF"),
        ("15000", "KRW", "15,000 KRW"),
        ("4.5", "KWD", "4.500 KWD"),
        ("49", "", "49.00"),
        ("0", "USD", "$0.00"),
        ("1234567.8", "SEK", "1,234,567.80 SEK"),
    ],
)
def test_each_currency_is_written_its_own_way(amount: str, currency: str, shown: str) -> None:
    assert format_money(Money(Decimal(amount), currency), "en") == shown
    assert format_money(Money(Decimal(amount), currency), "zh") == shown


@pytest.mark.parametrize(("amount", "shown"), [("0.125", "$0.125"), ("19.9000", "$19.90"), ("1E+3", "$1,000.00"), ("19.999", "$19.999")])
def test_an_amount_is_never_rounded_and_never_padded_beyond_its_currency(amount: str, shown: str) -> None:
    assert format_money(Money(Decimal(amount), "USD"), "en") == shown
