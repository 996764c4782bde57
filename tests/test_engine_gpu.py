"""What runs on a GPU, with plain calls in the place of its recordings, compilers and kernels; `test_engine_cuda.py` runs those themselves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from chatbot.engine import Sampling
from chatbot.engines.compiled import CompiledSegments, compiled
from chatbot.engines.graphs import GraphedDecoder, sizes
from chatbot.engines.local import LocalEngine
from chatbot.engines.model import LanguageModel, Loading, load_model
from chatbot.engines.pieces import Piece
from chatbot.engines.segments import Segments
from chatbot.engines.worker import Limits
from tests.contracts.engine_contract import *  # noqa: F403 - the suite every engine runs
from tests.contracts.engine_contract import written
from tests.tiny_model import build_tiny_model

FLOATS = Loading("cpu", "fp32")


class PlainReplay(GraphedDecoder):
    """Replays by calling again: everything of the graphed decoder but the recording."""

    record = staticmethod(lambda run: run)


def graphed(model: LanguageModel, slots: int) -> LanguageModel:
    plain: Any = model.decoder
    return replace(model, decoder=PlainReplay(plain.shape, plain.weights, slots, torch.float32))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return load_model(build_tiny_model(tmp_path_factory.mktemp("weights") / "tiny", window=4096), FLOATS)


@pytest.fixture
async def engine(model: LanguageModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[LocalEngine]:
    """An engine whose decoder works ahead, as one on a GPU does."""
    monkeypatch.setattr("chatbot.engines.local.load_model", lambda folder, how: graphed(model, how.slots))
    local = LocalEngine(tmp_path, FLOATS, Limits(4, 2, threads=1))
    yield local
    await local.close()


def test_a_recorded_step_gives_what_a_plain_one_gives(model: LanguageModel) -> None:
    """Whoever takes part: slots with gaps between them, texts of unequal length, one that is being read, memory that grows."""
    plain: Any = model.decoder.fresh()
    other: Any = graphed(model, 8).decoder
    ids = [10 + number % 200 for number in range(1200)]
    for slot, length in ((0, 5), (2, 300), (3, 1022), (6, 17)):
        for decoder in (plain, other):
            decoder.forward([Piece(slot, ids[:length])])
    for step, slots in enumerate([(0, 2), (6,), (3, 0), (3, 6, 2), (0, 2, 3, 6), (2,)]):
        pieces = [Piece(slot, [30 + step + slot]) for slot in slots]
        for found, expected in zip(other.forward(pieces), plain.forward(pieces), strict=True):
            close(found, expected)
    assert other.slots.lengths[:8] == plain.slots.lengths[:8]
    assert other.slots.room > 1024
    mixed = [Piece(0, [50]), Piece(4, ids[:7]), Piece(2, [51, 52, 53], [2])]
    for found, expected in zip(other.forward(mixed), plain.forward(mixed), strict=True):
        close(found, expected)
    assert (other.length(0), other.length(4), other.length(2)) == (plain.length(0), plain.length(4), plain.length(2))


def test_a_step_that_nobody_wants_is_left_before_anything_is_written(model: LanguageModel) -> None:
    decoder = graphed(model, 2).decoder
    assert decoder.forward([Piece(0, [5]), Piece(1, [5, 6])], lambda: False) is None
    assert (decoder.length(0), decoder.length(1)) == (0, 0)


def test_every_number_of_texts_has_a_recording_that_covers_it_from_the_start(model: LanguageModel) -> None:
    assert sizes(1) == [2]
    assert sizes(12) == [2, 4, 8, 16]
    decoder: Any = graphed(model, 12).decoder
    assert sorted(decoder._made) == sizes(12)
    before = dict(decoder._made)
    assert len(decoder.forward([Piece(slot, [5]) for slot in range(12)])) == 12
    assert decoder._made == before


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
def test_the_segments_written_for_the_compiler_give_what_the_plain_ones_give(family: str, tmp_path: Path) -> None:
    extra = {"head_dim": 8} if family == "qwen3" else {}
    decoder: Any = load_model(build_tiny_model(tmp_path / family, model_type=family, **extra), FLOATS).decoder
    found = compiled(decoder.shape, decoder.weights, torch.float32, compiler=lambda call: call)
    plain = Segments(decoder.shape, decoder.weights, torch.float32)
    assert isinstance(found, CompiledSegments)
    for tokens in (1, 3):
        hidden, seen, turns = plain.example(tokens)
        for one, other in zip(found.between(1, hidden, seen, turns), plain.between(1, hidden, seen, turns), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def no_compiler(call: Any) -> Any:
    raise RuntimeError("no C compiler")


@pytest.mark.parametrize(
    "compiler", [no_compiler, lambda call: lambda *inputs: no_compiler(call), lambda call: lambda *inputs: wrong(call(*inputs))]
)
def test_where_the_compiler_fails_or_gives_something_else_the_plain_segments_stay(compiler: Any, model: LanguageModel) -> None:
    decoder: Any = model.decoder
    assert type(compiled(decoder.shape, decoder.weights, torch.float32, compiler)) is Segments


@pytest.mark.slow
def test_segments_whose_matrices_are_packed_are_not_compiled(tmp_path: Path) -> None:
    decoder: Any = load_model(build_tiny_model(tmp_path / "tiny"), Loading("cpu", "int8")).decoder
    assert type(compiled(decoder.shape, decoder.weights, torch.float32, lambda call: call)) is Segments


async def test_an_engine_that_works_ahead_writes_what_one_that_does_not_writes(
    engine: LocalEngine, model: LanguageModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain_model = replace(model, decoder=model.decoder.fresh())
    monkeypatch.setattr("chatbot.engines.local.load_model", lambda folder, how: plain_model)
    plain = LocalEngine(tmp_path, FLOATS, Limits(4, 2, threads=1))
    for sampling in (Sampling(max_tokens=30), Sampling(max_tokens=30, repetition_penalty=1.3), Sampling(max_tokens=1)):
        ahead, one = await written(engine, sampling), await written(plain, sampling)
        assert "".join(chunk.text for chunk in ahead) == "".join(chunk.text for chunk in one)
        assert ahead[-1].finish == one[-1].finish
    await plain.close()


async def test_after_a_stop_string_met_while_the_next_step_was_computed_the_slot_is_free_and_the_others_go_on(engine: LocalEngine) -> None:
    whole = "".join(chunk.text for chunk in await written(engine, Sampling(max_tokens=40)))
    stopping = Sampling(max_tokens=40, stop=(whole[5:8],))
    texts = await asyncio.gather(*[written(engine, stopping if number % 2 else Sampling(max_tokens=40)) for number in range(4)])
    for number, chunks in enumerate(texts):
        assert "".join(chunk.text for chunk in chunks) == (whole[: whole.index(whole[5:8])] if number % 2 else whole)
    assert engine.busy() == 0


def wrong(found: Any) -> Any:
    return tuple(one * 1.1 for one in found) if isinstance(found, tuple) else found * 1.1


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    assert found.shape == expected.shape
    assert (found - expected).abs().max() < 1e-3 * expected.abs().max()
    assert (found.argmax(-1) == expected.argmax(-1)).all()
