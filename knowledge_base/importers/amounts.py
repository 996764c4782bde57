"""Cells that mean an amount, a stock or a yes: "€1.299,00", "15.00 USD", "有货", "TRUE".

A number that fits no way of writing is refused, never bent until it fits: a wrong price is worse than a missing one. "$" and "¥" are kept
as signs, because which dollar and whose yuan or yen they mean is for `named_currency` and the shop's own currency to say.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from knowledge_base.catalog import Availability
from knowledge_base.money import CODES

_SIGNS = {
    "$": "$", "us$": "USD", "usd$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD", "s$": "SGD", "hk$": "HKD",
    "nt$": "TWD", "r$": "BRL", "mx$": "MXN", "€": "EUR", "£": "GBP", "¥": "¥", "cn¥": "CNY", "jp¥": "JPY", "元": "CNY", "块": "CNY",
    "块钱": "CNY", "rmb": "CNY", "人民币": "CNY", "円": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS", "฿": "THB",
    "₫": "VND", "zł": "PLN", "kč": "CZK", "ft": "HUF", "fr.": "CHF", "kr": "kr", "euro": "EUR",
}  # fmt: skip
_MEANINGS = {
    "$": ("USD", frozenset("USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP BZD JMD TTD FJD BND BSD BBD".split())),
    "¥": ("CNY", frozenset(["CNY", "JPY"])),
    "kr": ("", frozenset(["SEK", "NOK", "DKK", "ISK"])),
}
# A dot before exactly three digits parts thousands in these: "€1.299" is no price with a tenth of a cent.
_DOT_THOUSANDS = frozenset("EUR DKK NOK ISK BRL TRY IDR VND RON HUF PLN CZK RUB UAH kr".split())
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:[\s'’]\d{3})+(?:[.,]\d+)?(?!\d)|\d[\d.,]*|[.,]\d+)")
_NOISE = re.compile(r"\b(?:each|only|from|ab|nur)\b|[约起]|/\s?[件个]|每件")
_IN_STOCK = frozenset(
    "instock|in stock|available|yes|true|y|有货|现货|在售|有|充足|上架|有现货|有库存|limitedavailability|limited availability|onlineonly|instoreonly"
    "|in store only|online only|low stock|few left|库存紧张|auf lager|lieferbar|vorrätig|ja|en stock|disponible|oui|disponibile".split("|")
)
_SOLD_OUT = frozenset(
    "outofstock|out of stock|sold out|soldout|unavailable|not available|no|false|n|none|无货|缺货|售罄|无|断货|卖完|已售罄|下架|已下架|没有|没货"
    "|discontinued|nicht auf lager|nicht lieferbar|ausverkauft|nein|épuisé|rupture de stock|non|agotado|esaurito".split("|")
)
_YES = frozenset(["true", "1", "yes", "y", "是", "active", "published", "wahr", "oui", "ja", "sí", "si", "vrai"])
LIMIT = Decimal(10) ** 12


class AmountError(ValueError):
    """A cell that cannot be used; the message says what was expected and what came, a second argument names the column."""

    @property
    def column(self) -> str:
        return str(self.args[1]) if len(self.args) > 1 else ""

    def __str__(self) -> str:
        return str(self.args[0])


def parse_price(cell: str) -> tuple[Decimal, str] | None:
    """(amount, currency) of a price cell; None for an empty one. The currency is a code, a sign that several share, or "".

    Raises: AmountError for text that is not one amount, for a negative one and for one with more than 12 digits.
    """
    text = re.sub(r"(?<=\d)[.,]\s?[-–—]+(?=\D|$)", "", unicodedata.normalize("NFKC", cell).strip())  # "19,–"
    if not text:
        return None
    numbers = _NUMBER.findall(text)
    if len(numbers) != 1:
        raise AmountError(f"expected one price such as 19.90, got {shown(cell)}")
    rest = text.replace(numbers[0], " ", 1).strip().lower()
    if rest.startswith("-"):
        raise AmountError(f"expected a price of 0 or more, got {shown(cell)}")
    rest = _NOISE.sub(" ", rest).strip(": ")
    currency = _currency(rest)
    if rest and not currency:
        raise AmountError(f"expected a price such as 19.90 or 19.90 EUR, got {shown(cell)}")
    return _in_range(parse_number(_ungrouped(numbers[0], currency)), cell), currency


def _ungrouped(number: str, currency: str) -> str:
    return number.replace(".", "") if currency in _DOT_THOUSANDS and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", number) else number


def _in_range(amount: Decimal | None, cell: str) -> Decimal:
    if amount is None:
        raise AmountError(f"expected one price such as 19.90, got {shown(cell)}")
    if amount < 0:
        raise AmountError(f"expected a price of 0 or more, got {shown(cell)}")
    if amount >= LIMIT:
        raise AmountError(f"expected a price below {LIMIT:,}, got {shown(cell)}")
    return amount


def parse_number(text: str) -> Decimal | None:
    """ "1,299.00", "1.299,00", "19,90", "1 299" → Decimal; None when it is no number."""
    compact = re.sub(r"[\s'’]", "", text).rstrip(".,")
    if re.fullmatch(r"-?[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d+)?", compact):
        compact = compact.replace(",", "")
    elif re.fullmatch(r"-?[1-9]\d{0,2}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})", compact):
        compact = compact.replace(".", "").replace(",", ".")
    elif not re.fullmatch(r"-?(?:\d+|\d*[.,]\d+)", compact):
        return None
    return Decimal(compact.replace(",", "."))


def _currency(rest: str) -> str:
    plain = rest.strip()
    if plain.upper() in CODES:
        return plain.upper()
    parts = plain.split()
    if len(parts) == 2 and {_SIGNS.get(parts[0]), _SIGNS.get(parts[1])} & {"$", "¥", "€", "EUR", "GBP"}:  # "$ 15.00 CAD" names both
        return next((part.upper() for part in parts if part.upper() in CODES), "")
    return _SIGNS.get(plain, "")


def named_currency(mark: str, default: str = "") -> str:
    """The code that a currency mark means in a shop whose own currency is `default`: "$" is CAD where the shop sells in CAD."""
    if mark not in _MEANINGS:
        return mark or default
    usual, possible = _MEANINGS[mark]
    return default if default in possible else usual


def parse_stock(cell: str) -> tuple[Availability, int | None]:
    """What a stock cell says: a count, or a word for having or not having it.

    Raises: AmountError for anything else.
    """
    text = re.sub(r"^(?:https?://schema\.org/|schema:)", "", unicodedata.normalize("NFKC", cell).strip()).lower().replace("_", " ").strip()
    if not text:
        return Availability.unknown, None
    if found := re.fullmatch(r"(-?\d{1,3}(?:,\d{3})+|-?\d{1,9})(?:\.0+)?\+?(?:\s*(?:件|pcs\.?|pieces|个|只|台|套|盒|units?|stück))?", text):
        count = int(found[1].replace(",", ""))
        return (Availability.in_stock if count > 0 else Availability.out_of_stock), max(count, 0)
    if text in ("preorder", "pre-order", "pre order", "presale", "预售", "预订", "vorbestellbar"):
        return Availability.preorder, None
    if text in ("backorder", "back order", "on backorder", "backordered", "可预订", "madetoorder", "made to order"):
        return Availability.backorder, None
    if text in _IN_STOCK:
        return Availability.in_stock, None
    if text in _SOLD_OUT:
        return Availability.out_of_stock, None
    raise AmountError(f"expected a number or words such as “in stock” or “有货”, got {shown(cell)}")


def is_yes(cell: str) -> bool:
    return cell.strip().lower() in _YES


def shown(cell: str) -> str:
    """The cell as an error message may show it: on one line, cut at 60 characters."""
    flat = " ".join(cell.split())
    return repr(flat if len(flat) <= 60 else flat[:57] + "…")
