"""Shoppers who talk to a real server over real sockets and think between their questions: how long each waits for the first word.

    python -m tests.bench.load [--shoppers 1,2,4,8,16,32] [--turns N] [--think SECONDS] [--json FILE]

Every shopper has conversations of a few turns, first about a product nobody asked about before, then what one asks next. Thinking is
drawn from an exponential distribution with a fixed seed. Turns in which the model writes are told from those the record answers. Judges
nothing; what is promised is in `targets.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench.turns import Running, quantiles, serving, titles
from tests.bench.wire import Shopper, Turn

COUNTS = (1, 2, 4, 8, 16, 32)
THINK = 2.0
TURNS_IN_CONVERSATION = 3
UP_FOR = 45.0  # seconds that the server has been up before the first shopper comes: it reads ahead while nobody asks
FEWEST = 24  # turns in all, however few the shoppers
OPENINGS = ("Tell me about the {}.", "What is the {} like?", "Describe the {}.", "How much is the {}?")
FOLLOWING = (
    "Tell me more about it.",
    "How much is it?",
    "Is it in stock?",
    "How long does delivery take?",
    "Can I return it?",
    "What is it like?",
)


class Questions:
    """What shoppers ask: each conversation is about another product, as long as there are enough."""

    def __init__(self, names: Sequence[str], seed: int = 3, openings: Sequence[str] = OPENINGS) -> None:
        self._names = list(names)
        self._openings = openings
        self._random = random.Random(seed)
        self._random.shuffle(self._names)
        self._next = 0

    def conversation(self) -> list[str]:
        name = self._names[self._next % len(self._names)]
        form = self._random.choice(self._openings)
        self._next += 1
        return [form.format(name), *self._random.sample(FOLLOWING, TURNS_IN_CONVERSATION - 1)]


async def shopper(server: Running, number: int, conversations: Sequence[Sequence[str]], think: float) -> list[Turn]:
    """All conversations of one shopper, one after the other; thinks before every question."""
    pause = random.Random(number)
    found: list[Turn] = []
    for questions in conversations:
        async with Shopper(server, number) as person:
            for question in questions:
                await asyncio.sleep(pause.expovariate(1 / think) if think else 0.0)
                found.append(await person.ask(question))
    return found


def rounds_of(count: int, turns: int) -> int:
    """Conversations of each shopper, so that all together ask at least `FEWEST` questions or each asks `turns`."""
    return max(-(-turns // TURNS_IN_CONVERSATION), -(-min(FEWEST, turns * 4) // (count * TURNS_IN_CONVERSATION)))


async def talking(server: Running, questions: Questions, count: int, turns: int, think: float) -> list[Turn]:
    """`count` shoppers at once."""
    rounds = rounds_of(count, turns)
    plans = [[questions.conversation() for _ in range(rounds)] for _ in range(count)]
    told = await asyncio.gather(*[shopper(server, 1000 * count + number, plan, think) for number, plan in enumerate(plans)])
    return [turn for one in told for turn in one]


def summary(turns: Sequence[Turn]) -> dict[str, Any]:
    """First words in ms: by who answered, and of later turns of a conversation; how many were told that too many ask."""
    groups = {
        "model": [turn for turn in turns if turn.written],
        "record": [turn for turn in turns if not turn.written],
        "next": [turn for turn in turns if turn.place > 1],
        "next_model": [turn for turn in turns if turn.place > 1 and turn.written],
    }
    firsts = {name: {"turns": len(found), **quantiles([turn.first for turn in found])} for name, found in groups.items() if found}
    return {
        "turns": len(turns),
        "busy": sum(turn.busy for turn in turns),
        "errors": sum(bool(turn.error) for turn in turns),
        "first_ms": firsts,
    }


def measure(server: Running, counts: Sequence[int], turns: int, think: float) -> dict[str, Any]:
    """For each number of shoppers, the summary of their turns."""
    questions = Questions(titles(server, 400))
    found: dict[str, Any] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        asyncio.run(talking(server, questions, 1, 1, 0.0))  # nobody pays here for what is slow only once
        time.sleep(UP_FOR)
        for count in bar.track(list(counts), description="shoppers at once"):
            found[str(count)] = summary(asyncio.run(talking(server, questions, count, turns, think)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shoppers", default=",".join(map(str, COUNTS)))
    parser.add_argument("--turns", type=int, default=6, help="of each shopper, at least")
    parser.add_argument("--think", type=float, default=THINK, help="seconds between a reply and the next question, on average")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data", Path(folder) / "serve.log") as server:
        found = measure(server, [int(count) for count in options.shoppers.split(",")], options.turns, options.think)
    text = json.dumps(found, indent=1)
    if options.json:
        options.json.write_text(text + "\n")
    Console().print_json(text)


if __name__ == "__main__":
    main()
