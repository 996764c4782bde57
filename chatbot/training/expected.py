"""The ways in which a reply may write what is expected of it: an amount, an attribute's value, with the formats of both languages.

Alternatives are for `judge_reply`, which finds a number whole or not at all, so that a short one ("$49") is safe beside another figure
("$499"). Knows no product and no question.
"""

from __future__ import annotations

import re

from knowledge_base.catalog import Money
from knowledge_base.money import format_money

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}
_SPOKEN = {"USD": ("dollars", "美元"), "EUR": ("euros", "欧元"), "GBP": ("pounds", "英镑"), "CNY": ("yuan", "元"), "JPY": ("yen", "日元")}
_MEASURE = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+|%)?")
_UNITS = {
    "kg": ("kilo", "公斤", "千克"),
    "g": ("gram", "克"),
    "cm": ("centimet", "厘米"),
    "mm": ("millimet", "毫米"),
    "m": ("met", "米"),
    "l": ("lit", "升"),
    "ml": ("millilit", "毫升"),
    "w": ("watt", "瓦"),
    "years": ("year", "年"),
    "年": ("年",),
    "升": ("升",),
    "克": ("克", "g"),
    "公斤": ("公斤", "kg"),
}
MOST = 12
_LONGEST_PIECE = 40


def amounts(money: Money) -> list[str]:
    """Alternatives for an amount: "$1,299.00", "$1299", "1,299 dollars", "1299元"."""
    exact, whole = f"{money.amount:.2f}", money.amount == money.amount.to_integral_value()
    numbers = [f"{money.amount:,.2f}", exact] + ([f"{money.amount:,.0f}", f"{money.amount:.0f}"] if whole else [])
    sign, spoken = _SIGNS.get(money.currency), _SPOKEN.get(money.currency, ())
    written = [f"{sign}{number}" if sign else f"{number} {money.currency}".strip() for number in numbers]
    written += [f"{number} {money.currency}" for number in numbers[-2:] if money.currency]
    written += [f"{number} {word}" if word.isascii() else f"{number}{word}" for word in spoken for number in numbers[-2:]]
    return list(dict.fromkeys([format_money(money, "en"), *written]))[:MOST]


def value_groups(value: str) -> list[list[str]]:
    """What a reply must say of an attribute's value: each of its numbers (a single one with its unit), else each of its pieces."""
    found = _MEASURE.findall(value)
    if len(found) == 1 and found[0][1]:
        return [_measures(*found[0])]
    if found:
        return [[number] for number, _ in found][:4]
    pieces = [piece.strip(" .。") for piece in re.split(r"[,，;；、/]", value)]
    return [[piece] for piece in pieces if piece and len(piece) <= _LONGEST_PIECE][:3]


def _measures(number: str, unit: str) -> list[str]:
    units = [unit, *_UNITS.get(unit.lower(), ())]
    return list(dict.fromkeys(form for word in units for form in (f"{number} {word}", f"{number}{word}")))[:MOST]
