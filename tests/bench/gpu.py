"""This engine and its peers on a GPU: `python -m tests.bench.gpu [--models 0.5B 7B] [--together 1 32 128] [--out reports]`.

    [--parts engine generate continuous wire] [--repeats 3] [--folder WHERE-THE-MODELS-ARE]

Models have random weights (`gpu_model.py`). Everything is as the defaults choose it: CUDA, 16 bits, recorded steps. Of each rate the
share of what memory bandwidth allows is given: the weights and the keys and values of all texts, read once for each token, over the
bandwidth at which this GPU reads a large tensor. Writes gpu.json; exit code 1 where there is no GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from tests.bench.child import ChildError, in_child
from tests.bench.gpu_model import SHAPES, build_random_model, layer_sizes

PARTS = ("engine", "generate", "continuous", "wire")
TOKENS = 192  # of each text: with 128 texts it takes that many for all to be written together
PREFIXES = "4096"  # megabytes for prompts, so that 128 of them stay known
BYTES = 2  # of a weight, a key, a value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--together", type=int, nargs="+", default=[1, 32, 128])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "chatbot-gpu-models")
    parser.add_argument("--out", type=Path, default=Path("reports"))
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("gpu: this machine has no GPU that torch can use", file=sys.stderr)
        return 1
    os.environ.setdefault("CHATBOT_PREFIX_CACHE", PREFIXES)
    bandwidth = reading_bandwidth()
    found: dict[str, Any] = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "bandwidth_gb_s": bandwidth / 1e9}
    for name in options.models:
        folder = build_random_model(options.folder / name, name, "cuda")
        torch.cuda.empty_cache()
        found[name] = {part: measured(part, name, folder, options, bandwidth) for part in options.parts}
        print_table(name, found[name], options.together)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "gpu.json").write_text(json.dumps(found, indent=1) + "\n")
    return 0


def measured(part: str, name: str, folder: Path, options: argparse.Namespace, bandwidth: float) -> dict[str, Any]:
    """The figures of a part; or why there are none, for a peer may not be able to run here."""
    groups = [str(count) for count in options.together]
    asked = ["--together", *groups, "--tokens", str(TOKENS), "--repeats", str(options.repeats)]
    try:
        if part == "engine":
            found = in_child("engine", ["--model", str(folder), "--endless", *asked])
        elif part == "wire":
            found = in_child("gpu_wire", ["--model", str(folder), *asked])
        else:
            found = in_child("peer_transformers", [f"{part}-bf16", str(folder), "--device", "cuda", *asked])
    except ChildError as error:
        return {"failed": str(error)}
    for count in options.together:
        if rate := found.get(f"decode_{count}_tok_s"):
            most = bandwidth / bytes_a_step(name, count, 600 + TOKENS // 2) * count
            found[f"share_{count}"] = rate["median"] / most
    return found


def bytes_a_step(name: str, texts: int, positions: int) -> float:
    """What has to be read for one token of each text: every weight once (of the embedding, which is the head or looked up, once at most),
    and the keys and values of every text."""
    config = SHAPES[name]
    layer = sum(size[0] * (size[1] if len(size) > 1 else 1) for size in layer_sizes(config).values())
    weights = config["num_hidden_layers"] * layer + config["vocab_size"] * config["hidden_size"]
    kept = 2 * config["num_hidden_layers"] * config["num_key_value_heads"] * config["hidden_size"] // config["num_attention_heads"]
    return float(BYTES * (weights + texts * positions * kept))


def reading_bandwidth() -> float:
    """Bytes a second, from the sum of two gigabytes: the median of ten."""
    numbers = torch.randn(1 << 30, dtype=torch.bfloat16, device="cuda")
    times = []
    for _ in range(13):
        began, ended = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        began.record()
        numbers.sum()
        ended.record()
        torch.cuda.synchronize()
        times.append(began.elapsed_time(ended) / 1000)
    return numbers.nbytes / sorted(times[3:])[5]


def print_table(name: str, found: dict[str, Any], groups: list[int]) -> None:
    table = Table(title=f"Qwen2.5-{name} shapes, random weights")
    for column in ("", *[f"{count} texts, tok/s" for count in groups], *[f"share {count}" for count in groups], "prefill tok/s", "known s"):
        table.add_column(column, justify="right" if column else "left")
    for part, figures in found.items():
        if "failed" in figures:
            table.add_row(part, figures["failed"][-60:])
            continue
        rates = [f"{figures[key]['median']:,.0f}" if (key := f"decode_{count}_tok_s") in figures else "" for count in groups]
        shares = [f"{figures[key]:.0%}" if (key := f"share_{count}") in figures else "" for count in groups]
        others = [
            f"{figures[key]['median']:{form}}" if key in figures else ""
            for key, form in (("prefill_tok_s", ",.0f"), ("first_known_s", ".3f"))
        ]
        table.add_row(part, *rates, *shares, *others)
    Console(width=160).print(table)


if __name__ == "__main__":
    raise SystemExit(main())
