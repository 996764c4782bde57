"""What is read about conversations: who may resume one, what a returning shopper missed, what a turn may know, lists for the console.

Only reads; never decides. A replay is whole or it is not given at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatbot.database import Database
from chatbot.messages import Conversation, Message, Page, SourceItem
from chatbot.protocol import DurableEvent, HandlerEvent, MessageEvent, OperatorEvent, ReplyEvent
from chatbot.records import conversations, events, turns

MAX_REPLAY = 500
MAX_REPLAY_BYTES = 160 * 1024
HISTORY = 40
_DURABLE: dict[str, type[DurableEvent]] = {"message": MessageEvent, "reply": ReplyEvent, "operator": OperatorEvent, "handler": HandlerEvent}


@dataclass(frozen=True, slots=True)
class Known:
    """A stored conversation."""

    id: str
    token_hash: str
    site: str
    locale: str
    subject: str | None
    head: int
    handler: str


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn without a reply in the database. `shown`: whether the shopper may have seen words of it."""

    id: str
    conversation: str
    message_id: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """The durable events after a number, up to `head`; `complete` is False (and `events` empty) when they cannot all be given."""

    head: int
    events: tuple[DurableEvent, ...]
    complete: bool
    open_turns: tuple[OpenTurn, ...]


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """One line of the console's list. Times in milliseconds since 1970; `finishes` counts replies by how they ended."""

    id: str
    started: int
    last: int
    locale: str
    messages: int
    handler: str
    first_text: str
    last_text: str
    finishes: dict[str, int]


class Archive:
    """Reads conversations from one database. Everything raises StorageUnavailable when it cannot be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, conversation: str) -> Known | None:
        columns = [conversations.c[name] for name in ("id", "token_hash", "site", "locale", "subject", "head", "handler")]
        async with self._database.read() as connection:
            row = (await connection.execute(select(*columns).where(conversations.c.id == conversation))).mappings().first()
        return Known(**row) if row is not None else None

    async def replay(self, conversation: str, after: int) -> Replay:
        """Everything a client that has `after` missed."""
        mine = (events.c.conversation == conversation) & (events.c.seq > after)
        async with self._database.read() as connection:
            head = (await connection.execute(select(conversations.c.head).where(conversations.c.id == conversation))).scalar_one()
            rows: Sequence[RowMapping] = []
            complete = after <= head and head - after <= MAX_REPLAY
            if complete:
                wanted = select(events.c.type, events.c.seq, events.c.body).where(mine, events.c.seq <= head).order_by(events.c.seq)
                rows = (await connection.execute(wanted)).mappings().all()
            opened = await _open_turns(connection, conversation)
        found = tuple(_event(row) for row in rows)
        if sum(len(event.wire()) for event in found) > MAX_REPLAY_BYTES:
            found, complete = (), False
        return Replay(head, found, complete, opened)

    async def open_turns(self, conversation: str | None = None) -> tuple[OpenTurn, ...]:
        """Turns that have no reply, of one conversation or of all, oldest message first."""
        async with self._database.read() as connection:
            return await _open_turns(connection, conversation)

    async def conversation(self, conversation: str) -> Conversation:
        """What a turn may know: the latest messages, oldest first, ending with the shopper's; where the shopper is; what is in the cart."""
        texts = events.c.type.in_(("message", "reply", "operator"))
        latest = select(events.c.type, events.c.body).where(events.c.conversation == conversation, texts)
        place = select(conversations.c.locale, conversations.c.page, conversations.c.cart).where(conversations.c.id == conversation)
        async with self._database.read() as connection:
            rows = (await connection.execute(latest.order_by(events.c.seq.desc()).limit(HISTORY))).all()
            row = (await connection.execute(place)).one()
        said = tuple(message for message in (_message(kind, body) for kind, body in reversed(rows)) if message.text)
        page = Page(**row.page) if row.page else None
        return Conversation(conversation, said, row.locale, page, tuple(row.cart or ()))

    async def transcript(self, conversation: str, *, trace: bool = False) -> list[dict[str, Any]]:
        """All durable events as they were on the wire; with `trace`, also `at` (milliseconds) and how each reply came about."""
        wanted = select(events.c.type, events.c.seq, events.c.body, events.c.trace, events.c.at)
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted.where(events.c.conversation == conversation).order_by(events.c.seq))).all()
        found = []
        for row in rows:
            event = {"type": row.type, "seq": row.seq, **row.body}
            found.append(event | {"at": row.at, "trace": row.trace} if trace else event)
        return found

    async def summaries(self, *, limit: int = 50, before: int | None = None) -> list[ConversationSummary]:
        """The conversations with the newest words first; `before` is the `last` of the line above."""
        wanted = (
            select(conversations).where(conversations.c.head > 0).order_by(conversations.c.last.desc(), conversations.c.id).limit(limit)
        )
        if before is not None:
            wanted = wanted.where(conversations.c.last < before)
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
            ids = [row["id"] for row in rows]
            messages = await _count_messages(connection, ids)
            finishes = await _count_finishes(connection, ids)
            asked = await _texts(connection, ids, ("message",), func.min)
            texts = await _texts(connection, ids, ("message", "reply", "operator"), func.max)
        return [
            ConversationSummary(
                id=row["id"],
                started=row["started"],
                last=row["last"],
                locale=row["locale"],
                messages=messages.get(row["id"], 0),
                handler=row["handler"],
                first_text=asked.get(row["id"], ""),
                last_text=texts.get(row["id"], ""),
                finishes=finishes.get(row["id"], {}),
            )
            for row in rows
        ]


