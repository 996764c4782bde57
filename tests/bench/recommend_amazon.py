"""The next product of a shopper over a whole catalogue: Amazon's Office Products, with the baselines in the same run.

There are no orders to train on but those in the rows themselves, so this is what is used. For tuning: of each tuning shopper the history of
the first row, and of each testing shopper whom the tuning rows do not have the history of the first row; the ranker learns from the tuning
rows' next products. For testing: the whole sequences of the tuning shoppers, and of each testing shopper the history of the first row, which ends
before the first product that is asked for. No product that a testing row asks for is ever used, nor a later row's history, which holds what an earlier row
asks for; item numbers, which follow the order of first purchase, are not used either. Rows have no dates: each earlier purchase
counts as 15 days older.
"""

from __future__ import annotations

import ast
import csv
import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.recommend.catalogue import Catalogue, tf_idf
from chatbot.recommend.fitting import signals_of
from chatbot.recommend.purchases import Order, Purchases
from chatbot.recommend.ranker import Example, Ranker, train
from chatbot.recommend.signals import NAMES, Past, Signals
from knowledge_base.catalog import Product
from knowledge_base.keywords import terms

FOLDER = "amazon_nextitem"
APART = 15 * 86_400.0
Row = tuple[str, list[int], int]  # shopper, history, next product
Scores = Callable[[Row], Any]


@dataclass(frozen=True)
class Office:
    products: tuple[Product, ...]
    tuning: tuple[Row, ...]
    testing: tuple[Row, ...]


def read(data: Path) -> Office:
    folder = data / FOLDER
    with gzip.open(folder / "Office_Products.items.jsonl.gz", "rt", encoding="utf-8") as file:
        items = sorted((json.loads(line) for line in file), key=lambda item: int(item["item_id"]))
    products = tuple(
        Product(str(item["item_id"]), item["title"], "en", (), description=_plain(item["description"]), brand=item["brand"] or "")
        for item in items
    )
    return Office(products, _rows(folder / "Office_Products.valid.csv"), _rows(folder / "Office_Products.test.csv"))


