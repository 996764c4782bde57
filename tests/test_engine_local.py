import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from chatbot.engine import ChatMessage, Chunk, Sampling
from chatbot.engines.local import LocalEngine
from chatbot.engines.model import Loading
from chatbot.engines.pieces import Piece
from chatbot.engines.worker import Limits
from chatbot.errors import EngineError, EngineUnavailable, Overloaded
from tests.contracts.engine_contract import *  # noqa: F403 - the suite every engine runs
from tests.contracts.engine_contract import QUESTION, written
from tests.tiny_model import build_tiny_model

LONG = Sampling(max_tokens=400)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("weights") / "tiny", window=1024)


def opened(folder: Path, slots: int = 8, queue: int = 16, hung: float = 60.0) -> LocalEngine:
    return LocalEngine(folder, Loading("cpu", "fp32"), Limits(slots, queue, threads=1), hung)


@pytest.fixture
async def engine(folder: Path) -> AsyncIterator[LocalEngine]:
    local = opened(folder, slots=4, queue=2)
    yield local
    await local.close()


def slow_down(engine: LocalEngine, seconds: float) -> list[int]:
    """Make every step take this long; the list grows by the number of pieces of each step."""
    decoder: Any = engine._model.decoder
    forward, steps = decoder.forward, []

    def slowly(pieces: Sequence[Piece], wanted: Any = None) -> Any:
        time.sleep(seconds)
        steps.append(len(pieces))
        return forward(pieces, wanted)

    decoder.forward = slowly
    return steps


async def start(engine: LocalEngine, lane: Any = "chat", sampling: Sampling = LONG) -> tuple[Any, Chunk]:
    stream = engine.stream(QUESTION, sampling, lane=lane)
    return stream, await anext(stream)


async def eventually(condition: Any, seconds: float = 3.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        await asyncio.sleep(0.002)


async def test_closing_a_stream_frees_its_slot_within_one_step(engine: LocalEngine) -> None:
    slow_down(engine, 0.03)
    stream, _ = await start(engine)
    await stream.aclose()
    began = time.monotonic()
    await eventually(lambda: engine.busy() == 0)
    assert time.monotonic() - began < 0.2


async def test_tokens_arrive_as_they_are_made(engine: LocalEngine) -> None:
    slow_down(engine, 0.02)
    times = []
    async for chunk in engine.stream(QUESTION, Sampling(max_tokens=12)):
        times.append(time.monotonic())
        assert chunk.tokens < 8
    assert times[-1] - times[0] > 0.1


async def test_four_at_once_share_their_steps(engine: LocalEngine) -> None:
    steps = slow_down(engine, 0.005)
    await asyncio.gather(*[written(engine, Sampling(max_tokens=20)) for _ in range(4)])
    assert max(steps) == 4
    assert len(steps) < 50  # one after the other would be 80


async def test_a_full_queue_says_overloaded_at_once_and_when_to_come_back(engine: LocalEngine) -> None:
    slow_down(engine, 0.02)
    streams = [engine.stream(QUESTION, LONG) for _ in range(6)]
    waiting = [asyncio.create_task(anext(stream)) for stream in streams]
    await asyncio.sleep(0)
    began = time.monotonic()
    with pytest.raises(Overloaded, match="waiting") as refusal:
        await start(engine)
    assert time.monotonic() - began < 0.1
    assert refusal.value.retry_after >= 1.0
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    stream, chunk = await start(engine)
    assert chunk.text
    await stream.aclose()


async def test_a_shopper_passes_waiting_and_running_batch_jobs(folder: Path) -> None:
    engine = opened(folder, slots=2, queue=8)
    slow_down(engine, 0.004)
    batch = [asyncio.create_task(written(engine, LONG, lane="batch")) for _ in range(5)]
    await eventually(lambda: engine.busy("batch") == 2)
    began = time.monotonic()
    assert (await written(engine, Sampling(max_tokens=5)))[-1].finish
    assert time.monotonic() - began < 0.3  # a batch job takes more than a second
    assert not any(task.done() for task in batch)
    await engine.close()
    await asyncio.gather(*batch, return_exceptions=True)


async def test_batch_jobs_get_on_while_shoppers_talk(engine: LocalEngine) -> None:
    talking = asyncio.create_task(written(engine, Sampling(max_tokens=300)))
    assert (await written(engine, Sampling(max_tokens=5), lane="batch"))[-1].finish
    assert not talking.done()
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)


