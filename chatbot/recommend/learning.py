"""From files of orders to a fitted folder: what `chatbot recommend fit` does, and what a program may call.

Orders that were counted in an earlier fit are told by their number and not counted again, so that the same growing file, or only its new
part, refreshes what was learned. Nothing is written when a file cannot be used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chatbot.recommend import kept
from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.fitting import fit, refresh
from chatbot.recommend.kept import Fitted
from chatbot.recommend.orders import read_orders
from chatbot.recommend.purchases import Gathering, Purchases, codes_of
from knowledge_base.catalog import Problem
from knowledge_base.errors import ContentError
from knowledge_base.search import KnowledgeBase

Told = Callable[[str, int, int], None]
GROWN = 1.25  # times the orders of the last full fit, from which on the ranker is weighed anew


@dataclass(frozen=True, slots=True)
class Fit:
    """`fresh` orders are new; `anew` says whether everything was learned again; `lines` and `unknown` count what the files held."""

    fitted: Fitted
    problems: tuple[Problem, ...]
    fresh: int
    anew: bool
    lines: int
    unknown: int


def fit_files(knowledge: KnowledgeBase, files: Sequence[Path], folder: Path, told: Told = lambda *_: None, *, fresh: bool = False) -> Fit:
    """Learn from the files and write to `folder`. `fresh` forgets what was learned before.

    Raises: ContentError where a file cannot be used or holds no order of a product of this shop, IndexUnusable where what the folder
    holds is damaged.
    """
    problems: list[Problem] = []
    gathering = Gathering(codes_of(product for spoken in knowledge.languages for product in knowledge.products(spoken)), problems)
    key = kept.key_of(folder)
    for path in files:
        if not path.is_file():
            raise ContentError(f"{path}: expected a file of orders, got {'a folder' if path.is_dir() else 'nothing there'}")
        size = path.stat().st_size
        gathering.take(read_orders(path, key, problems, _every(partial(_reading, told, size))), path.name)
    orders = gathering.orders()
    if not orders:
        first = f"; {problems[0]}" if problems else ""
        names = ", ".join(path.name for path in files)
        raise ContentError(f"{names}: expected at least one order of a product of this shop, got none in {gathering.lines} lines{first}")
    before = None if fresh else kept.read(folder)
    log = before.log.plus(orders) if before is not None else Purchases.of(orders)
    new = len(log) - (len(before.log) if before is not None else 0)
    anew = before is None or len(log) > GROWN * int(before.report.get("fitted_orders", 0)) or _late(before, log)
    if anew or before is None:
        products, vectors = knowledge.product_vectors()
        fitted = fit(_sorted(log), Catalogue.of(products, vectors), told)
    else:
        fitted = refresh(before, orders)
    kept.write(folder, fitted)
    return Fit(fitted, tuple(problems), new, anew, gathering.lines, gathering.unknown)


def _reading(told: Told, size: int, done: int) -> None:
    told("reading", done, size)


def _late(before: Fitted, log: Purchases) -> bool:
    """Whether some new order is older than the newest that was counted: then what came after what has to be counted again."""
    first = len(before.log)
    return len(log) > first and float(log.moments[first:].min()) < float(before.log.moments.max())


def _sorted(log: Purchases) -> Purchases:
    return Purchases.of(log.orders())


def _every(tell: Callable[[int], None], step: int = 1 << 18) -> Callable[[int], None]:
    """Not for each line."""
    last = -step

    def told(done: int) -> None:
        nonlocal last
        if done - last >= step:
            last = done
            tell(done)

    return told
