"""The live half of one conversation: who listens, which turn runs, in which order things happen.

Every change goes through the room's lock: store, then tell the listeners, then start the turn. A turn belongs to the room and not to a
socket, so a reload, two tabs, lost Wi-Fi and an operator's takeover are all the same two acts: listen after a number, stop the turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from chatbot.archive import Archive
from chatbot.audience import Audience
from chatbot.errors import StorageUnavailable
from chatbot.ledger import ASSISTANT_SPEAKS, Asked, Draft, Ledger
from chatbot.messages import Conversation, HandoffReason
from chatbot.outbox import Outbox
from chatbot.protocol import ErrorEvent, HandlerState, SourcesEvent, StatusEvent
from chatbot.running_turn import Assistant, RunningTurn

T = TypeVar("T")
_RETRIES = (0.2, 1.0, 3.0, 5.0)
log = logging.getLogger(__name__)


class House(Protocol):
    """What a room needs of the rooms around it."""

    ledger: Ledger
    archive: Archive
    assistant: Assistant
    grace: float

    def keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]: ...
    def keep_task(self, task: asyncio.Task[None]) -> None: ...
    def apology(self, locale: str, kind: str) -> str: ...


class Room:
    """One conversation. `turn` is the running turn, None while nobody speaks; `handler` who answers, as far as this process knows."""

    def __init__(self, conversation: str, locale: str, house: House, handler: str = "assistant") -> None:
        self.id = conversation
        self.locale = locale
        self.handler = handler
        self.turn: RunningTurn | None = None
        self.audience = Audience()
        self._house = house
        self._lock = asyncio.Lock()
        self._grace: asyncio.TimerHandle | None = None

    # -- listening ---------------------------------------------------------------------------------------------------------------

    async def listen(self, outbox: Outbox, after: int, ready: Callable[[int, bool], str]) -> None:
        """Put into the outbox `ready(head, complete)`, the durable events after `after`, the running turn so far, then all that comes.

        Subscribes before it reads. Raises StorageUnavailable.
        """
        self.audience.subscribe(outbox)
        self._set_grace()
        try:
            replay = await self._house.archive.replay(self.id, after)
            while self.turn is not None and self.turn.live.text and not self.turn.shown:
                await self._mark_shown(self.turn)
        except BaseException:
            self.leave(outbox)
            raise
        outbox.durable(ready(replay.head, replay.complete))
        self.audience.let_in(outbox, replay.head, replay.events)
        self._catch_up(outbox)
        if replay.open_turns and self.turn is None:
            self._house.keep(self.settle())

    def leave(self, outbox: Outbox) -> None:
        """Stop listening. The last one to leave starts the running turn's grace."""
        self.audience.leave(outbox)
        self._set_grace()

    def _catch_up(self, outbox: Outbox) -> None:
        turn = self.turn
        if turn is None or turn.live.over:
            return
        outbox.ephemeral(StatusEvent(turn=turn.id, stage=turn.stage).wire(), "status")
        if turn.live.text:
            outbox.snapshot(turn.live)
        elif turn.live.sources:
            outbox.durable(SourcesEvent(turn=turn.id, items=turn.live.sources).wire())

    async def _mark_shown(self, turn: RunningTurn) -> None:
        await self._house.ledger.mark_shown(turn.id)
        turn.shown = True

    def _set_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None
        if self.turn is not None and not self.audience:
            self._grace = asyncio.get_running_loop().call_later(self._house.grace, self._abandon, self.turn)

    def _abandon(self, turn: RunningTurn) -> None:
        if self.turn is turn and not self.audience:
            self._cancel(turn)

    # -- the shopper's side ------------------------------------------------------------------------------------------------------

    async def ask(self, message_id: str, text: str) -> Asked:
        """Store one message, tell it, supersede a running turn and begin the next. Raises Conflict, StorageUnavailable."""
        return await self._whole(self._ask(message_id, text))

    async def _ask(self, message_id: str, text: str) -> Asked:
        async with self._lock:
            with self._held() as running:
                asked = await self._house.ledger.ask(self.id, message_id, text, running.draft() if running else None)
                if not asked.fresh:
                    return asked
                self._end_turn()
            self.audience.tell((*asked.closed, asked.message))
            if asked.answer:
                self._begin(RunningTurn(asked.message.turn, message_id))
            return asked

    def cancel(self, turn: str) -> None:
        """Stop this turn if it is the running one; asking twice is the same as asking once."""
        if self.turn is not None and self.turn.id == turn:
            self._cancel(self.turn)

    def _cancel(self, turn: RunningTurn) -> None:
        turn.stop()
        self._house.keep(self._end(turn, replace(turn.draft(), finish="cancelled")))

    async def wants_person(self, words: str | None) -> None:
        """The shopper asks for a person: stored in any case, the shopper waits unless an operator is here already."""
        await self._house.ledger.keep_words(self.id, words)
        await self.hand("waiting", "shopper_asked")

    # -- who answers -------------------------------------------------------------------------------------------------------------

    async def hand(self, state: HandlerState, reason: HandoffReason, name: str | None = None) -> bool:
        """Change who answers; while that is an operator, the assistant is silent from the commit on. False: it was so before."""
        return await self._whole(self._hand(state, reason, name))

    async def _hand(self, state: HandlerState, reason: HandoffReason, name: str | None) -> bool:
        async with self._lock:
            with self._held() as running:
                draft = running.draft() if running else None
                stored = await self._house.ledger.hand(self.id, state, reason, name=name, running=draft)
                if stored and state not in ASSISTANT_SPEAKS:
                    self._end_turn()
            self.handler = state
            self.audience.tell(stored)
            return bool(stored)

    async def operator_says(self, text: str, name: str) -> bool:
        """A person's message; False unless an operator has the conversation."""
        return await self._whole(self._operator_says(text, name))

    async def _operator_says(self, text: str, name: str) -> bool:
        async with self._lock:
            stored = await self._house.ledger.operator_says(self.id, text, name)
            self.audience.tell(stored)
            return bool(stored)

    # -- the turn's side ---------------------------------------------------------------------------------------------------------

    async def conversation(self) -> Conversation:
        return await self._house.archive.conversation(self.id)

    def staged(self, turn: RunningTurn) -> None:
        self.audience.mention(StatusEvent(turn=turn.id, stage=turn.stage), "status")

    def sourced(self, turn: RunningTurn) -> None:
        self.audience.send(SourcesEvent(turn=turn.id, items=turn.live.sources))

    async def piece(self, turn: RunningTurn, text: str) -> None:
        """Show the next piece of the turn. Before the first one that anybody sees, store that something was shown."""
        if not turn.shown and self.audience:
            await self._mark_shown(turn)
            await turn.free()
        self.audience.show(turn.live, text)

    def replaced(self, turn: RunningTurn) -> None:
        self.audience.correct(turn.live)

    def fault(self, turn: RunningTurn, error: ErrorEvent) -> None:
        if self.turn is turn and not turn.live.over:
            self.audience.send(error)

    async def ended(self, turn: RunningTurn, draft: Draft) -> None:
        await self._whole(self._end(turn, draft))

    async def _end(self, turn: RunningTurn, draft: Draft) -> None:
        """Store the reply and tell it, once. While the database refuses, try again; the turn stays open in it if that does not help."""
        for pause in (*_RETRIES, None):
            async with self._lock:
                if self.turn is not turn:
                    return
                try:
                    stored = await self._house.ledger.reply(self.id, draft)
                except StorageUnavailable as error:
                    if pause is None:
                        log.error("turn %s: its reply could not be stored: %s", turn.id, error)
                        self._end_turn()
                        text = "the answer could not be stored; it is settled when you come back"
                        self.audience.send(ErrorEvent(code="storage_unavailable", message=text, retryable=True, id=turn.message_id))
                        return
                else:
                    self._end_turn()
                    self.audience.tell(stored)
                    return
            await asyncio.sleep(pause)

    def _begin(self, turn: RunningTurn) -> None:
        self.turn = turn
        self.staged(turn)
        self._house.keep_task(turn.start(self._house.assistant, self, lambda kind: self._house.apology(self.locale, kind)))
        self._set_grace()

    def _end_turn(self) -> None:
        if self.turn is not None:
            self.turn.stop()
            self.turn = None
        self._set_grace()

    @contextmanager
    def _held(self) -> Iterator[RunningTurn | None]:
        """While the block runs, not a character leaves; unless the block ends the turn, it goes on afterwards."""
        running = self.turn
        if running is not None:
            running.hold()
        try:
            yield running
        finally:
            if running is not None and not running.live.over:
                running.release()

    # -- restarts ----------------------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """A turn open in the database that runs nowhere: answer again if nothing was shown, else close it with a way to ask again."""
        async with self._lock:
            if self.turn is not None:
                return
            opened = await self._house.archive.open_turns(self.id)
            for found in opened:
                if found.shown or found is not opened[-1]:
                    draft = Draft(found.id, text=self._house.apology(self.locale, "restart"), finish="error")
                    self.audience.tell(await self._house.ledger.reply(self.id, draft))
                else:
                    self._begin(RunningTurn(found.id, found.message_id))

    async def checkpoint(self) -> None:
        """The process ends now: a turn that was shown is closed with a way to ask again, another one is left for the next start."""
        turn = self.turn
        if turn is None or turn.live.over:
            return
        if not turn.shown:
            self._end_turn()
            return
        self.audience.show(turn.live, "\n\n" + self._house.apology(self.locale, "restart"))
        turn.stop()
        await self._end(turn, replace(turn.draft(), finish="error"))

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end even when the caller is cancelled: what is committed must also be told."""
        return await asyncio.shield(self._house.keep(work))