async def test_nothing_is_computed_for_batch_jobs_while_a_shopper_is_expected(engine: LocalEngine) -> None:
    steps = slow_down(engine, 0.005)
    batch = asyncio.create_task(written(engine, LONG, lane="batch"))
    await eventually(lambda: len(steps) > 3)
    with engine.standing_back(), engine.standing_back():
        await asyncio.sleep(0.02)  # the step that ran is left
        computed = len(steps)
        await asyncio.sleep(0.1)
        assert len(steps) == computed
        assert (await written(engine, Sampling(max_tokens=3)))[-1].finish  # who asks is answered
        assert set(steps[computed:]) == {1}
    computed = len(steps)
    await eventually(lambda: len(steps) > computed)
    batch.cancel()
    await asyncio.gather(batch, return_exceptions=True)


async def test_a_batch_step_is_left_in_the_middle_when_a_shopper_is_expected_and_its_text_stays_the_same(engine: LocalEngine) -> None:
    alone = "".join([chunk.text for chunk in await written(engine, Sampling(max_tokens=40), lane="batch")])
    decoder: Any = engine._model.decoder
    forward, left = decoder.forward, []

    def watched(pieces: Sequence[Piece], wanted: Any = None) -> Any:
        rows = forward(pieces, wanted)
        left.append(rows is None)
        return rows

    decoder.forward = watched
    task = asyncio.create_task(written(engine, Sampling(max_tokens=40), lane="batch"))
    while not task.done():
        with engine.standing_back():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.002)
    assert "".join([chunk.text for chunk in task.result()]) == alone
    assert any(left)


async def test_a_batch_job_that_is_cancelled_while_it_is_held_frees_its_place(engine: LocalEngine) -> None:
    batch = asyncio.create_task(written(engine, LONG, lane="batch"))
    await eventually(lambda: engine.busy("batch") == 1)
    with engine.standing_back():
        batch.cancel()
        await asyncio.gather(batch, return_exceptions=True)
        await eventually(lambda: engine.busy("batch") == 0)


async def test_a_long_prompt_does_not_stop_those_who_are_being_answered(engine: LocalEngine) -> None:
    steps = slow_down(engine, 0.002)
    stream, _ = await start(engine)
    words = " ".join(str(number) for number in range(180))
    reader = asyncio.create_task(anext(engine.stream([ChatMessage("user", words)], Sampling(max_tokens=1))))
    await eventually(lambda: 2 in steps)
    assert steps.count(2) >= 2 or not reader.done()
    await reader
    assert steps.count(2) >= 3  # 600 tokens in parts, each beside a token of the other
    await stream.aclose()


async def test_a_known_beginning_is_not_computed_again(engine: LocalEngine) -> None:
    read: list[int] = []
    decoder: Any = engine._model.decoder
    forward = decoder.forward

    def counting(pieces: Sequence[Piece], wanted: Any = None) -> Any:
        read.extend(len(piece.ids) for piece in pieces)
        return forward(pieces, wanted)

    decoder.forward = counting
    rules = ChatMessage("system", "Answer only from the evidence, and quote every figure exactly. " * 4)
    fresh = [chunk async for chunk in engine.stream([rules, ChatMessage("user", "One?")], Sampling(max_tokens=1))]
    first, read[:] = sum(read), []
    again = [chunk async for chunk in engine.stream([rules, ChatMessage("user", "Two?")], Sampling(max_tokens=1))]
    assert fresh[-1].prompt_tokens == first
    assert sum(read) < 30 < first
    assert again[-1].prompt_tokens > 30


