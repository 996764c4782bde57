"""Which importer a file belongs to, told by its content and never by its name."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge_base.catalog import Problem
from knowledge_base.errors import ContentError
from knowledge_base.importers.google_feed import is_google_feed, read_google_table, read_google_xml
from knowledge_base.importers.grouping import Imported
from knowledge_base.importers.jsonld import read_json, read_page
from knowledge_base.importers.markdown_faq import is_question_table, read_markdown, read_questions
from knowledge_base.importers.shopify import is_shopify, read_shopify
from knowledge_base.importers.simple_csv import is_simple, read_simple
from knowledge_base.importers.tables import Table, read_table
from knowledge_base.importers.woocommerce import is_woocommerce, read_woocommerce

_REVIEWS = frozenset(["rating", "stars", "score", "review", "body", "reviewer", "评分", "评价", "评论", "星级"])
_ORDERS = frozenset(["order id", "order number", "shopper id", "customer id", "订单号", "订单编号"])


def recognise(text: str, file: str, *, currency: str = "", language: str = "") -> Imported:
    """Read `text` with the importer that it calls for.

    Raises: ContentError for a file that none of them knows, saying what it would have taken.
    """
    try:
        return _recognised(text, file, currency, language)
    except RecursionError as error:
        raise ContentError(f"{file}:1: expected content that is not nested thousands deep, got more") from error


def _recognised(text: str, file: str, currency: str, language: str) -> Imported:
    start = text.lstrip("\ufeff \n\r\t")
    if not start:
        raise ContentError(f"{file}:1: expected products, questions or a policy, got an empty file")
    if file.lower().endswith((".md", ".markdown")):
        return read_markdown(text, file, language=language)
    if file.lower().endswith((".json", ".jsonl", ".ndjson", ".jsonld")) or re.match(r"\{|\[\s*[\[{\]]", start):
        return read_json(text, file, currency=currency, language=language)
    if start.startswith("<"):
        return _markup(text, start, file, currency, language)
    table = read_table(text, file)
    if table is not None and (found := _table(table, file, currency, language)) is not None:
        if not table.rows and not found.problems and not file.lower().endswith(".txt"):
            reason = f"expected rows below the header of this {found.format} file, got none"
            return replace(found, problems=(Problem(file, 1, "", reason),))
        return found
    if file.lower().endswith((".csv", ".tsv", ".tab")):
        seen = ", ".join(list(table.titles.values())[:8]) if table else start.splitlines()[0][:60]
        raise ContentError(
            f"{file}:1: expected the columns of a product list (such as name, image, price), of a Shopify, WooCommerce or Google export, "
            f"or question and answer, got {seen}"
        )
    return read_markdown(text, file, language=language)


def _table(table: Table, file: str, currency: str, language: str) -> Imported | None:
    if is_shopify(table):
        return read_shopify(table, file, currency=currency, language=language)
    if is_woocommerce(table):
        return read_woocommerce(table, file, currency=currency, language=language)
    if is_google_feed(table):
        return read_google_table(table, file, currency=currency, language=language)
    if set(table.header) & _ORDERS:
        return Imported("orders")
    if len(set(table.header) & _REVIEWS) >= 2 and not table.has("price"):
        return Imported("reviews")
    if is_question_table(table) and not table.has("price"):
        return read_questions(table, file, language=language)
    if is_simple(table):
        return read_simple(table, file, currency=currency, language=language)
    return None


def _markup(text: str, start: str, file: str, currency: str, language: str) -> Imported:
    if re.match(r"<(?:!doctype html|html|head|body|script)", start, re.IGNORECASE):
        page = read_page(text, file, currency=currency, language=language)
        if page is None:
            raise ContentError(f"{file}:1: expected a page with JSON-LD (application/ld+json), got one without")
        return page
    feed = read_google_xml(text, file, currency=currency, language=language)
    if feed is None:
        raise ContentError(
            f"{file}:1: expected an RSS or Atom product feed, got <{re.split(r'[ >]', start[1:], maxsplit=1)[0][:40]}> without items"
        )
    return feed
