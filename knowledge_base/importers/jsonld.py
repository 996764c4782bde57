"""Products and questions as JSON: schema.org JSON-LD (also inside saved pages), Shopify's products.json, JSON lines, plain arrays.

JSON-LD is read wherever it stands: arrays, @graph, ProductGroup with variants, http and https names, numbers as strings. Objects with
plain keys go through the same column names as a plain product list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from knowledge_base.catalog import Document, Problem, Source
from knowledge_base.errors import ContentError
from knowledge_base.importers.amounts import AmountError, parse_price, parse_stock, shown
from knowledge_base.importers.grouping import Imported, Offer, group
from knowledge_base.importers.markdown_faq import is_question_table, read_questions
from knowledge_base.importers.plain_json import Record, is_product, key_of, read_objects, text_of, words_of
from knowledge_base.importers.tables import Table, TableRow
from knowledge_base.languages import detect_language
from knowledge_base.text import html_to_text, slug

_SCRIPT = re.compile(r"<script\b([^<>]{0,1000})>", re.IGNORECASE)
_SCRIPT_ENDS = re.compile(r"</script", re.IGNORECASE)
_DEPTH = 40
_PRODUCTS = frozenset(["Product", "ProductGroup", "IndividualProduct", "ProductModel", "Vehicle", "Book"])
_LISTS = ("@graph", "mainEntity", "itemListElement", "products", "items", "data", "faq", "questions", "item", "商品")
_LIST = re.compile(r'"(?:' + "|".join(_LISTS) + r')"\s*:\s*\[')


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
    blocks = list(_blocks(text))
    for line, block in blocks:
        try:
            objects.append((line, json.loads(block)))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(file, line, "", f"expected JSON in the ld+json block, got {error}"))
    return _read(objects, file, problems, currency, language) if blocks else None


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """(line, content) of each JSON-LD script element, in one pass: unclosed elements must not cost their number squared."""
    position, line = 0, 1
    while (found := _SCRIPT.search(text, position)) and (ends := _SCRIPT_ENDS.search(text, found.end())):
        line += text.count("\n", position, found.start())
        if "application/ld+json" in found[1].lower():
            yield line, text[found.end() : ends.start()]
        line += text.count("\n", found.start(), ends.end())
        position = ends.end()


def _objects(text: str, file: str) -> tuple[list[tuple[int, Any]], list[Problem]]:
    try:
        whole = json.loads(text)
    except RecursionError as error:
        raise ContentError(f"{file}:1: expected JSON nested at most {_DEPTH} deep, got more") from error
    except json.JSONDecodeError as error:
        return _lines(text, file, error)
    except ValueError as error:  # a number of thousands of digits
        raise ContentError(f"{file}:1: expected JSON, got a number that is too long ({error})") from error
    return _with_lines(text, whole), []


def _lines(text: str, file: str, whole: json.JSONDecodeError) -> tuple[list[tuple[int, Any]], list[Problem]]:
    """JSON lines; when hardly any line is JSON by itself the file was meant to be one document, and its fault is what to report."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    found: list[tuple[int, Any]] = []
    problems: list[Problem] = []
    for number, line in lines:
        try:
            value = json.loads(line)
            if isinstance(value, dict | list):
                found.append((number, value))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(file, number, "", f"expected one JSON object on the line, got {shown(line)} ({error})"))
    if len(found) < 2 and not (len(found) == 1 and len(lines) == 2):
        raise ContentError(f"{file}:{whole.lineno}: expected JSON, got a fault at column {whole.colno} ({whole.msg})")
    return found, problems