async def test_a_reused_beginning_gives_the_same_text(folder: Path, engine: LocalEngine) -> None:
    other = opened(folder)
    await written(other)
    known = "".join(chunk.text for chunk in await written(other))
    assert known == "".join(chunk.text for chunk in await written(engine))
    await other.close()


async def test_a_seed_repeats_a_sampled_text_and_another_changes_it(engine: LocalEngine) -> None:
    async def sampled(seed: int) -> str:
        options = Sampling(max_tokens=20, temperature=1.0, top_p=0.95, repetition_penalty=1.1, seed=seed)
        return "".join(chunk.text for chunk in await written(engine, options))

    first, again, other = await asyncio.gather(sampled(1), sampled(1), sampled(2))
    assert first == again != other


async def test_a_failure_is_told_to_everyone_it_touched_and_survived(engine: LocalEngine) -> None:
    decoder: Any = engine._model.decoder
    forward = decoder.forward

    def failing(pieces: Sequence[Piece], wanted: Any = None) -> Any:
        raise MemoryError("no room for the keys")

    streams = [(await start(engine))[0] for _ in range(2)]
    decoder.forward = failing
    for stream in streams:
        with pytest.raises(EngineError, match="MemoryError: no room for the keys"):
            async for _ in stream:
                pass
    with pytest.raises(EngineError, match="MemoryError"):
        await engine.choose(QUESTION, ["Yes", "No"])
    decoder.forward = forward
    assert (await written(engine))[-1].finish


async def test_close_ends_every_stream_and_leaves_no_thread(folder: Path) -> None:
    engine = opened(folder, slots=1)
    slow_down(engine, 0.01)
    tasks = [asyncio.create_task(written(engine, LONG)) for _ in range(3)]
    await asyncio.sleep(0.05)
    await engine.close()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [EngineUnavailable] * 3
    assert not {engine._worker._thread, engine._watchdog} & set(threading.enumerate())
    with pytest.raises(EngineUnavailable, match="closed"):
        await written(engine)


async def test_a_prompt_longer_than_the_window_is_refused_with_both_numbers(engine: LocalEngine) -> None:
    with pytest.raises(EngineError, match=r"prompt has \d{4} tokens, and the context window is 1024"):
        async with aclosing(engine.stream([ChatMessage("user", " ".join(map(str, range(400))))], Sampling())) as chunks:
            await anext(chunks)


async def test_a_text_that_fills_the_window_ends_with_length(engine: LocalEngine) -> None:
    words = " ".join(str(number) for number in range(250))
    chunks = [chunk async for chunk in engine.stream([ChatMessage("user", words)], Sampling(max_tokens=5000))]
    assert chunks[-1].finish in ("length", "stop")
    assert chunks[-1].prompt_tokens + sum(chunk.tokens for chunk in chunks) <= engine.context_window


async def test_choices_are_weighed_whole_so_that_a_beginning_does_not_win_by_being_short(engine: LocalEngine) -> None:
    text = "".join(chunk.text for chunk in await written(engine, Sampling(max_tokens=6)))
    shares = await engine.choose(QUESTION, [text, text[::-1]])
    assert shares[text] > 0.5


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_with_a_file_missing_is_unavailable(folder: Path, tmp_path: Path, missing: str) -> None:
    for file in folder.iterdir():
        if file.name != missing:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(EngineUnavailable, match=str(tmp_path)):
        opened(tmp_path)


