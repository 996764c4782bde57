"""The chat over a real socket: hello, ask, stream, resume, cancel, close codes, slow readers; and the same over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from chatbot.errors import StorageUnavailable
from chatbot.events import Delta, Reply
from chatbot.messages import Conversation
from chatbot.server.limits import Limits, Rate
from tests.chat_server import UNLIMITED, ChatServer, Shopper, chat_server, generous
from tests.fakes import ScriptedAssistant, Step, answer_to, spoken


def new_id() -> str:
    return str(uuid.uuid4())


# -- asking ----------------------------------------------------------------------------------------------------------------------


async def test_a_question_is_acknowledged_streamed_and_answered(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.shopper(locale="en") as shopper:
        message_id = await shopper.ask("Which lamp is dimmable?")
        reply = await shopper.until("reply")
        kinds = [event["type"] for event in shopper.seen]
        assert kinds[:4] == ["ready", "message", "status", "sources"]
        assert shopper.seen[1] | {"turn": ""} == {
            "type": "message",
            "seq": 1,
            "id": message_id,
            "turn": "",
            "text": "Which lamp is dimmable?",
        }
        assert reply["seq"] == 2
        assert reply["text"] == answer_to("Which lamp is dimmable?") == shopper.shown(reply["turn"])
        assert reply["sources"][0]["price"] == "12.90"
        assert reply["finish"] == "stop"
        assert reply["usage"] == {"prompt_tokens": 11, "completion_tokens": 7}


async def test_ready_greets_in_the_locale_and_suggests_questions(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.shopper(locale="zh-CN") as shopper:
        ready = shopper.ready
        assert (ready["resume"], ready["seq"], ready["locale"]) == ("new", 0, "zh-CN")
        assert (ready["greeting"], ready["suggestions"]) == ("Hello (zh-CN)", ["Where is my order?"])
        assert len(ready["token"]) >= 43


async def test_a_resent_message_is_acknowledged_again_and_a_changed_one_refused(tmp_path: Path) -> None:
    assistant = ScriptedAssistant()
    async with chat_server(tmp_path, assistant) as server, server.shopper() as shopper:
        message_id = await shopper.ask("How much?")
        first = shopper.seen[1] if len(shopper.seen) > 1 else await shopper.until("message")
        await shopper.until("reply")
        await shopper.ask("How much?", message_id)
        assert await shopper.until("message") == first
        await shopper.ask("How many?", message_id)
        error = await shopper.until("error")
        assert (error["code"], error["id"], error["retryable"]) == ("conflict", message_id, False)
        assert len(assistant.seen) == 1


async def test_resume_gives_exactly_what_was_missed(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server:
        async with server.shopper() as first:
            await first.ask("One?")
            await first.until("reply")
            await first.ask("Two?")
            await first.until("message", text="Two?")
            resuming = first.resuming
        async with server.shopper(**resuming) as second:
            assert (second.ready["resume"], second.ready["session"]) == ("ok", resuming["session"])
            reply = await second.until("reply")
            assert reply["seq"] == 4
            assert reply["text"] == answer_to("Two?")
        async with server.shopper(**(resuming | {"after": 0})) as third:
            await third.until("reply", seq=4)
            assert [event["seq"] for event in third.seen[1:] if "seq" in event] == [1, 2, 3, 4]
        async with server.shopper(**(resuming | {"after": 99})) as fourth:
            assert (fourth.ready["resume"], fourth.ready["seq"]) == ("reload", 4)


async def test_two_tabs_see_the_same(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.shopper() as first, server.shopper(**first.resuming) as second:
        await first.ask("From the first tab?")
        await first.until("reply")
        await second.until("reply")
        assert [event for event in first.seen if "seq" in event][1:] == [event for event in second.seen if "seq" in event][1:]


async def test_stop_ends_the_turn(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(lambda _: [Delta("So "), asyncio.Event()])
    async with chat_server(tmp_path, assistant) as server, server.shopper() as shopper:
        await shopper.ask("Tell me all?")
        delta = await shopper.until("delta")
        await shopper.send(type="cancel", turn=delta["turn"])
        reply = await shopper.until("reply")
        assert (reply["finish"], reply["text"]) == ("cancelled", "So ")
        assert assistant.running == 0


async def test_a_rating_is_kept_and_may_change(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.shopper() as shopper:
        await shopper.ask("Good?")
        reply = await shopper.until("reply")
        await shopper.send(type="feedback", turn=reply["turn"], rating="up")
        await shopper.send(type="feedback", turn=reply["turn"], rating="down", comment="too long")
        await shopper.ask("Done?")
        await shopper.until("reply")
        async with server.database.read() as connection:
            rows = (await connection.exec_driver_sql("SELECT rating, comment FROM feedback")).all()
        assert [tuple(row) for row in rows] == [("down", "too long")]


async def test_the_page_of_hello_and_the_cart_of_context_reach_the_turn(tmp_path: Path) -> None:
    assistant = ScriptedAssistant()
    async with chat_server(tmp_path, assistant) as server, server.shopper(page={"url": "/p/1", "product_id": "1"}) as shopper:
        await shopper.send(type="context", cart=["1", "2"])
        await shopper.send(type="typing")
        await shopper.ask("Does it fit?")
        await shopper.until("reply")
        assert assistant.seen[0].page is not None
        assert (assistant.seen[0].page.product_id, assistant.seen[0].cart) == ("1", ("1", "2"))


async def test_asking_for_a_person_lets_the_shopper_wait(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.shopper() as shopper:
        await shopper.send(type="handoff", reason="broken lamp")
        handler = await shopper.until("handler")
        assert (handler["state"], handler["reason"], handler["ahead"], handler["seq"]) == ("waiting", "shopper_asked", 0, 1)


async def test_ten_who_ask_at_once_all_see_a_status_before_anything_is_looked_up_for_any_of_them(tmp_path: Path) -> None:
    looked_up = asyncio.Event()
    assistant = ScriptedAssistant(lambda conversation: [looked_up, *spoken(answer_to(conversation.question))])
    told: list[str] = []

    async def ask(server: ChatServer) -> None:
        async with server.shopper() as shopper:
            await shopper.ask("Which lamp?")
            await shopper.until("status", stage="searching")
            told.append(shopper.ready["session"])
            if len(told) == 10:  # the assistant has not said a word to anybody: nobody's status waited for it
                looked_up.set()
            await shopper.until("reply")
            assert [event["type"] for event in shopper.seen][:3] == ["ready", "message", "status"]

    async with chat_server(tmp_path, assistant) as server:
        await asyncio.gather(*(ask(server) for _ in range(10)))
    assert len(set(told)) == 10


# -- refusals and close codes ----------------------------------------------------------------------------------------------------


async def test_without_hello_the_socket_closes_with_4502(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.server.connection.HELLO_SECONDS", 0.1)
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.connect() as wire:
        assert await Shopper(wire).closed() == 4502


@pytest.mark.parametrize(
    "hello",
    [
        {"session": "0" * 32, "token": "x" * 43},
        {"session": "0" * 32},
        {"token": "x" * 43},
        {"identity": "forged"},
    ],
)
@pytest.mark.slow
async def test_what_cannot_be_proven_closes_with_4501(tmp_path: Path, hello: dict[str, str]) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.connect() as wire:
        shopper = Shopper(wire)
        await shopper.send(type="hello", **hello)
        assert await shopper.closed() == 4501
        assert shopper.seen[0]["code"] == "unauthorized"


async def test_a_wrong_token_for_a_known_session_closes_with_4501(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server:
        async with server.shopper() as shopper:
            session = shopper.ready["session"]
        async with server.connect() as wire:
            thief = Shopper(wire)
            await thief.send(type="hello", session=session, token="x" * 43, after=0)
            assert await thief.closed() == 4501
            assert [event["type"] for event in thief.seen] == ["error"]


async def test_a_logged_in_shoppers_conversation_opens_only_for_that_shopper(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server:
        async with server.shopper(identity="jwt-of-alice") as alice:
            resuming = alice.resuming
        async with server.shopper(**resuming, identity="jwt-of-alice") as again:
            assert again.ready["resume"] == "ok"
        for identity in ({"identity": "jwt-of-bob"}, {}):
            async with server.connect() as wire:
                other = Shopper(wire)
                await other.send(type="hello", **resuming, **identity)
                assert await other.closed() == 4501


async def test_an_unknown_site_key_is_told_inside_the_socket(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.connect(site="nobody") as wire:
        shopper = Shopper(wire)
        assert await shopper.closed() == 4501
        assert shopper.seen[0]["code"] == "unauthorized"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil.example"])
async def test_a_foreign_origin_is_refused_before_the_upgrade(tmp_path: Path, origin: str) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with server.connect(origin=origin):
                pass
        assert refused.value.response.status_code == 403
        async with server.connect(origin="https://shop.example") as wire:
            await wire.send('{"type":"hello"}')
            assert json.loads(await wire.recv())["type"] == "ready"


async def test_too_many_handshakes_of_one_address_are_sent_away_with_the_time_to_wait(tmp_path: Path) -> None:
    limits = Limits(connects=Rate(0.01, 2))
    async with (
        chat_server(tmp_path, ScriptedAssistant(), limits=limits) as server,
        server.shopper(),
        server.shopper(),
        server.connect() as wire,
    ):
        third = Shopper(wire)
        assert await third.closed() == 4000
        assert (third.seen[0]["code"], third.seen[0]["retryable"]) == ("rate_limited", True)
        assert 99 < third.seen[0]["retry_after"] <= 100


async def test_a_sixth_socket_of_one_shopper_closes_with_4504(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, contextlib.AsyncExitStack() as stack:
        first = await stack.enter_async_context(server.shopper())
        for _ in range(4):
            await stack.enter_async_context(server.shopper(**first.resuming))
        async with server.connect() as wire:
            sixth = Shopper(wire)
            await sixth.send(type="hello", **first.resuming)
            assert await sixth.closed() == 4504


async def test_messages_over_the_limit_are_refused_with_a_time_and_abuse_ends_with_4505(tmp_path: Path) -> None:
    limits = Limits(conversation=Rate(0.1, 2), connects=UNLIMITED)
    async with chat_server(tmp_path, ScriptedAssistant(), limits=limits) as server, server.shopper() as shopper:
        await shopper.ask("One?")
        await shopper.ask("Two?")
        refused = await shopper.ask("Three?")
        error = await shopper.until("error")
        assert (error["code"], error["id"], error["retryable"]) == ("rate_limited", refused, True)
        assert 9 < error["retry_after"] <= 10
        for _ in range(19):
            await shopper.ask("More?")
        assert await shopper.closed() == 4505


async def test_a_database_that_refuses_acknowledges_nothing_and_later_takes_the_same_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.shopper() as shopper:
        with monkeypatch.context() as broken:

            async def refuse(*_: Any) -> None:
                raise StorageUnavailable("disk full")

            broken.setattr(server.database, "write", refuse)
            message_id = await shopper.ask("Hello?")
            error = await shopper.until("error")
            assert (error["code"], error["id"], error["retryable"]) == ("storage_unavailable", message_id, True)
        await shopper.ask("Hello?", message_id)
        assert (await shopper.until("message"))["seq"] == 1
        await shopper.until("reply")


async def test_without_a_database_hello_is_sent_away_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server:

        async def refuse(*_: Any) -> None:
            raise StorageUnavailable("disk full")

        monkeypatch.setattr(server.rooms.ledger, "create", refuse)
        async with server.connect() as wire:
            shopper = Shopper(wire)
            await shopper.send(type="hello")
            assert await shopper.closed() == 4000
            assert shopper.seen[0]["code"] == "storage_unavailable"


async def test_a_fault_of_ours_carries_a_reference_that_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.shopper() as shopper:

        async def fail(*_: Any) -> None:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(server.rooms.ledger, "ask", fail)
        await shopper.ask("Hello?")
        error = await shopper.until("error", code="internal")
        assert error["message"].split()[-1] in caplog.text
        assert "a bug" not in error["message"]


async def test_a_drained_server_sends_everybody_away_with_1012_and_refuses_new_ones(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant()) as server, server.shopper() as shopper:
        await server.rooms.drain(1.0)
        assert await shopper.closed() == 1012
        async with server.connect() as wire:
            assert await Shopper(wire).closed() == 1012


# -- slow readers ----------------------------------------------------------------------------------------------------------------


def flood(conversation: Conversation) -> list[Step]:
    """A very long turn for who asks for it, an ordinary one for everybody else."""
    if conversation.question != "Flood me":
        return spoken(answer_to(conversation.question), pause=0.002)
    return [step for _ in range(3_000) for step in (Delta("x" * 400), 0.0005)] + [Reply("x" * 1_200_000, "stop")]


@pytest.mark.slow
async def test_a_reader_who_stops_reading_is_bounded_dropped_and_harms_nobody(tmp_path: Path) -> None:
    async with chat_server(tmp_path, ScriptedAssistant(flood)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        writer.write(
            f"GET /v1/chat?site=shop HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        for frame in ({"type": "hello"}, {"type": "message", "id": new_id(), "text": "Flood me"}):
            data = json.dumps(frame).encode()
            writer.write(bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data)
        await writer.drain()
        reader._transport.pause_reading()  # type: ignore[attr-defined] - from here on nothing is taken from the socket
        while not server.rooms.active_turns:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        room = next(iter(server.rooms._rooms.values()))
        (outbox,) = room.audience.present
        largest, answered = 0, 0
        async with server.shopper() as healthy, asyncio.timeout(30):
            while room.audience:
                largest = max(largest, outbox.size)
                await healthy.ask("And me?")
                await healthy.until("reply")
                answered += 1
        assert 20_000 < largest <= outbox.limit
        assert answered > 1, "the neighbour was not answered while the stalled reader was there"
        writer.transport.abort()


# -- the HTTP twin ---------------------------------------------------------------------------------------------------------------


class Caller:
    """A client without WebSockets."""

    def __init__(self, server: ChatServer, http: httpx.AsyncClient) -> None:
        self.http = http
        self.server = server
        self.ready: dict[str, Any] = {}

    async def begin(self, **hello: Any) -> dict[str, Any]:
        answer = await self.http.post("/v1/conversations?site=shop", json=hello)
        assert answer.status_code == 201
        self.ready = answer.json()
        self.http.headers["Authorization"] = f"Bearer {self.ready['token']}"
        return self.ready

    def path(self, what: str) -> str:
        return f"/v1/conversations/{self.ready['session']}/{what}?site=shop"

    async def post(self, **frame: Any) -> httpx.Response:
        return await self.http.post(self.path("messages"), json=frame)

    async def events(self, until: str, after: int = 0, **headers: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        number: str | None = None
        async with self.http.stream("GET", self.path("events") + (f"&after={after}" if after else ""), headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    number = line[4:]
                if line.startswith("data: "):
                    event = json.loads(line[6:])
                    assert number is None or number == str(event["seq"])
                    number = None
                    found.append(event)
                    if event["type"] == until:
                        return found
        raise AssertionError(f"ended before {until}: {found}")


@contextlib.asynccontextmanager
async def caller(folder: Path, assistant: ScriptedAssistant, limits: Limits | None = None) -> AsyncIterator[Caller]:
    async with chat_server(folder, assistant, limits=limits) as server, httpx.AsyncClient(base_url=server.http, timeout=5) as http:
        yield Caller(server, http)


async def test_a_conversation_over_http_has_the_same_events(tmp_path: Path) -> None:
    async with caller(tmp_path, ScriptedAssistant(lambda c: spoken(answer_to(c.question), pause=0.01))) as shopper:
        ready = await shopper.begin(locale="en", page={"url": "/"})
        assert (ready["type"], ready["resume"], ready["greeting"]) == ("ready", "new", "Hello (en)")
        message_id = new_id()
        first = await shopper.post(id=message_id, text="How much?")
        events = await shopper.events("reply")
        again = await shopper.post(type="message", id=message_id, text="How much?")
        assert first.json() == again.json() == events[1]
        assert first.json()["seq"] == 1
        assert events[-1]["text"] == answer_to("How much?")
        assert {event["type"] for event in events} >= {"ready", "message", "reply"}
        text = ""
        for event in events:
            text = event["text"] if event["type"] == "snapshot" else text + event["text"] if event["type"] == "delta" else text
        assert text == events[-1]["text"]
        assert [event["type"] for event in await shopper.events("reply", after=1)] == ["ready", "reply"]
        assert [event["seq"] for event in await shopper.events("reply", **{"Last-Event-ID": "1"})] == [2, 2]
        transcript = (await shopper.http.get(shopper.path("transcript"))).json()
        assert (transcript["seq"], [event["seq"] for event in transcript["events"]]) == (2, [1, 2])


async def test_a_socket_and_http_share_one_conversation(tmp_path: Path) -> None:
    async with caller(tmp_path, ScriptedAssistant()) as shopper:
        ready = await shopper.begin()
        async with shopper.server.shopper(session=ready["session"], token=ready["token"], after=0) as socket:
            await shopper.post(id=new_id(), text="By post?")
            assert (await socket.until("reply"))["text"] == answer_to("By post?")
            assert (await shopper.post(type="handoff")).status_code == 202
            assert (await socket.until("handler"))["state"] == "waiting"


async def test_refusals_over_http_are_error_events_with_fitting_status(tmp_path: Path) -> None:
    async with caller(tmp_path, ScriptedAssistant(), Limits(conversation=Rate(0.1, 2), connects=UNLIMITED)) as shopper:
        await shopper.begin()
        known = new_id()
        await shopper.post(id=known, text="One?")
        good = {"id": new_id(), "text": "x"}
        path, http = shopper.path("messages"), shopper.http
        table = [
            (await http.post(path, content=b"nonsense"), 400, "bad_frame"),
            (await http.post(path, json=[]), 400, "bad_frame"),
            (await http.post(path, content=b"x" * 20_000), 413, "too_large"),
            (await shopper.post(id=new_id(), text="x" * 4001), 422, "too_long"),
            (await shopper.post(id=known, text="Two?"), 409, "conflict"),
            (await shopper.post(**good), 429, "rate_limited"),
            (await http.post(path.replace("site=shop", "site=other"), json=good), 401, "unauthorized"),
            (await http.post(path, json=good, headers={"Authorization": "Bearer wrong"}), 401, "unauthorized"),
            (await http.post(path, json=good, headers={"Authorization": ""}), 401, "unauthorized"),
            (await http.post(path, json=good, headers={"Origin": "https://evil.example"}), 403, "forbidden_origin"),
            (await http.get(shopper.path("events") + "&after=-1"), 400, "bad_frame"),
            (await http.get(shopper.path("transcript").replace(shopper.ready["session"], "0" * 32)), 401, "unauthorized"),
            (await http.post("/v1/conversations?site=shop", json={"session": "x", "token": "y"}), 400, "bad_frame"),
            (await http.post("/v1/conversations?site=shop", json={"identity": "forged"}), 401, "unauthorized"),
        ]
        for answer, status, code in table:
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert int(table[5][0].headers["Retry-After"]) >= 1
        await shopper.server.rooms.drain(0.1)
        refused = await shopper.post(**good)
        assert refused.status_code in (429, 503)


async def test_a_reader_over_http_who_goes_leaves_the_room(tmp_path: Path) -> None:
    async with caller(tmp_path, ScriptedAssistant()) as shopper:
        await shopper.begin()
        for _ in range(7):  # more often than there may be sockets at once
            assert await shopper.events("ready")
            for _ in range(100):
                if not shopper.server.rooms.listeners:
                    break
                await asyncio.sleep(0.01)
        assert shopper.server.rooms.listeners == 0


def test_generous_limits_are_for_tests_only() -> None:
    assert generous().message("c", "s", "a") == 0
