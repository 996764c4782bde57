"""An engine that is replaced while it writes: nobody hears two engines in one text, and none is closed too early or left open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from chatbot.engine import Lane, Sampling
from chatbot.engines.quoting import QuotingEngine
from chatbot.engines.switching import SwitchingEngine
from chatbot.server.metrics import Slotted
from chatbot.server.reading_ahead import SHARE, Remembering
from tests.contracts.engine_contract import *  # noqa: F403 - the contract's tests
from tests.contracts.engine_contract import QUESTION
from tests.scripted_engine import ScriptedEngine


class Writer(ScriptedEngine):
    """Says its name four times, and knows whether it was closed."""

    def __init__(self, name: str, *, fails_to_close: bool = False) -> None:
        super().__init__(" ".join([name] * 4), pause=0.005)
        self.name = name
        self.closed = 0
        self._fails = fails_to_close

    def busy(self, lane: Lane = "chat") -> int:
        return self.open_streams if lane == "chat" else 0

    async def close(self) -> None:
        assert self.open_streams == 0, "closed while it wrote"
        self.closed += 1
        if self._fails:
            raise RuntimeError("stuck")


@pytest.fixture
async def engine() -> AsyncIterator[SwitchingEngine]:
    switching = SwitchingEngine(ScriptedEngine())
    switching.switch(QuotingEngine())
    yield switching
    await switching.close()


async def said(engine: SwitchingEngine) -> str:
    return "".join([chunk.text async for chunk in engine.stream(QUESTION, Sampling())])


async def test_a_text_that_has_begun_is_written_to_its_end_by_the_engine_that_began_it() -> None:
    old, new = Writer("old"), Writer("new")
    engine = SwitchingEngine(old)
    async with aclosing(engine.stream(QUESTION, Sampling())) as chunks:
        first = await anext(chunks)
        engine.switch(new)
        assert await said(engine) == "new new new new"
        assert old.closed == 0
        rest = "".join([chunk.text async for chunk in chunks])
    assert first.text + rest == "old old old old"
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (old.closed, new.closed) == (1, 0)
    await engine.close()
    assert new.closed == 1


async def test_an_engine_that_nobody_needs_is_closed_at_once_and_one_whose_reader_leaves_too() -> None:
    first, second, third = Writer("first"), Writer("second"), Writer("third")
    engine = SwitchingEngine(first)
    engine.switch(second)
    reader = asyncio.create_task(said(engine))
    await asyncio.sleep(0.007)
    engine.switch(third)
    assert (first.closed, second.closed) == (1, 0)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert second.closed == 1
    await engine.close()


async def test_many_readers_and_many_switches_leave_no_engine_open() -> None:
    writers = [Writer(f"w{number}") for number in range(6)]
    engine = SwitchingEngine(writers[0])
    readers = []
    for writer in writers[1:]:
        readers += [asyncio.create_task(said(engine)) for _ in range(5)]
        await asyncio.sleep(0.008)
        engine.switch(writer)
    texts = await asyncio.gather(*readers)
    assert all(len(set(text.split())) == 1 for text in texts)
    assert {text.split()[0] for text in texts} == {writer.name for writer in writers[:-1]}
    await engine.close()
    assert [writer.closed for writer in writers] == [1] * 6


async def test_closing_ends_what_an_engine_that_was_replaced_still_writes() -> None:
    class Patient(Writer):
        async def close(self) -> None:
            self.closed += 1

    old, new = Patient("old"), Patient("new")
    engine = SwitchingEngine(old)
    async with aclosing(engine.stream(QUESTION, Sampling())) as chunks:
        await anext(chunks)
        engine.switch(new)
        await engine.close()
    assert (old.closed, new.closed) == (1, 1)


async def test_choices_are_weighed_by_the_engine_that_serves() -> None:
    engine = SwitchingEngine(Writer("old"))
    engine.switch(Writer("new"))
    assert await engine.choose(QUESTION, ["Yes", "No"]) == {"Yes": 0.5, "No": 0.5}
    await engine.close()


async def test_it_is_what_the_engine_that_serves_is() -> None:
    old, new = Writer("old"), Writer("new")
    new.context_window, new.text = 99, "longer"
    engine = SwitchingEngine(old, "shown")
    told: list[str] = []
    engine.on_switch(told.append)
    assert (engine.name, engine.context_window) == ("shown", 2048)
    assert isinstance(engine, Slotted)
    assert isinstance(engine, Remembering)
    assert engine.remembered >= SHARE  # a scripted engine remembers nothing, so nothing is read ahead
    engine.switch(new)
    assert (engine.name, engine.context_window, told, engine.text) == ("new", 99, ["new"], "longer")
    with pytest.raises(AttributeError):
        _ = engine.precision
    await engine.close()


async def test_slots_of_engines_that_finish_are_counted_too() -> None:
    engine = SwitchingEngine(Writer("old"))
    async with aclosing(engine.stream(QUESTION, Sampling())) as chunks:
        await anext(chunks)
        engine.switch(Writer("new"))
        assert engine.busy() == 1
    await asyncio.sleep(0.01)
    assert engine.busy() == 0
    await engine.close()


async def test_work_beside_ends_with_it_and_an_engine_that_fails_to_close_is_told(caplog: pytest.LogCaptureFixture) -> None:
    engine, ended = SwitchingEngine(Writer("old", fails_to_close=True)), asyncio.Event()

    async def beside() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    engine.keep_beside(beside())
    await asyncio.sleep(0)
    engine.switch(Writer("new"))
    await engine.close()
    assert ended.is_set()
    assert "old did not close" in caplog.text


async def test_the_engines_that_finish_stand_back_as_the_one_that_serves_does() -> None:
    old, new = Writer("old"), Writer("new")
    engine = SwitchingEngine(old)
    async with aclosing(engine.stream(QUESTION, Sampling())) as stream:
        await anext(stream)
        engine.switch(new)
        with engine.standing_back():
            assert (old.held, new.held) == (1, 1)
        assert (old.held, new.held) == (0, 0)
    await engine.close()