async def test_a_step_that_hangs_is_told_to_those_it_was_made_for_and_a_new_worker_takes_over(folder: Path) -> None:
    engine = opened(folder, hung=0.3)
    decoder: Any = engine._model.decoder
    forward, released = decoder.forward, threading.Event()

    def hanging(pieces: Sequence[Piece], wanted: Any = None) -> Any:
        released.wait(20)
        return forward(pieces, wanted)

    before = "".join(chunk.text for chunk in await written(engine))
    decoder.forward = hanging
    with pytest.raises(EngineError, match=r"a step did not end within 0 s; the worker was replaced"):
        await written(engine)
    assert "".join(chunk.text for chunk in await written(engine)) == before
    released.set()
    await asyncio.sleep(0.05)
    assert "".join(chunk.text for chunk in await written(engine)) == before
    await engine.close()


async def test_whoever_waits_past_the_deadline_hears_overloaded_and_whoever_writes_past_it_an_error(folder: Path) -> None:
    engine = opened(folder, slots=1)
    slow_down(engine, 0.02)
    engine._deadline, engine._waiting = 0.3, 0.2
    talking = asyncio.create_task(written(engine, LONG))
    await eventually(lambda: engine.busy() == 1)
    with pytest.raises(Overloaded, match="no place became free in time") as refusal:
        await written(engine, LONG)
    assert refusal.value.retry_after >= 1.0
    with pytest.raises(EngineError, match="the text was not finished within"):
        await talking
    assert engine.busy() == 0
    await engine.close()


async def test_a_prompt_that_nobody_waits_for_any_more_is_not_read_to_its_end(engine: LocalEngine) -> None:
    layers: list[int] = []
    decoder: Any = engine._model.decoder
    attend = decoder._attend

    def slowly(*parts: Any) -> Any:
        layers.append(1)
        time.sleep(0.1)
        return attend(*parts)

    decoder._attend = slowly
    reader = asyncio.create_task(written(engine))
    await eventually(lambda: len(layers) == 1)
    reader.cancel()
    await eventually(lambda: engine.busy() == 0)
    assert len(layers) == 1  # of two


async def test_those_who_ask_the_same_at_the_same_moment_share_the_reading(engine: LocalEngine) -> None:
    read: list[int] = []
    decoder: Any = engine._model.decoder
    forward = decoder.forward

    def counting(pieces: Sequence[Piece], wanted: Any = None) -> Any:
        read.append(sum(len(piece.ids) for piece in pieces))
        return forward(pieces, wanted)

    decoder.forward = counting
    rules = ChatMessage("system", "Answer only from the evidence, and quote every figure exactly. " * 8)

    async def ask(number: int) -> Chunk:
        asked = [rules, ChatMessage("user", f"{number}?")]
        return [chunk async for chunk in engine.stream(asked, Sampling(max_tokens=1))][-1]

    chunks = await asyncio.gather(*[ask(number) for number in range(4)])
    assert sum(read) < 0.5 * sum(chunk.prompt_tokens for chunk in chunks)


async def test_a_processor_sees_what_is_written_and_decides_what_may_follow(engine: LocalEngine) -> None:
    seen: list[int] = []

    def only_tens(written: Sequence[int], scores: Any) -> Any:
        seen.append(len(written))
        allowed = scores.new_full(scores.shape, float("-inf"))
        allowed[20 + len(written)] = 0.0
        return allowed

    chunks = await written(engine, Sampling(max_tokens=5, processors=(only_tens,)))
    assert seen == [0, 1, 2, 3, 4]
    assert "".join(chunk.text for chunk in chunks) == engine._model.decode(range(20, 25))


@pytest.mark.slow
async def test_a_thousand_cancels_leave_no_slot_taken(folder: Path) -> None:
    engine = opened(folder, slots=4, queue=8)
    for number in range(1000):
        reader = asyncio.create_task(written(engine, LONG, lane="batch" if number % 3 == 0 else "chat"))
        await asyncio.sleep(0.001 * (number % 3))
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    await eventually(lambda: engine.busy() == engine.busy("batch") == 0)
    assert (await written(engine))[-1].finish
    await engine.close()
