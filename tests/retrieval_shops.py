"""Two small shops of tests/data/retrieval as Content, and their questions."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from knowledge_base.catalog import Availability, Content, Document, Money, Product, ShopProfile, Variant

FOLDER = Path(__file__).parent / "data" / "retrieval"
_CURRENCY = {"en": "GBP", "zh": "CNY"}


def toy_shop(language: str) -> Content:
    """The coffee shop ("en") or the pet shop ("zh")."""
    return records_content(FOLDER / f"{language}.records.jsonl")


def records_content(path: Path) -> Content:
    """Content from a .jsonl of records; the language is the first part of the file's name."""
    language = path.name.split(".")[0]
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    profile = ShopProfile(name="Toy shop", currency=_CURRENCY[language], languages=(language,))
    products = tuple(_product(record, language) for record in records if record["kind"] == "product")
    documents = tuple(
        Document(record["id"], record["kind"], record["title"], record["text"], language)
        for record in records
        if record["kind"] != "product"
    )
    return Content(profile, products, documents, ())


def _product(record: dict[str, Any], language: str) -> Product:
    currency = _CURRENCY[language]
    price = Money(Decimal(record["price"]), currency)
    listed = Money(Decimal(record["list"]), currency) if "list" in record else None
    options = [(tuple(option),) for option in record.get("options", [])] or [()]
    variants = tuple(
        Variant(f"{record['id']}-{number}", option, price, listed, Availability.in_stock, sku=f"{record['id'].upper()}-{number}00")
        for number, option in enumerate(options)
    )
    return Product(record["id"], record["title"], language, variants, record["text"], brand=record["brand"], category=record["category"])


def questions_of(path: Path) -> list[dict[str, str]]:
    """Rows of {"q", "expect"}; "expect" is "" where nothing in the shop answers."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
