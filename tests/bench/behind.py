"""A talking shopper with and without copy being written behind them: ms to the first word of whole turns, search and checks included.

    python -m tests.bench.behind [--rounds N] [--turns N] [--jobs N] [--json FILE]

The assistant of the sample shop in this process, with the default engine. Rounds without and with batch jobs take turns, so that both see the
same machine; every question is asked once in each, never twice of one assistant's memory: the products differ. Jobs begin anew as soon as
they end. `jobs_tok_s` is what they write while somebody talks, and while nobody does: standing back must not mean standing still.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from chatbot.engine import ChatMessage, Engine, Sampling
from chatbot.events import Delta, Reply
from chatbot.messages import Conversation, Message
from chatbot.settings import Settings
from chatbot.turn import ShopAssistant
from tests.bench.turns import quantiles

JOBS = 8  # as many as the engine has slots for
FORMS = (
    "Tell me about the {}.",
    "How much is the {}?",
    "Describe the {}.",
    "Is the {} in stock?",
    "What is the {} like?",
    "How long does delivery of the {} take?",
)
PAUSE = 1.0  # seconds between a reply and the next question, on average
ALONE_SECONDS = 10.0


class Jobs:
    """Descriptions that are written in the lane "batch" until they are called off; counts their tokens."""

    def __init__(self, engine: Engine, titles: Sequence[str]) -> None:
        self._engine, self._titles = engine, titles
        self.tokens = 0

    @asynccontextmanager
    async def running(self, count: int) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._one(number)) for number in range(count)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, number: int) -> None:
        for place in range(number, 1_000_000, JOBS):
            title = self._titles[place % len(self._titles)]
            prompt = [
                ChatMessage(
                    "user", f"Write a description of the product “{title}” (number {place}) for an online shop, in three sentences."
                )
            ]
            async with aclosing(self._engine.stream(prompt, Sampling(max_tokens=80), lane="batch")) as chunks:
                async for chunk in chunks:
                    self.tokens += chunk.tokens


async def ask(assistant: ShopAssistant, question: str) -> tuple[float, bool]:
    """ms to the first word, and whether the model wrote."""
    began, first = time.perf_counter(), 0.0
    async with aclosing(assistant.reply(Conversation("behind", (Message("shopper", question),)))) as events:
        async for event in events:
            if isinstance(event, Delta) and not first:
                first = (time.perf_counter() - began) * 1000
            if isinstance(event, Reply):
                return first, event.usage.completion_tokens > 0
    raise ValueError(f"{question!r} was not answered")


async def talk(assistant: ShopAssistant, questions: Sequence[str], pause: random.Random) -> list[tuple[float, bool]]:
    found = []
    for question in questions:
        await asyncio.sleep(pause.expovariate(1 / PAUSE))
        found.append(await ask(assistant, question))
    return found


def ratio(without: Sequence[float], beside: Sequence[float], share: str) -> float:
    return float(quantiles(beside)[share] / quantiles(without)[share])


async def measure(assistant: ShopAssistant, engine: Engine, titles: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    draw, pause = random.Random(11), random.Random(12)
    asked = [form.format(title) for title in draw.sample(list(titles), len(titles)) for form in draw.sample(FORMS, 2)]
    jobs, without, beside, written, seconds = Jobs(engine, titles), [], [], 0, 0.0
    await talk(assistant, [form.format(titles[0]) for form in FORMS], pause)  # what is slow only once
    for number in range(options.rounds):
        questions = [asked.pop() for _ in range(2 * options.turns)]
        without += await talk(assistant, questions[: options.turns], pause)
        async with jobs.running(options.jobs):
            await asyncio.sleep(2.0)  # the jobs have read their prompts
            tokens, began = jobs.tokens, time.perf_counter()
            beside += await talk(assistant, questions[options.turns :], pause)
            written, seconds = written + jobs.tokens - tokens, seconds + time.perf_counter() - began
        print(f"\rround {number + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
    async with jobs.running(options.jobs):
        await asyncio.sleep(2.0)
        tokens = jobs.tokens
        await asyncio.sleep(ALONE_SECONDS)
        alone = (jobs.tokens - tokens) / ALONE_SECONDS
    groups = {"all": (True, False), "model": (True,), "record": (False,)}
    figures = {}
    for name, kinds in groups.items():
        first, second = ([taken for taken, by_model in found if by_model in kinds] for found in (without, beside))
        if first and second:
            figures[name] = {
                "turns": [len(first), len(second)],
                "without_ms": quantiles(first),
                "beside_ms": quantiles(second),
                "p95_ratio": ratio(first, second, "p95"),
            }
    return {"jobs": options.jobs, "first": figures, "jobs_tok_s": {"while somebody talks": written / seconds, "while nobody does": alone}}


async def opened(options: argparse.Namespace) -> dict[str, Any]:
    from chatbot.server.app import open_engine, open_knowledge
    from chatbot.server.opening import warm_planner

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        engine = await open_engine(settings)
        knowledge = await asyncio.to_thread(open_knowledge, settings)
        try:
            assistant = ShopAssistant(knowledge, engine, await asyncio.to_thread(warm_planner, knowledge))
            return await measure(assistant, engine, [product.title for product in knowledge.products("en")], options)
        finally:
            await engine.close()
            knowledge.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--turns", type=int, default=12, help="questions of a round without jobs, and as many with them")
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    text = json.dumps(asyncio.run(opened(options)))
    if options.json:
        options.json.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
