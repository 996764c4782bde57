"""What a customer of a gift shop buys next: our ranking beside popularity, the customer's own favourites and `implicit`'s ALS, split by time.

Online Retail II, 2009-12 to 2010-12. The last 15% of the orders test, the 15% before them tune, for us and for the peers alike. One question a
customer: the first order of the period, with all of the customer's orders before the period known. "New" counts only products that the
customer had never bought, and shows none that were.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse

from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.choosing import varied
from chatbot.recommend.fitting import signals_of
from chatbot.recommend.measuring import Held, example_of, held_out
from chatbot.recommend.purchases import Order, Purchases
from chatbot.recommend.ranker import Example, Ranker, train
from chatbot.recommend.signals import NAMES, Past
from knowledge_base.catalog import Product
from tests.bench.peer_install import python_of

FILE = "online_retail/online_retail_ii_2009_2010.parquet"
TUNED, TESTED = 0.70, 0.85
TOP = 10


@dataclass(frozen=True)
class Retail:
    """The log, the catalogue, and the orders at which tuning and testing begin."""

    log: Purchases
    catalogue: Catalogue
    tuned: int
    tested: int


def read(data: Path, encode: Callable[[Sequence[str]], Any]) -> Retail:
    """Orders of known customers, without returns and without what is no product (postage, fees)."""
    import pandas

    rows = pandas.read_parquet(data / FILE)
    goods = rows.StockCode.str.match(r"^\d{5}")
    rows = rows[(rows.Quantity > 0) & (rows.Price > 0) & rows["Customer ID"].notna() & goods]
    seconds = pandas.to_datetime(rows.InvoiceDate).astype("datetime64[s]").astype("int64")
    titles = rows.groupby("StockCode").Description.agg(lambda told: str(told.mode().iloc[0]).title())
    orders = [
        Order(str(name), str(int(of["Customer ID"].iloc[0])), float(seconds[of.index[0]]), tuple(dict.fromkeys(of.StockCode)))
        for name, of in rows.groupby("Invoice")
    ]
    log = Purchases.of(orders)
    products = [Product(code, title, "en", ()) for code, title in titles.items()]
    catalogue = Catalogue.of(products, encode([product.title for product in products]))
    return Retail(log, catalogue, round(len(log) * TUNED), round(len(log) * TESTED))


def next_orders(retail: Retail, first: int, last: int | None) -> list[Held]:
    """The first order of each customer in the period who had bought before it."""
    seen: set[str] = set()
    found = []
    for held in held_out(retail.log, retail.catalogue, first, last):
        if held.shopper not in seen and len(held.past.orders) and _before(retail, held, first):
            found.append(held)
        seen.add(held.shopper)
    return found


def _before(retail: Retail, held: Held, first: int) -> bool:
    shopper = retail.log.shoppers.index(held.shopper)
    return bool((retail.log.who[:first] == shopper).any())


def learned(retail: Retail) -> tuple[Ranker, list[Example]]:
    """The ranker, from all orders of the tuning period, and its examples."""
    signals = signals_of(retail.log.until(retail.tuned), retail.catalogue)
    questions = held_out(retail.log, retail.catalogue, retail.tuned, retail.tested)
    examples = [example_of(signals, held) for held in questions]
    return train([example for example in examples if len(example.bought)]), examples


def score(lists: Sequence[Sequence[int]], questions: Sequence[Held], *, new: bool) -> dict[str, float]:
    """HR@10 and NDCG@10 of the lists of catalogue numbers."""
    hits, gains, count = 0, 0.0, 0
    for shown, held in zip(lists, questions, strict=True):
        wanted = set(held.bought) - (_had(held.past) if new else set())
        if not wanted:
            continue
        count += 1
        found = [place for place, product in enumerate(list(shown)[:TOP]) if product in wanted]
        ideal = (1 / np.log2(np.arange(min(TOP, len(wanted))) + 2)).sum()
        hits += bool(found)
        gains += float(sum(1 / np.log2(place + 2) for place in found) / ideal)
    return {"hr_10": round(hits / count, 4), "ndcg_10": round(gains / count, 4), "customers": count}


def _had(past: Past) -> set[int]:
    return {item for order in past.orders for item in order}


def ours(retail: Retail, ranker: Ranker, questions: Sequence[Held], *, new: bool) -> list[list[int]]:
    signals = signals_of(retail.log.until(retail.tested), retail.catalogue)
    found = []
    for held in questions:
        places, features = signals.look(held.past)
        order = places[np.argsort(-ranker.score(features), kind="stable")].tolist()
        had = _had(held.past) if new else set()
        found.append([place for place in order if place not in had][:TOP])
    return found


def popular(retail: Retail, first: int, days: float, questions: Sequence[Held], *, new: bool) -> list[list[int]]:
    """What most orders of the last days before the period held."""
    until = retail.log.moments[first - 1]
    recent = [order for order in range(first) if retail.log.moments[order] >= until - days * 86400]
    numbers = np.array([retail.catalogue.number[product] for product in retail.log.products])
    counts = np.bincount(np.concatenate([numbers[retail.log.order(order)] for order in recent]), minlength=len(retail.catalogue))
    best = np.argsort(-counts, kind="stable")[:2000].tolist()
    found = []
    for held in questions:
        had = _had(held.past) if new else set()
        found.append(list(islice((place for place in best if place not in had), TOP)))
    return found


def favourites(questions: Sequence[Held]) -> list[list[int]]:
    """What the customer bought most often, the latest first among equals."""
    found = []
    for held in questions:
        times: dict[int, tuple[int, int]] = {}
        for number, order in enumerate(held.past.orders):
            for item in order:
                times[item] = (times.get(item, (0, 0))[0] + 1, number)
        found.append(sorted(times, key=lambda item: times[item], reverse=True)[:TOP])
    return found


def als(retail: Retail, tuning: Sequence[Held], testing: Sequence[Held]) -> dict[str, Any] | None:
    """`implicit`'s ALS in its own process, tuned on the tuning period; None where it is not installed."""
    python = python_of("implicit")
    if not python.is_file():
        return None
    with tempfile.TemporaryDirectory() as folder:
        arrays: dict[str, Any] = {}
        for name, first, questions in (("tuning", retail.tuned, tuning), ("testing", retail.tested, testing)):
            matrix = _matrix(retail, first)
            arrays |= {f"{name}_data": matrix.data, f"{name}_indices": matrix.indices, f"{name}_indptr": matrix.indptr}
            arrays[f"{name}_users"] = np.array([retail.log.shoppers.index(held.shopper) for held in questions])
            arrays[f"{name}_wanted"] = np.concatenate([np.array(sorted(held.bought)) for held in questions])
            arrays[f"{name}_sizes"] = np.array([len(held.bought) for held in questions])
        np.savez(Path(folder) / "in.npz", shape=np.array(matrix.shape), **arrays)
        child = Path(__file__).with_name("recommend_als.py")
        subprocess.run([str(python), "-P", str(child), folder], check=True)  # -P: beside it lies a copy.py
        return dict(json.loads((Path(folder) / "out.json").read_text()))