def _rows(path: Path) -> tuple[Row, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple((row["user_id"], ast.literal_eval(row["history_item_id"]), int(row["item_id"])) for row in csv.DictReader(file))


def _plain(description: str) -> str:
    try:
        found = ast.literal_eval(description) if description.startswith("[") else description
    except (ValueError, SyntaxError):
        found = description
    return " ".join((" ".join(found) if isinstance(found, list) else str(found)).split())


def _first(rows: Sequence[Row]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for shopper, history, _ in rows:
        found.setdefault(shopper, list(history))
    return found


def _whole(rows: Sequence[Row]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for shopper, history, asked in rows:
        found.setdefault(shopper, list(history)).append(asked)
    return found


def _joined(earlier: list[int], later: list[int]) -> list[int]:
    """Two views of one sequence: the end of the first is the beginning of the second."""
    for size in range(min(len(earlier), len(later)), 0, -1):
        if earlier[-size:] == later[:size]:
            return earlier + later[size:]
    return earlier + later


def known_for_tuning(office: Office) -> list[list[int]]:
    known = _first(office.tuning)
    return [*known.values(), *(history for shopper, history in _first(office.testing).items() if shopper not in known)]


def known_for_testing(office: Office) -> list[list[int]]:
    known = _whole(office.tuning)
    for shopper, history in _first(office.testing).items():
        known[shopper] = _joined(known[shopper], history) if shopper in known else history
    return list(known.values())


def log_of(sequences: Sequence[Sequence[int]]) -> Purchases:
    """Each product as an order of its own, 15 days after the one before it; the last one is now."""
    return Purchases.of(
        Order(f"{shopper}-{place}", str(shopper), -APART * (len(sequence) - place), (str(product),))
        for shopper, sequence in enumerate(sequences)
        for place, product in enumerate(sequence)
    )


def figures(score: Scores, rows: Sequence[Row]) -> dict[str, float]:
    """Over the whole catalogue; equal scores share their places."""
    hits, gains = 0, 0.0
    for row in rows:
        scores = score(row)
        own = scores[row[2]]
        rank = (scores > own).sum() + ((scores == own).sum() - 1) / 2
        if rank < 10:
            hits += 1
            gains += 1 / np.log2(rank + 2)
    return {"hr_10": round(hits / len(rows), 4), "ndcg_10": round(float(gains / len(rows)), 4)}


def baselines(office: Office, sequences: Sequence[Sequence[int]]) -> dict[str, Callable[[float], Scores]]:
    """Each takes the share of content in the hybrid; only that one uses it."""
    size = len(office.products)
    texts = tf_idf([terms(f"{one.title} {one.brand} {one.description}") for one in office.products])
    alike = np.asarray((texts @ texts.T).todense())
    bought = np.bincount([item for sequence in sequences for item in sequence], minlength=size).astype(np.float64)
    pairs = np.zeros((size, size))
    for sequence in sequences:
        own = np.unique(sequence)
        pairs[np.ix_(own, own)] += 1
    np.fill_diagonal(pairs, 0)
    cosine = pairs / np.sqrt(np.outer(bought + 1, bought + 1))

    def content(row: Row) -> Any:
        found = alike[row[1]].mean(axis=0)
        found[row[1]] = -1
        return found

    def together(row: Row) -> Any:
        found = cosine[row[1]].sum(axis=0)
        found[row[1]] = -1
        return found

    def hybrid(share: float) -> Scores:
        def score(row: Row) -> Any:
            first, second = content(row), together(row)
            return share * first / max(first.max(), 1e-9) + (1 - share) * second / max(second.max(), 1e-9)

        return score

    return {
        "popularity": lambda _: lambda row: bought,
        "TF-IDF content": lambda _: content,
        "co-occurrence": lambda _: together,
        "hybrid": hybrid,
    }


def examples(signals: Signals, rows: Sequence[Row]) -> list[tuple[Any, Example]]:
    found = []
    for _, history, asked in rows:
        places, features = signals.look(Past(tuple((item,) for item in history)))
        found.append((places, Example(features, np.flatnonzero(places == asked))))
    return found


def measured(ranker: Ranker, pairs: Sequence[tuple[Any, Example]]) -> dict[str, float]:
    """As `figures`; what is no candidate is not found."""
    hits, gains = 0, 0.0
    for _, example in pairs:
        if not len(example.bought):
            continue
        scores = ranker.score(example.features)
        own = scores[example.bought[0]]
        rank = (scores > own).sum() + ((scores == own).sum() - 1) / 2
        if rank < 10:
            hits += 1
            gains += 1 / np.log2(rank + 2)
    return {"hr_10": round(hits / len(pairs), 4), "ndcg_10": round(float(gains / len(pairs)), 4)}


_WITHOUT = {"content only": ("after", "with", "company"), "orders only": ("name", "text", "meaning", "brand")}


def part(data: Path, encode: Callable[[Sequence[str]], Any]) -> dict[str, Any]:
    office = read(data)
    rows: dict[str, Any] = {}
    tuned, tested = baselines(office, known_for_tuning(office)), baselines(office, known_for_testing(office))
    share = max((0.1, 0.2, 0.3, 0.4, 0.5, 0.6), key=lambda share: figures(tuned["hybrid"](share), office.tuning)["ndcg_10"])
    for name in tuned:
        rows[name] = {"valid": figures(tuned[name](share), office.tuning), "test": figures(tested[name](share), office.testing)}
    vectors = encode([f"{one.title}. {one.brand}. {one.description[:400]}" for one in office.products])
    catalogue = Catalogue.of(office.products, vectors)
    learning = examples(signals_of(log_of(known_for_tuning(office)), catalogue), office.tuning)
    testing = examples(signals_of(log_of(known_for_testing(office)), catalogue), office.testing)
    settings = {units: _crossed(units, learning, office.tuning) for units in (0, 16, 32)}
    units = max(settings, key=lambda units: settings[units]["ndcg_10"])
    ranker = train([example for _, example in learning], units=units)
    rows["ours"] = {"valid": settings[units], "test": measured(ranker, testing)}
    rows["ours, weighted sum"] = {"valid": settings[0], "test": measured(train([one for _, one in learning], units=0), testing)}
    for name, left_out in _WITHOUT.items():
        columns = [number for number, signal in enumerate(NAMES) if signal.split("_")[0] in left_out]
        rows[f"ours, {name}"] = {"test": measured(train([_blank(one, columns) for _, one in learning], units=units),
                                                  [(places, _blank(one, columns)) for places, one in testing])}  # fmt: skip
    recall = float(np.mean([len(example.bought) > 0 for _, example in testing]))
    return {"rows": rows, "units": units, "hybrid_share": share, "candidate_recall": round(recall, 4)}


def _blank(example: Example, columns: Sequence[int]) -> Example:
    features = example.features.copy()
    features[:, list(columns)] = 0.0
    return Example(features, example.bought)


def _crossed(units: int, pairs: Sequence[tuple[Any, Example]], rows: Sequence[Row]) -> dict[str, float]:
    """On a third of the tuning shoppers, learned from the others."""
    held = [zlib.crc32(shopper.encode()) % 3 == 0 for shopper, _, _ in rows]
    ranker = train([example for (_, example), out in zip(pairs, held, strict=True) if not out], units=units)
    return measured(ranker, [pair for pair, out in zip(pairs, held, strict=True) if out])
