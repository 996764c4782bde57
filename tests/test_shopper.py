"""The chat over a real socket: hello, ask, stream, resume, cancel, close codes; and the same over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.chat_server import chat_server
from tests.fakes import ScriptedAssistant, answer_to


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