def _with_lines(text: str, whole: Any) -> list[tuple[int, Any]]:
    """The records of the document's main list, each with the line on which it starts; the document itself where it has no such list."""
    listed = (
        [whole]
        if isinstance(whole, list)
        else [whole[name] for name in _LISTS if isinstance(whole, dict) and isinstance(whole.get(name), list)]
    )
    records = max(listed, key=len, default=[])
    start = (
        0
        if isinstance(whole, list)
        else next((found.end() - 1 for found in _LIST.finditer(text) if _opens(text, found.end() - 1, records)), -1)
    )
    if not records or start < 0 or (isinstance(whole, dict) and _kinds(whole) & _PRODUCTS) or len(listed) != 1:
        return [(1, whole)]
    decoder, position, line, counted = json.JSONDecoder(), text.index("[", start) + 1, 1, 0
    placed: list[tuple[int, Any]] = []
    for record in records:
        position += len(text[position : position + 4096]) - len(text[position : position + 4096].lstrip(" \n\t\r,"))
        line, counted = line + text.count("\n", counted, position), position
        placed.append((line, record))
        _, position = decoder.raw_decode(text, position)
    return placed


def _opens(text: str, position: int, records: list[Any]) -> bool:
    """Whether the list that opens at `position` is this one, told by its first record."""
    first = re.compile(r"\s*").match(text, position + 1)
    try:
        return first is not None and bool(json.JSONDecoder().raw_decode(text, first.end())[0] == records[0])
    except (ValueError, IndexError):
        return False


