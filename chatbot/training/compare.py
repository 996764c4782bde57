"""Two runs of the same questions side by side: each figure with its difference, McNemar's exact test, and the questions that changed.

Only questions that both runs were asked are compared. McNemar's test looks at the pairs in which the two differ: were both equally good,
each would win half of them, so the p-value is that of a fair coin (two-sided, exact).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.settings import Settings
from chatbot.training.asking import Setup, ShopToAsk, ask_shops
from chatbot.training.evaluate import Answered
from chatbot.training.questions import Question, load_questions
from chatbot.training.scores import COUNTED, MEASURES, Measure, Share, figures_of, summary

_MEANS = {"words": "words per reply, median", "first_word_ms": "first word, median ms"}


@dataclass(frozen=True, slots=True)
class Pair:
    """The same question in two runs: `old` is what is compared against."""

    new: Answered
    old: Answered

    @property
    def changed(self) -> str:
        """ "better", "worse", "reworded" or "" where nothing changed."""
        if self.new.right != self.old.right:
            return "better" if self.new.right else "worse"
        return "" if self.new.reply == self.old.reply else "reworded"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both runs as text. `shares` are the new and the old share, `p` is McNemar's; None where there are none.

    `good` says whether more of it is better.
    """

    title: str
    new: str
    old: str
    shares: tuple[float, float] | None = None
    p: float | None = None
    good: bool = True

    @property
    def points(self) -> float | None:
        """The difference in percentage points."""
        return None if self.shares is None else 100 * (self.shares[0] - self.shares[1])


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p-value for pairs of which `gained` changed one way and `lost` the other; 1 where none changed."""
    pairs, fewer = gained + lost, min(gained, lost)
    tail = sum(math.comb(pairs, count) for count in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**pairs))


def pairs_of(new: Sequence[Answered], old: Sequence[Answered]) -> list[Pair]:
    """The questions that both runs were asked, in the order of the new one. The same question twice is paired in order.

    Shops are told apart where both runs name them.
    """
    named = all(item.shop for item in (*new, *old))
    waiting: dict[tuple[str, ...], list[Answered]] = {}
    for item in old:
        waiting.setdefault(_key(item, named), []).append(item)
    return [Pair(item, same.pop(0)) for item in new if (same := waiting.get(_key(item, named)))]


def _key(item: Answered, named: bool) -> tuple[str, ...]:
    return (item.shop if named else "", item.q, *item.earlier)


def rows_of(pairs: Sequence[Pair]) -> list[Row]:
    """Every figure that at least one pair has."""
    rows = [row for name, measure in MEASURES.items() if name != "all_grounded" and (row := _tested(measure, pairs)) is not None]
    new, old = figures_of([pair.new for pair in pairs]), figures_of([pair.old for pair in pairs])
    rows += [_shared(title, new[name], old[name]) for name, title in COUNTED.items() if new[name]["total"] and old[name]["total"]]
    return rows + [Row(title, f"{new[name]['p50']:.0f}", f"{old[name]['p50']:.0f}") for name, title in _MEANS.items()]


def _tested(measure: Measure, pairs: Sequence[Pair]) -> Row | None:
    """A figure of pairs to which it applies on both sides, so that the same questions are counted."""
    both = [(measure.has(pair.new), measure.has(pair.old)) for pair in pairs if measure.of(pair.new) and measure.of(pair.old)]
    if not both:
        return None
    new, old = Share(sum(now for now, _ in both), len(both)), Share(sum(before for _, before in both), len(both))
    gained, lost = sum(now and not before for now, before in both), sum(before and not now for now, before in both)
    return Row(measure.title, str(new), str(old), (new.value, old.value), mcnemar(gained, lost), measure.good)


def _shared(title: str, new: dict[str, Any], old: dict[str, Any]) -> Row:
    """Sentences and runs of words are not the same ones on both sides, so they are not paired and have no p-value."""
    shares = (new["count"] / new["total"], old["count"] / old["total"])
    return Row(title, new["text"], old["text"], shares, good=title != COUNTED["repetition"])


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run (`new`) beside another (`old`), by the names that a reader knows them under."""

    new: str
    old: str
    pairs: tuple[Pair, ...]

    def rows(self) -> list[Row]:
        return rows_of(self.pairs)

    def changed(self, how: str) -> list[Pair]:
        return [pair for pair in self.pairs if pair.changed == how]

    def told(self) -> dict[str, Any]:
        """JSON-able."""
        rows = [
            {"figure": row.title, "new": row.new, "old": row.old, "points": row.points and round(row.points, 2), "p": row.p}
            for row in self.rows()
        ]
        changed = [
            {
                "q": pair.new.q,
                "kind": pair.new.kind,
                "shop": pair.new.shop,
                "changed": pair.changed,
                "new": pair.new.reply,
                "old": pair.old.reply,
            }
            for how in ("worse", "better")
            for pair in self.changed(how)
        ]
        return {"new": self.new, "old": self.old, "questions": len(self.pairs), "figures": rows, "changed": changed}


def score(settings: Settings, questions: Sequence[Path | Question], content: Path | None = None, *, alone: bool = False) -> dict[str, Any]:
    """The summary of asking the shop of these settings (or of `content`) these questions. Blocks, and must not be called in an event loop.

    Raises QuestionFileError, SettingsError, WeightsError, EngineUnavailable, KnowledgeBaseError.
    """
    asked = [found for given in questions for found in (load_questions([given]) if isinstance(given, Path) else [given])]
    shop = ShopToAsk(content or settings.content, tuple(asked))
    return summary(asyncio.run(ask_shops(Setup(settings, alone), [shop])))
