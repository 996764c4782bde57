"""Products as plain JSON objects: a shop's own export, Shopify's products.json, lines of a database dump.

Keys go through the same names as the columns of a plain list. Nested objects of attributes become attributes, objects under `variants`
become variants with what they share taken from their product; numbers, yes and no are read as they would be from a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from knowledge_base.catalog import Problem
from knowledge_base.described import joined
from knowledge_base.importers.amounts import AmountError, shown
from knowledge_base.importers.grouping import Offer
from knowledge_base.importers.headings import role_of
from knowledge_base.importers.simple_csv import Columns, read_row
from knowledge_base.importers.tables import TableRow, column
from knowledge_base.text import clean_text, html_to_text, slug

Record = tuple[int, dict[str, Any]]  # the line where it starts, the object

_ATTRIBUTES = frozenset(
    "attributes|attribute|attrs|specs|spec|specifications|properties|params|parameters|features|属性|参数|规格参数".split("|")
)
_VARIANTS = ("variants", "skus", "variations", "sku_list", "skuList")
_OWN = frozenset(["title", "id", "description", "category", "parent_category", "brand", "tags", "url"])  # a product's, not a variant's
_AMOUNT = frozenset(["amount", "value", "price"])
_DEPTH = 8


def text_of(value: Any) -> str:
    """A scalar, or the name or address of an object, or the first of a list, as clean text."""
    for _ in range(_DEPTH):
        if isinstance(value, dict):
            value = next((value[key] for key in ("name", "title", "@value", "url", "src", "contentUrl", "value") if value.get(key)), "")
        elif isinstance(value, list):
            value = value[0] if value else ""
        else:
            break
    if value is None or isinstance(value, dict | list):
        return ""
    return clean_text(str(value).lower() if isinstance(value, bool) else str(value))


def words_of(shared: str, own: str) -> str:
    """A variant's description: what is written of its product, then what it says itself."""
    return joined(html_to_text(shared), html_to_text(own)) if shared and own and shared != own else shared or own


def is_product(item: dict[str, Any]) -> bool:
    """A name, and a price, an image or variants."""
    roles = {role_of(key_of(name)) for name in item}
    return "title" in roles and bool(roles & {"price", "list_price", "image"} or _members(item))


