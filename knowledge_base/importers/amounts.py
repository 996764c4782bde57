"""Cells that mean an amount, a stock or a yes: "€1.299,00", "15.00 USD", "有货", "TRUE"."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from knowledge_base.catalog import Availability

_SIGNS = {
    "$": "USD",
    "us$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "CNY",
    "￥": "CNY",
    "元": "CNY",
    "块": "CNY",
    "rmb": "CNY",
    "人民币": "CNY",
    "a$": "AUD",
    "c$": "CAD",
    "₹": "INR",
    "chf": "CHF",
    "kr": "",
}
_NUMBER = re.compile(r"-?\d[\d.,'’\s\u00a0]*")
_IN_STOCK = frozenset(
    [
        "in stock",
        "instock",
        "available",
        "yes",
        "true",
        "有货",
        "现货",
        "在售",
        "有",
        "充足",
        "上架",
        "limitedavailability",
        "onlineonly",
        "instoreonly",
    ]
)
_SOLD_OUT = frozenset(
    [
        "out of stock",
        "outofstock",
        "sold out",
        "soldout",
        "unavailable",
        "no",
        "false",
        "无货",
        "缺货",
        "售罄",
        "无",
        "断货",
        "卖完",
        "已售罄",
        "下架",
        "discontinued",
    ]
)
_YES = frozenset(["true", "1", "yes", "y", "是", "active", "published", "wahr", "oui", "ja"])
CODES = frozenset(
    [
        "USD",
        "EUR",
        "GBP",
        "CNY",
        "JPY",
        "CHF",
        "CAD",
        "AUD",
        "NZD",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CZK",
        "HUF",
        "INR",
        "SGD",
        "HKD",
        "TWD",
        "KRW",
        "THB",
        "MYR",
        "BRL",
        "MXN",
        "ZAR",
        "TRY",
        "AED",
        "SAR",
        "ILS",
        "RUB",
        "UAH",
        "RON",
        "BGN",
        "VND",
        "IDR",
        "PHP",
    ]
)


class AmountError(ValueError):
    """A cell that is no amount; the message says what came."""


def parse_price(cell: str) -> tuple[Decimal, str] | None:
    """(amount, currency or "") of a price cell; None for an empty one.

    Raises: AmountError for text that is not one amount, for a negative one and for one with more than 12 digits.
    """
    text = cell.strip()
    if not text:
        return None
    numbers = _NUMBER.findall(text)
    if len(numbers) != 1:
        raise AmountError(f"expected one price such as 19.90, got {_short(cell)}")
    rest = text.replace(numbers[0], " ").strip().lower().strip(".,:起约 ")
    currency = _currency(rest)
    if rest and not currency and rest not in ("起", "each", "only", "kr"):
        raise AmountError(f"expected a price such as 19.90 or 19.90 EUR, got {_short(cell)}")
    amount = parse_number(numbers[0])
    if amount is None or amount < 0 or amount >= Decimal(10) ** 12:
        raise AmountError(f"expected a price of 0 or more, got {_short(cell)}")
    return amount, currency


def parse_number(text: str) -> Decimal | None:
    """ "1,299.00", "1.299,00", "19,90", "1 299" → Decimal; None when it is no number."""
    compact = re.sub(r"[\s\u00a0'’]", "", text).strip(".,")
    if "," in compact and "." in compact:
        compact = compact.replace(",", "") if compact.rfind(".") > compact.rfind(",") else compact.replace(".", "").replace(",", ".")
    elif compact.count(",") == 1 and not re.fullmatch(r"\d{1,3},\d{3}", compact):
        compact = compact.replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", compact):
        compact = compact.replace(".", "")
    try:
        return Decimal(compact.replace(",", ""))
    except InvalidOperation:
        return None


def _currency(rest: str) -> str:
    if rest.upper() in CODES:
        return rest.upper()
    return _SIGNS.get(rest, "")


def parse_stock(cell: str) -> tuple[Availability, int | None]:
    """What a stock cell says: a count, or a word for having or not having it.

    Raises: AmountError for anything else.
    """
    text = re.sub(r"^https?://schema\.org/", "", cell.strip()).lower().replace("_", " ").strip()
    if not text:
        return Availability.unknown, None
    if re.fullmatch(r"-?\d+(?:\.0+)?(?:\s*(?:件|pcs|个|units?))?", text):
        count = int(re.match(r"-?\d+", text)[0])  # type: ignore[index]
        return (Availability.in_stock if count > 0 else Availability.out_of_stock), max(count, 0)
    if text in ("preorder", "pre-order", "pre order", "presale", "预售", "预订"):
        return Availability.preorder, None
    if text in ("backorder", "back order", "可预订", "madetoorder"):
        return Availability.backorder, None
    if text in _IN_STOCK:
        return Availability.in_stock, None
    if text in _SOLD_OUT:
        return Availability.out_of_stock, None
    raise AmountError(f"expected a number or words such as “in stock” or “有货”, got {_short(cell)}")


def is_yes(cell: str) -> bool:
    return cell.strip().lower() in _YES


def _short(cell: str) -> str:
    shown = " ".join(cell.split())
    return repr(shown if len(shown) <= 60 else shown[:57] + "…")
