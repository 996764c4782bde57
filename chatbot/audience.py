"""Who listens to one conversation: an outbox per reader, and what happened while a reader was still catching up.

Synchronous; knows no turn and no table. A reader subscribes before the database is read and is let in after, and what was told
meanwhile follows exactly once, so that nothing falls between.
"""

from __future__ import annotations

from collections.abc import Iterable

from chatbot.outbox import LiveText, Outbox
from chatbot.protocol import DurableEvent, Outgoing


class Audience:
    """The readers of one conversation. `present` have caught up; `joining` have not."""

    def __init__(self) -> None:
        self.present: set[Outbox] = set()
        self.joining: dict[Outbox, list[DurableEvent]] = {}

    def __len__(self) -> int:
        return len(self.present) + len(self.joining)

    def subscribe(self, outbox: Outbox) -> None:
        self.joining[outbox] = []

    def let_in(self, outbox: Outbox, head: int, events: Iterable[DurableEvent]) -> None:
        """Give a reader what was read from the database, then what was told since; from now on it gets everything."""
        missed = self.joining.pop(outbox)
        for event in (*events, *(event for event in missed if event.seq > head)):
            outbox.durable(event.wire())
        self.present.add(outbox)

    def leave(self, outbox: Outbox) -> None:
        self.present.discard(outbox)
        self.joining.pop(outbox, None)

    def tell(self, events: Iterable[DurableEvent]) -> None:
        for event in events:
            self.send(event)
            for waiting in self.joining.values():
                waiting.append(event)

    def send(self, event: Outgoing) -> None:
        """Something that nobody who joins later has to know, but nobody present may miss."""
        frame = event.wire()
        for outbox in self.present:
            outbox.durable(frame)

    def mention(self, event: Outgoing, key: str) -> None:
        """Something that a slow reader may miss."""
        frame = event.wire()
        for outbox in self.present:
            outbox.ephemeral(frame, key)

    def show(self, live: LiveText, text: str) -> None:
        """The next piece of a running turn."""
        offset = len(live.text)
        live.text += text
        for outbox in self.present:
            outbox.delta(live, offset, text)

    def correct(self, live: LiveText) -> None:
        """The running turn's text is no longer what was shown."""
        for outbox in self.present:
            outbox.snapshot(live)
