"""How fast this program's engine writes, measured as the peers are: `python -m tests.bench.engine [--repeats N] [--threads N]`.

The prompts, weights, lengths and definitions are those of `peer_rates.py`; and the order is that of `peer_http.py`. Beyond the peers'
figures: the first token of a conversation's next turn, and how long it takes to load. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatbot.settings import Settings
from chatbot.weights import writer_folder
from tests.bench.own_engine import SLOTS, Asked, next_turn, open_engine
from tests.bench.peer_rates import TOGETHER, TOKENS, conversation, decode_rate, figures, spread

TITLE = "this engine"


async def measure(asked: Asked, repeats: int, groups: Sequence[int] = TOGETHER, tokens: int = TOKENS) -> dict[str, dict[str, float]]:
    """Every figure; what is measured warm has been asked once before."""
    await asked.write(conversation(0, "warm: "), 8)
    cold = [(await asked.write(conversation(0, f"{number}: "), 2))[0] for number in range(repeats)]
    await asked.write(conversation(0), 2)
    known = [(await asked.write(conversation(number), 2))[0] for number in range(1, repeats + 1)]
    following = [await next_first(asked, number) for number in range(repeats)]
    rates: dict[int, list[float]] = {}
    for count in groups:
        await asked.together(count, 4)
        rates[count] = [decode_rate(await asked.together(count, tokens)) for _ in range(repeats)]
    return {**figures(cold, known, rates), "first_next_s": spread(following)}


async def next_first(asked: Asked, number: int) -> float:
    """Seconds to the first token of a second question in a conversation whose first was just answered."""
    messages = conversation(number, f"next {number}: ")
    _, answer = await asked.write(messages, TOKENS)
    written, _ = await asked.write(next_turn(messages, answer), 2)
    return written.first


async def measured(
    folder: Path, repeats: int, threads: int, groups: Sequence[int] = TOGETHER, tokens: int = TOKENS, ends: bool = True
) -> dict[str, Any]:
    began = time.perf_counter()
    engine = await asyncio.to_thread(open_engine, folder, threads, max(SLOTS, *groups))
    loaded = time.perf_counter() - began
    try:
        found = await measure(Asked(engine, ends), repeats, groups, tokens)
    finally:
        await engine.close()
    return {"title": f"{TITLE}, {engine.precision}", "load_s": spread([loaded]), **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--together", type=int, nargs="+", default=list(TOGETHER), help="how many texts at once")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="of each text")
    parser.add_argument("--endless", action="store_true", help="the model never ends a text (gpu_model.py)")
    options = parser.parse_args()
    folder = options.model or writer_folder(Settings())
    found = measured(folder, options.repeats, options.threads, options.together, options.tokens, not options.endless)
    print(json.dumps(asyncio.run(found)))


if __name__ == "__main__":
    main()
