"""What a row states about its product, as facts with the field that each comes from. Nothing is said that is not one of them.

A fact keeps the shop's own words. What reads like an order to a machine is no fact: it is left out and told (`Facts.left_out`), so that it
can neither be obeyed nor be advertised. Knows no model and no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote, urlsplit

from chatbot.copywriter.prices import price_told
from chatbot.copywriter.title_parts import shown_title, title_parts
from chatbot.options import option_values, whether
from chatbot.refusals import refusal
from chatbot.sentences import sentences
from chatbot.terms import is_chinese, normalise, words
from knowledge_base.catalog import Product

Kind = Literal[
    "title", "brand", "category", "colour", "material", "measure", "origin", "pack", "option", "flag", "attribute", "tag", "picture", "caption", "said", "price"
]  # fmt: skip
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("colour", re.compile(r"^(?:product |main |primary )?colou?r(?: of product| family| name)?s?$|^(?:主?颜色|色系|颜色分类)$")),
    ("material", re.compile(r"^(?:main |outer |upper |primary |housing |case )?(?:materials?|fabric|composition)(?: type)?$|^(?:主要)?(?:材质|材料|面料|原料)$")),
    ("origin", re.compile(r"^(?:country of origin|origin|made in|country of manufacture)$|^(?:产地|原产地|原产国)$")),
    ("measure", re.compile(r"\b(?:width|height|depth|length|weight|diameter|diagonal|thickness|capacity|volume)\b|宽|高度|深度|长度|重量|净重|直径|厚度|容量|净含量|尺寸")),
)  # fmt: skip
_YES, _NO = frozenset("yes true y ✓ 是 有 支持".split()), frozenset("no false n none 否 无 没有 不支持 n/a".split())
_GIVEN_ELSEWHERE = re.compile(  # what names a record or belongs to its price, stock and delivery
    r"^(?:id|sku|gtin\w*|ean\w*|upc|mpn|barcode|qr code|url|link|handle|images?|image .*|price.*|availability.*|stock.*|quantity|date.*|created.*|updated.*|status|rating.*"
    r"|reviews?.*|condition|currency|discount.*|.*percentage|min(?:imum)? order.*|shipping.*|returns?|return policy|meta .*|seo .*|.*\bids?)$"
)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_MOST_SAID, _LONGEST = 12, 240
_NAMELESS = re.compile(
    r"^(?:img|image|dsc|photo|pic|picture|product|download|unnamed|untitled|default|main|front|large|high|low|thumb|thumbnail|gallery)?$"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """`field` is the column or key as the shop wrote it, `name` how it is said, `value` what it states. A flag's value is its name."""

    field: str
    name: str
    value: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Facts:
    """All that may be said of one product, the most telling first. `title` as it is said; `pictured`: whether the row has a picture;
    `left_out`: fields that were no facts, and why."""

    title: str
    language: str
    known: tuple[Fact, ...]
    pictured: bool = False
    left_out: tuple[str, ...] = ()

    def of(self, *kinds: Kind) -> list[Fact]:
        return [fact for fact in self.known if fact.kind in kinds]

    @property
    def texts(self) -> tuple[str, ...]:
        """As evidence: every value, behind its name where it has one."""
        return tuple(fact.value if fact.name in ("", fact.value) else f"{fact.name}: {fact.value}" for fact in self.known)


