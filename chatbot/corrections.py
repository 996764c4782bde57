"""Replies that operators corrected: what was asked, what was said, what should have been said, and the facts it could rest on.

Each function is one transaction. Keeps at most one correction per reply, the latest; it goes when its conversation goes, and the
conversation itself is never written to. Facts are stored with it, because the shop's content moves on. Knows no server, no knowledge
base and no training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatbot.database import Database
from chatbot.ledger import now
from chatbot.records import conversations, corrections, events
from chatbot.terms import is_chinese

_FACTS, _QUESTION = "Text:\n", "\n\nQuestion: "  # how `prompts` writes them


@dataclass(frozen=True, slots=True)
class Given:
    """A reply as it was given. `whole` is the question made whole from what was said before it, `facts` the lines that a model read for
    it (none where no model was asked), `sources` the ids of the documents that it names."""

    conversation: str
    turn: str
    question: str
    whole: str
    reply: str
    language: str
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What should have been said. `at` is when it was corrected, in milliseconds since 1970."""

    conversation: str
    turn: str
    question: str
    whole: str
    reply: str
    corrected: str
    facts: tuple[str, ...]
    language: str
    operator: str
    at: int


async def find_reply(database: Database, conversation: str, turn: str) -> Given | None:
    """The reply of a turn with its question; None when there is none. Raises StorageUnavailable."""
    replies, messages = events.alias("replies"), events.alias("messages")
    same = (messages.c.conversation == replies.c.conversation) & (messages.c.message_id == replies.c.reply_to)
    wanted = select(replies.c.body, replies.c.trace, messages.c.body.label("message")).join(messages, same)
    this = (replies.c.conversation == conversation) & (replies.c.turn == turn) & (replies.c.type == "reply")
    async with database.read() as connection:
        row = (await connection.execute(wanted.where(this))).first()
    return _given(conversation, turn, row.body, row.message["text"], row.trace or {}) if row is not None else None


def _given(conversation: str, turn: str, reply: dict[str, Any], question: str, trace: dict[str, Any]) -> Given:
    facts, read = read_prompt(trace.get("prompt") or ())
    whole = read or trace.get("rewritten") or question
    language = trace.get("language") or ("zh" if is_chinese(question) else "en")
    sources = tuple(item["id"] for item in reply.get("sources") or ())
    return Given(conversation, turn, question, whole, reply["text"], language, facts, sources)


def read_prompt(prompt: Sequence[dict[str, str]]) -> tuple[tuple[str, ...], str]:
    """The facts and the question of a prompt as a trace keeps it; nothing and "" where no model was asked."""
    asked = next((message["content"] for message in reversed(prompt) if message["role"] == "user"), "")
    before, found, question = asked.rpartition(_QUESTION)
    lines = before.removeprefix(_FACTS).split("\n") if found else []
    return tuple(line.strip() for line in lines if line.strip()), question if found else ""


async def store(database: Database, given: Given, corrected: str, operator: str) -> Correction | None:
    """Keep what should have been said, in place of an earlier correction; None when the conversation is gone. Raises StorageUnavailable."""
    kept = {name: value for name, value in asdict(given).items() if name != "sources"}
    correction = Correction(**kept, corrected=corrected, operator=operator, at=now())

    async def work(connection: AsyncConnection) -> Correction | None:
        there = select(conversations.c.id).where(conversations.c.id == given.conversation).with_for_update()
        if (await connection.execute(there)).first() is None:
            return None
        await connection.execute(delete(corrections).where(_of(given.conversation, given.turn)))
        await connection.execute(insert(corrections).values(asdict(correction) | {"facts": list(correction.facts)}))
        return correction

    return await database.write(work)


async def withdraw(database: Database, conversation: str, turn: str) -> bool:
    """Forget a correction; False when there is none. Raises StorageUnavailable."""

    async def work(connection: AsyncConnection) -> bool:
        return (await connection.execute(delete(corrections).where(_of(conversation, turn)))).rowcount > 0

    return await database.write(work)


async def stored(
    database: Database, *, conversation: str | None = None, before: int | None = None, limit: int | None = None
) -> list[Correction]:
    """Corrections, the latest first: of one conversation or of all, made before a moment, at most `limit`. Raises StorageUnavailable."""
    wanted = select(corrections).order_by(corrections.c.at.desc(), corrections.c.conversation, corrections.c.turn).limit(limit)
    if conversation is not None:
        wanted = wanted.where(corrections.c.conversation == conversation)
    if before is not None:
        wanted = wanted.where(corrections.c.at < before)
    async with database.read() as connection:
        return [_correction(row) for row in (await connection.execute(wanted)).mappings()]


async def how_many(database: Database) -> int:
    """Of all conversations. Raises StorageUnavailable."""
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(corrections))).scalar_one())


def _of(conversation: str, turn: str) -> Any:
    return (corrections.c.conversation == conversation) & (corrections.c.turn == turn)


def _correction(row: RowMapping) -> Correction:
    return Correction(**{**row, "facts": tuple(row["facts"])})
