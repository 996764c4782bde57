import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from chatbot.engine import ChatMessage, Chunk, Lane, Sampling
from chatbot.errors import EngineUnavailable
from chatbot.messages import Conversation, Message
from chatbot.server.reading_ahead import keep_reading_ahead, read_ahead
from chatbot.turn import ShopAssistant
from tests.scripted_engine import ScriptedEngine
from tests.toy_house import toy_knowledge


class Reader(ScriptedEngine):
    """Remembers one tenth more with every prompt."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__("Word", error=EngineUnavailable("away") if fails else None)
        self.lanes: list[Lane] = []

    @property
    def remembered(self) -> float:
        return len(self.prompts) / 10

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        self.lanes.append(lane)
        assert sampling.max_tokens == 1
        async for chunk in super().stream(messages, sampling, lane=lane):
            yield chunk


@pytest.mark.slow
async def test_what_is_read_ahead_begins_the_prompt_of_whoever_asks_later() -> None:
    engine, answering = Reader(), ScriptedEngine("Leather hiking boots.")
    read = await read_ahead(ShopAssistant(toy_knowledge(), engine), engine, toy_knowledge(), lambda: True)
    assert read > 2
    assert set(engine.lanes) == {"batch"}
    asked = Conversation("toy", (Message("shopper", "tell me about the marten boots"),))
    async for _ in ShopAssistant(toy_knowledge(), answering).reply(asked):
        pass
    (prompt,) = answering.prompts
    evidence = prompt[-1].content.split("\n\nQuestion:")[0]
    assert any(known[:-1] == prompt[:-1] and known[-1].content.startswith(evidence) for known in engine.prompts)


async def test_it_stops_at_its_share_of_the_memory() -> None:
    engine = Reader()
    engine.prompts = [[]] * 7
    assert await read_ahead(ShopAssistant(toy_knowledge(), engine), engine, toy_knowledge(), lambda: True) == 1


async def test_it_waits_while_somebody_is_being_answered() -> None:
    engine = Reader()
    reading = asyncio.create_task(keep_reading_ahead(ShopAssistant(toy_knowledge(), engine), engine, toy_knowledge(), lambda: False))
    await asyncio.sleep(0.1)
    assert engine.prompts == []
    reading.cancel()


@pytest.mark.slow
async def test_an_engine_that_fails_or_remembers_nothing_is_left_alone() -> None:
    failing = Reader(fails=True)
    assert await read_ahead(ShopAssistant(toy_knowledge(), failing), failing, toy_knowledge(), lambda: True) == 0
    forgetful = ScriptedEngine("Word")
    assert await read_ahead(ShopAssistant(toy_knowledge(), forgetful), forgetful, toy_knowledge(), lambda: True) == 0
    assert forgetful.prompts == []
