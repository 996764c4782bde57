"""Which of a product's options a question names: "is the red one in M in stock" → Colour Red, Size M.

Values are matched against the product's own option values; sizes and colours that the product does not have are reported as
absent, so that "in pink?" is answered by what there is. Knows English and Chinese names of common colours and sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatbot.other_units import is_measured
from chatbot.terms import normalise, terms
from knowledge_base.catalog import Product, Variant

_COLOURS = {
    "black": "黑", "white": "白", "red": "红", "blue": "蓝", "green": "绿", "grey": "灰", "pink": "粉", "yellow": "黄", "orange": "橙",
    "purple": "紫", "brown": "棕", "beige": "米", "navy": "藏青", "gold": "金", "silver": "银", "turquoise": "青", "cream": "奶油", "olive": "橄榄",
    "burgundy": "酒红", "teal": "墨绿", "khaki": "卡其", "charcoal": "炭灰", "violet": "紫罗兰", "coral": "珊瑚",
}  # fmt: skip
_SIZES = {"xxs": "xxs", "extra small": "xs", "xs": "xs", "small": "s", "medium": "m", "large": "l", "extra large": "xl", "xl": "xl", "xxl": "xxl", "xxxl": "xxxl",
          "小号": "s", "中号": "m", "大号": "l", "加大": "xl", "特大": "xl"}  # fmt: skip
_SIZE_CUE = r"(?:\bsizes?|\bin(?: an?)?|\ba|\ban|\bthe)\s+({value})\b|\b({value})\s*(?:size|码|号)|(?<![a-z])({value})码|(?:尺码|尺寸|码数|大小)[是为选]?\s*({value})(?![a-z\d])"
_ASKED_SIZE = re.compile(
    r"\bsizes?\s+([0-9]{1,3}(?:\.5)?|x{0,3}[sml])\b|([0-9]{2,3}(?:\.5)?|x{0,3}[sml])\s*[码号]|\bin (?:an? )?(x{0,3}[sl]|m)\b(?!['’])"
    r"|(?:尺码|尺寸|码数|大小)\s*(?:是|为|选)?\s*([0-9]{1,4}(?:\.\d+)?|x{0,3}[sml])"
    r"|\bin (?:an? )?([0-9]{1,4}(?:\.\d+)?)\s*(?:cm|mm|ml|l|kg|g|inch(?:es)?|in|m)\b(?=\s*(?:[?.!,;]|$|please|is that|available|still))",
    re.IGNORECASE,
)
_HAN_DIGITS = {"一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9", "十": "10"}
_HAN_COUNT = re.compile(r"([一二两三四五六七八九十\d])个?(人|米|升|寸|件|只|层|片|支)")
_UNITS = {"m": "m|met(?:re|er)s?|米", "cm": "cm|公分|厘米|centimet(?:re|er)s?", "mm": "mm|毫米", "ml": "ml|毫升", "l": "l|lit(?:re|er)s?|升", "kg": "kg|公斤|kilos?|千克", "g": "g|克|grams?",
          "in": "in|inch(?:es)?|寸", "inch": "in|inch(?:es)?|寸", "w": "w|瓦|watts?", "升": "l|升", "人": "人", "hour": "h|hrs?|hours?|小时", "ft": "ft|foot|feet|英尺", "oz": "oz|ounces?", "lb": "lbs?|pounds?",
          "piece": "pieces?|pcs?|件", "pack": "packs?", "gb": "gb|gigs?", "tb": "tb"}  # fmt: skip
_MEASURE = re.compile(
    r"(\d+(?:\.\d+)?)[\s-]*(cm|mm|ml|m|l|kg|g|w|in|inch(?:es)?|hours?|ft|oz|lbs?|pieces?|packs?|gb|tb|寸|升|人)?(?:\s*\(.*\))?"
)
_EXTREME = re.compile(
    r"\bthe (?:very )?(?:(?P<great>bigg|larg|long|tall)|small|short|littl)e(?:(?P<comparative>r)|st)\b(?! than)", re.IGNORECASE
)
_YES, _NO = frozenset({"yes", "y", "true", "有", "是"}), frozenset({"no", "n", "false", "none", "无", "否"})
COUNTS = {"one": "1", "single": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
           "ten": "10", "twelve": "12"}  # fmt: skip
_THE_ONE = re.compile(r"\b([a-z-]+) (?:ones?|versions?|kind|type|model)\b|([一-鿿]{1,4})的")
_WITHOUT = re.compile(r"\b(?:not|without|no|isn't|aren't|non)\b|不|没|无")
_NEIGHBOURS = (
    (
        re.compile(
            r"\b(?:bigger|larger|next size up|size up|longer|taller) (?:one|size|version)\b|大一号|大一码|大(?:一)?点的|更大的|大的那",
            re.IGNORECASE,
        ),
        1,
    ),
    (
        re.compile(
            r"\b(?:smaller|next size down|size down|shorter) (?:one|size|version)\b|小一号|小一码|小(?:一)?点的|更小的|小的那",
            re.IGNORECASE,
        ),
        -1,
    ),
)
SIZE_NAMES = re.compile(r"size|尺码|尺寸|码数|大小|größe|taille|talla", re.IGNORECASE)
COLOUR_NAMES = re.compile(r"colou?r|颜色|色|farbe|couleur", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """`wanted` are the product's own (name, value) pairs the question names; `absent` words that are no option of it."""

    wanted: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()

    def matches(self, variant: Variant) -> bool:
        """Whether the variant has, for each option name, one of the values that were asked for."""
        names = {name for name, _ in self.wanted}
        return all(any(pair in self.wanted for pair in variant.options if pair[0] == name) for name in names)


