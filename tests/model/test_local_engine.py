"""The real weights: what the tiny model of the other tests cannot show."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import torch

from chatbot.engine import ChatMessage, Sampling
from chatbot.engines.decoder import Decoder
from chatbot.engines.local import LocalEngine
from chatbot.engines.model import Loading, load_model
from chatbot.engines.pieces import Piece
from chatbot.engines.precision import Precision
from chatbot.settings import Settings
from chatbot.weights import WRITER, verify, writer_folder
from tests.contracts.engine_contract import *  # noqa: F403 - the suite every engine runs

pytestmark = pytest.mark.model
RULES = ChatMessage("system", "You are the assistant of a shop. Answer in one sentence, only from the evidence.")
PROMPTS = (
    "[1] The Trail tent costs 129.00 EUR and weighs 2.1 kg.\n\nHow much is the Trail tent?",
    "[1] You can return items within 30 days.\n\nHow long do I have to return something?",
    "[1] We ship to Spain in 3 to 5 working days for 6.90 EUR.\n\nDo you ship to Spain?",
    "What is the capital of France?",
    "Name three fruits.",
    "[1] The kettle holds 1.7 litres.\n\nHow much does the kettle hold?",
)


@pytest.fixture(scope="module")
def folder() -> Path:
    return writer_folder(Settings(model=""))


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[LocalEngine]:
    local = LocalEngine(folder, Loading("cpu"))
    yield local
    asyncio.run(local.close())


@pytest.fixture
async def engine(shared: LocalEngine, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[LocalEngine]:
    local = LocalEngine(folder, Loading("cpu")) if "closing_twice" in request.node.name else shared
    yield local
    if local is not shared:
        await local.close()


async def reply(engine: LocalEngine, question: str, limit: int = 24) -> str:
    chunks = [chunk async for chunk in engine.stream([RULES, ChatMessage("user", question)], Sampling(max_tokens=limit))]
    return "".join(chunk.text for chunk in chunks)


def test_the_fetched_weights_are_what_they_should_be() -> None:
    assert verify(WRITER, Settings().cache) == []


async def test_it_reads_the_figure_out_of_the_evidence(engine: LocalEngine) -> None:
    assert "129" in await reply(engine, PROMPTS[0])
    assert "1.7" in await reply(engine, PROMPTS[5])


async def test_two_conversations_at_once_get_what_each_gets_alone(engine: LocalEngine) -> None:
    """As in the contract, but for rounding: bfloat16 products differ in the last bit with the number of rows, so two words may tie."""
    alone = await reply(engine, PROMPTS[0], 40)
    both = await asyncio.gather(*[reply(engine, PROMPTS[0], 40) for _ in range(2)])
    assert both[0] == both[1]
    assert both[0][:12] == alone[:12]


@pytest.mark.parametrize("precision", ["auto", "int4", "bf16", "int8"])
def test_every_precision_chooses_nearly_the_same_words_as_transformers_in_float32(folder: Path, precision: Precision) -> None:
    """Teacher-forced: after every token of a text, as it is written (a token a step) and as it is read (all in one)."""
    from transformers import AutoModelForCausalLM

    model = load_model(folder, Loading("cpu", precision))
    assert isinstance(model.decoder, Decoder)
    exact = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    agreed = total = 0
    for prompt in PROMPTS:
        ids = model.prompt([RULES, ChatMessage("user", prompt)])
        with torch.no_grad():
            expected = exact(torch.tensor([ids])).logits[0].argmax(-1)
        stepwise = torch.cat([scores_after(model.decoder, [token]) for token in ids])
        model.decoder.clear(0)
        at_once = model.decoder.forward([Piece(0, ids, branches=[len(ids) - 1])])
        assert at_once is not None
        agreed += int((stepwise.argmax(-1) == expected).sum()) + int((at_once[0].argmax(-1) == expected).sum())
        total += 2 * len(ids)
    assert agreed / total >= (0.95 if precision == "int8" else 0.97)


def scores_after(decoder: Decoder, ids: list[int]) -> torch.Tensor:
    found = decoder.forward([Piece(0, ids)])
    assert found is not None
    return found[0]


def test_the_fetched_model_is_kept_in_four_bits_because_it_came_in_four(folder: Path) -> None:
    assert load_model(folder, Loading("cpu")).precision == "int4"


async def test_the_first_token_after_a_known_beginning_comes_soon(engine: LocalEngine) -> None:
    rules = ChatMessage("system", RULES.content + " Quote figures exactly as they are written." * 60)
    seconds = []
    for number in range(4):
        began = time.monotonic()
        stream = engine.stream([rules, ChatMessage("user", f"{number}: {PROMPTS[0]}")], Sampling(max_tokens=8))
        await anext(stream)
        seconds.append(time.monotonic() - began)
        await stream.aclose()
    assert statistics.median(seconds[1:]) < seconds[0] / 2


async def test_four_shoppers_at_once_all_stream(engine: LocalEngine) -> None:
    async def first_and_all(question: str) -> tuple[float, str]:
        began, first, text = time.monotonic(), 0.0, ""
        async for chunk in engine.stream([RULES, ChatMessage("user", question)], Sampling(max_tokens=24)):
            first = first or time.monotonic() - began
            text += chunk.text
        return first, text

    alone = [await reply(engine, prompt) for prompt in PROMPTS[:4]]
    together = await asyncio.gather(*[first_and_all(prompt) for prompt in PROMPTS[:4]])
    assert max(first for first, _ in together) < 5.0
    assert sum(text == expected for (_, text), expected in zip(together, alone, strict=True)) >= 3  # rounding may differ beside others