def facts_of(
    product: Product, language: str, *, captions: Sequence[str] = (), with_price: bool = False, alt_texts: Sequence[str] = ()
) -> Facts:
    """What the record states. `captions` are what a captioning model saw; they are facts of the picture and nothing else."""
    title = _bare(product.title)
    found = [Fact("name", "", shown_title(title), "title"), *_parts(title, product.language)]
    found += [Fact("brand", "", product.brand, "brand")] if _worth(product.brand, title) else []
    found += [Fact("category", "", product.category.split(" > ")[-1], "category")] if product.category.strip() else []
    found += [fact for name, value in product.attributes if (fact := _attribute(name, value)) is not None]
    found += [
        Fact(name, name, ", ".join(values), "option")
        for name, values in option_values(product).items()
        if len(values) > 1 and not whether(values)
    ]
    found += [Fact("description", "", text, "said") for text in _said(product.description)]
    found += [Fact("tags", "", tag, "tag") for tag in product.tags]
    found += [Fact("image", "", text, "picture") for text in (*alt_texts, *_file_names(product.images)) if _adds(text, title)]
    found += [Fact("image", "", text.strip().rstrip("."), "caption") for text in captions if text.strip()]
    if with_price and (told := price_told(product, language)):
        found.append(Fact("price", "", told, "price"))
    return _without_orders(Facts(shown_title(title), language, tuple(dict.fromkeys(found)), bool(product.images)))


def _bare(text: str) -> str:
    """Without markup, in one line."""
    return " ".join(_MARKUP.sub(" ", text).split()).strip()


def _parts(title: str, language: str) -> list[Fact]:
    return [Fact("name", "", value, "pack") for value in title_parts(title).packs] + [
        Fact("name", "", value, "colour") for value in title_parts(title).colours
    ]


def _worth(value: str, title: str) -> bool:
    return bool(value.strip()) and normalise(value.strip()) not in ("n/a", "none", "unknown", "generic", "no brand", "无")


def _attribute(name: str, value: str) -> Fact | None:
    """An attribute as a fact; None for keys, dates and the like, and for what is not there ("no", "none")."""
    said, told = spoken_name(_bare(name)), _bare(value).rstrip("。.;；")
    if not told or not said or len(told) > _LONGEST or _GIVEN_ELSEWHERE.match(normalise(said)) or re.match(r"https?://", told):
        return None
    if normalise(told) in _NO:
        return None
    if normalise(told) in _YES:
        return Fact(name, said, said, "flag")
    kind: Kind = next((kind for kind, pattern in _KINDS if pattern.search(normalise(said))), "attribute")
    return Fact(name, said, told, kind)


def spoken_name(name: str) -> str:
    """ "attr_t_display_resolution" stays the shop's words, said as words: "Display resolution (px)" → "display resolution"."""
    plain = re.sub(r"[_\s]+", " ", re.sub(r"[(（\[].*?[)）\]]", " ", name)).strip(" :：-")
    kept = [word if (word.isupper() and len(word) > 1) or re.search(r"\d|[a-z][A-Z]", word) else word.lower() for word in plain.split()]
    return " ".join(kept)


def _said(description: str) -> list[str]:
    """Sentences of an existing description, as they stand."""
    return [text for text in sentences(description) if 3 <= len(text) <= _LONGEST][:_MOST_SAID]


def _file_names(images: Iterable[str]) -> list[str]:
    """The words of picture files' names: "…/blue-linen-shirt_02.jpg" → "blue linen shirt"."""
    found = []
    for image in images:
        stem = unquote(urlsplit(image).path).rsplit("/", 1)[-1].rsplit(".", 1)[0]
        parts = re.split(r"[-_\s+.,()]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem))
        kept = [part.lower() for part in parts if not re.search(r"\d", part) and not _NAMELESS.match(part.lower()) and len(part) > 1]
        if len(kept) >= 2 or any(is_chinese(part) for part in kept):
            found.append(" ".join(kept))
    return list(dict.fromkeys(found))


def _adds(text: str, title: str) -> bool:
    """Whether a picture's text says a word that the title does not have."""
    return bool(set(words(text)) - set(words(title)))


def _without_orders(facts: Facts) -> Facts:
    kept = tuple(fact for fact in facts.known if refusal(fact.value) is None and refusal(fact.name) is None)
    dropped = [fact for fact in facts.known if fact not in kept]
    told = tuple(dict.fromkeys(f"{fact.field}: reads like an order to a machine, not like words about a product" for fact in dropped))
    return replace(facts, known=kept, left_out=told)
