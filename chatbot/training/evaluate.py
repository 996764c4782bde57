"""Ask a shop's assistant the questions of a file, exactly as live chat would, and keep each reply with what was found wrong with it.

Replies are judged by words (what must and must not be said), by their sources (claims and figures) and by the clock. What words
cannot judge (false yes or no) is for reading: the report prints every reply. The figures over all replies are in scores.py.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from chatbot.events import Delta, Reply, TurnEvent
from chatbot.messages import Conversation, Message
from chatbot.training.grounded import ground
from chatbot.training.questions import Question, judge_reply
from chatbot.turn import reply_language
from knowledge_base.search import KnowledgeBase


class Replies(Protocol):
    def reply(self, conversation: Conversation) -> Any: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with its reply and what was found wrong with it. Times in milliseconds.

    `unsupported` are figures of the reply that its sources do not state, `invented_before` those of all that the model wrote; `claims`
    is how many sentences were judged, `ungrounded` those that do not follow, `covered` how many have no content word that the sources do
    not have. `earlier` is what the question file says before it.
    """

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
    invented_before: tuple[str, ...] = ()
    claims: int = 0
    covered: int = 0
    ungrounded: tuple[str, ...] = ()
    language: str = "en"
    earlier: tuple[str, ...] = ()
    shop: str = ""
    group: str = ""

    @property
    def right(self) -> bool:
        return not self.missing and not self.forbidden


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
    answered = judged(question, reply, knowledge, reply_language(conversation))
    return dataclasses.replace(answered, first_word=1000 * ((first or ended) - started), total=1000 * (ended - started))


def judged(question: Question, reply: Reply, knowledge: KnowledgeBase, language: str) -> Answered:
    """The reply held against what was expected and against its own sources; the times are still to be filled in."""
    verdict, grounding = judge_reply(question, reply.text), ground(reply, knowledge)
    return Answered(
        q=question.q,
        kind=question.kind,
        reply=reply.text,
        finish=reply.finish,
        answered_by=str(reply.trace.get("answered_by", "")),
        missing=verdict.missing,
        forbidden=verdict.forbidden,
        unsupported=grounding.invented,
        held_back=len(reply.trace.get("held_back", ())),
        first_word=0.0,
        total=0.0,
        invented_before=grounding.invented_before,
        claims=grounding.claims,
        covered=grounding.covered,
        ungrounded=grounding.ungrounded,
        language=language,
        earlier=tuple(said.text for said in question.history),
    )


def as_rows(answered: Sequence[Answered]) -> list[dict[str, Any]]:
    return [{**asdict(item), "right": item.right} for item in answered]


def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[Answered]:
    """What `as_rows` wrote, also by an earlier version with fewer fields. Raises TypeError where a field without a default is missing."""
    names = {field.name for field in dataclasses.fields(Answered)}
    return [Answered(**{name: _frozen(value) for name, value in row.items() if name in names}) for row in rows]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
