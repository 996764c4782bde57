"""The parts of `make bench`: each a function from the options to its share of the result.

What holds a model or a server runs in a process of its own, so that its memory is its own and is given back. Knows where each figure comes
from; what they are worth is in `targets.py`, how they look in `page.py`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import load, wire_crowd
from tests.bench.child import in_child
from tests.bench.peers import measure
from tests.bench.turns import ROOT, Running, measure_turns, memory_megabytes, quantiles, serving, titles

Found = dict[str, Any]
PARTS = ("engine", "peers", "agreement", "crowd", "behind", "retrieval", "turns", "load", "wire")
LONG = ("sizes", "soak")


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `out` keeps the shop's index between parts and runs."""

    parts: tuple[str, ...]
    quick: bool
    out: Path
    peers: tuple[str, ...]
    repeats: int | None = None
    cancels: int | None = None
    data: Path | None = None
    sizes: tuple[int, ...] = ()
    turns: int = 20_000

    @property
    def times(self) -> int:
        return self.repeats or (1 if self.quick else 3)


def measure_part(part: str, options: Options) -> Found:
    """What the part adds to the result. Raises RuntimeError, ValueError, OSError when it fails."""
    return _WAYS[part](options)


def _engine(options: Options) -> Found:
    return {"engine": in_child("engine", ["--repeats", str(options.times)])}


def _peers(options: Options) -> Found:
    return {"peers": {name: measure(name, options.times, 2) for name in options.peers}}


def _agreement(options: Options) -> Found:
    return {"agreement": in_child("agreement", ["--texts", "4" if options.quick else "24"])}


def _crowd(options: Options) -> Found:
    cancels = options.cancels or (20 if options.quick else 200)
    return {"crowd": in_child("crowd", ["--repeats", str(options.times), "--cancels", str(cancels)])}


def _behind(options: Options) -> Found:
    return {"behind": in_child("behind", ["--rounds", "1", "--turns", "6"] if options.quick else ["--rounds", str(2 * options.times)])}


def _retrieval(options: Options) -> Found:
    """Both held-out shops: how often each ranking has the right document first, and milliseconds a question."""
    from chatbot.settings import Settings
    from chatbot.weights import minilm_folder
    from knowledge_base.encoders import default_encoders

    encoders = default_encoders(minilm_folder(Settings()))
    return {"retrieval": {language: _retrieval_of(language, encoders, 30 if options.quick else None) for language in ("en", "zh")}}


def _retrieval_of(language: str, encoders: Any, most: int | None) -> Found:
    from knowledge_base.build import build_content
    from knowledge_base.catalog import Filters
    from knowledge_base.search import KnowledgeBase
    from tests.bench import retrieval
    from tests.retrieval_shops import FOLDER, questions_of, toy_shop

    asked = questions_of(FOLDER / f"{language}.questions.jsonl")[:most]
    times: list[float] = []
    results = []
    with tempfile.TemporaryDirectory() as folder:
        build_content(toy_shop(language), Path(folder), encoders=encoders)
        base = KnowledgeBase.open(Path(folder), encoders)
        base.search(asked[0]["q"])
        for question in asked:
            began = time.perf_counter()
            results.append(base.search(question["q"], limit=20, filters=Filters()))
            times.append((time.perf_counter() - began) * 1000)
        base.close()
    pairs = [(question["expect"], result) for question, result in zip(asked, results, strict=True) if question["expect"]]
    first = {
        name: sum(retrieval._place(ranking(result), expected) == 1 for expected, result in pairs) / len(pairs)
        for name, ranking in retrieval._RANKINGS.items()
    }
    return {"questions": len(pairs), "first": first, "ms": quantiles(times)}


@contextmanager
def _shop(options: Options) -> Iterator[Running]:
    """A server whose index is built already when any part before, or any run, has built it."""
    with serving(options.out / "bench-data", options.out / "serve.log") as server:
        yield server


def _turns(options: Options) -> Found:
    """Start times, memory and turns of a real server on the sample shop; the index is built anew."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), options.out / "serve.log") as server:
        first_start = server.seconds
    with _shop(options):
        pass
    with _shop(options) as server:
        rest = memory_megabytes(server.process)
        turns = measure_turns(server, 4 if options.quick else 12)
        return {
            "start_s": {"first, with building the index": first_start, "next": server.seconds},
            "turns": turns,
            "memory_mb": {"at rest": rest.get("now"), "highest": memory_megabytes(server.process).get("highest")},
        }


def _load(options: Options) -> Found:
    counts, turns, think = ((1, 4), 3, 0.5) if options.quick else (load.COUNTS, 6, load.THINK)
    with _shop(options) as server:
        return {"load": load.measure(server, counts, turns, think)}


def _wire(options: Options) -> Found:
    """With the default slots and queue; in a quick run with few, so that a crowd is small."""
    from chatbot.settings import Settings

    slots, queue = (1, 1) if options.quick else (Settings().slots, Settings().queue_limit)
    settings = {"CHATBOT_SLOTS": str(slots), "CHATBOT_QUEUE_LIMIT": str(queue)}
    with serving(options.out / "bench-data", options.out / "serve.log", settings) as server:
        questions = load.Questions(titles(server, 400), openings=load.OPENINGS[:1])
        over = asyncio.run(wire_crowd.overload(server, questions, slots + queue))
        gone = asyncio.run(wire_crowd.cancels(server, questions, options.cancels or (6 if options.quick else 100)))
    return {"wire": {"overload": over, "cancels": gone}}


def _sizes(options: Options) -> Found:
    """What each step left in its folder; a size that was built before is searched again, not built again."""
    found: Found = {}
    for size in options.sizes:
        folder = options.out / f"passages-{size}"
        kept = folder / "measured.json"
        steps = "search" if kept.exists() and "build" in json.loads(kept.read_text()) else "build,search"
        where = ["--passages", str(size), "--folder", str(folder), "--cache", str(options.out / "passages-vectors"), "--steps", steps]
        subprocess.run(
            [sys.executable, "-m", "tests.bench.passages", str(options.data), *where], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        found[str(size)] = json.loads(kept.read_text())
    return {"sizes": found}


def _soak(options: Options) -> Found:
    command = [sys.executable, "-m", "tests.bench.soak", "--turns", str(options.turns), "--out", str(options.out)]
    subprocess.run([*command, "--data", str(options.out / "bench-data")], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    return {"soak": json.loads((options.out / "soak.json").read_text())}


_WAYS: dict[str, Callable[[Options], Found]] = {
    "engine": _engine, "peers": _peers, "agreement": _agreement, "crowd": _crowd, "behind": _behind, "retrieval": _retrieval, "turns": _turns,
    "load": _load, "wire": _wire, "sizes": _sizes, "soak": _soak,
}  # fmt: skip
