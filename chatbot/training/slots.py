"""Values for the slots of the bank's texts: `{days}` is filled with 30, `{money}` with €49.00, `{~days}` with another value near it.

One `Values` is one shop or one product at one moment: the same slot gets the same value in a statement and in the question about it.
All chance comes from the generator that it is given.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_SLOT = re.compile(r"\{(~?)([a-z_]+?)(\d?)\}")
_SPAN = re.compile(r"\{([a-z_]+)\}[^{}.;]{0,12}?(?:\bto\b|\band\b|–|-)\s*\{(\1\d)\}")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = "January February March April May June July August September October November December".split()
_CITIES = "Bristol Leeds Portland Galway Ghent Porto Aarhus Utrecht Lyon Graz Turin Dunedin Halifax Austin Denver Kyoto Bergen Tartu Brno York".split()
_COUNTRIES = (
    *"Canada Ireland Norway Switzerland Australia Japan Germany France Spain Italy Mexico Brazil India Poland Sweden Iceland".split(),
    *("the United States", "New Zealand", "the Netherlands", "Northern Ireland", "South Korea", "the UK"),
)
_REGIONS = [
    *"Scotland Alaska Hawaii Bavaria Brittany Cornwall Tasmania Quebec Sicily Lapland".split(),
    "the Highlands",
    "the islands",
    "the mainland",
]
_CARRIERS = ("DHL", "UPS", "FedEx", "DPD", "GLS", "Royal Mail", "USPS", "An Post", "Hermes", "PostNord", "our own van", "a local courier")
_PAYMENTS = (
    "PayPal",
    "Klarna",
    "Apple Pay",
    "Google Pay",
    "American Express",
    "bank transfer",
    "iDEAL",
    "cash on delivery",
    "Visa",
    "gift card",
)
_BRANDS = "Halden Norrby Castell Ridgeway Ombra Felsted Quillon Marrow Tindal Osprin Verano Brask Lumo Kestrel Arden".split()
_MATERIALS = (
    *"oak beech walnut bamboo steel aluminium brass linen cotton wool leather cork glass porcelain enamel rubber silicone nylon".split(),
    *("stainless steel", "cast iron", "merino wool", "organic cotton", "recycled polyester", "waxed canvas", "birch plywood"),
)
_COLOURS = "black white red navy green grey cream mustard rust teal sand charcoal olive plum sage copper pink".split()
_SIZES = ("XS", "S", "M", "L", "XL", "XXL", "36", "38", "40", "42", "44", "8", "10", "12", "14")
_WORDS = "harbour alder finch marlow tern wicket bramble lantern copper thistle orchard meadow juniper pebble".split()
_NUMBERS: dict[str, Sequence[float]] = {
    "days": (3, 5, 7, 10, 14, 20, 21, 28, 30, 45, 60, 90, 100, 120),
    "weeks": (1, 2, 3, 4, 6, 8, 10, 12),
    "hours": (2, 4, 6, 8, 10, 12, 18, 20, 24, 36, 48, 72),
    "minutes": (5, 10, 15, 20, 25, 30, 40, 45, 60, 90),
    "months": (2, 3, 6, 9, 12, 18, 24, 36),
    "years": (2, 3, 4, 5, 6, 7, 10, 15, 20, 25),
    "percent": (5, 8, 10, 12, 15, 20, 25, 30, 40, 50),
    "number": (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 30, 40, 50, 75, 100, 150, 200),
    "people": (2, 3, 4, 5, 6, 8, 10, 12),
    "kg": (0.4, 0.9, 1.2, 1.8, 2.5, 3.4, 5, 7.5, 8, 10, 12, 15, 18, 20, 25, 30, 40, 60, 80, 90, 100, 110, 120, 130, 150, 200),
    "g": (45, 60, 80, 120, 150, 180, 220, 250, 310, 340, 400, 450, 500, 650, 750, 900),
    "cm": (8, 12, 15, 18, 21, 24, 28, 32, 35, 40, 45, 52, 60, 68, 75, 80, 90, 105, 120, 140, 160, 180, 200),
    "mm": (0.8, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 30),
    "m": (1.2, 1.5, 1.8, 2, 2.5, 3, 4, 5, 8, 10, 15, 20, 30, 50),
    "litres": (0.3, 0.5, 0.75, 1, 1.2, 1.5, 1.7, 2, 3, 4.5, 5, 8, 12, 18, 20, 25, 28, 35, 45, 60, 70),
    "ml": (30, 50, 100, 150, 200, 250, 300, 330, 350, 400, 500, 600, 750),
    "watts": (5, 9, 12, 18, 30, 45, 65, 100, 300, 600, 800, 900, 1200, 1500, 2000, 2200, 3000),
    "volts": (5, 9, 12, 18, 20, 24, 36, 110, 230),
    "mah": (1200, 2000, 3000, 4000, 5000, 8000, 10000, 20000, 26800),
    "celsius": (-25, -20, -10, -5, 0, 5, 10, 20, 30, 40, 60, 80, 95, 120, 160, 180, 200, 220, 230, 250, 300),
    "inch": (4, 5, 6, 7, 8, 10, 11, 12, 14, 16, 18, 20, 24, 27, 32),
    "age": (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18),
    "money": (15, 19, 25, 29, 30, 35, 39, 40, 45, 49, 50, 60, 65, 75, 80, 90, 99, 100, 120, 150, 200, 250),
    "small_money": (1, 1.5, 2, 2.5, 2.95, 3, 3.5, 3.95, 4, 4.5, 4.95, 5, 5.9, 6, 6.5, 6.95, 7.5, 7.95, 8, 9, 9.95, 12, 12.5, 14.95),
    "big_money": (250, 300, 350, 400, 500, 600, 750, 800, 1000, 1200, 1500, 2000, 2500, 5000),
}
_MONEY = frozenset(("money", "small_money", "big_money"))
_FROM_LIST: dict[str, Sequence[str]] = {
    "weekday": _DAYS, "city": _CITIES, "country": _COUNTRIES, "region": _REGIONS, "carrier": _CARRIERS, "payment": _PAYMENTS,
    "brand": _BRANDS, "material": _MATERIALS, "colour": _COLOURS, "size": _SIZES,
}  # fmt: skip
_MADE = ("time", "email", "phone", "link", "code", "date", "product")
_KNOWN = frozenset((*_NUMBERS, *_FROM_LIST, *_MADE))


@dataclass(frozen=True, slots=True)
class Style:
    """How a shop writes money: the symbol or code, whether it stands behind, and whether whole amounts get decimals."""

    symbol: str = "$"
    behind: bool = False
    decimals: bool = True

    @classmethod
    def draw(cls, source: random.Random) -> Style:
        symbol = source.choice(("$", "$", "€", "€", "£", "£", "USD ", "CA$", "A$", " EUR", " kr", " CHF"))
        behind = symbol.startswith(" ") or (symbol == "€" and source.random() < 0.3)
        return cls(f" {symbol}" if behind and not symbol.startswith(" ") else symbol, behind, source.random() < 0.6)

    def money(self, amount: float) -> str:
        number = f"{amount:,.2f}" if self.decimals or amount != int(amount) else f"{amount:,.0f}"
        return number + self.symbol if self.behind else self.symbol + number


class Values:
    """The values of one moment. `product` is the title that stands for `{product}`."""

    def __init__(self, source: random.Random, style: Style, product: str = "") -> None:
        self._source = source
        self._style = style
        self._product = product
        self._known: dict[str, str] = {}
        self._numbers: dict[str, float] = {}

    def fill(self, text: str) -> str:
        """The text with a value in place of each slot; of two that stand as a span, "{cm} to {cm2}", the second is the greater."""
        for span in _SPAN.finditer(text):
            self._put_in_order(*span.groups())
        return _SLOT.sub(self._value, text)

    def _put_in_order(self, low: str, high: str) -> None:
        for slot in (low, high):
            self._known.setdefault(slot, self._new(low.rstrip("0123456789"), slot))
        if self._numbers.get(low, 0) > self._numbers.get(high, 0):
            self._numbers[low], self._numbers[high] = self._numbers[high], self._numbers[low]
            self._known[low], self._known[high] = self._known[high], self._known[low]

    def _value(self, match: re.Match[str]) -> str:
        other, kind, number = match.groups()
        slot = kind + number
        if kind == "product":
            return self._product
        if other:
            return self._another(kind, slot)
        if slot not in self._known:
            self._known[slot] = self._new(kind, slot)
        return self._known[slot]

    def _new(self, kind: str, slot: str) -> str:
        taken = {value for known, value in self._known.items() if known.rstrip("0123456789") == kind}
        for _ in range(20):
            value = self._draw(kind, slot)
            if value not in taken:
                return value
        return value

    def _draw(self, kind: str, slot: str) -> str:
        if kind in _NUMBERS:
            self._numbers[slot] = amount = self._source.choice(_NUMBERS[kind])
            return self._written(kind, amount)
        if kind in _FROM_LIST:
            return self._source.choice(_FROM_LIST[kind])
        return _MAKERS[kind](self._source)

    def _another(self, kind: str, slot: str) -> str:
        """A value that is not the one of the slot, and near it where it is a number."""
        if kind not in _NUMBERS:
            return self._new(kind, slot + "~")
        if slot not in self._numbers:
            self._known.setdefault(slot, self._new(kind, slot))
        true = self._numbers[slot]
        near = sorted(set(_NUMBERS[kind]) - {true}, key=lambda amount: abs(amount - true))[:5]
        return self._written(kind, self._source.choice(near))

    def _written(self, kind: str, amount: float) -> str:
        if kind in _MONEY:
            return self._style.money(amount)
        return f"{amount:,.0f}" if amount == int(amount) and abs(amount) >= 10_000 else f"{amount:g}"


def slots_of(text: str) -> list[str]:
    """The names of the slots, `~` and digit included."""
    return ["".join(parts) for parts in _SLOT.findall(text)]


def unknown_slots(texts: Iterable[str]) -> list[str]:
    """Slots that nothing here can fill, and braces that are none."""
    found = [kind for text in texts for _, kind, _ in _SLOT.findall(text) if kind not in _KNOWN]
    return found + [text for text in texts if "{" in _SLOT.sub("", text) or "}" in _SLOT.sub("", text)]


def _time(source: random.Random) -> str:
    hour, minute = source.randint(7, 20), source.choice(("00", "00", "30", "15"))
    if source.random() < 0.5:
        return f"{hour}:{minute}"
    half = "am" if hour < 12 else "pm"
    return f"{(hour - 1) % 12 + 1}{'' if minute == '00' else ':' + minute} {half}"


def _email(source: random.Random) -> str:
    name = source.choice(("hello", "help", "returns", "care", "orders", "team", "support", "shop"))
    return f"{name}@{source.choice(_WORDS)}{source.choice(('', 'goods', 'shop'))}.example"


def _phone(source: random.Random) -> str:
    return source.choice(("+44 20 7946 0", "+1 207 555 01", "01632 9600", "+353 1 555 0")) + f"{source.randint(10, 99)}"


def _link(source: random.Random) -> str:
    return f"{source.choice(_WORDS)}{source.choice(('', '-shop'))}.example/{source.choice(('returns', 'track', 'sizes', 'help', 'repair'))}"


def _code(source: random.Random) -> str:
    return source.choice(_WORDS).upper()[:5] + str(source.randint(5, 99))


def _date(source: random.Random) -> str:
    return f"{source.randint(1, 28)} {source.choice(_MONTHS)}"


_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "time": _time,
    "email": _email,
    "phone": _phone,
    "link": _link,
    "code": _code,
    "date": _date,
}