def option_values(product: Product) -> dict[str, list[str]]:
    """Option name → its values, in the shop's order."""
    values: dict[str, list[str]] = {}
    for variant in product.variants:
        for name, value in variant.options:
            if value not in values.setdefault(name, []):
                values[name].append(value)
    return values


def asked_options(question: str, product: Product, *, loosely: bool = False) -> Asked:
    """Read the option values out of a question about `product`. The product's own title is not a request.

    `loosely`: a word that sets a value apart is enough wherever it stands, as in one side of a comparison ("the round basket").
    """
    for variant in product.variants:
        if any(
            len(code) >= 4 and re.search(rf"(?<![a-z\d_-]){re.escape(code.lower())}(?![a-z\d_-])", question.lower())
            for code in (variant.sku, variant.gtin)
        ):
            return Asked(variant.options)
    text = _HAN_COUNT.sub(_as_digit, normalise(question).replace(normalise(product.title), " "))
    wanted: list[tuple[str, str]] = []
    for name, values in option_values(product).items():
        found = [(name, value) for value in values if _names(text, name, value)] or _partly(text, name, values, loosely)
        whole = [pair for pair in found if not any(_inside(pair[1], other[1]) for other in found)]
        wanted.extend(whole or [(name, value) for value in _at_the_end(text, values)])
    return Asked(tuple(wanted), tuple(_absent(text, product, wanted)))


def _partly(text: str, name: str, values: Sequence[str], loosely: bool) -> list[tuple[str, str]]:
    """The value of which the text has the words that no other value has ("the soft one": soft cover), or the yes that an option's name asks for."""
    plain = {value: normalise(value) for value in values}
    if whether(values):
        meant = _NO if _WITHOUT.search(text) else _YES
        named = bool(terms(name)) and set(terms(name)) <= set(terms(text))
        return [(name, value) for value, word in plain.items() if named and word in meant]
    if (counted := [value for value in values if _counted(text, name, value)]) and len(counted) == 1:
        return [(name, counted[0])]
    own = {value: set(terms(value)) for value in values}
    telling = {value: own[value] - set().union(*(own[other] for other in values if other != value)) for value in values}
    asked = set(terms(text if loosely else " ".join(one or han for one, han in _THE_ONE.findall(text))))
    found = [value for value in values if len(own[value]) > 1 and telling[value] & asked and not _WITHOUT.match(plain[value])]
    return [(name, value) for value in found if not all(word.isdigit() for word in telling[value])] if len(found) == 1 else []


def _at_the_end(text: str, values: Sequence[str]) -> list[str]:
    """The least or the greatest of measures, where the text asks for it: "the smaller jug" of two, "the largest" of any number."""
    measured = [(value, measure) for value in values if (measure := _MEASURE.match(normalise(value)))]
    asked = _EXTREME.search(text)
    if asked is None or len(measured) < 2 or len(measured) < len(values) or len({measure[2] for _, measure in measured}) > 1:
        return []
    if asked["comparative"] and len(values) > 2:
        return []
    ordered = sorted(measured, key=lambda found: float(found[1][1]))
    return [ordered[-1 if asked["great"] else 0][0]]


def _counted(text: str, name: str, value: str) -> bool:
    """ "With six gears", where the option is called Gears and the value 6-speed."""
    number = re.match(r"\d+", value)
    named = "|".join(re.escape(word) for word in normalise(name).split() if len(word) > 3)
    if not number or not named:
        return False
    spoken = "|".join([number[0], *(word for word, digits in COUNTS.items() if digits == number[0])])
    return re.search(rf"\b(?:{spoken})[ -](?:{named})\b", text) is not None


def is_yes_or_no(value: str) -> bool:
    return normalise(value) in _YES | _NO


def whether(values: Iterable[str]) -> bool:
    """Whether an option is a yes or a no ("Waterproof: yes")."""
    plain = {normalise(value) for value in values}
    return bool(plain & _YES and plain & _NO)


def _as_digit(match: re.Match[str]) -> str:
    """四个人 → 4人, 两米 → 2米: as options are written."""
    return f"{_HAN_DIGITS.get(match[1], match[1])}{match[2]}"


def _inside(value: str, other: str) -> bool:
    return value != other and normalise(value) in normalise(other)


