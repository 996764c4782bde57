"""What is written about conversations: every durable event gets its number in the transaction that stores it.

Each function is one transaction and keeps: numbers without gaps; one message per id for ever; one reply per message; a reply only while
no operator has the conversation; no turn left open by a newer message. Knows no socket and no running turn, only its text so far.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatbot.database import Database
from chatbot.errors import Conflict
from chatbot.messages import Finish, HandoffReason
from chatbot.protocol import (
    DurableEvent,
    HandlerEvent,
    HandlerState,
    MessageEvent,
    OperatorEvent,
    ReplyEvent,
    SourceFields,
    UsageFields,
)
from chatbot.records import conversations, events, feedback, handoffs, turns

# The assistant goes on answering while a shopper waits for a person, so that nobody talks to a wall; an operator silences it.
ASSISTANT_SPEAKS = ("assistant", "waiting")
# Not knowing an answer only offers a person; these bring one.
_NEEDS_A_PERSON = ("shopper_asked", "angry", "repeated_question", "policy")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reply says, or has said so far, before it has a number."""

    turn: str
    text: str = ""
    finish: Finish = "stop"
    citations: tuple[str, ...] = ()
    sources: tuple[SourceFields, ...] = ()
    usage: UsageFields = field(default_factory=UsageFields)
    handoff: HandoffReason | None = None
    trace: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """`closed`: replies of turns that the message superseded, numbered before it. `answer`: whether the assistant is to answer."""

    message: MessageEvent
    fresh: bool
    answer: bool
    closed: tuple[DurableEvent, ...] = ()


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def now() -> int:
    return int(time.time() * 1000)


