"""Rooms over a real SQLite file, read through outboxes: supersede, cancel, grace, takeover, restart, faults, drain."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql

from chatbot.database import Database
from chatbot.errors import Conflict, Overloaded, StorageUnavailable, Unauthorized
from chatbot.events import Delta, Reply, Sources, Status
from chatbot.messages import Conversation, HandoffReason, Page
from chatbot.outbox import Outbox
from chatbot.room import Room
from chatbot.rooms import Rooms
from tests.fakes import SOURCE, ScriptedAssistant, Step, answer_to, spoken


class Reader:
    """One listener; `seen` is everything it got."""

    def __init__(self, room: Room, after: int = 0) -> None:
        self.room = room
        self.outbox = Outbox()
        self.after = after
        self.seen: list[dict[str, Any]] = []

    async def join(self) -> Reader:
        await self.room.listen(
            self.outbox, self.after, lambda head, complete: json.dumps({"type": "ready", "head": head, "complete": complete})
        )
        return self

    async def until(self, kind: str, seconds: float = 3.0, **fields: Any) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while (frame := await self.outbox.next()) is not None:
                event = json.loads(frame)
                self.seen.append(event)
                if event["type"] == kind and all(event.get(name) == value for name, value in fields.items()):
                    return event
        raise AssertionError(f"closed with {self.outbox.closing} before {kind} {fields}: {self.seen}")

    def rest(self) -> list[dict[str, Any]]:
        while (frame := self.outbox.take()) is not None:
            self.seen.append(json.loads(frame))
        return self.seen

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.rest()]


@asynccontextmanager
async def rooms_in(folder: Path, assistant: ScriptedAssistant, **options: Any) -> AsyncIterator[Rooms]:
    database = await Database.open(f"sqlite:///{folder}/chat.db")
    rooms = Rooms(database, assistant, **options)
    await rooms.start()
    try:
        yield rooms
    finally:
        await rooms.drain(0.0, parting=0.1)
        await database.close()


@asynccontextmanager
async def one_room(folder: Path, assistant: ScriptedAssistant, **options: Any) -> AsyncIterator[tuple[Rooms, Room, Reader]]:
    async with rooms_in(folder, assistant, **options) as rooms:
        room, _ = await rooms.open("shop", "en")
        yield rooms, room, await Reader(room).join()


def new_id() -> str:
    return str(uuid.uuid4())


def half_then(gate: asyncio.Event, first: str = "Half a wo") -> Callable[[Conversation], Sequence[Step]]:
    """A turn that says the first half, waits, and then the rest."""
    whole = first + "rd and the rest."
    return lambda _: [Status("writing"), Delta(first), gate, Delta(whole[len(first) :]), Reply(whole, "stop")]


# -- asking ----------------------------------------------------------------------------------------------------------------------


async def test_the_same_message_is_answered_once_however_often_it_comes(tmp_path: Path) -> None:
    assistant = ScriptedAssistant()
    async with one_room(tmp_path, assistant) as (rooms, room, reader):
        message_id = new_id()
        first, second = await asyncio.gather(room.ask(message_id, "How much?"), room.ask(message_id, "How much?"))
        await reader.until("reply")
        third = await room.ask(message_id, "How much?")
        assert [first.fresh, second.fresh, third.fresh] == [True, False, False]
        assert first.message == second.message == third.message
        assert len(assistant.seen) == 1
        assert [event["type"] for event in await rooms.transcript(room.id)] == ["message", "reply"]


async def test_a_known_id_with_another_text_is_a_conflict_and_disturbs_nothing(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with one_room(tmp_path, ScriptedAssistant(half_then(gate))) as (_, room, reader):
        message_id = new_id()
        await room.ask(message_id, "How much?")
        await reader.until("delta")
        with pytest.raises(Conflict, match=message_id):
            await room.ask(message_id, "How many?")
        gate.set()
        assert (await reader.until("reply"))["text"] == "Half a word and the rest."


async def test_searching_is_told_before_the_assistant_says_anything(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant(lambda _: [asyncio.Event()])) as (_, room, reader):
        began = time.perf_counter()
        await room.ask(new_id(), "Hello?")
        await reader.until("status", stage="searching")
        assert time.perf_counter() - began < 0.15


async def test_the_turn_knows_the_page_the_cart_and_what_was_said(tmp_path: Path) -> None:
    assistant = ScriptedAssistant()
    async with one_room(tmp_path, assistant) as (rooms, room, reader):
        await rooms.ledger.keep_place(room.id, {"page": {"url": "/p", "title": "Lamp", "product_id": "7"}, "cart": ["7", "9"]})
        await room.ask(new_id(), "First?")
        await reader.until("reply")
        await room.ask(new_id(), "Second?")
        await reader.until("reply")
        seen = assistant.seen[-1]
        assert (seen.page, seen.cart, seen.locale) == (Page("/p", "Lamp", "7"), ("7", "9"), "en")
        assert [message.speaker for message in seen.messages] == ["shopper", "assistant", "shopper"]
        assert seen.messages[1].sources == (SOURCE,)
        assert seen.question == "Second?"


# -- supersede and cancel --------------------------------------------------------------------------------------------------------


async def test_a_new_message_ends_the_running_turn_and_the_next_turn_sees_both(tmp_path: Path) -> None:
    never = asyncio.Event()
    scripts = iter([half_then(never), lambda conversation: spoken(answer_to(conversation.question))])
    assistant = ScriptedAssistant(lambda conversation: next(scripts)(conversation))
    async with one_room(tmp_path, assistant) as (rooms, room, reader):
        await room.ask(new_id(), "First?")
        await reader.until("delta")
        await room.ask(new_id(), "And second?")
        superseded = await reader.until("reply")
        answered = await reader.until("reply")
        assert (superseded["finish"], superseded["text"]) == ("superseded", "Half a wo")
        assert answered["text"] == answer_to("And second?")
        assert [message.text for message in assistant.seen[1].messages] == ["First?", "Half a wo", "And second?"]
        assert [event["seq"] for event in await rooms.transcript(room.id)] == [1, 2, 3, 4]
        assert (assistant.running, assistant.broken_off) == (0, 1)


async def test_a_burst_of_messages_leaves_one_reply_for_each_and_one_turn_at_a_time(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(lambda conversation: spoken(answer_to(conversation.question), pause=0.001))
    async with one_room(tmp_path, assistant) as (rooms, room, reader):
        asked = await asyncio.gather(*(room.ask(new_id(), f"Question {index}?") for index in range(20)))
        await reader.until("reply", turn=asked[-1].message.turn)
        replies = [event for event in await rooms.transcript(room.id) if event["type"] == "reply"]
        assert {reply["turn"] for reply in replies} == {one.message.turn for one in asked}
        assert len(replies) == 20
        assert assistant.running == 0


async def test_cancel_frees_the_slot_within_100_ms_and_keeps_what_was_said(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(half_then(asyncio.Event()))
    async with one_room(tmp_path, assistant) as (rooms, room, reader):
        asked = await room.ask(new_id(), "Tell me everything?")
        await reader.until("delta")
        began = time.perf_counter()
        room.cancel(asked.message.turn)
        room.cancel(asked.message.turn)
        while assistant.running:  # noqa: ASYNC110 - the time until the generator is closed is what is measured
            await asyncio.sleep(0.001)
        assert time.perf_counter() - began < 0.1
        reply = await reader.until("reply")
        assert (reply["finish"], reply["text"]) == ("cancelled", "Half a wo")
        assert rooms.active_turns == 0


async def test_cancelling_another_turn_does_nothing(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with one_room(tmp_path, ScriptedAssistant(half_then(gate))) as (_, room, reader):
        await room.ask(new_id(), "Hello?")
        room.cancel("some-other-turn")
        gate.set()
        assert (await reader.until("reply"))["finish"] == "stop"


@pytest.mark.slow
async def test_a_hundred_cancels_leave_no_turn_behind(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(half_then(asyncio.Event()))
    async with rooms_in(tmp_path, assistant) as rooms:
        room, _ = await rooms.open("shop", "en")
        reader = await Reader(room).join()
        for _ in range(100):
            asked = await room.ask(new_id(), "Go")
            await asyncio.sleep(0)
            room.cancel(asked.message.turn)
            await reader.until("reply")
        assert assistant.running == rooms.active_turns == 0
        assert await rooms.archive.open_turns() == ()


# -- listening -------------------------------------------------------------------------------------------------------------------


async def test_who_comes_back_in_the_middle_of_a_word_gets_it_whole(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with one_room(tmp_path, ScriptedAssistant(half_then(gate))) as (_, room, first):
        await room.ask(new_id(), "Hello?")
        await first.until("delta")
        room.leave(first.outbox)
        second = await Reader(room, after=1).join()
        snapshot = await second.until("snapshot")
        assert (snapshot["text"], snapshot["offset"]) == ("Half a wo", 9)
        gate.set()
        delta = await second.until("delta")
        assert (delta["offset"], delta["text"]) == (9, "rd and the rest.")
        assert (await second.until("reply"))["seq"] == 2


async def test_readers_who_join_at_any_moment_all_see_the_same(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(lambda conversation: spoken(answer_to(conversation.question), pause=0.001, piece=5))
    async with one_room(tmp_path, assistant) as (rooms, room, first):
        readers = [first]

        async def keep_joining() -> None:
            for _ in range(40):
                readers.append(await Reader(room).join())
                await asyncio.sleep(0.002)

        joining = asyncio.create_task(keep_joining())
        for index in range(6):
            asked = await room.ask(new_id(), f"Question {index}?")
            await first.until("reply", turn=asked.message.turn)
        await joining
        transcript = await rooms.transcript(room.id)
        for reader in readers:
            assert [event for event in reader.rest() if "seq" in event] == transcript


async def test_a_range_that_cannot_be_replayed_whole_is_not_replayed_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with one_room(tmp_path, ScriptedAssistant()) as (_, room, reader):
        for index in range(3):
            await room.ask(new_id(), f"Question {index}?")
            await reader.until("reply")
        monkeypatch.setattr("chatbot.archive.MAX_REPLAY", 4)
        assert (await Reader(room, after=1).join()).rest() == [{"type": "ready", "head": 6, "complete": False}]
        assert [event.get("seq") for event in (await Reader(room, after=2).join()).rest()] == [None, 3, 4, 5, 6]
        assert (await Reader(room, after=7).join()).rest() == [{"type": "ready", "head": 6, "complete": False}]
        monkeypatch.setattr("chatbot.archive.MAX_REPLAY_BYTES", 300)
        assert (await Reader(room, after=2).join()).rest() == [{"type": "ready", "head": 6, "complete": False}]


async def test_a_turn_goes_on_without_listeners_and_is_cancelled_after_the_grace(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(half_then(asyncio.Event()))
    async with one_room(tmp_path, assistant, grace=0.2) as (rooms, room, reader):
        await room.ask(new_id(), "Hello?")
        await reader.until("delta")
        room.leave(reader.outbox)
        await asyncio.sleep(0.1)
        assert assistant.running == 1
        await asyncio.sleep(0.2)
        assert assistant.running == 0
        stored = (await rooms.transcript(room.id))[-1]
        assert (stored["finish"], stored["text"]) == ("cancelled", "Half a wo")


async def test_who_comes_back_within_the_grace_keeps_the_turn(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with one_room(tmp_path, ScriptedAssistant(half_then(gate)), grace=0.15) as (_, room, reader):
        await room.ask(new_id(), "Hello?")
        await reader.until("delta")
        room.leave(reader.outbox)
        await asyncio.sleep(0.1)
        again = await Reader(room, after=1).join()
        await asyncio.sleep(0.15)
        gate.set()
        assert (await again.until("reply"))["finish"] == "stop"


async def test_nothing_of_one_conversation_reaches_another(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant()) as (rooms, room, reader):
        other, _ = await rooms.open("shop", "en")
        stranger = await Reader(other).join()
        await room.ask(new_id(), "My address is secret")
        await reader.until("reply")
        assert stranger.kinds() == ["ready"]


async def test_a_wrong_token_a_wrong_site_and_a_wrong_shopper_resume_nothing(tmp_path: Path) -> None:
    async with rooms_in(tmp_path, ScriptedAssistant()) as rooms:
        room, token = await rooms.open("shop", "en", "alice")
        assert (await rooms.resume(room.id, token, site="shop", subject="alice")) is room
        for session, secret, site, subject in (
            (room.id, token + "x", "shop", "alice"),
            ("0" * 32, token, "shop", "alice"),
            (room.id, token, "other", "alice"),
            (room.id, token, "shop", "bob"),
            (room.id, token, "shop", None),
        ):
            with pytest.raises(Unauthorized):
                await rooms.resume(session, secret, site=site, subject=subject)


# -- who answers -----------------------------------------------------------------------------------------------------------------


async def test_not_one_character_of_the_assistant_after_an_operator_took_over(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with one_room(tmp_path, ScriptedAssistant(half_then(gate))) as (rooms, room, reader):
        await room.ask(new_id(), "Hello?")
        await reader.until("delta")
        assert await rooms.take_over(room.id, "Kim")
        gate.set()
        handler = await reader.until("handler")
        assert (handler["state"], handler["reason"], handler["name"], handler["seq"]) == ("operator", "operator_took_over", "Kim", 3)
        await room.ask(new_id(), "Are you there?")
        assert await room.operator_says("Yes, I am.", "Kim")
        await reader.until("operator")
        after = reader.seen[reader.seen.index(handler) + 1 :] + reader.rest()[len(reader.seen) :]
        assert [event["type"] for event in after] == ["message", "operator"]
        stored = [(event["type"], event.get("finish")) for event in await rooms.transcript(room.id)]
        assert stored == [("message", None), ("reply", "cancelled"), ("handler", None), ("message", None), ("operator", None)]
        assert not await rooms.take_over(room.id, "Lee")
        assert await rooms.hand_back(room.id)
        assert (await reader.until("handler"))["state"] == "assistant"
        assert not await room.operator_says("Too late.", "Kim")


async def test_a_reply_that_comes_to_the_database_after_the_takeover_is_refused_there(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant(half_then(asyncio.Event()))) as (rooms, room, reader):
        asked = await room.ask(new_id(), "Hello?")
        await reader.until("delta")
        await rooms.ledger.hand(room.id, "operator", "operator_took_over", name="Kim")  # as another process would
        assert room.turn is not None
        assert await rooms.ledger.reply(room.id, room.turn.draft()) == []
        assert asked.message.turn not in [event.get("turn") for event in await rooms.transcript(room.id) if event.get("finish") == "stop"]


@pytest.mark.parametrize("reason", ["shopper_asked", "angry"])
async def test_a_reply_that_asks_for_a_person_lets_the_shopper_wait_for_one(tmp_path: Path, reason: HandoffReason) -> None:
    assistant = ScriptedAssistant(lambda _: [Delta("I will get somebody."), Reply("I will get somebody.", "handoff", handoff=reason)])
    async with one_room(tmp_path, assistant) as (rooms, room, reader):
        other, _ = await rooms.open("shop", "en")
        await other.wants_person("please")
        await room.ask(new_id(), "A person!")
        handler = await reader.until("handler")
        assert (handler["state"], handler["reason"], handler["ahead"], handler["seq"]) == ("waiting", reason, 1, 3)
        await room.ask(new_id(), "Still there?")
        assert (await reader.until("reply"))["text"] == "I will get somebody."
        assert "handler" not in reader.kinds()[reader.seen.index(handler) + 1 :]


async def test_not_knowing_alone_hands_nobody_over(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(lambda _: [Reply("I do not know.", "unknown", handoff="unknown")])
    async with one_room(tmp_path, assistant) as (rooms, room, reader):
        await room.ask(new_id(), "What is the meaning?")
        await reader.until("reply", finish="unknown")
        assert "handler" not in [event["type"] for event in await rooms.transcript(room.id)]


async def test_a_request_for_a_person_is_stored_with_its_words_and_told_once(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant()) as (rooms, room, reader):
        await room.wants_person("my lamp is broken")
        await room.wants_person(None)
        assert reader.kinds().count("handler") == 1
        async with rooms.archive._database.read() as connection:
            rows = (await connection.execute(sql("SELECT seq, words FROM handoffs ORDER BY seq"))).all()
        assert [tuple(row) for row in rows] == [(1, "my lamp is broken"), (2, None)]


# -- faults ----------------------------------------------------------------------------------------------------------------------


async def test_an_assistant_that_fails_is_logged_under_a_reference_and_the_turn_is_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with one_room(tmp_path, ScriptedAssistant(lambda _: [Delta("The lamp"), RuntimeError("boom")])) as (_, room, reader):
        await room.ask(new_id(), "Hello?")
        error = await reader.until("error", code="internal")
        reply = await reader.until("reply", finish="error")
        assert error["message"].split()[-1] in caplog.text
        assert "boom" not in error["message"]
        assert reply["text"].startswith("The lamp\n\nSorry")
        assert "".join(event["text"] for event in reader.seen if event["type"] == "delta") == reply["text"]


async def test_an_overloaded_engine_is_told_with_the_seconds_to_wait(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant(lambda _: [Overloaded("queue full", retry_after=7)])) as (_, room, reader):
        await room.ask(new_id(), "Hello?")
        assert (await reader.until("error", code="overloaded"))["retry_after"] == 7
        assert (await reader.until("reply"))["finish"] == "error"


async def test_a_turn_without_a_reply_is_closed_as_a_fault(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant(lambda _: [Delta("Well")])) as (_, room, reader):
        await room.ask(new_id(), "Hello?")
        assert (await reader.until("reply"))["finish"] == "error"


async def test_a_turn_that_takes_too_long_is_closed_as_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.running_turn.TURN_SECONDS", 0.1)
    assistant = ScriptedAssistant(half_then(asyncio.Event()))
    async with one_room(tmp_path, assistant) as (_, room, reader):
        await room.ask(new_id(), "Hello?")
        assert (await reader.until("reply"))["finish"] == "error"
        assert assistant.running == 0


async def test_a_reply_that_is_not_its_deltas_is_put_right_before_it_comes(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant(lambda _: [Delta("Wrong"), asyncio.Event(), Reply("Right", "stop")])) as (
        _,
        room,
        reader,
    ):
        room._house.assistant.script = lambda _: [Delta("Wrong"), Reply("Right", "stop")]  # type: ignore[attr-defined]
        await room.ask(new_id(), "Hello?")
        assert (await reader.until("reply"))["text"] == "Right"


async def test_text_that_no_socket_can_carry_is_made_whole(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant(lambda _: [Delta("a\ud800b\x00c"), Reply("a\ud800b\x00c", "stop")])) as (
        _,
        room,
        reader,
    ):
        await room.ask(new_id(), "Hello?")
        assert (await reader.until("reply"))["text"] == "a?bc"


# -- restarts --------------------------------------------------------------------------------------------------------------------


async def killed_in_a_turn(folder: Path, *, shown: bool) -> tuple[str, str]:
    """A process that dies in a turn: its conversation and the turn that stayed open."""
    database = await Database.open(f"sqlite:///{folder}/chat.db")
    rooms = Rooms(database, ScriptedAssistant(half_then(asyncio.Event())))
    room, _ = await rooms.open("shop", "en")
    asked = await rooms.ledger.ask(room.id, new_id(), "Hello?", None)
    if shown:
        await rooms.ledger.mark_shown(asked.message.turn)
    await database.close()
    return room.id, asked.message.turn


async def test_a_turn_that_died_unseen_is_answered_again(tmp_path: Path) -> None:
    conversation, turn = await killed_in_a_turn(tmp_path, shown=False)
    async with rooms_in(tmp_path, ScriptedAssistant()) as rooms:
        room = await rooms.room(conversation)
        assert room is not None
        reader = await Reader(room).join()
        reply = await reader.until("reply")
        assert (reply["turn"], reply["finish"], reply["text"]) == (turn, "stop", answer_to("Hello?"))


async def test_a_turn_that_died_after_it_was_seen_is_closed_with_a_way_to_ask_again(tmp_path: Path) -> None:
    conversation, turn = await killed_in_a_turn(tmp_path, shown=True)
    assistant = ScriptedAssistant()
    async with rooms_in(tmp_path, assistant) as rooms:
        reply = (await rooms.transcript(conversation))[-1]
        assert (reply["turn"], reply["finish"]) == (turn, "error")
        assert "ask again" in reply["text"]
        assert assistant.seen == []


async def test_words_are_marked_as_seen_before_they_are_sent(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant(half_then(asyncio.Event()))) as (rooms, room, reader):
        room.leave(reader.outbox)
        await room.ask(new_id(), "Hello?")
        while room.turn is None or not room.turn.live.text:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert [turn.shown for turn in await rooms.archive.open_turns()] == [False]
        again = await Reader(room).join()
        assert [turn.shown for turn in await rooms.archive.open_turns()] == [True]
        await again.until("snapshot")


async def test_an_open_turn_that_runs_nowhere_is_settled_when_its_shopper_comes(tmp_path: Path) -> None:
    async with rooms_in(tmp_path, ScriptedAssistant()) as rooms:
        room, _ = await rooms.open("shop", "en")
        await rooms.ledger.ask(room.id, new_id(), "Lost?", None)
        reader = await Reader(room).join()
        assert (await reader.until("reply"))["text"] == answer_to("Lost?")


async def test_draining_lets_turns_end_closes_the_shown_rest_and_sends_readers_away(tmp_path: Path) -> None:
    gates = {"Quick?": asyncio.Event(), "Slow?": asyncio.Event(), "Silent?": asyncio.Event()}

    def script(conversation: Conversation) -> Sequence[Step]:
        gate = gates[conversation.question]
        return [gate, Reply("Never", "stop")] if conversation.question == "Silent?" else half_then(gate)(conversation)

    async with rooms_in(tmp_path, ScriptedAssistant(script)) as rooms:
        readers = {}
        for question in gates:
            room, _ = await rooms.open("shop", "en")
            readers[question] = await Reader(room).join()
            await room.ask(new_id(), question)
        await readers["Quick?"].until("delta")
        await readers["Slow?"].until("delta")
        asyncio.get_running_loop().call_later(0.1, gates["Quick?"].set)
        draining = asyncio.create_task(rooms.drain(0.3))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            rooms.check_open()
        assert (await readers["Quick?"].until("reply"))["finish"] == "stop"
        slow = await readers["Slow?"].until("reply")
        assert (slow["finish"], slow["text"].startswith("Half a wo\n\n")) == ("error", True)
        for reader in readers.values():
            reader.rest()
            assert await reader.outbox.next() is None
            assert reader.outbox.closing == 1012
            reader.room.leave(reader.outbox)
        await draining
        assert [turn.shown for turn in await rooms.archive.open_turns()] == [False]
        assert rooms.active_turns == 0


async def quiet(rooms: Rooms) -> None:
    """Wait until every turn has ended."""
    async with asyncio.timeout(5):
        while rooms.active_turns:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_one_turn_more_than_there_is_room_for_is_refused_before_it_is_stored(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with rooms_in(tmp_path, ScriptedAssistant(half_then(gate)), most_turns=2) as rooms:
        running = [(await rooms.open("shop", "en"))[0] for _ in range(2)]
        late, _ = await rooms.open("shop", "en")
        for room in running:
            async with rooms.place(room):
                await room.ask(new_id(), "Question?")
        with pytest.raises(Overloaded, match="too many shoppers") as refused:
            async with rooms.place(late):
                await late.ask(new_id(), "Me too?")
        assert 1 < refused.value.retry_after < 10
        assert await rooms.transcript(late.id) == []
        async with rooms.place(running[0]):  # takes the place of its own turn
            await running[0].ask(new_id(), "Or rather?")
        await rooms.take_over(late.id, "Ann")
        async with rooms.place(late):  # an operator answers
            await late.ask(new_id(), "Hello?")
        gate.set()
        await quiet(rooms)


async def test_messages_that_come_at_the_same_moment_do_not_all_slip_in(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with rooms_in(tmp_path, ScriptedAssistant(half_then(gate)), most_turns=3) as rooms:
        everyone = [(await rooms.open("shop", "en"))[0] for _ in range(9)]

        async def ask(room: Room) -> None:
            async with rooms.place(room):
                await room.ask(new_id(), "Question?")

        outcomes = await asyncio.gather(*map(ask, everyone), return_exceptions=True)
        assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) == 6
        assert rooms.active_turns == 3
        gate.set()
        await quiet(rooms)


async def test_the_console_sees_who_spoke_last_and_how_replies_ended(tmp_path: Path) -> None:
    async with one_room(tmp_path, ScriptedAssistant()) as (rooms, room, reader):
        for index in range(2):
            await room.ask(new_id(), f"Question {index}?")
            await reader.until("reply")
        empty, _ = await rooms.open("shop", "zh")
        (line,) = await rooms.conversations()
        assert (line.id, line.locale, line.messages, line.handler, line.finishes) == (room.id, "en", 2, "assistant", {"stop": 2})
        assert (line.first_text, line.last_text) == ("Question 0?", answer_to("Question 1?"))
        assert await rooms.conversations(before=line.last) == []
        reply = (await rooms.transcript(room.id, trace=True))[-1]
        assert reply["trace"] == {"plan": "scripted"}
        assert "trace" not in (await rooms.transcript(room.id))[-1]
        assert empty.id != room.id


async def test_sources_are_told_before_the_first_word_and_again_to_who_comes_later(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script = lambda _: [Sources((SOURCE,)), gate, Delta("Here."), Reply("Here.", "stop", sources=(SOURCE,))]  # noqa: E731
    async with one_room(tmp_path, ScriptedAssistant(script)) as (_, room, reader):
        await room.ask(new_id(), "Hello?")
        await reader.until("sources")
        later = await Reader(room).join()
        assert (await later.until("sources"))["items"][0]["id"] == "product:lamp"
        gate.set()
        await later.until("reply")
        assert later.kinds()[-2:] == ["delta", "reply"]


@pytest.mark.slow
async def test_a_reply_that_the_database_refuses_at_first_is_stored_when_it_takes_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    async with one_room(tmp_path, ScriptedAssistant(half_then(gate))) as (rooms, room, reader):
        await room.ask(new_id(), "Hello?")
        await reader.until("delta")
        store, refused = rooms.ledger.reply, []

        async def full_at_first(*arguments: Any) -> Any:
            if not refused:
                refused.append(True)
                raise StorageUnavailable("disk full")
            return await store(*arguments)

        monkeypatch.setattr(rooms.ledger, "reply", full_at_first)
        gate.set()
        assert (await reader.until("reply"))["text"] == "Half a word and the rest."
        assert refused == [True]


async def test_a_turn_whose_reply_can_never_be_stored_is_settled_at_the_next_visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.room._RETRIES", (0.01,))
    async with one_room(tmp_path, ScriptedAssistant()) as (rooms, room, first):
        with monkeypatch.context() as broken:

            async def full(*_: Any) -> Any:
                raise StorageUnavailable("disk full")

            broken.setattr(rooms.ledger, "reply", full)
            await room.ask(new_id(), "Hello?")
            await first.until("error", code="storage_unavailable")
        again = await Reader(room, after=1).join()
        reply = await again.until("reply")
        assert (reply["seq"], reply["finish"]) == (2, "error")  # words of it had been seen
