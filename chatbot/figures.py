"""The hard facts inside a text: numbers with their unit, prices, dates, times, e-mail addresses, telephone numbers, links, codes.

A figure of a reply is supported when the evidence has the same value with the same unit. "30 days" does not support "30 kg",
"€49" does not support "$49"; "2" and "two", "1,000" and "1000", "三十天" and "30天" are the same. Source of the idea: Trieve's
number score; here it is a gate and not a score.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_EN_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "thousand": 1000, "twice": 2, "double": 2, "half": Decimal("0.5"),
}  # fmt: skip
_ZH_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_ZH_NUMBER = r"[零〇一二两三四五六七八九十百千]+"
_UNITS = {
    "money": r"usd|euros?|eur|gbp|cny|rmb|jpy|dollars?|pounds?|cents?|元|块钱?|人民币|美元|欧元|日元|英镑|[$€£¥](?!\s?\d)",
    "percent": r"%|percent|per cent|折",
    "day": r"(?:business |working |calendar )?days?|天|日|个?工作日",
    "hour": r"hours?|hrs?|小时|h(?![a-z])",
    "minute": r"minutes?|mins?|分钟",
    "week": r"weeks?|周|星期|个星期",
    "month": r"months?|个?月",
    "year": r"years?|yrs?|年",
    "kg": r"kgs?|kilos?|kilograms?|公斤|千克",
    "g": r"grams?|g(?![a-z])|克",
    "mg": r"mg|毫克",
    "lb": r"lbs?|pounds?",
    "oz": r"oz|ounces?",
    "mm": r"mm|毫米",
    "cm": r"cm|厘米|公分",
    "m": r"metres?|meters?|m(?![a-z])|米",
    "km": r"km|公里",
    "inch": r"inch(?:es)?|(?<=\d)in\b|[\"″]|英寸|寸",
    "l": r"litres?|liters?|l(?![a-z])|升",
    "ml": r"ml|毫升",
    "w": r"watts?|w(?![a-z])|瓦",
    "v": r"volts?|v(?![a-z])|伏",
    "mah": r"mah|毫安时?",
    "c": r"°\s?c|℃|度",
    "person": r"people|persons?|人",
}
_SYMBOL = {"$": "$", "€": "€", "£": "£", "¥": "¥", "usd": "$", "us$": "$", "dollar": "$", "dollars": "$", "eur": "€", "euro": "€", "euros": "€", "gbp": "£", "cny": "¥", "rmb": "¥",
           "元": "¥", "块": "¥", "块钱": "¥", "人民币": "¥", "美元": "$", "欧元": "€", "英镑": "£", "jpy": "¥", "日元": "¥"}  # fmt: skip
MONEY = frozenset("$€£¥")  # the units of amounts
_UNIT = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS.items())
_NUMBER = re.compile(
    rf"(?P<before>us\$|[$€£¥]|\b(?:usd|eur|gbp|cny|rmb)\s)?\s?(?P<number>(?<![A-Za-z\d])\d+(?:[.,]\d{{3}})*(?:[.,]\d+)?|(?<![一-鿿]){_ZH_NUMBER}(?=天|日|个|周|年|月|小时|折|件|元|块|次|张|人|公斤|克|米|升|款)|\b(?:{'|'.join(_EN_NUMBERS)})\b)"
    rf"(?:[^\S\n]?[-–—]?[^\S\n]?(?:{_UNIT}))?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'，。）)]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|shop|store|io|co|cn|eu|de|uk|example)\b(?:/[^\s<>\"'，。）)]*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\d.,])\+?\(?\d[\d\s().-]{6,}\d(?![\d.,]*\d)")
_CODE = re.compile(r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)*\b")
_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]
_WEEKDAYS = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "weekend",
    "weekends",
    "周一",
    "周二",
    "周三",
    "周四",
    "周五",
    "周六",
    "周日",
    "星期一",
    "星期二",
    "星期三",
    "星期四",
    "星期五",
    "星期六",
    "星期日",
    "周末",
]
_DAYWORDS = re.compile(
    rf"\b(?:{'|'.join(_MONTHS[:4] + _MONTHS[5:])}|{'|'.join(w for w in _WEEKDAYS if w.isascii())})\b|{'|'.join(w for w in _WEEKDAYS if not w.isascii())}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One hard fact: `kind` is number, email, link, phone, code or day; `unit` is "" where a number stands alone."""

    kind: str
    value: str
    unit: str = ""
    text: str = ""