class Ledger:
    """Writes conversations to one database. Everything raises StorageUnavailable when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, site: str, locale: str, subject: str | None = None) -> tuple[str, str]:
        """A new conversation: its id, and the secret that resumes it (only its hash is stored)."""
        conversation, token = uuid.uuid4().hex, secrets.token_urlsafe(32)
        row: dict[str, Any] = {"id": conversation, "token_hash": token_hash(token), "site": site, "locale": locale, "subject": subject}
        row |= {"head": 0, "handler": "assistant", "started": now(), "last": now()}

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(insert(conversations).values(row))

        await self._database.write(work)
        return conversation, token

    async def ask(self, conversation: str, message_id: str, text: str, running: Draft | None) -> Asked:
        """Store a message and open its turn. Raises Conflict when the id is known with another text."""

        async def work(connection: AsyncConnection) -> Asked:
            page = await _Page.open(connection, conversation)
            known = await page.message(message_id)
            if known is not None:
                if known.text != text:
                    raise Conflict(f"id: message {message_id} is known with another text")
                return Asked(known, fresh=False, answer=False)
            closed = await page.close_turns("superseded", running)
            message = MessageEvent(seq=page.next(), id=message_id, turn=uuid.uuid4().hex, text=text)
            await page.add(message, message_id=message_id)
            answer = page.handler in ASSISTANT_SPEAKS
            if answer:
                row = {"id": message.turn, "conversation": conversation, "message_id": message_id, "open": True, "shown": False}
                await connection.execute(insert(turns).values(row))
            await page.save()
            return Asked(message, fresh=True, answer=answer, closed=tuple(closed))

        return await self._database.write(work)

    async def reply(self, conversation: str, draft: Draft) -> list[DurableEvent]:
        """Close an open turn with its reply and bring a person in if the draft says so. Empty when the turn is no longer open."""

        async def work(connection: AsyncConnection) -> list[DurableEvent]:
            page = await _Page.open(connection, conversation)
            if page.handler not in ASSISTANT_SPEAKS:
                return []
            stored = await page.close_turns(draft.finish, draft, only=draft.turn)
            if stored and draft.handoff in _NEEDS_A_PERSON and page.handler == "assistant":
                stored.append(await page.hand("waiting", draft.handoff))
            await page.save()
            return stored

        return await self._database.write(work)

    async def hand(
        self, conversation: str, state: HandlerState, reason: HandoffReason, *, name: str | None = None, running: Draft | None = None
    ) -> list[DurableEvent]:
        """Change who answers; an operator's coming closes the running turn in the same transaction. Empty when nothing changes."""

        async def work(connection: AsyncConnection) -> list[DurableEvent]:
            page = await _Page.open(connection, conversation)
            if page.handler == state or (state == "waiting" and page.handler == "operator"):
                return []
            stored = await page.close_turns("cancelled", running) if state not in ASSISTANT_SPEAKS else []
            stored.append(await page.hand(state, reason, name))
            await page.save()
            return stored

        return await self._database.write(work)

    async def operator_says(self, conversation: str, text: str, name: str) -> list[DurableEvent]:
        """A message by a person of the shop; empty unless an operator has the conversation."""

        async def work(connection: AsyncConnection) -> list[DurableEvent]:
            page = await _Page.open(connection, conversation)
            if page.handler != "operator":
                return []
            message = OperatorEvent(seq=page.next(), text=text, name=name)
            await page.add(message)
            await page.save()
            return [message]

        return await self._database.write(work)

    async def mark_shown(self, turn: str) -> None:
        """From now on a crash must not answer this turn a second time: the shopper has seen words of it."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(turns).where(turns.c.id == turn).values(shown=True))

        await self._database.write(work)

    async def rate(self, conversation: str, turn: str, rating: str, comment: str | None) -> bool:
        """Keep the shopper's latest rating of a reply; False when the conversation has no such reply."""

        async def work(connection: AsyncConnection) -> bool:
            replied = select(events.c.seq).where(events.c.conversation == conversation, events.c.turn == turn, events.c.type == "reply")
            if (await connection.execute(replied)).first() is None:
                return False
            await connection.execute(delete(feedback).where(feedback.c.conversation == conversation, feedback.c.turn == turn))
            row = {"conversation": conversation, "turn": turn, "rating": rating, "comment": comment, "at": now()}
            await connection.execute(insert(feedback).values(row))
            return True

        return await self._database.write(work)

    async def keep_words(self, conversation: str, words: str | None) -> None:
        """Store that, and in which words, the shopper asked for a person."""

        async def work(connection: AsyncConnection) -> None:
            mine = handoffs.c.conversation == conversation
            highest = (await connection.execute(select(func.max(handoffs.c.seq)).where(mine))).scalar() or 0
            row = {"conversation": conversation, "seq": highest + 1, "words": words, "at": now()}
            await connection.execute(insert(handoffs).values(row))

        await self._database.write(work)

    async def keep_place(self, conversation: str, fields: dict[str, Any]) -> None:
        """Store where the shopper is: `page` (url, title, product_id), `cart` (list of ids), whichever is given."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(conversations).where(conversations.c.id == conversation).values(fields))

        await self._database.write(work)


class _Page:
    """A conversation, locked, while one transaction writes to it."""

    def __init__(self, connection: AsyncConnection, conversation: str, row: RowMapping) -> None:
        self._connection = connection
        self._conversation = conversation
        self._head: int = row["head"]
        self.handler: str = row["handler"]

    @classmethod
    async def open(cls, connection: AsyncConnection, conversation: str) -> _Page:
        wanted = select(conversations.c.head, conversations.c.handler).where(conversations.c.id == conversation).with_for_update()
        row = (await connection.execute(wanted)).mappings().one()
        return cls(connection, conversation, row)

    def next(self) -> int:
        self._head += 1
        return self._head

    async def message(self, message_id: str) -> MessageEvent | None:
        wanted = select(events.c.seq, events.c.body).where(events.c.conversation == self._conversation, events.c.message_id == message_id)
        row = (await self._connection.execute(wanted)).first()
        return MessageEvent(seq=row.seq, **row.body) if row is not None else None

    async def add(self, event: DurableEvent, **columns: Any) -> None:
        body = event.model_dump(mode="json", exclude_none=True, exclude={"type", "seq"})
        row = {"conversation": self._conversation, "seq": event.seq, "type": event.type, "body": body, "at": now(), **columns}
        await self._connection.execute(insert(events).values(row))

    async def close_turns(self, finish: Finish, draft: Draft | None, *, only: str | None = None) -> list[DurableEvent]:
        """End the open turns with one reply each: the draft's text for its own turn, an empty one for a turn nobody knows the text of."""
        wanted = select(turns.c.id, turns.c.message_id).where(turns.c.conversation == self._conversation, turns.c.open)
        if only is not None:
            wanted = wanted.where(turns.c.id == only)
        found = (await self._connection.execute(wanted)).all()
        return [
            await self._close(row.id, row.message_id, draft if draft is not None and draft.turn == row.id else Draft(row.id), finish)
            for row in found
        ]

    async def _close(self, turn: str, message_id: str, draft: Draft, finish: Finish) -> DurableEvent:
        reply = ReplyEvent(
            seq=self.next(),
            turn=turn,
            text=draft.text,
            citations=list(draft.citations),
            sources=list(draft.sources),
            finish=finish,
            usage=draft.usage,
        )
        await self.add(reply, reply_to=message_id, turn=turn, finish=finish, trace=draft.trace)
        await self._connection.execute(update(turns).where(turns.c.id == turn).values(open=False))
        return reply

    async def hand(self, state: HandlerState, reason: HandoffReason, name: str | None = None) -> DurableEvent:
        ahead = None
        if state == "waiting":
            others = select(func.count()).where(conversations.c.handler == "waiting", conversations.c.id != self._conversation)
            ahead = (await self._connection.execute(others)).scalar_one()
        event = HandlerEvent(seq=self.next(), state=state, reason=reason, name=name, ahead=ahead)
        await self.add(event)
        self.handler = state
        return event

    async def save(self) -> None:
        values = {"head": self._head, "handler": self.handler, "last": now()}
        await self._connection.execute(update(conversations).where(conversations.c.id == self._conversation).values(values))