def _read(objects: list[tuple[int, Any]], file: str, problems: list[Problem], currency: str, language: str) -> Imported:
    offers: list[Offer] = []
    documents: list[Document] = []
    plain: list[Record] = []
    for line, item in _walk(objects):
        kinds = _kinds(item)
        try:
            if kinds & _PRODUCTS:
                offers.extend(_product(item, line))
            elif "Question" in kinds:
                documents.append(_question(item, line, file, language))
            elif not kinds - {""}:
                plain.append((line, item))
        except AmountError as error:
            problems.append(Problem(file, line, error.column, str(error)))
    listed, unread = _plain(plain, file, language)
    products, grouped = group([*offers, *listed.offers], file, currency=currency, language=language)
    documents += listed.documents
    problems = [*problems, *unread, *grouped]
    if not products and not documents and not problems:
        raise ContentError(f"{file}:1: expected products or questions (schema.org, products.json or objects with name and price), got none")
    return Imported("JSON", products, tuple(documents), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Listed:
    offers: tuple[Offer, ...] = ()
    documents: tuple[Document, ...] = ()


def _plain(items: list[Record], file: str, language: str) -> tuple[_Listed, list[Problem]]:
    """Objects with plain keys: questions with answers, or products. A file in which none is either is no problem of each object."""
    asked = [(line, item) for line, item in items if _is_question(item)]
    rows = tuple(TableRow(line, {key_of(str(key)): text_of(value) for key, value in item.items()}) for line, item in asked)
    titles = {name: name for row in rows for name in row.cells}
    answered = read_questions(Table(tuple(titles), titles, rows), file, language=language)
    others = [record for record in items if not _is_question(record[1])]
    if not any(is_product(item) for _, item in others):
        return _Listed((), answered.documents), list(answered.problems)
    offers, problems = read_objects(others, file)
    return _Listed(tuple(offers), answered.documents), [*answered.problems, *problems]


def _is_question(item: dict[str, Any]) -> bool:
    keys = tuple(key_of(str(key)) for key in item)
    return is_question_table(Table(keys, {}, ())) and not is_product(item)


def _walk(objects: list[tuple[int, Any]], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every object that may be a record: through arrays, @graph, FAQPage.mainEntity, ItemList and "products"."""
    if depth > _DEPTH:
        return
    for line, item in objects:
        if isinstance(item, list):
            yield from _walk([(line, one) for one in item], depth + 1)
        elif isinstance(item, dict):
            inner = [item[name] for name in _LISTS if isinstance(item.get(name), (list, dict))]
            if not inner and not is_product(item) and _keyed(item):
                inner = list(item.values())
            if inner and not _kinds(item) & _PRODUCTS and not is_product(item):
                yield from _walk([(line, one) for one in inner], depth + 1)
            else:
                yield line, item


def _keyed(item: dict[str, Any]) -> bool:
    """Whether these are products by their ids: {"1001": {"name": …}, "1002": {…}}."""
    return bool(item) and all(isinstance(value, dict) for value in item.values()) and is_product(next(iter(item.values())))


def _kinds(item: dict[str, Any]) -> set[str]:
    kinds = item.get("@type", [])
    return {re.sub(r"^(?:https?://schema\.org/|schema:)", "", str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])}


def _product(item: dict[str, Any], line: int) -> list[Offer]:
    members = item.get("hasVariant") or [item]
    members = members if isinstance(members, list) else [members]
    names = [re.sub(r".*/", "", str(name)) for name in (item.get("variesBy") or []) if isinstance(item.get("variesBy"), list)]
    base = text_of(item.get("productGroupID") or item.get("sku") or item.get("@id") or "")
    offers = []
    for member in members:
        offer = _offer(item, member if isinstance(member, dict) else {}, line)
        offer.product_id = base
        offer.options = [(name.capitalize(), value) for name in names if (value := text_of(member.get(name)))]
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
        availability, quantity = parse_stock(text_of(offered.get("availability")).rstrip("/"))
    except AmountError as error:
        raise AmountError(str(error), "offers.availability") from error
    attributes = [
        (name.capitalize(), value)
        for name in ("color", "material", "size", "pattern", "weight")
        if (value := _measure(member.get(name) or item.get(name)))
    ]
    for extra in [*_list(item.get("additionalProperty")), *_list(member.get("additionalProperty") if member is not item else None)]:
        if isinstance(extra, dict) and text_of(extra.get("name")) and _measure(extra.get("value")):
            attributes.append(
                (text_of(extra.get("name")), _measure(extra.get("value")) + (f" {extra['unitText']}" if extra.get("unitText") else ""))
            )
    return Offer(
        line=line,
        title=text_of(item.get("name")),
        description=words_of(text_of(item.get("description")), text_of(member.get("description"))),
        brand=text_of(item.get("brand")),
        category=re.sub(r"\s*[/>]\s*", " > ", text_of(item.get("category"))),
        url=text_of(item.get("url") or offered.get("url")),
        images=tuple(text_of(image) for image in _list(images) if text_of(image)),
        attributes=attributes,
        price=price[0] if price else None,
        currency=text_of(offered.get("priceCurrency")).upper() or (price[1] if price else ""),
        availability=availability,
        quantity=quantity,
        sku=text_of(member.get("sku") or (item.get("sku") if member is item else "")),
        gtin=next((text_of(member[name]) for name in ("gtin", "gtin13", "gtin12", "gtin14", "gtin8") if member.get(name)), ""),
    )


def _specified(offered: dict[str, Any]) -> Any:
    specification = offered.get("priceSpecification")
    specification = specification[0] if isinstance(specification, list) and specification else specification
    return specification.get("price") if isinstance(specification, dict) else None


def _price(value: Any) -> Any:
    try:
        return parse_price(text_of(value))
    except AmountError as error:
        raise AmountError(str(error), "offers.price") from error


def _measure(value: Any) -> str:
    if isinstance(value, dict) and value.get("value") is not None:
        return f"{text_of(value['value'])} {text_of(value.get('unitText') or value.get('unitCode') or '')}".strip()
    return text_of(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _question(item: dict[str, Any], line: int, file: str, language: str) -> Document:
    heading = html_to_text(text_of(item.get("name") or item.get("text")))
    answer = item.get("acceptedAnswer") or item.get("suggestedAnswer") or {}
    answer = answer[0] if isinstance(answer, list) and answer else answer
    text = html_to_text(text_of(answer.get("text") if isinstance(answer, dict) else answer))
    if not heading or not text:
        raise AmountError(
            f"expected a question with name and acceptedAnswer.text, got {heading[:40]!r} without {'an answer' if heading else 'a name'}",
            "mainEntity",
        )
    return Document(
        f"faq:{slug(heading)}", "faq", heading, text, language or detect_language(f"{heading} {text}", "en"), source=Source(file, line)
    )
