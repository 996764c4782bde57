"""Amounts as people write them in each language."""

from __future__ import annotations

from knowledge_base.catalog import Language, Money

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}


def format_money(money: Money, language: Language) -> str:
    """Such as "$1,299.00" or "¥89"; without a currency the bare number."""
    amount = f"{money.amount:,.2f}"
    sign = _SIGNS.get(money.currency)
    return f"{sign}{amount}" if sign else f"{amount} {money.currency}".strip()
