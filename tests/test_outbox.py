"""The outbox: bounded, never loses a durable event, and a reader's words are always the turn's words."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chatbot.outbox import LiveText, Outbox
from chatbot.protocol import MessageEvent, ReplyEvent, StatusEvent, UsageFields


def message(seq: int, text: str = "x") -> str:
    return MessageEvent(seq=seq, id="i", turn="t", text=text).wire()


def say(outbox: Outbox, live: LiveText, text: str) -> None:
    offset = len(live.text)
    live.text += text
    outbox.delta(live, offset, text)


def taken(outbox: Outbox) -> list[dict[str, Any]]:
    found = []
    while (frame := outbox.take()) is not None:
        found.append(json.loads(frame))
    return found


def test_waiting_deltas_of_a_turn_become_one() -> None:
    outbox, live = Outbox(), LiveText("t")
    for piece in ("Ein", " 灯", "💡"):
        say(outbox, live, piece)
    assert taken(outbox) == [{"type": "delta", "turn": "t", "offset": 0, "text": "Ein 灯💡"}]
    say(outbox, live, "!")
    assert taken(outbox) == [{"type": "delta", "turn": "t", "offset": 6, "text": "!"}]


def test_above_half_the_limit_the_deltas_become_one_snapshot_of_all_that_was_said_until_it_is_read() -> None:
    outbox, live = Outbox(limit=2_000), LiveText("t")
    outbox.durable(message(1))
    say(outbox, live, "a" * 1_200)
    say(outbox, live, "b")
    assert outbox.size < 200
    first, snapshot = taken(outbox)
    assert first["seq"] == 1
    assert (snapshot["type"], snapshot["offset"], snapshot["text"]) == ("snapshot", 1_201, "a" * 1_200 + "b")


def test_a_snapshot_of_a_turn_whose_reply_waits_is_left_out() -> None:
    outbox, live = Outbox(limit=2_000), LiveText("t")
    say(outbox, live, "a" * 1_200)
    live.over = True
    outbox.durable(message(2))
    assert [event["type"] for event in taken(outbox)] == ["message"]


def test_durable_events_beyond_the_limit_close_with_4002_and_nothing_more_is_kept() -> None:
    outbox = Outbox(limit=2_000)
    for seq in range(1, 40):
        outbox.durable(message(seq, "y" * 100))
    assert (outbox.closing, outbox.size, taken(outbox)) == (4002, 0, [])


def test_only_the_newest_status_waits() -> None:
    outbox = Outbox()
    for stage in ("searching", "writing", "checking"):
        outbox.ephemeral(StatusEvent(turn="t", stage=stage).wire(), "status")
    assert [event["stage"] for event in taken(outbox)] == ["checking"]
    assert outbox.size == 0


async def test_what_waits_goes_out_before_an_ordinary_close() -> None:
    outbox = Outbox()
    outbox.durable(message(1))
    outbox.close(1012)
    assert json.loads(await outbox.next() or "")["seq"] == 1
    assert await outbox.next() is None
    assert outbox.closing == 1012


async def test_a_waiting_reader_wakes_for_a_frame_and_for_a_close() -> None:
    outbox = Outbox()
    reading = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)
    outbox.durable(message(1))
    assert await reading is not None
    reading = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)
    outbox.close(4500)
    assert await reading is None


class OutboxMachine(RuleBasedStateMachine):
    """Turns speak and end, the reader reads when it likes. What it knows must always be a true prefix, and complete in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(limit=1_500)
        self.live: LiveText | None = None
        self.seq = 0
        self.turn = 0
        self.read_seq = 0
        self.shown: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.over: set[str] = set()

    @rule()
    @precondition(lambda self: self.live is None)
    def begin(self) -> None:
        self.turn += 1
        self.live = LiveText(f"t{self.turn}")
        self._durable(MessageEvent(seq=self._next(), id="i", turn=self.live.turn, text="q").wire())

    @rule(text=st.text(alphabet="ab字💡", min_size=1, max_size=400))
    @precondition(lambda self: self.live is not None)
    def speak(self, text: str) -> None:
        assert self.live is not None
        say(self.outbox, self.live, text)
        self.said[self.live.turn] = self.live.text

    @rule()
    @precondition(lambda self: self.live is not None)
    def reply(self) -> None:
        live, self.live = self.live, None
        assert live is not None
        live.over = True
        event = ReplyEvent(seq=self._next(), turn=live.turn, text=live.text, citations=[], sources=[], finish="stop", usage=UsageFields())
        self._durable(event.wire())

    @rule()
    @precondition(lambda self: self.live is not None)
    def mention(self) -> None:
        assert self.live is not None
        self.outbox.ephemeral(StatusEvent(turn=self.live.turn, stage="writing").wire(), "status")

    @rule(frames=st.integers(1, 5))
    def read(self, frames: int) -> None:
        for _ in range(frames):
            frame = self.outbox.take()
            if frame is not None:
                self._apply(json.loads(frame))

    @rule()
    def read_all(self) -> None:
        while (frame := self.outbox.take()) is not None:
            self._apply(json.loads(frame))
        if self.outbox.closing is None:
            assert self.read_seq == self.seq
            if self.live is not None:
                assert self.shown.get(self.live.turn, "") == self.live.text

    @invariant()
    def stays_within_the_limit(self) -> None:
        assert 0 <= self.outbox.size <= self.outbox.limit

    def _next(self) -> int:
        self.seq += 1
        return self.seq

    def _durable(self, frame: str) -> None:
        self.outbox.durable(frame)
        if self.outbox.closing is not None:  # a real reader resumes with a new outbox, from the database
            self.outbox = Outbox(limit=1_500)
            self.read_seq = self.seq
            self.shown = {}
            if self.live is not None and self.live.text:
                self.outbox.snapshot(self.live)

    def _apply(self, event: dict[str, Any]) -> None:
        if "seq" in event:
            assert event["seq"] == self.read_seq + 1
            self.read_seq = event["seq"]
        if event["type"] == "delta":
            shown = self.shown.get(event["turn"], "")
            assert event["offset"] == len(shown)
            self.shown[event["turn"]] = shown + event["text"]
        elif event["type"] == "snapshot":
            assert event["text"].startswith(self.shown.get(event["turn"], ""))
            self.shown[event["turn"]] = event["text"]
        elif event["type"] == "reply":
            assert event["text"].startswith(self.shown.get(event["turn"], ""))
        if event.get("turn") in self.shown and event["type"] in ("delta", "snapshot"):
            assert self.said[event["turn"]].startswith(self.shown[event["turn"]])


OutboxMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_any_order_of_speaking_and_reading_keeps_the_promises = OutboxMachine.TestCase