def _names(text: str, name: str, value: str) -> bool:
    plain = normalise(value)
    if len(plain) <= 3 and SIZE_NAMES.search(name) and plain.isalpha():
        return _size_named(text, plain)
    if re.fullmatch(r"[\d.]+", plain):
        return re.search(rf"(?<![\d.$€£¥]){re.escape(plain)}(?![\d.]|\s*(?:usd|eur|元|块|%|dollars|euros))", text) is not None
    number = re.fullmatch(r"(?:eu|uk|us|no\.?|nr\.?|size)\s*(\d+(?:\.5)?)", plain)
    if number and SIZE_NAMES.search(name):  # "EU 42" is asked for as 42
        return re.search(rf"(?<![\d.$€£¥]){re.escape(number[1])}(?![\d.]|\s*(?:usd|eur|元|块|%|cm|mm|ml|kg|g\b))", text) is not None
    if COLOUR_NAMES.search(name) and _colour_named(text, plain):
        return True
    measure = _MEASURE.fullmatch(plain)
    if measure:  # "32cm" is asked for as 32, and as 32公分
        unit = measure[2] or ""
        units = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"), unit)
        other = r"(?!\s*(?:[a-z]|元|块|%|天|个|号|折|岁|升|毫升|公斤|克|寸|人))"
        here = re.search(rf"(?<![\d.$€£¥]){re.escape(measure[1])}(?![\d.])(?:\s*(?:{units})(?![a-z])|{other})", text)
        return here is not None or is_measured(text, float(measure[1]), unit)
    if re.search(r"[一-鿿]", plain):
        return plain in text or (plain.endswith("色") and len(plain) > 2 and f"{plain[:-1]}的" in text)
    return plain in text and re.search(rf"(?<![a-z\d]){re.escape(plain)}(?![a-z\d])", text) is not None


def _size_named(text: str, plain: str) -> bool:
    spoken = [word for word, size in _SIZES.items() if size == plain and word != plain]
    if any(re.search(rf"(?<!\w)(?<!extra[ -])(?<!x-){word}(?!\w)" if word.isascii() else f"(?<![特加超]){word}", text) for word in spoken):
        return True
    return re.search(_SIZE_CUE.format(value=re.escape(plain)), text) is not None or text.strip(" ?？.!") == plain


def _colour_named(text: str, plain: str) -> bool:
    for english, chinese in _COLOURS.items():
        if english not in plain.replace("gray", "grey") and chinese not in plain:
            continue
        asked = re.search(rf"(?<!\w){english}(?!\w)", text.replace("gray", "grey")) is not None
        asked = asked or re.search(rf"{chinese}(?:色|的)", text) is not None
        of_value = english in plain.replace("gray", "grey") or chinese in plain
        if asked and of_value:
            return True
    return False


def _absent(text: str, product: Product, wanted: list[tuple[str, str]]) -> list[str]:
    values = option_values(product)
    absent: list[str] = []
    colour_names = [name for name in values if COLOUR_NAMES.search(name)]
    if colour_names and not any(name in colour_names for name, _ in wanted):
        absent.extend(_asked_colours(text))
    size_names = [name for name in values if SIZE_NAMES.search(name)]
    if size_names and not any(name in size_names for name, _ in wanted):
        found = _ASKED_SIZE.search(text)
        size = next(group for group in found.groups() if group) if found else ""
        there = [normalise(value) for name in size_names for value in values[name]]
        absent.extend([size.upper()] if size and not any(re.match(rf"{re.escape(size)}(?![\d.])", one) for one in there) else [])
    return absent


def _asked_colours(text: str) -> list[str]:
    grey = text.replace("gray", "grey")
    english = [word for word in _COLOURS if re.search(rf"(?<!\w){word}(?!\w)", grey)]
    return english or [f"{word}色" for word in _COLOURS.values() if f"{word}色" in text]


def with_neighbour(question: str, product: Product, previous: str) -> str:
    """ "And the bigger one?" with the name of the option that comes next in the shop's order, or of the last one."""
    step = next((step for pattern, step in _NEIGHBOURS if pattern.search(question)), 0)
    values = next((values for name, values in option_values(product).items() if len(values) > 1 and not COLOUR_NAMES.search(name)), [])
    if not step or not values:
        return question
    before = [values.index(value) for _, value in asked_options(previous, product).wanted if value in values]
    place = before[0] + step if before else (len(values) - 1 if step > 0 else 0)
    return f"{question} {values[min(max(place, 0), len(values) - 1)]}"


def carried(question: str, product: Product, previous: str) -> str:
    """ "And in brown?" after "the black metal one in 6 ft" with the options that stay as they were asked for, where there is such a version."""
    now, before = asked_options(question, product).wanted, asked_options(previous, product).wanted
    named = {name for name, _ in now}
    kept = tuple(pair for pair in before if pair[0] not in named)
    both = Asked((*now, *kept))
    if not now or not kept or not any(both.matches(variant) for variant in product.variants):
        return question
    return f"{question} {' '.join(value for _, value in kept)}"


def attribute_named(question: str, product: Product) -> bool:
    """Whether the question uses the name of one of the product's attributes."""
    asked = set(terms(question))
    return any(set(terms(name)) and set(terms(name)) <= asked for name, _ in product.attributes)
