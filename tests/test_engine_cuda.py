"""The same engine on a real GPU: its kernels, compiler and recordings against plain arithmetic. Left out where there is none.

`pytest --noconftest tests/test_engine_cuda.py` needs torch, transformers and what loads a model, and nothing of the server.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch

from chatbot.engine import ChatMessage, Sampling
from chatbot.engines.compiled import CompiledSegments
from chatbot.engines.decoder import Decoder
from chatbot.engines.graphs import GraphedDecoder, attend_masked, fitting_attention
from chatbot.engines.local import LocalEngine
from chatbot.engines.model import LanguageModel, Loading, load_model
from chatbot.engines.pieces import Piece
from chatbot.engines.segments import Segments
from chatbot.engines.worker import Limits
from tests.tiny_model import build_tiny_model

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
SIZES = {
    "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 3, "num_attention_heads": 8, "num_key_value_heads": 2,
    "initializer_range": 0.06,  # ordinary weights: sixteen bits cannot follow the tiny model's large ones
}  # fmt: skip


@pytest.fixture(scope="module", params=["llama", "qwen2", "qwen3"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    extra = {"head_dim": 32} if request.param == "qwen3" else {}
    sizes: dict[str, Any] = SIZES | extra
    return build_tiny_model(tmp_path_factory.mktemp("weights") / "tiny", model_type=request.param, window=4096, **sizes)


def fp32_on_cpu(folder: Path, ids: list[int]) -> torch.Tensor:
    from transformers import AutoModelForCausalLM

    with torch.no_grad():
        scores: torch.Tensor = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)(torch.tensor([ids])).logits[0]
    return scores


def error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.cpu().float() - expected.cpu().float()).norm() / expected.float().norm())


def test_the_default_takes_the_gpu_with_sixteen_bits_recordings_compiled_segments_and_the_kernel(folder: Path) -> None:
    model: LanguageModel = load_model(folder)
    decoder: Any = model.decoder
    assert isinstance(decoder, GraphedDecoder)
    assert model.precision == "bf16"
    assert decoder.slots.values.is_cuda
    assert isinstance(decoder._segments, CompiledSegments)
    assert decoder._attend_each is not attend_masked


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-3), ("auto", 0.05)])
def test_scores_are_those_of_transformers_in_float32_on_a_cpu(folder: Path, precision: Any, tolerance: float) -> None:
    """Read in two parts, then written beside others, with memory that grows on the way."""
    ids = [10 + number % 200 for number in range(1100)]
    expected = fp32_on_cpu(folder, ids)
    decoder: Any = load_model(folder, Loading("cuda", precision)).decoder
    decoder.forward([Piece(3, ids[:300]), Piece(5, ids[:7])])
    (read,) = decoder.forward([Piece(3, ids[300:1000])])
    assert error(read[0], expected[999]) < tolerance
    for place in range(1000, 1040):
        scores = decoder.forward([Piece(5, [ids[place - 993]]), Piece(3, [ids[place]])])
        assert error(scores[1][0], expected[place]) < tolerance
        assert error(scores[0][0], expected[place - 993]) < tolerance


def test_recorded_compiled_steps_are_those_of_the_plain_decoder(folder: Path) -> None:
    """Twenty texts of many lengths, in any order, with slots between them that nobody has."""
    graphed: Any = load_model(folder, Loading("cuda", slots=32)).decoder
    plain = Decoder(graphed.shape, graphed.weights, 32, torch.bfloat16, Segments(graphed.shape, graphed.weights, torch.bfloat16))
    slots = [slot for slot in range(32) if slot % 3][:20]
    for slot in slots:
        for decoder in (graphed, plain):
            decoder.forward([Piece(slot, [10 + (slot * 7 + number) % 200 for number in range(1 + 37 * slot)])])
    for step in range(4):
        pieces = [Piece(slot, [20 + step + slot]) for slot in reversed(slots[step:])]
        found, expected = graphed.forward(pieces), plain.forward(pieces)
        assert expected is not None
        for one, other in zip(found, expected, strict=True):
            assert error(one, other) < 0.03
    assert graphed.slots.lengths[:32] == plain.slots.lengths


@pytest.mark.parametrize("heads", [(2, 7, 64), (4, 7, 128), (3, 3, 64), (8, 1, 80), (1, 8, 256)])
@pytest.mark.parametrize("texts", [1, 5, 130])
def test_the_kernel_sees_what_torch_sees(heads: tuple[int, int, int], texts: int) -> None:
    key_heads, group, size = heads
    draw = torch.Generator("cuda").manual_seed(texts)
    queries = torch.randn(texts, key_heads, group, size, generator=draw, device="cuda").bfloat16()
    kept = torch.randn(2, texts + 3, key_heads, 1500, size, generator=draw, device="cuda").bfloat16()
    kept[:, :, :, 1400:] = float("nan")  # nobody sees these
    slots = torch.randperm(texts + 3, generator=draw, device="cuda")[:texts]
    ends = torch.randint(1, 1400, (texts,), generator=draw, device="cuda")
    ends[0] = 1
    from chatbot.engines.attention_kernel import attend

    found = attend(queries, kept[0], kept[1], slots, ends)
    expected = attend_masked(queries.float(), kept[0].nan_to_num().float(), kept[1].nan_to_num().float(), slots, ends)
    assert error(found, expected) < 0.01


def test_a_kernel_that_gives_something_else_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import chatbot.engines.attention_kernel as kernel

    shape = load_model(folder, Loading("cpu", "fp32")).decoder.shape  # type: ignore[attr-defined]
    right = kernel.attend
    assert fitting_attention(shape, torch.device("cuda"), torch.bfloat16) is right
    monkeypatch.setattr(kernel, "attend", lambda *inputs: right(*inputs) * 1.1)
    assert fitting_attention(shape, torch.device("cuda"), torch.bfloat16) is attend_masked


def test_texts_written_together_are_those_written_alone(folder: Path) -> None:
    async def texts() -> tuple[list[str], list[str]]:
        engine = LocalEngine(folder, Loading(precision="fp32"), Limits(8, 8))

        async def write(number: int) -> str:
            messages = [ChatMessage("user", f"How much is tent {number}?")]
            return "".join([chunk.text async for chunk in engine.stream(messages, Sampling(max_tokens=40))])

        alone = [await write(number) for number in range(8)]
        together = list(await asyncio.gather(*[write(number) for number in range(8)]))
        await engine.close()
        return alone, together

    alone, together = asyncio.run(texts())
    assert len(set(alone)) > 1
    assert alone == together
