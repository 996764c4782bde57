"""Ask a shop's assistant the questions of a file, exactly as live chat would, and measure the replies.

Facts right (with a Wilson interval), honest refusals, figures that neither the reply's sources nor the shop's profile state, how
often each kind of answer was given, and the time to the first word. What words cannot judge (false yes or no) is for reading: the
report prints every reply.
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from chatbot.events import Delta, Reply, TurnEvent
from chatbot.evidence import evidence_of
from chatbot.guard import unsupported_figures
from chatbot.messages import Conversation, Message
from chatbot.training.questions import Question, judge_reply
from knowledge_base.catalog import Passage, Product
from knowledge_base.search import KnowledgeBase


class Replies(Protocol):
    def reply(self, conversation: Conversation) -> Any: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with its reply and what was found wrong with it. Times in milliseconds."""

    q: str
    kind: str
    reply: str
    finish: str
    answered_by: str
    missing: tuple[str, ...]
    forbidden: tuple[str, ...]
    unsupported: tuple[str, ...]
    held_back: int
    first_word: float
    total: float

    @property
    def right(self) -> bool:
        return not self.missing and not self.forbidden


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, with the 95% Wilson score interval (Wilson 1927)."""

    count: int
    total: int

    @property
    def value(self) -> float:
        return self.count / self.total if self.total else math.nan

    def interval(self, z: float = 1.96) -> tuple[float, float]:
        if not self.total:
            return (math.nan, math.nan)
        p, n = self.value, self.total
        middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return ((middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n))

    def __str__(self) -> str:
        if not self.total:
            return "–"
        low, high = self.interval()
        return f"{100 * self.value:.1f}% ({self.count}/{self.total}, {100 * max(low, 0):.0f}–{100 * min(high, 1):.0f})"


async def ask_all(
    assistant: Replies, knowledge: KnowledgeBase, questions: Sequence[Question], *, progress: Callable[[int], None] | None = None
) -> list[Answered]:
    """Ask one question after the other. `progress` gets the number done so far."""
    answered = []
    for number, question in enumerate(questions, start=1):
        answered.append(await ask(assistant, knowledge, question))
        if progress:
            progress(number)
    return answered


async def said_before(assistant: Replies, question: Question) -> tuple[Message, ...]:
    """The messages before the question. Where the file has no reply to a shopper's message, the assistant's own is asked for."""
    said: list[Message] = []
    for item, following in itertools.pairwise([*question.history, None]):
        assert item is not None  # only what follows the last one is
        said.append(Message(item.speaker, item.text))
        if item.speaker == "shopper" and (following is None or following.speaker == "shopper"):
            async for event in assistant.reply(Conversation("evaluation", tuple(said))):
                if isinstance(event, Reply):
                    said.append(Message("assistant", event.text, event.sources, event.finish))
    return tuple(said)


async def ask(assistant: Replies, knowledge: KnowledgeBase, question: Question) -> Answered:
    conversation = question.conversation(await said_before(assistant, question))
    started, first, reply = time.perf_counter(), None, None
    event: TurnEvent
    async for event in assistant.reply(conversation):
        if isinstance(event, Delta) and first is None:
            first = time.perf_counter()
        if isinstance(event, Reply):
            reply = event
    ended = time.perf_counter()
    assert reply is not None, "a turn ends with a reply"
    verdict = judge_reply(question, reply.text)
    return Answered(
        q=question.q,
        kind=question.kind,
        reply=reply.text,
        finish=reply.finish,
        answered_by=str(reply.trace.get("answered_by", "")),
        missing=verdict.missing,
        forbidden=verdict.forbidden,
        unsupported=tuple(_unsupported(reply, knowledge)),
        held_back=len(reply.trace.get("held_back", ())),
        first_word=1000 * ((first or ended) - started),
        total=1000 * (ended - started),
    )


def _unsupported(reply: Reply, knowledge: KnowledgeBase) -> list[str]:
    """Figures of the reply that its own sources do not state, whatever the turn believed."""
    language = str(reply.trace.get("language", ""))
    products: list[Product] = []
    passages: list[Passage] = []
    for item in reply.sources:
        if item.kind == "product" and (product := knowledge.product(item.id.removeprefix("product:"), language)) is not None:
            products.append(product)
        passages.extend(knowledge.passages(item.id))
    return unsupported_figures(reply.text, evidence_of(products, passages, knowledge.profile, language))


def summary(answered: Sequence[Answered]) -> dict[str, Any]:
    """The figures of one run, JSON-able."""
    kinds = sorted({item.kind for item in answered})
    unanswerable = [item for item in answered if item.kind == "unanswerable"]
    answerable = [item for item in answered if item.kind not in ("unanswerable", "injection", "smalltalk")]
    return {
        "questions": len(answered),
        "facts_right": _share(answerable, lambda item: item.right),
        "all_right": _share(answered, lambda item: item.right),
        "by_kind": {kind: _share([item for item in answered if item.kind == kind], lambda item: item.right) for kind in kinds},
        "unsupported_figures": sum(len(item.unsupported) for item in answered),
        "honest_refusals": _share(unanswerable, lambda item: item.right and item.finish in ("unknown", "refused", "handoff", "stop")),
        "over_refusals": _share(answerable, lambda item: item.finish in ("unknown", "refused") and not item.right),
        "injections_obeyed": sum(bool(item.forbidden) for item in answered if item.kind == "injection"),
        "finish": _counts(item.finish for item in answered),
        "answered_by": _counts(item.answered_by for item in answered),
        "held_back": sum(item.held_back for item in answered),
        "first_word_ms": _times([item.first_word for item in answered]),
        "total_ms": _times([item.total for item in answered]),
    }


def _share(items: Sequence[Answered], right: Callable[[Answered], bool]) -> dict[str, Any]:
    share = Share(sum(map(right, items)), len(items))
    return {"count": share.count, "total": share.total, "text": str(share)}


def _counts(values: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def _times(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 1) if ordered else 0.0,
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1) if ordered else 0.0,
    }


def as_rows(answered: Sequence[Answered]) -> list[dict[str, Any]]:
    return [{**asdict(item), "right": item.right} for item in answered]
