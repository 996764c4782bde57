"""Products and questions as JSON: schema.org JSON-LD (also inside saved pages), Shopify's products.json, JSON lines, plain arrays.

JSON-LD is read wherever it stands: arrays, @graph, ProductGroup with variants, http and https names, numbers as strings. Objects with
plain keys go through the same column names as a plain product list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from knowledge_base.catalog import Availability, Document, Problem, Source
from knowledge_base.errors import ContentError
from knowledge_base.importers.amounts import AmountError, parse_price, parse_stock
from knowledge_base.importers.grouping import Imported, Offer, group
from knowledge_base.importers.markdown_faq import is_question_table, read_questions
from knowledge_base.importers.simple_csv import is_simple, read_simple
from knowledge_base.importers.tables import Table, TableRow, column
from knowledge_base.languages import detect_language
from knowledge_base.text import clean_text, html_to_text, slug

_SCRIPT = re.compile(r"<script[^>]*application/ld\+json[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL)
_DEPTH = 40


def read_json(text: str, file: str, *, currency: str = "", language: str = "") -> Imported:
    """Read a .json file or JSON lines.

    Raises: ContentError with the line where the JSON is broken, or when it holds neither products nor questions.
    """
    objects, problems = _objects(text, file)
    return _read(objects, file, problems, currency, language)


def read_page(text: str, file: str, *, currency: str = "", language: str = "") -> Imported | None:
    """The JSON-LD blocks of a saved HTML page; None when it has none."""
    objects: list[tuple[int, Any]] = []
    problems: list[Problem] = []
    blocks = list(_SCRIPT.finditer(text))
    for block in blocks:
        line = text[: block.start()].count("\n") + 1
        try:
            objects.append((line, json.loads(block[1])))
        except (json.JSONDecodeError, RecursionError) as error:
            problems.append(Problem(file, line, "", f"expected JSON in the ld+json block, got {error}"))
    return _read(objects, file, problems, currency, language) if blocks else None


def _objects(text: str, file: str) -> tuple[list[tuple[int, Any]], list[Problem]]:
    try:
        return [(1, json.loads(text))], []
    except RecursionError as error:
        raise ContentError(f"{file}:1: expected JSON nested at most {_DEPTH} deep, got more") from error
    except json.JSONDecodeError as error:
        whole = error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    found: list[tuple[int, Any]] = []
    problems: list[Problem] = []
    for number, line in lines:
        try:
            found.append((number, json.loads(line)))
        except (json.JSONDecodeError, RecursionError) as error:
            problems.append(Problem(file, number, "", f"expected one JSON object on the line, got {line[:40]!r} ({error})"))
    if len(found) < 2 and not (len(found) == 1 and len(lines) == 2):
        raise ContentError(f"{file}:{whole.lineno}: expected JSON, got a fault at column {whole.colno} ({whole.msg})")
    return found, problems


def _read(objects: list[tuple[int, Any]], file: str, problems: list[Problem], currency: str, language: str) -> Imported:
    offers: list[Offer] = []
    documents: list[Document] = []
    plain: list[tuple[int, dict[str, Any]]] = []
    for line, item in _walk(objects):
        kinds = _kinds(item)
        try:
            if kinds & {"Product", "ProductGroup", "IndividualProduct", "ProductModel"}:
                offers.extend(_product(item, line))
            elif "Question" in kinds:
                documents.append(_question(item, line, file, language))
            elif isinstance(item.get("variants"), list) and item.get("title"):
                offers.extend(_shopify(item, line))
            elif not kinds:
                plain.append((line, item))
        except AmountError as error:
            problems.append(Problem(file, line, str(error.args[1]) if len(error.args) > 1 else "", str(error.args[0])))
    products, grouped = group(offers, file, currency=currency, language=language)
    listed = _plain(plain, file, currency, language)
    found = (*products, *(listed.products if listed else ()))
    documents += [document for document in (listed.documents if listed else ()) if isinstance(document, Document)]
    if not found and not documents and not problems and not grouped and not (listed and listed.problems):
        raise ContentError(f"{file}:1: expected products or questions (schema.org, products.json or objects with name and price), got none")
    return Imported("JSON", found, tuple(documents), (*problems, *grouped, *(listed.problems if listed else ())))


def _walk(objects: list[tuple[int, Any]], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every object that may be a record: through arrays, @graph, FAQPage.mainEntity, ItemList and "products"."""
    if depth > _DEPTH:
        return
    for line, item in objects:
        if isinstance(item, list):
            yield from _walk([(line, one) for one in item], depth + 1)
        elif isinstance(item, dict):
            inner = [
                item[name]
                for name in ("@graph", "mainEntity", "itemListElement", "products", "items", "data", "faq", "questions", "item")
                if isinstance(item.get(name), (list, dict))
            ]
            if inner and not _kinds(item) & {"Product", "ProductGroup"}:
                yield from _walk([(line, one) for one in inner], depth + 1)
            else:
                yield line, item