def key_of(name: str) -> str:
    """ "salePrice" and "sale_price" → "sale price"."""
    return column(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def read_objects(records: list[Record], file: str) -> tuple[list[Offer], list[Problem]]:
    """Offers of plain product objects; what cannot be read is a problem that names line and key."""
    offers: list[Offer] = []
    problems: list[Problem] = []
    for line, item in records:
        if not is_product(item):
            problems.append(Problem(file, line, "", f"expected an object with name and price, got the keys {shown(', '.join(item))}"))
            continue
        for row, titles, options in _rows(line, item):
            try:
                offer = read_row(row, Columns.of(tuple(row.cells), titles))
            except AmountError as error:
                problems.append(Problem(file, line, error.column, str(error)))
                continue
            offer.options.extend(options)
            offers.append(offer)
    return offers, problems


def _rows(line: int, item: dict[str, Any]) -> Iterator[tuple[TableRow, dict[str, str], list[tuple[str, str]]]]:
    members = _members(item)
    shared = {key: value for key, value in item.items() if key not in _VARIANTS}
    names = [text_of(option) for option in _listed(shared.pop("options", None))] if members else []
    cells, titles = _flat(shared)
    if not members:
        yield TableRow(line, cells), titles, []
        return
    own = next((cells[name] for name in cells if role_of(name) == "id" and cells[name]), "")
    own = own or slug(next((cells[name] for name in cells if role_of(name) == "title"), ""))
    kept = {name: value for name, value in cells.items() if role_of(name) in _OWN or not role_of(name)}
    for member in members:
        options, rest = _options(member, names)
        more, more_titles = _flat(rest)
        its = {name: value for name, value in more.items() if role_of(name) and role_of(name) not in _OWN and value}
        its.setdefault("sku", next((more[name] for name in ("sku", "item id", "variant id", "id") if more.get(name)), ""))
        priced = any(role_of(name) == "price" for name in its)
        lent = ("image", "currency") if priced else ("image", "currency", "price", "list_price")
        base = {name: value for name, value in cells.items() if role_of(name) in lent}
        row = {**kept, **base, **its, **_described(kept, more), "product id": own}
        yield TableRow(line, row), {**more_titles, **titles}, options


def _described(kept: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """The descriptions of a variant, each after what its product says in the same place."""
    return {name: words_of(kept.get(name, ""), words) for name, words in more.items() if words and role_of(name) == "description"}


def _members(item: dict[str, Any]) -> list[dict[str, Any]]:
    found: Any = next((item[name] for name in _VARIANTS if item.get(name)), [])
    return [member for member in (found.values() if isinstance(found, dict) else _listed(found)) if isinstance(member, dict)]


def _options(member: dict[str, Any], names: list[str]) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """(options, the other keys): option1 … option3 as Shopify has them, an object of options, or a list of name and value."""
    numbered = [f"option{number}" for number in range(1, 4)]
    pairs = [
        (names[number] if number < len(names) and names[number] else f"Option {number + 1}", text_of(member.get(key)))
        for number, key in enumerate(numbered)
    ]
    stated = next((member[key] for key in ("options", "attributes", "selectedOptions", "specs") if member.get(key)), None)
    pairs += list(_pairs(stated))
    rest = {key: value for key, value in member.items() if key not in (*numbered, "options", "attributes", "selectedOptions", "specs")}
    return [(_title(name), value) for name, value in pairs if value and value.lower() != "default title"], rest


def _flat(item: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """(cells, titles): one level of nesting laid flat. Attributes keep their own names and never pass for a price or a name."""
    cells: dict[str, str] = {}
    titles: dict[str, str] = {}

    def put(key: str, title: str, value: str) -> None:
        if not cells.get(key) and (value or role_of(key) == "title"):
            cells[key], titles[key] = value, title

    for name, value in item.items():
        key = key_of(name)
        if key in _ATTRIBUTES and isinstance(value, dict | list):
            for inner, text in _pairs(value):
                put(f"attribute: {inner}", _title(inner), text)
        elif isinstance(value, dict) and role_of(key) in ("price", "list_price"):
            put(key, name, next((text_of(part) for inner, part in value.items() if key_of(inner) in _AMOUNT), ""))
            put("currency", "currency", next((text_of(part) for inner, part in value.items() if "currency" in key_of(inner)), ""))
        elif isinstance(value, dict) and not role_of(key):
            for inner, part in value.items():
                if not isinstance(part, dict | list):
                    put(f"{key} {key_of(inner)}", _title(f"{name} {inner}"), text_of(part))
        else:
            put(key, name if role_of(key) else _title(name), _cell(value, role_of(key)))
    return cells, titles


def _cell(value: Any, role: str) -> str:
    if isinstance(value, list):
        return (";" if role == "image" else ", ").join(part for one in value[:20] if (part := text_of(one)))
    return text_of(value)


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    """(name, value) of {"Colour": "Blue"} and of [{"name": "Colour", "value": "Blue"}]."""
    if isinstance(value, dict):
        yield from ((clean_text(name), _cell(part, "")) for name, part in value.items())
    for part in _listed(value) if isinstance(value, list) else []:
        if isinstance(part, dict):
            name = next((text_of(part[key]) for key in ("name", "attribute", "key", "label", "attr_name") if part.get(key)), "")
            text = next((_cell(part[key], "") for key in ("value", "values", "option", "text", "attr_value") if part.get(key)), "")
            if name and text:
                yield name, text


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _title(name: str) -> str:
    """ "warrantyInformation" and "attr_t_compatibility" as a person would write them; what has spaces or capitals stays."""
    bare = re.sub(r"^(?:attr|attribute|spec|pa)_(?:[a-z]_)?", "", name)
    if not re.search(r"[_a-z][A-Z]|_", bare) and not bare.islower():
        return clean_text(bare)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare).replace("_", " ").strip()
    return clean_text(words[:1].upper() + words[1:].lower())
