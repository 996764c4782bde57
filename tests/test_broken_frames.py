"""Frames that no honest client sends: each gets its clear error, and the server answers an honest question right after."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection

from tests.chat_server import ChatServer, Shopper, chat_server
from tests.fakes import ScriptedAssistant, answer_to

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def message(**fields: object) -> str:
    return json.dumps({"type": "message", "id": ID, "text": "Hi"} | fields)


# name: (frame, error code, what the message has to say)
BROKEN: dict[str, tuple[str | bytes, str, str]] = {
    "empty": ("", "bad_frame", "frame: not JSON"),
    "white space": ("  \n", "bad_frame", "frame: not JSON"),
    "not JSON": ("hello", "bad_frame", "frame: not JSON"),
    "broken off": ('{"type": "mess', "bad_frame", "frame: not JSON"),
    "trailing comma": ('{"type": "typing",}', "bad_frame", "frame: not JSON"),
    "single quotes": ("{'type': 'typing'}", "bad_frame", "frame: not JSON"),
    "two objects": ('{"type":"typing"}{"type":"typing"}', "bad_frame", "frame: not JSON"),
    "a comment": ('{"type":"typing"} // hi', "bad_frame", "frame: not JSON"),
    "byte order mark": ("\ufeff" + '{"type":"typing"}', "bad_frame", "frame: not JSON"),
    "a raw control character": ('{"type":"message","id":"' + ID + '","text":"a\nb"}', "bad_frame", "frame: not JSON"),
    "a list": ("[]", "bad_frame", "frame: expected a JSON object, got a list"),
    "a string": ('"hello"', "bad_frame", "frame: expected a JSON object, got the string"),
    "a number": ("7", "bad_frame", "frame: expected a JSON object, got a number"),
    "null": ("null", "bad_frame", "frame: expected a JSON object, got null"),
    "no type": ("{}", "bad_frame", "type: missing"),
    "type is a number": ('{"type": 3}', "bad_frame", "type: unknown type"),
    "type is null": ('{"type": null}', "bad_frame", "type"),
    "type is a list": ('{"type": ["message"]}', "bad_frame", "type"),
    "unknown type": ('{"type": "erase_everything"}', "bad_frame", "type: unknown type erase_everything"),
    "a server's type": ('{"type": "reply", "text": "x"}', "bad_frame", "type: unknown type reply"),
    "type twice": ('{"type": "typing", "type": "message"}', "bad_frame", "type: given twice"),
    "unknown field": ('{"type": "typing", "who": "me"}', "bad_frame", "who: unknown field"),
    "prototype": ('{"type": "typing", "__proto__": {}}', "bad_frame", "__proto__: unknown field"),
    "message without id": ('{"type": "message", "text": "Hi"}', "bad_frame", "id: missing"),
    "message without text": ('{"type": "message", "id": "' + ID + '"}', "bad_frame", "text: missing"),
    "id is no UUID": (message(id="1"), "bad_frame", "id: string should match"),
    "id is a number": (message(id=1), "bad_frame", "id: input should be a valid string, got a number"),
    "id with a line end": (message(id=ID + "\n"), "bad_frame", "id: string should match"),
    "text is a number": (message(text=3), "bad_frame", "text: input should be a valid string, got a number"),
    "text is null": (message(text=None), "bad_frame", "text: input should be a valid string, got null"),
    "text is an object": (message(text={}), "bad_frame", "text: input should be a valid string, got an object"),
    "text is empty": (message(text=""), "bad_frame", "text: expected at least one visible character"),
    "text is white space": (message(text=" \n\u3000"), "bad_frame", "text: expected at least one visible character"),
    "text with NUL": (message(text="a\x00b"), "bad_frame", "text: contains a NUL character"),
    "half a surrogate pair": (
        '{"type":"message","id":"' + ID + '","text":"\\ud83d"}',
        "bad_frame",
        "text: contains half of a surrogate pair",
    ),
    "surrogate in a field name": ('{"type":"typing","\\udc00":1}', "bad_frame", "half of a surrogate pair"),
    "text too long": (message(text="a" * 4001), "too_long", "text: at most 4000 characters, got 4001"),
    "text too long after NFC": ('{"type":"message","id":"' + ID + '","text":"' + "\u0958" * 2001 + '"}', "too_long", "got 4002"),
    "NaN": ('{"type":"hello","after":NaN}', "bad_frame", "after: NaN is not a JSON number"),
    "Infinity": ('{"type":"context","cart":[-Infinity]}', "bad_frame", "cart[0]: -Infinity is not a JSON number"),
    "a float beyond all": ('{"type":"hello","after":1e999}', "bad_frame", "after: the number 1e999 is too large"),
    "5,000 digits": ('{"type":"hello","after":' + "9" * 5000 + "}", "bad_frame", "after: a number of 5000 digits is too large"),
    "20 digits": ('{"type":"hello","after":18446744073709551616}', "bad_frame", "after: a number of 20 digits is too large"),
    "nine levels": ('{"type":' + "[" * 9 + "]" * 9 + "}", "bad_frame", "nested deeper than 8 levels"),
    "8,000 levels": ("[" * 8000, "bad_frame", "nested deeper than 8 levels"),
    "8,000 levels of objects": ('{"a":' * 3000, "bad_frame", "nested deeper than 8 levels"),
    "hello again": ('{"type":"hello"}', "bad_frame", "type: hello was said already"),
    "cancel without turn": ('{"type":"cancel"}', "bad_frame", "turn: missing"),
    "cancel with a path": ('{"type":"cancel","turn":"../../etc"}', "bad_frame", "turn: string should match"),
    "rating of an unknown turn": ('{"type":"feedback","turn":"nope","rating":"up"}', "bad_frame", "turn: no reply of this conversation"),
    "rating that does not exist": (
        '{"type":"feedback","turn":"t","rating":"maybe"}',
        "bad_frame",
        "rating: input should be 'up' or 'down'",
    ),
    "a comment of a book": (json.dumps({"type": "feedback", "turn": "t", "rating": "up", "comment": "a" * 2001}), "bad_frame", "comment: "),
    "handoff reason is a list": ('{"type":"handoff","reason":[]}', "bad_frame", "reason: input should be a valid string, got a list"),
    "cart is a string": ('{"type":"context","cart":"7"}', "bad_frame", "cart: input should be a valid list"),
    "cart of 101": (json.dumps({"type": "context", "cart": ["7"] * 101}), "bad_frame", "cart: list should have at most 100 items"),
    "page is a string": ('{"type":"context","page":"/"}', "bad_frame", "page: input should be"),
    "page with a script": ('{"type":"context","page":{"url":"/","onload":"x"}}', "bad_frame", "page.onload: unknown field"),
    "page url too long": (
        json.dumps({"type": "context", "page": {"url": "a" * 2049}}),
        "bad_frame",
        "page.url: string should have at most",
    ),
    "binary": (b'{"type":"typing"}', "bad_frame", "frame: expected a text frame, got a binary one"),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChatServer]:
    async with chat_server(tmp_path_factory.mktemp("broken"), ScriptedAssistant()) as running:
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_frame_gets_its_clear_error_and_the_next_question_its_answer(server: ChatServer, name: str) -> None:
    frame, code, says = BROKEN[name]
    async with server.shopper() as shopper:
        await shopper.wire.send(frame)
        error = await shopper.until("error")
        assert error["code"] == code
        assert says in error["message"]
        assert len(error["message"]) < 250
        assert error["retryable"] is False
        question = f"Are you well after {name}?"
        await shopper.ask(question)
        assert (await shopper.until("reply"))["text"] == answer_to(question)


async def test_an_error_about_a_message_names_its_id(server: ChatServer) -> None:
    async with server.shopper() as shopper:
        await shopper.ask("a" * 4001, ID)
        assert (await shopper.until("error", code="too_long"))["id"] == ID


async def test_4000_characters_are_not_too_long(server: ChatServer) -> None:
    async with server.shopper() as shopper:
        text = "字" * 4000
        await shopper.wire.send(json.dumps({"type": "message", "id": str(uuid.uuid4()), "text": text}, ensure_ascii=False))
        assert (await shopper.until("message"))["text"] == text


async def test_text_is_stored_in_nfc(server: ChatServer) -> None:
    async with server.shopper() as shopper:
        await shopper.ask("Cafe\u0301?")
        assert (await shopper.until("message"))["text"] == "Café?"


async def test_the_fifth_bad_frame_closes_with_4500_and_the_conversation_can_be_resumed(server: ChatServer) -> None:
    async with server.shopper() as shopper:
        for _ in range(5):
            await shopper.wire.send("nonsense")
        assert await shopper.closed() == 4500
        assert [event["type"] for event in shopper.seen[1:]] == ["error"] * 5
    async with server.shopper(**shopper.resuming) as again:
        assert again.ready["resume"] == "ok"


async def test_bad_frames_before_hello_are_explained_and_counted_too(server: ChatServer) -> None:
    async with server.connect() as wire:
        shopper = Shopper(wire)
        await shopper.send(type="typing")
        assert (await shopper.next())["message"] == "type: expected hello as the first frame"
        for _ in range(4):
            await wire.send("{}")
        assert await shopper.closed() == 4500


@pytest.mark.parametrize("size", [16 * 1024 + 1, 2_000_000])
async def test_a_frame_over_16_kib_closes_with_1009(server: ChatServer, size: int) -> None:
    async with server.shopper() as shopper:
        with contextlib.suppress(Exception):
            await shopper.wire.send("x" * size)
        assert await shopper.closed() == 1009
    await still_answers(server)


async def raw(wire: ClientConnection, data: bytes) -> None:
    wire.transport.write(data)
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("name", "data", "codes"),
    [
        ("text that is not UTF-8", b"\x81\x84\x00\x00\x00\x00\xff\xfe\xfd\xfc", {1007}),
        ("an unmasked frame", b"\x81\x02{}", {1002}),
        ("an unknown opcode", b"\x83\x80\x00\x00\x00\x00", {1002}),
        ("a header that promises 2^62 bytes", b"\x81\xff\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", {1009, 1002}),
        ("a ping of 200 bytes", b"\x89\xfe\x00\xc8\x00\x00\x00\x00" + b"x" * 200, {1002}),
        ("a continuation of nothing", b"\x80\x80\x00\x00\x00\x00", {1002}),
    ],
)
async def test_bytes_that_are_no_websocket_end_that_socket_only(server: ChatServer, name: str, data: bytes, codes: set[int]) -> None:
    async with server.shopper() as healthy, server.shopper() as broken:
        await raw(broken.wire, data)
        assert await broken.closed() in codes
        await healthy.ask("Still there?")
        assert (await healthy.until("reply"))["text"] == answer_to("Still there?")


async def test_ten_thousand_tiny_fragments_do_not_stop_the_server(server: ChatServer) -> None:
    async with server.shopper() as broken:
        await raw(broken.wire, b"\x01\x81\x00\x00\x00\x00x" + b"\x00\x81\x00\x00\x00\x00x" * 10_000)
        await still_answers(server)


async def test_a_connection_that_is_cut_in_the_handshake_is_forgotten(server: ChatServer) -> None:
    for cut in (b"", b"GET /v1/chat", b"GET /v1/chat?site=shop HTTP/1.1\r\nUpgrade: websocket\r\n", b"\x16\x03\x01\x02\x00\x01\x00"):
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(cut)
    await still_answers(server)


async def still_answers(server: ChatServer) -> None:
    async with server.shopper() as shopper:
        await shopper.ask("Are you there?")
        assert (await shopper.until("reply"))["text"] == answer_to("Are you there?")