def _kinds(item: dict[str, Any]) -> set[str]:
    kinds = item.get("@type", [])
    return {re.sub(r"^(?:https?://schema\.org/|schema:)", "", str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return _text(value.get("name") or value.get("@value") or value.get("url") or value.get("contentUrl") or "")
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    return clean_text(str(value)) if value is not None else ""


def _product(item: dict[str, Any], line: int) -> list[Offer]:
    members = item.get("hasVariant") or [item]
    members = members if isinstance(members, list) else [members]
    names = [re.sub(r".*/", "", str(name)) for name in (item.get("variesBy") or []) if isinstance(item.get("variesBy"), list)]
    base = _text(item.get("productGroupID") or item.get("sku") or item.get("@id") or "")
    offers = []
    for member in members:
        offer = _offer(item, member if isinstance(member, dict) else {}, line)
        offer.product_id = base
        offer.options = [(name.capitalize(), value) for name in names if (value := _text(member.get(name)))]
        offer.attributes = [pair for pair in offer.attributes if pair[0] not in dict(offer.options)]
        offers.append(offer)
    return offers


def _offer(item: dict[str, Any], member: dict[str, Any], line: int) -> Offer:
    offered = member.get("offers") or item.get("offers") or {}
    offered = offered[0] if isinstance(offered, list) and offered else offered
    offered = offered if isinstance(offered, dict) else {}
    price = _price(offered.get("price") or offered.get("lowPrice") or _specified(offered))
    images = member.get("image") or item.get("image") or []
    try:
        availability, quantity = parse_stock(_text(offered.get("availability")))
    except AmountError as error:
        raise AmountError(str(error), "offers.availability") from error
    attributes = [
        (name.capitalize(), value)
        for name in ("color", "material", "size", "pattern", "weight")
        if (value := _measure(member.get(name) or item.get(name)))
    ]
    for extra in [*_list(item.get("additionalProperty")), *_list(member.get("additionalProperty") if member is not item else None)]:
        if isinstance(extra, dict) and _text(extra.get("name")) and _measure(extra.get("value")):
            attributes.append(
                (_text(extra.get("name")), _measure(extra.get("value")) + (f" {extra['unitText']}" if extra.get("unitText") else ""))
            )
    return Offer(
        line=line,
        title=_text(item.get("name")),
        description=_text(item.get("description")),
        brand=_text(item.get("brand")),
        category=re.sub(r"\s*[/>]\s*", " > ", _text(item.get("category"))),
        url=_text(item.get("url") or offered.get("url")),
        images=tuple(_text(image) for image in _list(images) if _text(image)),
        attributes=attributes,
        price=price[0] if price else None,
        currency=_text(offered.get("priceCurrency")).upper() or (price[1] if price else ""),
        availability=availability,
        quantity=quantity,
        sku=_text(member.get("sku") or (item.get("sku") if member is item else "")),
        gtin=next((_text(member[name]) for name in ("gtin", "gtin13", "gtin12", "gtin14", "gtin8") if member.get(name)), ""),
    )


def _specified(offered: dict[str, Any]) -> Any:
    specification = offered.get("priceSpecification")
    specification = specification[0] if isinstance(specification, list) and specification else specification
    return specification.get("price") if isinstance(specification, dict) else None


def _price(value: Any) -> Any:
    try:
        return parse_price(_text(value))
    except AmountError as error:
        raise AmountError(str(error), "offers.price") from error


def _measure(value: Any) -> str:
    if isinstance(value, dict) and value.get("value") is not None:
        return f"{_text(value['value'])} {_text(value.get('unitText') or value.get('unitCode') or '')}".strip()
    return _text(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _question(item: dict[str, Any], line: int, file: str, language: str) -> Document:
    heading = html_to_text(_text(item.get("name") or item.get("text")))
    answer = item.get("acceptedAnswer") or item.get("suggestedAnswer") or {}
    answer = answer[0] if isinstance(answer, list) and answer else answer
    text = html_to_text(_text(answer.get("text") if isinstance(answer, dict) else answer))
    if not heading or not text:
        raise AmountError(
            f"expected a question with name and acceptedAnswer.text, got {heading[:40]!r} without {'an answer' if heading else 'a name'}",
            "mainEntity",
        )
    return Document(
        f"faq:{slug(heading)}", "faq", heading, text, language or detect_language(f"{heading} {text}", "en"), source=Source(file, line)
    )


def _shopify(item: dict[str, Any], line: int) -> list[Offer]:
    """One product of a shop's public products.json."""
    names = [_text(option) for option in _list(item.get("options"))]
    offers = []
    for variant in item["variants"]:
        options = [
            (names[n] if n < len(names) else f"Option {n + 1}", value) for n in range(3) if (value := _text(variant.get(f"option{n + 1}")))
        ]
        price, before = _price(variant.get("price")), _price(variant.get("compare_at_price"))
        available = variant.get("available")
        offers.append(
            Offer(
                line=line,
                product_id=_text(item.get("handle")) or slug(_text(item.get("title"))),
                title=_text(item.get("title")),
                description=_text(item.get("body_html") or item.get("description")),
                brand=_text(item.get("vendor")),
                category=_text(item.get("product_type")),
                images=tuple(_text(image.get("src") if isinstance(image, dict) else image) for image in _list(item.get("images"))),
                tags=tuple(_text(tag) for tag in _list(item.get("tags")) if not isinstance(item.get("tags"), str)),
                options=[pair for pair in options if pair[1].lower() != "default title"],
                price=price[0] if price else None,
                list_price=before[0] if before else None,
                availability=Availability.unknown
                if available is None
                else Availability.in_stock
                if available
                else Availability.out_of_stock,
                sku=_text(variant.get("sku")),
                gtin=_text(variant.get("barcode")),
            )
        )
    return offers


def _plain(items: list[tuple[int, dict[str, Any]]], file: str, currency: str, language: str) -> Imported | None:
    """Objects with plain keys, as rows of a plain list."""
    if not items:
        return None
    titles = {column(str(key)): str(key) for _, item in items for key in item}
    rows = tuple(TableRow(line, {column(str(key)): _cell(value) for key, value in item.items()}) for line, item in items)
    table = Table(tuple(titles), titles, rows)
    if is_question_table(table) and not table.has("price"):
        return read_questions(table, file, language=language)
    return read_simple(table, file, currency=currency, language=language) if is_simple(table) else None


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(part) for part in value[:20])
    return _text(value)
