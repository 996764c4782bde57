"""One turn while it runs: pulls the assistant's events, tells the room, and ends with exactly one reply or by being stopped.

Knows the assistant and the room's few doors (`TurnRoom`), no socket and no table. While it is held not one more character leaves; that is
how the room can store the text so far and be sure that it is what the shopper saw.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from chatbot.errors import Overloaded, StorageUnavailable
from chatbot.events import Delta, Reply, Sources, Stage, Status, TurnEvent
from chatbot.ledger import Draft
from chatbot.messages import Conversation, SourceItem
from chatbot.outbox import LiveText
from chatbot.protocol import ErrorEvent, SourceFields, UsageFields

TURN_SECONDS = 180.0
_ENDING_SECONDS = 5.0
log = logging.getLogger(__name__)


class Assistant(Protocol):
    """Answers the last message of a conversation; closing the generator frees what it holds."""

    def reply(self, conversation: Conversation) -> AsyncGenerator[TurnEvent, None]: ...


class TurnRoom(Protocol):
    """What a turn needs of its room."""

    async def conversation(self) -> Conversation: ...
    def staged(self, turn: RunningTurn) -> None: ...
    def sourced(self, turn: RunningTurn) -> None: ...
    async def piece(self, turn: RunningTurn, text: str) -> None: ...
    def replaced(self, turn: RunningTurn) -> None: ...
    async def ended(self, turn: RunningTurn, draft: Draft) -> None: ...
    def fault(self, turn: RunningTurn, error: ErrorEvent) -> None: ...


class RunningTurn:
    """Start it with `start`; `stop` closes the assistant's generator."""

    def __init__(self, turn: str, message_id: str) -> None:
        self.id = turn
        self.message_id = message_id
        self.live = LiveText(turn)
        self.stage: Stage = "searching"
        self.shown = False
        self.task: asyncio.Task[None] | None = None
        self._free = asyncio.Event()
        self._free.set()

    def start(self, assistant: Assistant, room: TurnRoom, apology: Callable[[str], str]) -> asyncio.Task[None]:
        self.task = asyncio.create_task(self._run(assistant, room, apology), name=f"turn {self.id}")
        return self.task

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    async def free(self) -> None:
        """Wait while the turn is held."""
        await self._free.wait()

    def stop(self) -> None:
        """No more characters; the generator is closed as soon as the loop turns."""
        self.live.over = True
        self.hold()
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    def draft(self) -> Draft:
        """What the shopper has seen of it."""
        return Draft(self.id, text=self.live.text, sources=tuple(self.live.sources))

    async def _run(self, assistant: Assistant, room: TurnRoom, apology: Callable[[str], str]) -> None:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                draft = await self._spoken(assistant, room)
        except StorageUnavailable as error:
            room.fault(self, ErrorEvent(code="storage_unavailable", message=str(error), retryable=True, id=self.message_id, retry_after=2))
            draft = await self._sorry(room, apology("fault"))
        except Overloaded as error:
            room.fault(
                self,
                ErrorEvent(code="overloaded", message=str(error), retryable=True, id=self.message_id, retry_after=error.retry_after),
            )
            draft = await self._sorry(room, apology("busy"))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("turn %s failed, reference %s", self.id, reference)
            room.fault(
                self,
                ErrorEvent(code="internal", message=f"something went wrong, reference {reference}", retryable=True, id=self.message_id),
            )
            draft = await self._sorry(room, apology("fault"))
        await room.ended(self, draft)

    async def _spoken(self, assistant: Assistant, room: TurnRoom) -> Draft:
        conversation = await room.conversation()
        async with aclosing(assistant.reply(conversation)) as events:
            async for event in events:
                await self.free()
                if isinstance(event, Reply):
                    return await self._complete(event, room)
                await self._say(event, room)
        raise RuntimeError("the assistant ended a turn without a reply")

    async def _say(self, event: Status | Sources | Delta, room: TurnRoom) -> None:
        if isinstance(event, Delta):
            await self._add(event.text, room)
        elif isinstance(event, Sources):
            self.live.sources = [source_fields(item) for item in event.items]
            room.sourced(self)
        elif event.stage != self.stage:
            self.stage = event.stage
            room.staged(self)

    async def _add(self, text: str, room: TurnRoom) -> None:
        text = text.encode("utf-8", "replace").decode().replace("\x00", "")
        if text:
            await room.piece(self, text)

    async def _complete(self, reply: Reply, room: TurnRoom) -> Draft:
        """The reply's text is what counts: what was not streamed yet follows as a last delta, what differs is put right by a snapshot."""
        text = reply.text.encode("utf-8", "replace").decode().replace("\x00", "")
        if text.startswith(self.live.text):
            await self._add(text[len(self.live.text) :], room)
        else:
            log.error("turn %s: its deltas are not its reply: %r, then %r", self.id, self.live.text[-40:], text[-40:])
            self.live.text = text
            room.replaced(self)
        usage = UsageFields(prompt_tokens=reply.usage.prompt_tokens, completion_tokens=reply.usage.completion_tokens)
        return Draft(
            self.id,
            text=text,
            finish=reply.finish,
            citations=reply.citations,
            sources=tuple(source_fields(item) for item in reply.sources) or tuple(self.live.sources),
            usage=usage,
            handoff=reply.handoff,
            trace=reply.trace or None,
        )

    async def _sorry(self, room: TurnRoom, apology: str) -> Draft:
        try:
            async with asyncio.timeout(_ENDING_SECONDS):
                await self.free()
                await self._add(f"\n\n{apology}" if self.live.text else apology, room)
        except (StorageUnavailable, TimeoutError):
            log.warning("turn %s: its apology could not be shown", self.id)
        return Draft(self.id, text=self.live.text or apology, finish="error", sources=tuple(self.live.sources))


def source_fields(item: SourceItem) -> SourceFields:
    return SourceFields(
        id=item.id,
        kind=str(item.kind),
        title=item.title,
        score=item.score,
        url=item.url or None,
        price=item.price,
        list_price=item.list_price,
        currency=item.currency or None,
        image=item.image or None,
        available=item.available,
    )
