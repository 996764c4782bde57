"""The words a catalogue is described with: categories, kinds of things, brands, option values, colours.

Built once per version from the products of every language; asked by the filter parser ("tents" is a category here) and by the name
matcher ("tent" is nobody's name). Words are compared by their terms (stems in English, words and character pairs in Chinese).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from knowledge_base.catalog import Product
from knowledge_base.keywords import fold, terms
from knowledge_base.languages import has_han

COLOURS: Mapping[str, tuple[str, ...]] = {  # canonical colour to the words that name it
    "black": ("black", "黑"), "white": ("white", "白"), "grey": ("grey", "gray", "charcoal", "灰"),
    "red": ("red", "红", "burgundy", "crimson"),
    "blue": ("blue", "navy", "蓝", "藏青"), "green": ("green", "olive", "绿"), "yellow": ("yellow", "黄", "mustard"),
    "orange": ("orange", "橙", "橘"),
    "purple": ("purple", "violet", "紫", "lilac"), "pink": ("pink", "粉"), "brown": ("brown", "棕", "褐", "咖啡色"),
    "beige": ("beige", "cream", "米色", "米白", "杏色"), "gold": ("gold", "golden", "金色"), "silver": ("silver", "银"),
    "teal": ("teal", "turquoise", "青"), "khaki": ("khaki", "卡其"),
}  # fmt: skip
_COLOUR_WORDS = {word: colour for colour, words in COLOURS.items() for word in words}
_COLOUR_NAMES = frozenset({"colour", "color", "颜色", "花色", "couleur", "farbe"})
_SIZE_NAMES = frozenset({"size", "sizes", "尺码", "尺寸", "码数", "大小", "鞋码", "shoe size", "taille", "größe"})
_SIZE_WORDS = {
    "extra small": "xs", "x-small": "xs", "small": "s", "medium": "m", "large": "l", "extra large": "xl", "x-large": "xl",
    "xx-large": "xxl",
    "2xl": "xxl", "3xl": "xxxl", "小": "s", "中": "m", "大": "l", "加大": "xl", "特大": "xl", "one size": "one size", "均": "one size",
    "均码": "one size", "小码": "s", "中码": "m", "大码": "l",
}  # fmt: skip


def colours_in(text: str) -> set[str]:
    """The canonical colours a folded text names: "navy" is blue, "藏青蓝" is blue and teal."""
    words = set(terms_of_latin(text))
    return {colour for word, colour in _COLOUR_WORDS.items() if (word in text if has_han(word) else word in words)}


def terms_of_latin(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()


def option_name(name: str) -> str:
    """ "Color", "颜色" are "colour"; "尺码" is "size"; any other name is itself in lower case."""
    folded = fold(name).strip()
    if folded in _COLOUR_NAMES or folded.endswith(("颜色", "colour", "color")):
        return "colour"
    return "size" if folded in _SIZE_NAMES else folded


def size_word(value: str) -> str:
    """ "Medium" and "M码" are "m"; "EU 42" and "42码" are "42"."""
    folded = fold(value).strip().removeprefix("eu ").removeprefix("size ").removesuffix(" eu")
    bare = folded.removesuffix("码").removesuffix("号").strip()
    return _SIZE_WORDS.get(folded, _SIZE_WORDS.get(bare, bare or folded))


def option_fits(name: str, wanted: str, value: str) -> bool:
    """Whether a variant's value is what was asked: "Midnight Blue" is "blue", "M (38-40)" is "m"."""
    folded = fold(value)
    if name == "colour":
        asked = colours_in(wanted)
        return bool(asked & colours_in(folded)) if asked else wanted in folded
    if name == "size":
        sizes = {size_word(value), *(size_word(part) for part in folded.replace("(", "/").replace(")", "").split("/"))}
        return size_word(wanted) in sizes
    return fold(wanted) == folded


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`categories`: name as the shop writes it to its terms; `kinds`: what the last words of several titles say things are;
    `things`: the last word of any title."""

    categories: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]
    brands: Mapping[str, str]  # folded to as written
    values: Mapping[str, tuple[str, ...]]  # folded option value to the option names it occurs under
    things: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def vocabulary_of(products: Sequence[Product]) -> Vocabulary:
    categories = {part: tuple(_content_terms(part)) for product in products for part in category_parts(product)}
    return Vocabulary(
        categories={name: found for name, found in categories.items() if found},
        kinds=_kinds(products, least=2),
        things=_kinds(products, least=1),
        brands={fold(product.brand): product.brand for product in products if len(product.brand) > 1},
        values=_values(products),
    )


def category_parts(product: Product) -> list[str]:
    """ "Outdoor > Tents" as its names, outermost first."""
    return [part.strip() for part in product.category.replace("/", ">").split(">") if part.strip()]


def _content_terms(text: str) -> list[str]:
    return list(dict.fromkeys(terms(text)))


def _kinds(products: Iterable[Product], least: int) -> dict[str, tuple[str, ...]]:
    """Words that end at least so many different titles, such as "tent", "sleeping bag" or "帐篷"."""
    endings: Counter[str] = Counter()
    for title in {fold(product.title) for product in products}:
        endings.update(_endings(title))
    return {ending: tuple(_content_terms(ending)) for ending, count in endings.items() if count >= least and _content_terms(ending)}


def _endings(title: str) -> list[str]:
    plain = title.split(",")[0].split("(")[0].split("（")[0].strip()
    if has_han(plain):
        tail = plain[-4:]
        return [tail[i:] for i in range(len(tail) - 1) if all(has_han(char) for char in tail[i:])]
    words = [word for word in terms_of_latin(plain) if not word.isdigit()]
    return [" ".join(words[-size:]) for size in (1, 2) if len(words) > size]


def _values(products: Iterable[Product]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for product in products:
        for variant in product.variants:
            for name, value in variant.options:
                found.setdefault(fold(value).strip(), {})[option_name(name)] = None
    return {value: tuple(names) for value, names in found.items() if value}
