"""What every Engine does, whoever writes: each implementation's test file imports these tests and gives an `engine` fixture.

The fixture's engine must be able to write for at least two conversations at once.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from chatbot.engine import ChatMessage, Chunk, Engine, Sampling

QUESTION = (
    ChatMessage("system", "Answer from the evidence."),
    ChatMessage("user", "[1] The blue tent costs 129.00 EUR and ships in two days.\n[2] Lamps are sold out.\n\nHow much is the tent?"),
)


async def written(engine: Engine, sampling: Sampling = Sampling(max_tokens=24), lane: str = "chat") -> list[Chunk]:
    return [chunk async for chunk in engine.stream(QUESTION, sampling, lane=lane)]


async def test_only_the_last_chunk_of_a_stream_says_how_it_ended(engine: Engine) -> None:
    *before, last = await written(engine)
    assert before
    assert all(chunk.finish is None for chunk in before)
    assert last.finish in ("stop", "length")
    assert last.prompt_tokens > 0


async def test_greedy_text_is_the_same_every_time(engine: Engine) -> None:
    first, second = await written(engine), await written(engine)
    assert "".join(chunk.text for chunk in first) == "".join(chunk.text for chunk in second) != ""


async def test_a_text_that_reaches_its_limit_ends_with_length(engine: Engine) -> None:
    chunks = await written(engine, Sampling(max_tokens=3))
    assert chunks[-1].finish == "length"
    assert sum(chunk.tokens for chunk in chunks) <= 3


async def test_a_stop_string_and_what_follows_it_are_never_shown(engine: Engine) -> None:
    whole = "".join(chunk.text for chunk in await written(engine))
    stop = whole[4:7]
    chunks = await written(engine, Sampling(max_tokens=24, stop=(stop,)))
    assert "".join(chunk.text for chunk in chunks) == whole[: whole.index(stop)]
    assert chunks[-1].finish == "stop"


async def test_a_stream_that_is_closed_early_leaves_the_engine_ready(engine: Engine) -> None:
    for _ in range(20):
        async with aclosing(engine.stream(QUESTION, Sampling(max_tokens=200))) as chunks:
            async for _chunk in chunks:
                break
    assert (await written(engine))[-1].finish


async def test_a_cancelled_reader_leaves_the_engine_ready(engine: Engine) -> None:
    for _ in range(5):
        reader = asyncio.create_task(written(engine, Sampling(max_tokens=400)))
        await asyncio.sleep(0.005)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    assert (await written(engine))[-1].finish


async def test_two_conversations_at_once_get_what_each_gets_alone(engine: Engine) -> None:
    alone = "".join(chunk.text for chunk in await written(engine))
    both = await asyncio.gather(written(engine), written(engine, lane="batch"))
    assert ["".join(chunk.text for chunk in chunks) for chunks in both] == [alone, alone]


async def test_the_shares_of_the_choices_sum_to_one_in_the_given_order(engine: Engine) -> None:
    choices = ["The tent costs 129.00 EUR.", "No idea.", "是的"]
    shares = await engine.choose(QUESTION, choices)
    assert list(shares) == choices
    assert sum(shares.values()) == pytest.approx(1.0)
    assert all(0.0 <= share <= 1.0 for share in shares.values())


async def test_a_single_choice_is_certain_and_none_gives_none(engine: Engine) -> None:
    assert await engine.choose(QUESTION, ["Yes"]) == {"Yes": pytest.approx(1.0)}
    assert await engine.choose(QUESTION, []) == {}


async def test_longer_text_has_more_tokens(engine: Engine) -> None:
    assert 0 < engine.count_tokens("one tent") < engine.count_tokens("one tent and another tent 帐篷")
    assert engine.name
    assert engine.context_window > 100


async def test_closing_twice_is_harmless(engine: Engine) -> None:
    await engine.close()
    await engine.close()
