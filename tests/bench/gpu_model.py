"""Models of the sizes people put on a GPU, with random weights: speed depends on the shapes alone, and no hub can be reached here.

The shapes are those of Qwen2.5-0.5B and Qwen2.5-7B. The tokenizer has as many words as theirs, most of them made up, so that reading a
prompt and showing a word cost what they cost with a real one.
"""

from __future__ import annotations

import json
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from tests.bench.peer_rates import conversation
from tests.tiny_model import SPECIAL, TEMPLATE

COMMON = {
    "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 1e6,
    "max_position_embeddings": 32768, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2, "dtype": "bfloat16",
}  # fmt: skip
SHAPES: dict[str, dict[str, Any]] = {
    "0.5B": {
        "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2,
        "vocab_size": 151936, "tie_word_embeddings": True,
    },
    "7B": {
        "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4,
        "vocab_size": 152064, "tie_word_embeddings": False,
    },
}  # fmt: skip
SPREAD = 0.02


def build_random_model(folder: Path, name: str, device: str) -> Path:
    """A folder as a hub would give it; made on `device`. Kept when it is there already."""
    config = COMMON | SHAPES[name]
    if (folder / "config.json").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wide_tokenizer(config["vocab_size"]).save(str(folder / "tokenizer.json"))
    about = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": SPECIAL[2], "pad_token": SPECIAL[2], "chat_template": TEMPLATE}
    (folder / "tokenizer_config.json").write_text(json.dumps(about))
    torch.manual_seed(5)
    for number in range(config["num_hidden_layers"]):
        save(folder, f"layer-{number:02}", {f"model.layers.{number}.{name}": size for name, size in layer_sizes(config).items()}, device)
    outer = {"model.embed_tokens.weight": (config["vocab_size"], config["hidden_size"]), "model.norm.weight": (config["hidden_size"],)}
    if not config["tie_word_embeddings"]:
        outer["lm_head.weight"] = (config["vocab_size"], config["hidden_size"])
    save(folder, "outer", outer, device)
    write_index(folder)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def layer_sizes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    keys = hidden // config["num_attention_heads"] * config["num_key_value_heads"]
    found: dict[str, tuple[int, ...]] = {"input_layernorm.weight": (hidden,), "post_attention_layernorm.weight": (hidden,)}
    for name, size in (("q", hidden), ("k", keys), ("v", keys)):
        found |= {f"self_attn.{name}_proj.weight": (size, hidden), f"self_attn.{name}_proj.bias": (size,)}
    found["self_attn.o_proj.weight"] = (hidden, hidden)
    return found | {"mlp.gate_proj.weight": (inner, hidden), "mlp.up_proj.weight": (inner, hidden), "mlp.down_proj.weight": (hidden, inner)}


def save(folder: Path, name: str, sizes: dict[str, tuple[int, ...]], device: str) -> None:
    made = {
        key: torch.ones(size, dtype=torch.bfloat16) if "norm" in key else (torch.randn(size, device=device) * SPREAD).bfloat16().cpu()
        for key, size in sizes.items()
    }
    for key in made.keys() & {"model.embed_tokens.weight", "lm_head.weight"}:
        made[key][: len(SPECIAL)] = 0  # of scores of both signs these are never the highest, so no text ends by itself
    save_file(made, folder / f"{name}.safetensors", metadata={"format": "pt"})


def write_index(folder: Path) -> None:
    """Which file has which tensor, for transformers."""
    from safetensors import safe_open

    homes: dict[str, str] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(str(file), framework="pt") as opened:  # type: ignore[no-untyped-call]
            homes |= dict.fromkeys(opened.keys(), file.name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": homes}))


def wide_tokenizer(words: int) -> Tokenizer:
    """A tokenizer that knows the words of the prompts, and made-up ones up to that number."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=1000, initial_alphabet=alphabet, special_tokens=list(SPECIAL), show_progress=False)
    tokenizer.train_from_iterator([message.content for number in range(8) for message in conversation(number)], trainer)
    described = json.loads(tokenizer.to_str())
    known = described["model"]["vocab"]
    letters = "abcdefghijklmnopqrstuvwxyz"
    made_up = ("\u0120" + "".join(four) for four in product(letters, repeat=4))  # with the mark of a word's beginning
    while len(known) < words:
        known.setdefault(next(made_up), len(known))
    whole = Tokenizer.from_str(json.dumps(described))
    whole.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return whole