def figures(text: str) -> list[Figure]:
    """Every figure of `text` in reading order of its kind; addresses and links first, and their digits are not numbers again."""
    plain = unicodedata.normalize("NFKC", text)
    found: list[Figure] = []
    for kind, pattern in (("email", _EMAIL), ("link", _LINK), ("phone", _PHONE)):
        for match in pattern.finditer(plain):
            value = (
                re.sub(r"\D", "", match.group())
                if kind == "phone"
                else match.group().lower().rstrip("./").removeprefix("https://").removeprefix("http://")
            )
            if kind != "phone" or len(value) >= 7:
                found.append(Figure(kind, value, text=match.group()))
        plain = pattern.sub(lambda match: " ¤ " if kind != "phone" or len(re.sub(r"\D", "", match.group())) >= 7 else match.group(), plain)  # noqa: B023
    found += [
        Figure("code", match.group().upper(), text=match.group())
        for match in _CODE.finditer(plain)
        if any(ch.isdigit() for ch in match.group())
    ]
    found += [Figure("day", match.group().lower(), text=match.group()) for match in _DAYWORDS.finditer(plain)]
    found += [figure for match in _NUMBER.finditer(plain) if (figure := _number(match)) is not None]
    return found


def _number(match: re.Match[str]) -> Figure | None:
    value = _value(match.group("number").lower())
    if value is None:
        return None
    before = (match.group("before") or "").strip().lower()
    unit = next((name for name in _UNITS if match.group(name)), "")
    if before or unit == "money":
        symbol = before or (match.group("money") or "").lower()
        unit = _SYMBOL.get(symbol, symbol)
    return Figure("number", format(value.normalize(), "f"), unit, match.group().strip())


def _value(number: str) -> Decimal | None:
    if number in _EN_NUMBERS:
        return Decimal(str(_EN_NUMBERS[number]))
    if number[0].isdigit():
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
            number = number.replace(",", "")
        elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+|\d+,\d{1,2}", number):
            number = number.replace(".", "").replace(",", ".")
        try:
            return Decimal(number.replace(",", ""))
        except InvalidOperation:
            return None
    return _chinese_value(number)


def _chinese_value(number: str) -> Decimal | None:
    total, digit = 0, 0
    for character in number:
        if character in _ZH_DIGITS:
            digit = _ZH_DIGITS[character]
        else:
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            digit = 0
    return Decimal(total + digit)


class FigureIndex:
    """The figures of the evidence, ready to be asked."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._numbers: set[tuple[str, str]] = set()
        self._others: set[tuple[str, str]] = set()
        for text in texts:
            for figure in figures(text):
                (self._numbers if figure.kind == "number" else self._others).add(
                    (figure.value, figure.unit) if figure.kind == "number" else (figure.kind, figure.value)
                )
        self._text = unicodedata.normalize("NFKC", " ".join(texts)).lower()

    def supports(self, figure: Figure) -> bool:
        """Whether the evidence states this very figure. A bare number may rest on one with a unit, not the other way round."""
        if figure.kind == "number":
            if figure.unit:
                return (figure.value, figure.unit) in self._numbers
            return any(value == figure.value for value, _ in self._numbers) or f" {figure.text.lower()} " in f" {self._text} "
        if figure.kind in ("email", "link"):
            return (figure.kind, figure.value) in self._others or (figure.kind == "link" and figure.value in self._text)
        if figure.kind == "code":
            return figure.value.lower() in self._text
        return (figure.kind, figure.value) in self._others

    def unsupported(self, text: str) -> list[Figure]:
        return [figure for figure in figures(text) if not self.supports(figure)]
