"""Turns a llama-family GGUF file into a safetensors folder that loads in seconds instead of most of a minute.

Runs as a child process (`python -m chatbot.gguf_conversion FILE FOLDER`) under limits of memory and CPU time, because the GGUF reader
hangs on malformed files; it prints `done/total` lines for the parent's progress display. Knows nothing of caches or checksums: the
caller verifies the bytes first. Weights are written as bfloat16, heads in the order transformers expects.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chatbot.errors import WeightsError

MEMORY_LIMIT = 48 << 30  # address space: torch alone reserves several GiB that it never touches
CPU_SECONDS = 1800
WALL_SECONDS = 3600
_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_CONTROL = 3  # gguf token type of special tokens
Progress = Callable[[str, int, int], None]


def convert_in_child(gguf_file: Path, folder: Path, progress: Progress, *, cpu_seconds: int = CPU_SECONDS) -> None:
    """Write `folder` (config, weights, tokenizer) from a verified GGUF file. Raises WeightsError with the child's own words."""
    command = [sys.executable, "-m", "chatbot.gguf_conversion", str(gguf_file), str(folder), str(cpu_seconds)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    try:
        for line in child.stdout or ():
            done, _, total = line.strip().partition("/")
            if done.isdigit() and total.isdigit():
                progress("converting", int(done), int(total))
        _, complaint = child.communicate(timeout=WALL_SECONDS)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
    if child.returncode != 0:
        last = complaint.strip().splitlines()[-1:] or [f"the converter ended with status {child.returncode}"]
        raise WeightsError(f"{gguf_file.name}: cannot be converted: {last[0]}")


def convert(gguf_file: Path, folder: Path, progress: Progress) -> None:
    """The conversion itself. Shapes: GGUF lists dimensions innermost first; dequantised arrays come out (rows, columns)."""
    from gguf import GGUFReader, dequantize

    reader = GGUFReader(str(gguf_file))
    config = read_config(reader)  # a file that cannot be used is refused before torch is loaded

    import torch
    from safetensors.torch import save_file

    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    weights: dict[str, Any] = {}
    for done, tensor in enumerate(reader.tensors):
        progress("converting", done, len(reader.tensors))
        name = hub_name(tensor.name)
        if name is None:
            continue
        values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        projection = name.split(".")[-2]
        if projection in heads:
            values = restore_head_order(values, heads[projection])
        weights[name] = values.to(torch.bfloat16).contiguous()
    config["tie_word_embeddings"] = "lm_head.weight" not in weights
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})
    write_json(folder / "config.json", config)
    write_json(folder / "generation_config.json", {k: config[k] for k in ("bos_token_id", "eos_token_id", "pad_token_id") if k in config})
    write_tokenizer(reader, folder, config)
    progress("converting", len(reader.tensors), len(reader.tensors))


def hub_name(name: str) -> str | None:
    """The name transformers uses; None for tensors it computes itself. Raises WeightsError for a tensor that nobody placed."""
    if name in _TOP_NAMES:
        return _TOP_NAMES[name]
    match = re.fullmatch(r"blk\.(\d+)\.(\w+)\.(weight|bias)", name)
    if match and match[2] in _LAYER_NAMES:
        return f"model.layers.{match[1]}.{_LAYER_NAMES[match[2]]}.{match[3]}"
    if name == "rope_freqs.weight":
        raise WeightsError("the model scales its rotary frequencies; use its safetensors edition instead of the GGUF")
    raise WeightsError(f"unknown tensor {name!r}; only llama-family GGUF files can be converted")


def restore_head_order(values: Any, heads: int) -> Any:
    """llama.cpp interleaves the two halves of every head for its rotary embedding; transformers keeps the halves apart."""
    if values.dim() == 1:
        return values.reshape(heads, -1, 2).swapaxes(1, 2).reshape(values.shape)
    return values.reshape(heads, values.shape[0] // heads // 2, 2, values.shape[1]).swapaxes(1, 2).reshape(values.shape)


def read_config(reader: Any) -> dict[str, Any]:
    """A LlamaConfig as plain values out of the GGUF's own keys."""
    architecture = field(reader, "general.architecture")
    if architecture != "llama":
        raise WeightsError(f"architecture {architecture!r}: only llama-family GGUF files can be converted")
    if field(reader, "llama.rope.scaling.type", "none") not in ("none", ""):
        raise WeightsError("the model scales its rotary frequencies; use its safetensors edition instead of the GGUF")
    heads = field(reader, "llama.attention.head_count")
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": field(reader, "llama.embedding_length"),
        "intermediate_size": field(reader, "llama.feed_forward_length"),
        "num_hidden_layers": field(reader, "llama.block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": field(reader, "llama.attention.head_count_kv", heads),
        "max_position_embeddings": field(reader, "llama.context_length"),
        "rms_norm_eps": field(reader, "llama.attention.layer_norm_rms_epsilon"),
        "rope_theta": field(reader, "llama.rope.freq_base", 10000.0),
        "vocab_size": len(field(reader, "tokenizer.ggml.tokens")),
        "dtype": "bfloat16",
    }
    for name in ("bos", "eos", "padding"):
        value = field(reader, f"tokenizer.ggml.{name}_token_id", None)
        if value is not None:
            config[f"{'pad' if name == 'padding' else name}_token_id"] = value
    return config


def field(reader: Any, key: str, default: Any = ...) -> Any:
    found = reader.fields.get(key)
    if found is None:
        if default is ...:
            raise WeightsError(f"the GGUF file has no {key!r}")
        return default
    return found.contents()


def write_tokenizer(reader: Any, folder: Path, config: dict[str, Any]) -> None:
    """A byte-level BPE tokenizer; SmolLM also reads every digit alone, which transformers' own GGUF conversion forgets."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    kind, variety = field(reader, "tokenizer.ggml.model"), field(reader, "tokenizer.ggml.pre", "default")
    if kind != "gpt2" or variety not in ("smollm", "gpt-2", "default"):
        raise WeightsError(f"tokenizer {kind}/{variety}: only the byte-level tokenizers of SmolLM and GPT-2 can be converted")
    tokens: list[str] = field(reader, "tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ", 1)) for merge in field(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level]) if variety == "smollm" else byte_level
    tokenizer.decoder = decoders.ByteLevel()
    types = field(reader, "tokenizer.ggml.token_type")
    special = [token for token, of_type in zip(tokens, types, strict=True) if of_type == _CONTROL]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    about: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": config["max_position_embeddings"]}
    about |= {f"{name}_token": tokens[config[f"{name}_token_id"]] for name in ("bos", "eos", "pad") if f"{name}_token_id" in config}
    about |= {"clean_up_tokenization_spaces": False, "chat_template": field(reader, "tokenizer.chat_template", None)}
    write_json(folder / "tokenizer_config.json", {key: value for key, value in about.items() if value is not None})


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def limit_resources(cpu_seconds: int) -> None:
    """Bound what a malformed file can cost. Windows has no such limits; the parent's clock still holds there."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))


def main() -> None:
    source, target, cpu_seconds = sys.argv[1:]
    limit_resources(int(cpu_seconds))
    try:
        convert(Path(source), Path(target), lambda _, done, total: _report(done, total))
    except Exception as error:  # the reader raises whatever a broken file makes it stumble over
        sys.exit(str(error) if isinstance(error, WeightsError) else f"{type(error).__name__}: {error}")


def _report(done: int, total: int) -> None:
    sys.stdout.write(f"{done}/{total}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
