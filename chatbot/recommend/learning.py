"""From files of orders to a fitted folder: what `chatbot recommend fit` does, and what a program may call.

Orders that were counted in an earlier fit are told by their number and not counted again, so that the same growing file, or only its new
part, refreshes what was learned. Nothing is written when a file cannot be used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from threadpoolctl import threadpool_limits

from chatbot.recommend import kept
from chatbot.recommend.arrivals import Arrivals
from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.fitting import fit, late, refresh
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
    """Learn from the files and from what arrived in `folder`, and write to it. `fresh` forgets what was learned before.

    Raises: ContentError where a file cannot be used or nothing holds an order of a product of this shop, IndexUnusable where what the
    folder holds is damaged.
    """
    with threadpool_limits(1):  # the work is many small products, for which threads wait for each other in busy loops
        problems: list[Problem] = []
        gathering = Gathering(codes_of(product for spoken in knowledge.languages for product in knowledge.products(spoken)), problems)
        _gather(gathering, files, kept.key_of(folder), told)
        before = None if fresh else kept.read(folder)
        place, arrived = Arrivals(folder).since(before.arrived if before is not None else 0)
        of_files = gathering.log()
        if not len(of_files) and (files or not (arrived or before)):
            raise ContentError(_nothing(files, gathering, problems))
        given = of_files.plus(Purchases.of(arrived)).in_time()
        learned, anew = _learned(knowledge, before, given, told)
        fitted = replace(learned, arrived=place)
        new = len(fitted.log) - (len(before.log) if before is not None else 0)
        kept.write(folder, fitted)
    return Fit(fitted, tuple(problems), new, anew, gathering.lines, gathering.unknown)


def _gather(gathering: Gathering, files: Sequence[Path], key: bytes, told: Told) -> None:
    for path in files:
        if not path.is_file():
            raise ContentError(f"{path}: expected a file of orders, got {'a folder' if path.is_dir() else 'nothing there'}")
        size = path.stat().st_size
        gathering.take(read_orders(path, key, gathering.problems, _every(partial(_reading, told, size))), path.name)


def _nothing(files: Sequence[Path], gathering: Gathering, problems: Sequence[Problem]) -> str:
    first = f"; {problems[0]}" if problems else ""
    names = ", ".join(path.name for path in files) or "no file"
    return f"{names}: expected at least one order of a product of this shop, got none in {gathering.lines} lines{first}"


def _learned(knowledge: KnowledgeBase, before: Fitted | None, given: Purchases, told: Told) -> tuple[Fitted, bool]:
    """What is known with the given orders, and whether everything was learned again."""
    log = before.log.plus(given) if before is not None else given
    if before is not None and len(log) <= GROWN * int(before.report.get("fitted_orders", 0)) and not late(log, len(before.log)):
        return refresh(before, given), False
    products, vectors = knowledge.product_vectors()
    return fit(log.in_time(), Catalogue.of(products, vectors), told), True


def _reading(told: Told, size: int, done: int) -> None:
    told("reading", done, size)


def _every(tell: Callable[[int], None], step: int = 1 << 18) -> Callable[[int], None]:
    """Not for each line."""
    last = -step

    def told(done: int) -> None:
        nonlocal last
        if done - last >= step:
            last = done
            tell(done)

    return told