def _matrix(retail: Retail, first: int) -> sparse.csr_matrix:
    numbers = np.array([retail.catalogue.number[product] for product in retail.log.products])
    log = retail.log.until(first)
    owners = np.repeat(log.who, np.diff(log.starts))
    shape = (len(retail.log.shoppers), len(retail.catalogue))
    return sparse.csr_matrix((np.ones(len(owners), dtype=np.float32), (owners, numbers[log.items])), shape=shape)


def cold_examples(examples: Sequence[Example]) -> list[Example]:
    """The same orders as they look before there is any order: only what is in the catalogue speaks, and nothing is bought again."""
    from chatbot.recommend.measuring import cold

    found = []
    for example in examples:
        fresh = example.features[:, NAMES.index("had")] == 0
        bought = np.zeros(len(fresh), dtype=bool)
        bought[example.bought] = True
        kept = cold(Example(example.features[fresh], np.flatnonzero(bought[fresh])))
        if len(kept.bought):
            found.append(kept)
    return found


def part(data: Path, encode: Callable[[Sequence[str]], Any], ship: Path | None) -> dict[str, Any]:
    """The table of this data set; with `ship`, the rankers that come with the program are written there."""
    retail = read(data, encode)
    ranker, examples = learned(retail)
    tuning, testing = next_orders(retail, retail.tuned, retail.tested), next_orders(retail, retail.tested, None)
    found: dict[str, Any] = {"orders": len(retail.log), "products": len(retail.catalogue), "rows": {}}
    peer = als(retail, tuning, testing)
    for new in (False, True):
        days = max(
            (7, 14, 30, 60, 365), key=lambda days: score(popular(retail, retail.tuned, days, tuning, new=new), tuning, new=new)["ndcg_10"]
        )
        lists = {f"popularity ({days} days)": popular(retail, retail.tested, days, testing, new=new)}
        if not new:
            lists["own favourites"] = favourites(testing)
        if peer is not None:
            lists["implicit ALS"] = peer["new" if new else "all"]["lists"]
            found[f"als_{'new' if new else 'all'}"] = peer["new" if new else "all"]["settings"]
        lists["ours"] = ours(retail, ranker, testing, new=new)
        if ship is None:
            from chatbot.recommend.kept import shipped

            lists["ours before any order (shipped, cold)"] = ours(retail, shipped("cold"), testing, new=new) if new else []
        found["rows"]["new products only" if new else "with repeats"] = {
            name: score(shown, testing, new=new) for name, shown in lists.items() if shown
        }
    if ship is not None:
        write(ship, ranker, train(cold_examples(examples), units=1))
    return found


