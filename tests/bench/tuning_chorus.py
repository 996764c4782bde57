"""Product search (Chorus, Icecat): nDCG@10 over the whole catalogue of what the product's own search finds, and of its parts alone.

Gains are 2^grade - 1, discounts log2(place + 1); a product that nobody judged counts as 0, and only searches with a relevant product count.
People judged what a search by words had found, so what is found by meaning is often unjudged: "judged only" leaves that out of the order.
BM25 is Lucene's formula (k1 1.2, b 0.75) over title, brand and description, once over plain words and once over the terms of our analyser.
The pairs to tune on are made of the catalogue alone; judged searches are never seen in training, nor used to choose anything.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from knowledge_base.build import build_content
from knowledge_base.catalog import Content, Filters, Hit, Money, Product, ShopProfile, Variant
from knowledge_base.encoders import Encoder
from knowledge_base.search import KnowledgeBase

FOLDER = "chorus_icecat"
DEPTH = 10
_ASKED_FOR = 300
_DEEP = 100  # products of BM25 among which the judged ones are looked for
_RANKS = 60  # of fusing by ranks, as it was published
_K1, _B = 1.2, 0.75
_DESCRIBED = 600  # characters
Words = Callable[[str], list[str]]
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """One search with the grade of every product that was judged for it."""

    text: str
    grades: dict[str, int]


def searches_of(data: Path) -> list[Judged]:
    """Those for which some product is relevant."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with (data / FOLDER / "Broad_Query_Set_rated.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["query"]][row["docid"]] = int(row["rating"])
    return [Judged(text, grades) for text, grades in found.items() if any(grades.values())]


def catalogue_of(data: Path) -> Content:
    """The products as a shop would import them: title, brand, description, price."""
    with gzip.open(data / FOLDER / "icecat_products.jsonl.gz", "rt", encoding="utf-8") as file:
        products = tuple(_product(json.loads(line)) for line in file)
    return Content(ShopProfile(name="Chorus", currency="USD", languages=("en",)), products, (), ())


def _product(row: dict[str, Any]) -> Product:
    price = Money(Decimal(str(row["price"])) / 100, "USD") if row.get("price") else None
    variant = Variant(row["id"], price=price, sku=str(row.get("name") or ""))
    about = str(row.get("short_description") or "")[:_DESCRIBED]
    return Product(row["id"], str(row["title"]), "en", (variant,), about, brand=str(row.get("supplier") or ""))


def plain_words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def bm25(content: Content, searches: Sequence[Judged], words: Words) -> list[list[str]]:
    """The best products for each search."""
    texts = [Counter(words(f"{product.title} {product.brand} {product.description}")) for product in content.products]
    postings: defaultdict[str, list[int]] = defaultdict(list)
    for number, counts in enumerate(texts):
        for word in counts:
            postings[word].append(number)
    lengths = [sum(counts.values()) for counts in texts]
    mean = sum(lengths) / len(lengths)
    found = []
    for search in searches:
        scores: defaultdict[int, float] = defaultdict(float)
        for word in dict.fromkeys(words(search.text)):
            having = postings.get(word, [])
            rarity = math.log(1 + (len(texts) - len(having) + 0.5) / (len(having) + 0.5))
            for number in having:
                count = texts[number][word]
                scores[number] += rarity * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * lengths[number] / mean))
        best = sorted(scores, key=lambda number: (-scores[number], number))[:_DEEP]
        found.append([content.products[number].id for number in best])
    return found


def indexed(content: Content, folder: Path, encoder: Encoder, tell: Tell) -> KnowledgeBase:
    """The catalogue in an index of its own; what was encoded there before is not encoded again."""
    build_content(content, folder, encoders=lambda _language: encoder, progress=tell)
    return KnowledgeBase.open(folder, lambda _language: encoder)


def lanes(base: KnowledgeBase, searches: Sequence[Judged]) -> dict[str, list[list[str]]]:
    """What each lane finds alone and what they find together: `fused` is the search's own order, `filtered` with the conditions that it
    reads from the text, as shoppers get it. `by ranks` is what fusing the two lanes by ranks alone would give; no part of the product."""
    found: dict[str, list[list[str]]] = {"keywords": [], "dense": [], "by ranks": [], "fused": [], "filtered": []}
    for search in searches:
        hits = base.search(search.text, language="en", kinds=("product",), limit=_ASKED_FOR, filters=Filters()).hits
        alone = [_products(_by_lane(hits, lane)) for lane in ("keywords", "dense")]
        read = base.search(search.text, language="en", kinds=("product",), limit=_ASKED_FOR).hits
        for name, order in zip(found, (*alone, by_ranks(alone), _products(hits), _products(read)), strict=True):
            found[name].append(order)
    return found


def _by_lane(hits: Iterable[Hit], lane: str) -> list[Hit]:
    return sorted((hit for hit in hits if lane in hit.lanes), key=lambda hit: -hit.lanes[lane])


def by_ranks(orders: Sequence[Sequence[str]]) -> list[str]:
    """Reciprocal rank fusion (Cormack et al. 2009)."""
    scores: defaultdict[str, float] = defaultdict(float)
    for order in orders:
        for place, name in enumerate(order, start=1):
            scores[name] += 1 / (_RANKS + place)
    return sorted(scores, key=lambda name: -scores[name])


def _products(hits: Iterable[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.product.id for hit in hits if hit.product))


def ndcg(found: Sequence[str], grades: dict[str, int]) -> float:
    best = sorted(grades.values(), reverse=True)[:DEPTH]
    ideal = sum(_gain(grade, place) for place, grade in enumerate(best))
    return sum(_gain(grades.get(name, 0), place) for place, name in enumerate(found[:DEPTH])) / ideal


def _gain(grade: int, place: int) -> float:
    return float((2**grade - 1) / math.log2(place + 2))


def figures(found: Sequence[Sequence[str]], searches: Sequence[Judged]) -> dict[str, float]:
    """nDCG@10, the same of the judged products alone, and how many of the first ten nobody judged, which count as wrong."""
    pairs = list(zip(found, searches, strict=True))
    values = [ndcg(names, search.grades) for names, search in pairs]
    judged = [ndcg([name for name in names if name in search.grades], search.grades) for names, search in pairs]
    shown = [name in search.grades for names, search in pairs for name in names[:DEPTH]]
    means = {"ndcg10": sum(values) / len(values), "judged_only": sum(judged) / len(judged)}
    return {**means, "unjudged": 1 - sum(shown) / max(1, len(shown)), "searches": len(values)}
