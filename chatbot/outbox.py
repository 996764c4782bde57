"""What waits for one reader, bounded: durable events are never dropped, a turn's deltas merge and then shrink to one snapshot.

Pure and synchronous except for `next`, which waits. Knows no socket: whoever reads takes one frame at a time. The producer never waits;
a reader so slow that even durable events do not fit is closed with 4002 and resumes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from chatbot.protocol import CLOSE_SLOW, DeltaEvent, SnapshotEvent, SourceFields

LIMIT_BYTES = 256 * 1024


@dataclass(slots=True, eq=False)
class LiveText:
    """A running turn's words so far. `over`: the reply is stored, or never will be, so nobody needs the words any more."""

    turn: str
    text: str = ""
    sources: list[SourceFields] = field(default_factory=list)
    over: bool = False


@dataclass(slots=True)
class _Item:
    """`frame` for what is written already; `live` for text that is put into words only when the reader comes: a delta if `delta`, else a
    snapshot of whatever the turn has said by then."""

    frame: str = ""
    size: int = 0
    live: LiveText | None = None
    delta: bool = False
    offset: int = 0
    text: str = ""
    key: str = ""


class Outbox:
    """The queue of one reader. `closing` is the close code once the reader has to go."""

    def __init__(self, limit: int = LIMIT_BYTES) -> None:
        self.limit = limit
        self.size = 0
        self.closing: int | None = None
        self._items: deque[_Item] = deque()
        self._wake = asyncio.Event()

    def durable(self, frame: str) -> None:
        """A frame that is delivered, or the reader is closed."""
        self._add(_Item(frame=frame, size=len(frame.encode())))

    def ephemeral(self, frame: str, key: str) -> None:
        """A frame that may be left out; a newer one with the same key takes its place."""
        if self.size > self.limit // 2:
            return
        for item in self._items:
            if item.key == key:
                self.size += len(frame.encode()) - item.size
                item.frame, item.size = frame, len(frame.encode())
                return
        self._add(_Item(frame=frame, size=len(frame.encode()), key=key))

    def delta(self, live: LiveText, offset: int, text: str) -> None:
        """The next piece of a turn. `live.text` already ends with it."""
        size = len(text.encode())
        last = self._items[-1] if self._items else None
        if last is not None and last.live is live and last.delta:
            last.text += text
            last.size += size
            self.size += size
            self._shrink()
        elif not any(item.live is live and not item.delta for item in self._items):
            self._add(_Item(live=live, delta=True, offset=offset, text=text, size=size + 96))

    def snapshot(self, live: LiveText) -> None:
        """Everything the turn has said by the time the reader comes."""
        self._add(_Item(live=live, size=16))

    def close(self, code: int) -> None:
        """End after what is queued; 4002 ends at once, since the reader will resume."""
        if self.closing is None:
            self.closing = code
        if code == CLOSE_SLOW:
            self._items.clear()
            self.size = 0
        self._wake.set()

    def take(self) -> str | None:
        """The next frame, or None when nothing waits."""
        while self._items:
            item = self._items.popleft()
            self.size -= item.size
            if item.live is None:
                return item.frame
            if item.delta:
                return DeltaEvent(turn=item.live.turn, offset=item.offset, text=item.text).wire()
            if not item.live.over:
                live = item.live
                return SnapshotEvent(turn=live.turn, offset=len(live.text), text=live.text, sources=live.sources).wire()
        return None

    async def next(self) -> str | None:
        """The next frame, waiting for it; None when the reader has to go, with the code in `closing`."""
        while True:
            frame = self.take()
            if frame is not None:
                return frame
            if self.closing is not None:
                return None
            self._wake.clear()
            await self._wake.wait()

    def _add(self, item: _Item) -> None:
        if self.closing is not None:
            return
        self._items.append(item)
        self.size += item.size
        self._shrink()
        self._wake.set()

    def _shrink(self) -> None:
        """Above half the limit deltas become one snapshot per turn; above the limit the reader goes."""
        if self.size <= self.limit // 2:
            return
        kept: deque[_Item] = deque()
        marked: list[LiveText] = []
        for item in self._items:
            if item.live is None:
                kept.append(item)
            elif item.live not in marked:
                marked.append(item.live)
                kept.append(_Item(live=item.live, size=16))
        self._items = kept
        self.size = sum(item.size for item in kept)
        if self.size > self.limit:
            self.close(CLOSE_SLOW)