async def _open_turns(connection: AsyncConnection, conversation: str | None) -> tuple[OpenTurn, ...]:
    columns = (turns.c.id, turns.c.conversation, turns.c.message_id, turns.c.shown)
    same = (events.c.conversation == turns.c.conversation) & (events.c.message_id == turns.c.message_id)
    wanted = select(*columns).join(events, same).where(turns.c.open).order_by(events.c.at)
    if conversation is not None:
        wanted = wanted.where(turns.c.conversation == conversation)
    return tuple(OpenTurn(**row) for row in (await connection.execute(wanted)).mappings())


async def _count_messages(connection: AsyncConnection, ids: list[str]) -> dict[str, int]:
    wanted = select(events.c.conversation, func.count()).where(events.c.conversation.in_(ids), events.c.type == "message")
    return {row[0]: row[1] for row in await connection.execute(wanted.group_by(events.c.conversation))}


async def _count_finishes(connection: AsyncConnection, ids: list[str]) -> dict[str, dict[str, int]]:
    wanted = select(events.c.conversation, events.c.finish, func.count()).where(events.c.conversation.in_(ids), events.c.type == "reply")
    found: dict[str, dict[str, int]] = {}
    for name, finish, count in (await connection.execute(wanted.group_by(events.c.conversation, events.c.finish))).all():
        found.setdefault(name, {})[finish] = count
    return found


async def _texts(connection: AsyncConnection, ids: list[str], types: tuple[str, ...], which: Callable[..., Any]) -> dict[str, str]:
    """Of each conversation the text of its first (`which` is min) or last (max) event of these types."""
    spoken = events.c.conversation.in_(ids) & events.c.type.in_(types)
    chosen = select(events.c.conversation, which(events.c.seq).label("seq")).where(spoken).group_by(events.c.conversation).subquery()
    same = (events.c.conversation == chosen.c.conversation) & (events.c.seq == chosen.c.seq)
    rows = (await connection.execute(select(events.c.conversation, events.c.body).join(chosen, same))).all()
    return {row[0]: str(row[1]["text"]) for row in rows}


def _event(row: RowMapping) -> DurableEvent:
    return _DURABLE[row["type"]].model_validate({"seq": row["seq"], **row["body"]})


def _message(kind: str, body: dict[str, Any]) -> Message:
    if kind == "message":
        return Message("shopper", body["text"])
    if kind == "operator":
        return Message("operator", body["text"])
    return Message("assistant", body["text"], tuple(_source(item) for item in body["sources"]), body["finish"])


def _source(item: dict[str, Any]) -> SourceItem:
    prices = {name: Decimal(item[name]) for name in ("price", "list_price") if item.get(name) is not None}
    return SourceItem(**cast(dict[str, Any], {**item, **prices}))
