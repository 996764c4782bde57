"""Whether a model tells what a text answers from what it does not: `python -m tests.bench.answerable [MTRAG_UN] [--adapter FOLDER] [--limit N]`.

mtrag-un: the last turns of conversations with the passages that were found, labelled answerable, unanswerable, partly answerable or
underspecified. The model reads `training_prompt(passages, the shopper's last message)` and writes up to 64 tokens, greedily. A reply is a
refusal when `chatbot.training.measures_of_text.admits_not_knowing` finds a phrase of not knowing in it: a list of phrases, no judge model. Balanced
accuracy is the mean of the share of unanswerable turns refused and of answerable turns not refused.

In this set unanswerable turns come without any passage, which a rule could tell apart; so they are asked twice: as given, and
with passages of another conversation of the same collection in their place (`distracted`). Partly answerable and underspecified turns count on
neither side; for them the shares refused and asked back are given. Prints one JSON object for the model as it is, and for the adapter.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chatbot.engine import ChatMessage, Engine, Sampling
from chatbot.prompts import EVIDENCE_TOKENS, fitting, training_prompt
from chatbot.settings import Settings
from chatbot.training.measures_of_text import admits_not_knowing
from chatbot.training.scores import Share
from chatbot.weights import NO_ADAPTER

TOGETHER = 4  # written at the same time
_SAMPLING = Sampling(max_tokens=64, repetition_penalty=1.05)
CLASSES = ("answerable", "unanswerable", "partial", "underspecified")
DISTRACTED = "unanswerable, distracted"


@dataclass(frozen=True, slots=True)
class Turn:
    """One last turn. `label` is one of CLASSES, or DISTRACTED for an unanswerable turn with passages of another conversation."""

    question: str
    passages: tuple[str, ...]
    label: str
    collection: str


def read_turns(folder: Path) -> list[Turn]:
    lines = gzip.decompress((folder / "mtragun_reference.jsonl.gz").read_bytes()).decode("utf-8").splitlines()
    return [_turn(json.loads(line)) for line in lines]


def _turn(row: dict[str, Any]) -> Turn:
    passages = tuple(" ".join(found["text"].split()) for found in row["contexts"])
    return Turn(" ".join(row["input"][-1]["text"].split()), passages, row["answerability"][0].lower(), row["Collection"])


def chosen(turns: Sequence[Turn], limit: int, seed: int) -> list[Turn]:
    """At most `limit` of each label (0 for all), and each unanswerable one again with strange passages."""
    rng = random.Random(seed)
    found = []
    for label in CLASSES:
        same = [turn for turn in turns if turn.label == label]
        found += rng.sample(same, min(limit or len(same), len(same)))
    return found + [distracted(turn, turns, rng) for turn in found if turn.label == "unanswerable"]


def distracted(turn: Turn, turns: Sequence[Turn], rng: random.Random) -> Turn:
    others = [other for other in turns if other.label == "answerable" and other.collection == turn.collection and other.passages]
    return replace(turn, passages=rng.choice(others or [turn]).passages, label=DISTRACTED)


def _prompt(turn: Turn, engine: Engine) -> list[ChatMessage]:
    return training_prompt(fitting(turn.passages, engine.count_tokens, EVIDENCE_TOKENS), turn.question)


async def replies(engine: Engine, turns: Sequence[Turn]) -> list[str]:
    gate, done = asyncio.Semaphore(TOGETHER), 0

    async def one(turn: Turn) -> str:
        nonlocal done
        async with gate, aclosing(engine.stream(_prompt(turn, engine), _SAMPLING)) as chunks:
            text = "".join([chunk.text async for chunk in chunks])
        done += 1
        print(f"\r{done}/{len(turns)}", end="", file=sys.stderr)
        return text.strip()

    return await asyncio.gather(*(one(turn) for turn in turns))


def figures(turns: Sequence[Turn], said: Sequence[str]) -> dict[str, Any]:
    refused = {label: Share(0, 0) for label in (*CLASSES, DISTRACTED)}
    asked = dict(refused)
    for turn, text in zip(turns, said, strict=True):
        refused[turn.label] = _one_more(refused[turn.label], admits_not_knowing(text))
        asked[turn.label] = _one_more(asked[turn.label], text.endswith("?"))
    return {
        "balanced_accuracy": {"as given": _balanced(refused, "unanswerable"), "distracted": _balanced(refused, DISTRACTED)},
        "refused": {label: str(share) for label, share in refused.items()},
        "asked_back": {label: str(share) for label, share in asked.items()},
    }


def _one_more(share: Share, counts: bool) -> Share:
    return Share(share.count + counts, share.total + 1)


def _balanced(refused: dict[str, Share], label: str) -> float | None:
    kept, told = refused["answerable"], refused[label]
    return round((told.value + 1 - kept.value) / 2, 4) if kept.total and told.total else None


async def measure(settings: Settings, turns: Sequence[Turn]) -> tuple[dict[str, Any], list[str]]:
    from chatbot.server.app import open_engine

    engine = await open_engine(settings)
    try:
        said = await replies(engine, turns)
    finally:
        await engine.close()
    return figures(turns, said), said


def setups(options: argparse.Namespace) -> dict[str, Settings]:
    """The model as it is, and with the adapter."""
    given = {name: value for name in ("model", "precision") if (value := getattr(options, name))}
    found = {} if options.no_raw else {"raw": Settings(**given, adapter=NO_ADAPTER)}
    return found | ({"adapter": Settings(**given, adapter=options.adapter)} if options.adapter else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/mtrag_un"))
    parser.add_argument("--adapter", default="", help="folder of an adapter to measure beside the model as it is")
    parser.add_argument("--model", default="")
    parser.add_argument("--precision", default="")
    parser.add_argument("--no-raw", action="store_true", help="leave the model as it is out")
    parser.add_argument("--limit", type=int, default=0, help="turns of each label; 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="also write the JSON here, with every reply")
    options = parser.parse_args()
    turns = chosen(read_turns(options.folder), options.limit, options.seed)
    found, rows = {}, {}
    for name, settings in setups(options).items():
        found[name], rows[name] = asyncio.run(measure(settings, turns))
    result = {"refusal": "a phrase of not knowing (measures_of_text.admits_not_knowing)", "turns": len(turns), **found}
    if options.out:
        written = [
            {"label": turn.label, "question": turn.question, **{name: said[at] for name, said in rows.items()}}
            for at, turn in enumerate(turns)
        ]
        options.out.write_text(json.dumps({**result, "replies": written}, ensure_ascii=False, indent=1), "utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