def write(folder: Path, warm: Ranker, cold: Ranker) -> None:
    """The two rankers as they are shipped. Brands and categories are not in the data, so what they weigh is set by hand: the same kind
    of thing counts half a step in log odds, the same brand a quarter."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, ranker in (("warm", warm), ("cold", cold)):
        for signal, weight in (("kind_last", 0.5), ("kind_all", 0.5), ("brand_last", 0.25), ("brand_all", 0.25)):
            ranker.rest[NAMES.index(signal)] = weight
        (folder / f"{name}.json").write_text(json.dumps(ranker.plain()) + "\n", encoding="utf-8")


def variety(data: Path, encode: Callable[[Sequence[str]], Any]) -> dict[str, Any]:
    """What each setting of variety costs on the tuning period, with the ranker of its first half: NDCG@10, and how alike the ten are."""
    retail = read(data, encode)
    middle = (retail.tuned + retail.tested) // 2
    signals = signals_of(retail.log.until(retail.tuned), retail.catalogue)
    examples = [example_of(signals, held) for held in held_out(retail.log, retail.catalogue, retail.tuned, middle)]
    ranker = train([example for example in examples if len(example.bought)])
    questions = next_orders(retail, middle, retail.tested)
    looked = [signals.look(held.past) for held in questions]
    rows = {}
    for setting in (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5):
        lists, alike = [], []
        for places, features in looked:
            vectors = retail.catalogue.meaning.rows[places]
            chosen = varied(ranker.score(features).astype(np.float64), vectors, TOP, setting)
            lists.append(places[chosen].tolist())
            cosines = vectors[chosen] @ vectors[chosen].T
            alike.append(float((cosines.sum() - len(chosen)) / (len(chosen) * (len(chosen) - 1))))
        rows[f"variety {setting}"] = {"tuning": score(lists, questions, new=False) | {"alike": round(float(np.mean(alike)), 4)}}
    return {"rows": rows}
