"""How fast the local engine writes, beside transformers' own `generate` of the same weights in the same run.

    python tests/bench/engine.py [--model FOLDER] [--threads N] [--repeats N] [--json FILE]

First token of a prompt of about 600 tokens, cold and with a known beginning; tokens per second for 1, 4 and 8 conversations at once.
Machines are noisy: the ratios of one run mean more than its seconds. Medians throughout.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from chatbot.engine import ChatMessage, Sampling
from chatbot.engines.local import LocalEngine
from chatbot.settings import Settings
from chatbot.weights import writer_folder

TOKENS = 48
RULES = (
    "You are the assistant of a shop. "
    + "Answer in one sentence, only from the evidence, and quote figures exactly as they are written. " * 24
)


def conversation(number: int, salt: str = "") -> list[ChatMessage]:
    evidence = "\n".join(f"[{i}] Item {number * 10 + i} costs {12 + i}.90 EUR and ships in {i + 1} days." for i in range(1, 5))
    return [ChatMessage("system", salt + RULES), ChatMessage("user", f"{evidence}\n\nTell me everything about item {number * 10 + 1}.")]


async def first_token(engine: LocalEngine, messages: list[ChatMessage]) -> float:
    began = time.perf_counter()
    stream = engine.stream(messages, Sampling(max_tokens=2))
    await anext(stream)
    seconds = time.perf_counter() - began
    await stream.aclose()
    return seconds


async def together(engine: LocalEngine, count: int) -> float:
    """Tokens per second of all, once every one has its first token."""
    starts: list[float] = []
    tokens = 0

    async def one(number: int) -> None:
        nonlocal tokens
        first = True
        async for chunk in engine.stream(conversation(number), Sampling(max_tokens=TOKENS, temperature=1.0, seed=number)):
            if first:
                starts.append(time.perf_counter())
            else:
                tokens += chunk.tokens
            first = False

    await asyncio.gather(*[one(number) for number in range(count)])
    return tokens / (time.perf_counter() - max(starts))


async def measure_engine(folder: Path, threads: int, repeats: int) -> dict[str, float]:
    engine = await asyncio.to_thread(LocalEngine, folder, "auto", threads, 8)
    found: dict[str, float] = {"prompt_tokens": len(engine._model.prompt(conversation(0)))}
    found["first_cold_s"] = statistics.median([await first_token(engine, conversation(0, f"{i}: ")) for i in range(repeats)])
    await first_token(engine, conversation(0))
    found["first_known_s"] = statistics.median([await first_token(engine, conversation(i)) for i in range(1, repeats + 1)])
    for count in (1, 4, 8):
        found[f"decode_{count}_tok_s"] = statistics.median([await together(engine, count) for _ in range(repeats)])
    await engine.close()
    return found


def measure_generate(folder: Path, prompt: list[int], repeats: int) -> dict[str, float]:
    """transformers with the same type and threads: `generate` of a batch, the beginning always computed anew."""
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, attn_implementation="sdpa")
    ids = torch.tensor([prompt])

    def seconds(count: int, new: int) -> float:
        began = time.perf_counter()
        batch = ids.repeat(count, 1)
        model.generate(
            batch, attention_mask=torch.ones_like(batch), max_new_tokens=new, min_new_tokens=new, do_sample=False, pad_token_id=2
        )
        return time.perf_counter() - began

    seconds(1, 2)
    found = {"first_cold_s": statistics.median([seconds(1, 1) for _ in range(repeats)])}
    for count in (1, 4, 8):
        rates = [count * (TOKENS - 1) / (seconds(count, TOKENS) - seconds(count, 1)) for _ in range(max(1, repeats // 2))]
        found[f"decode_{count}_tok_s"] = statistics.median(rates)
    return found


def show(ours: dict[str, float], theirs: dict[str, float]) -> None:
    table = Table(
        "", "engine", "generate", "ratio", title=f"{ours['prompt_tokens']:.0f} tokens of prompt, {torch.get_num_threads()} threads"
    )
    for name, value in ours.items():
        if name == "prompt_tokens":
            continue
        other = theirs.get(name)
        ratio = "" if other is None else f"{other / value if name.endswith('_s') and 'tok' not in name else value / other:.2f} x"
        table.add_row(name, f"{value:.3g}", "" if other is None else f"{other:.3g}", ratio)
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    folder = options.model or writer_folder(Settings())
    if options.threads:
        torch.set_num_threads(options.threads)
    ours = asyncio.run(measure_engine(folder, options.threads, options.repeats))
    from chatbot.engines.model import load_model

    theirs = measure_generate(folder, load_model(folder).prompt(conversation(0)), options.repeats)
    show(ours, theirs)
    result = {"engine": ours, "generate": theirs}
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    else:
        Console().print_json(json.dumps(result))


if __name__ == "__main__":
    main()
