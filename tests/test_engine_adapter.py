"""An adapter beside weights in four bits does what merging it into them would do, were there no rounding."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from chatbot.engines.adapter import Adapter
from chatbot.engines.architecture import Shape
from chatbot.engines.linear import four_bits
from chatbot.engines.loading import Filling, WeightFiles, paired, take_weights
from chatbot.engines.model import Loading, load_model
from chatbot.engines.packed import PackedMatrices
from chatbot.engines.pieces import Piece
from chatbot.engines.precision import Plan
from chatbot.errors import EngineUnavailable
from tests.tiny_model import build_tiny_model

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
EVERY = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CPU = torch.device("cpu")
WIDE = {"hidden_size": 64, "intermediate_size": 96}


def an_adapter(folder: Path, model: Path, targets: list[str]) -> Path:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(5)
    plain = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    adapted = get_peft_model(plain, LoraConfig(r=4, lora_alpha=8, target_modules=targets, init_lora_weights=False))
    adapted.save_pretrained(folder, save_embedding_layers=False)
    return folder


def in_four_bits(weight: Tensor) -> Tensor:
    levels, step, low = four_bits(weight)
    return (levels * step[..., None] + low[..., None]).view_as(weight)


def layer_of(model: Path, adapter: Path) -> tuple[Any, WeightFiles, Shape]:
    import json

    shape = Shape.of(json.loads((model / "config.json").read_text()))
    assert shape is not None
    files = WeightFiles(model)
    filling = Filling(shape, Plan("int4"), CPU, PackedMatrices(), Adapter(adapter))
    return take_weights(files, filling).layers[1], files, shape


@pytest.mark.parametrize("targets", [EVERY, ["q_proj", "v_proj", "up_proj"]], ids=["all", "some"])
def test_beside_four_bits_an_adapter_adds_what_merging_would(targets: list[str], tmp_path: Path) -> None:
    model = build_tiny_model(tmp_path / "tiny", **WIDE)
    adapter = an_adapter(tmp_path / "adapter", model, targets)
    layer, files, shape = layer_of(model, adapter)
    merged, rows = Adapter(adapter), torch.randn(3, 96)

    def right(*names: str) -> Tensor:
        whole = [f"model.layers.1.{name}_proj.weight" for name in names]
        return torch.cat([in_four_bits(files[name]) + merged(name, files[name]) - files[name] for name in whole])

    expected = {
        "qkv": right("self_attn.q", "self_attn.k", "self_attn.v")[paired(shape)],
        "output": right("self_attn.o"),
        "gate_up": right("mlp.gate", "mlp.up"),
        "down": right("mlp.down"),
    }
    for name, weight in expected.items():
        asked = rows[:, : weight.shape[1]]
        found, wanted = getattr(layer, name)(asked).float(), asked @ weight.T
        assert (found - wanted).norm() / wanted.norm() < 0.02, name


@pytest.mark.slow
def test_a_model_of_four_bits_with_an_adapter_scores_as_the_two_merged_do(tmp_path: Path) -> None:
    model = build_tiny_model(tmp_path / "tiny", **WIDE)
    tensors = load_file(model / "model.safetensors")
    save_file({name: in_four_bits(each) if "proj" in name else each for name, each in tensors.items()}, model / "model.safetensors")
    adapter = an_adapter(tmp_path / "adapter", model, EVERY)
    ids = list(range(10, 40))

    def scores(precision: Any, adapter: Path | None) -> Tensor:
        loaded: Any = load_model(model, Loading("cpu", precision, adapter=adapter))
        found: Tensor = loaded.decoder.forward([Piece(0, ids)])[0][-1]
        return found / found.norm()

    right = scores("fp32", adapter)
    assert float(scores("int4", adapter) @ right) > 0.995
    assert float(scores("int4", None) @ right) < 0.9


@pytest.mark.slow
def test_an_adapter_that_changes_the_words_is_merged_even_where_four_bits_are_asked_for(tmp_path: Path) -> None:
    model = build_tiny_model(tmp_path / "tiny", tie_word_embeddings=False, **WIDE)
    adapter = an_adapter(tmp_path / "adapter", model, ["q_proj", "lm_head"])
    assert not Adapter(adapter).within_layers
    assert load_model(model, Loading("cpu", "int4", adapter=adapter)).precision == "int4"


@pytest.mark.slow
def test_an_adapter_of_other_sizes_is_refused(tmp_path: Path) -> None:
    model, other = build_tiny_model(tmp_path / "tiny", **WIDE), build_tiny_model(tmp_path / "other", **WIDE | {"intermediate_size": 128})
    adapter = an_adapter(tmp_path / "adapter", other, ["down_proj"])
    with pytest.raises(
        EngineUnavailable, match=r"changes model.layers.0.mlp.down_proj.weight by \(64, 128\), but the model has \(64, 96\)"
    ):
        load_model(model, Loading("cpu", "int4", adapter=adapter))
