"""All conversations of this process: opens and resumes them, settles what a dead process left, and empties the house before an end.

A room lives as long as somebody holds it (a reader, a running turn, a request); the database holds everything else. Keeps that one
conversation never has two rooms here, and that after `start` or `drain` no turn is left that nobody will end.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from chatbot.archive import Archive, ConversationSummary
from chatbot.database import Database
from chatbot.errors import Overloaded, StorageUnavailable, Unauthorized
from chatbot.ledger import ASSISTANT_SPEAKS, Ledger, token_hash
from chatbot.protocol import CLOSE_RESTART
from chatbot.room import Room
from chatbot.running_turn import Assistant

T = TypeVar("T")
Greeting = Callable[[str], tuple[str, list[str]]]
GRACE_SECONDS = 15.0
SETTLING_AT_ONCE = 4
MOST_TURNS = 1_000
_RETRY_AFTER = (2.0, 5.0)  # seconds
_PARTING_PAUSE = 0.02
_APOLOGIES = {
    "en": {
        "fault": "Sorry, something went wrong on our side. Please ask again, or ask for a person.",
        "busy": "Sorry, there are too many questions at the moment. Please ask again in a few seconds, or ask for a person.",
        "restart": "Sorry, this answer was interrupted. Please ask again.",
    },
    "zh": {
        "fault": "抱歉，我们这边出了点问题。请再问一次，或联系人工客服。",
        "busy": "抱歉，现在咨询的人太多。请过几秒再问一次，或联系人工客服。",
        "restart": "抱歉，这个回答被中断了。请再问一次。",
    },
}
__all__ = ["Assistant", "Rooms"]
log = logging.getLogger(__name__)


class Rooms:
    """The rooms over one database and one assistant. `greeting` gives, for a locale, the first words and the suggested questions; of
    `most_turns` that run at once, one more is refused."""

    def __init__(
        self,
        database: Database,
        assistant: Assistant,
        *,
        greeting: Greeting | None = None,
        grace: float = GRACE_SECONDS,
        most_turns: int = MOST_TURNS,
    ) -> None:
        self.ledger = Ledger(database)
        self.archive = Archive(database)
        self.assistant = assistant
        self.grace = grace
        self.ready = False
        self._most_turns = most_turns
        self._coming: list[Room] = []
        self._greeting = greeting
        self._rooms: WeakValueDictionary[str, Room] = WeakValueDictionary()
        self._turns: set[asyncio.Task[None]] = set()
        self._work: set[asyncio.Task[Any]] = set()

    @property
    def active_turns(self) -> int:
        return len(self._turns)

    @property
    def listeners(self) -> int:
        return sum(len(room.audience) for room in list(self._rooms.values()))

    def greeting(self, locale: str) -> tuple[str, list[str]]:
        return self._greeting(locale) if self._greeting is not None else ("", [])

    def apology(self, locale: str, kind: str) -> str:
        return _APOLOGIES["zh" if locale.lower().startswith("zh") else "en"][kind]

    # -- conversations -----------------------------------------------------------------------------------------------------------

    async def open(self, site: str, locale: str, subject: str | None = None) -> tuple[Room, str]:
        """A new conversation and the token that resumes it."""
        conversation, token = await self.ledger.create(site, locale, subject)
        return self._room(conversation, locale), token

    async def resume(self, conversation: str, token: str, *, site: str, subject: str | None = None) -> Room:
        """The room of a known conversation. Raises Unauthorized without saying what was wrong, so that nothing can be probed."""
        known = await self.archive.find(conversation)
        right = hmac.compare_digest(known.token_hash if known else "", token_hash(token))
        if known is None or not right or known.site != site or (known.subject is not None and known.subject != subject):
            raise Unauthorized("this conversation cannot be resumed with this token")
        return self._room(known.id, known.locale, known.handler)

    async def room(self, conversation: str) -> Room | None:
        """The room of a conversation, without asking for its token: for the shop's own side."""
        known = await self.archive.find(conversation)
        return self._room(known.id, known.locale, known.handler) if known is not None else None

    def _room(self, conversation: str, locale: str, handler: str = "assistant") -> Room:
        room = self._rooms.get(conversation)
        if room is None:
            room = self._rooms[conversation] = Room(conversation, locale, self, handler)
        return room

    def check_open(self) -> None:
        """Raises Overloaded while the process is going down or not up yet: no new turn begins."""
        if not self.ready:
            raise Overloaded("the server is restarting", retry_after=2)

    def check_free(self) -> None:
        """Raises Overloaded when as many turns run as the house has room for, and while no new turn begins."""
        self.check_open()
        if self.active_turns + sum(room.turn is None for room in self._coming) >= self._most_turns:
            wait = round(random.uniform(*_RETRY_AFTER), 1)
            raise Overloaded("too many shoppers ask at this moment", retry_after=wait)

    @asynccontextmanager
    async def place(self, room: Room) -> AsyncIterator[None]:
        """Room for the turn that a message begins. Raises Overloaded at once, before anything is stored or thought about.

        A message that takes the place of its own conversation's turn, or that an operator answers, needs none.
        """
        self.check_open()
        if room.turn is None and room.handler in ASSISTANT_SPEAKS:
            self.check_free()
        self._coming.append(room)
        try:
            yield
        finally:
            self._coming.remove(room)

    async def conversations(self, *, limit: int = 50, before: int | None = None) -> list[ConversationSummary]:
        """Newest first; `before` is the `last` of the last line seen."""
        return await self.archive.summaries(limit=limit, before=before)

    async def transcript(self, conversation_id: str, *, trace: bool = False) -> list[dict[str, Any]]:
        """The durable events as on the wire; with `trace` also when each came and how a reply was made. Empty for an unknown one."""
        return await self.archive.transcript(conversation_id, trace=trace)

    async def take_over(self, conversation_id: str, name: str) -> bool:
        """An operator answers from now on: not one character of the assistant after this. False when it was so before or is unknown."""
        room = await self.room(conversation_id)
        return room is not None and await room.hand("operator", "operator_took_over", name)

    async def hand_back(self, conversation_id: str) -> bool:
        """The assistant answers again."""
        room = await self.room(conversation_id)
        return room is not None and await room.hand("assistant", "operator_returned")

    # -- start and end -----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Settle every turn that died with the last process: at once what had been shown, a few at a time what is to be answered again."""
        unseen = []
        for found in await self.archive.open_turns():
            if found.shown:
                await self._settle(found.conversation)
            else:
                unseen.append(found.conversation)
        self.ready = True
        if unseen:
            log.info("answering %d messages again that the last process left", len(unseen))
            self.keep(self._answer_again(unseen))

    async def _answer_again(self, unseen: list[str]) -> None:
        for conversation in unseen:
            while len(self._turns) >= SETTLING_AT_ONCE:
                await asyncio.wait(self._turns, return_when=asyncio.FIRST_COMPLETED)
            if not self.ready:
                return
            await self._settle(conversation)

    async def _settle(self, conversation: str) -> None:
        try:
            room = await self.room(conversation)
            if room is not None:
                await room.settle()
        except StorageUnavailable as error:
            log.error("conversation %s is settled later, when its shopper comes back: %s", conversation, error)

    async def drain(self, seconds: float = 10.0, *, parting: float = 2.0) -> None:
        """Refuse new turns, let the running ones end within `seconds`, close the rest truthfully, then send every reader away with 1012.

        `parting`: how long readers may take for what still waits for them.
        """
        self.ready = False
        if self._turns:
            await asyncio.wait(self._turns, timeout=seconds)
        rooms = list(self._rooms.values())
        await asyncio.gather(*(room.checkpoint() for room in rooms), return_exceptions=True)
        for room in rooms:
            for outbox in list(room.audience.present):
                outbox.close(CLOSE_RESTART)
        for _ in range(round(parting / _PARTING_PAUSE)):
            if not self.listeners and not self._work:
                return
            await asyncio.sleep(_PARTING_PAUSE)

    def keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run in the background to its end, whoever is cancelled meanwhile."""
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._done)
        return task

    def keep_task(self, task: asyncio.Task[None]) -> None:
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("background work ended with %r", error)
