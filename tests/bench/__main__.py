"""`make bench`: the engine beside transformers, retrieval, and the turn over WebSockets, in one go.

    python -m tests.bench [--quick] [--only engine,retrieval,turns] [--out reports]

Prints tables; writes OUT/bench.json and OUT/bench.html, and adds one line to OUT/history.jsonl that names the commit. Machines are noisy:
ratios within one run mean more than seconds between runs. Exit code 1 when a promise about time is not kept: `status` within 150 ms,
the first word within 1 s for one shopper (medians), and nine replies of ten in pieces, with four shoppers at once too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.page import Rows, write_page
from tests.bench.turns import ROOT, measure_turns, memory_megabytes, quantiles, serving

STATUS_MS = 150.0
FIRST_MS = 1000.0
STREAMED = 0.9  # of the replies in more than one piece; a reply of one checked sentence comes whole
PARTS = ("engine", "retrieval", "turns")


def measure_engine(quick: bool) -> dict[str, Any]:
    """In a process of its own, so that the model's memory is given back."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "engine.json"
        command = [sys.executable, "tests/bench/engine.py", "--repeats", "2" if quick else "5", "--json", str(out)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, stdout=subprocess.DEVNULL)
        return dict(json.loads(out.read_text()))


def measure_retrieval(quick: bool) -> dict[str, Any]:
    """Both held-out shops: how often each ranking has the right document first, and milliseconds a question."""
    from chatbot.settings import Settings
    from chatbot.weights import minilm_folder
    from knowledge_base.encoders import default_encoders

    encoders = default_encoders(minilm_folder(Settings()))
    return {language: _retrieval_of(language, encoders, 30 if quick else None) for language in ("en", "zh")}


def _retrieval_of(language: str, encoders: Any, most: int | None) -> dict[str, Any]:
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


def measure_server(quick: bool, settings: dict[str, str]) -> dict[str, Any]:
    """Start times, memory and turns of a real server on the sample shop."""
    with tempfile.TemporaryDirectory() as folder:
        data, log = Path(folder) / "data", Path(folder) / "serve.log"
        with serving(data, log, settings) as server:
            first_start = server.seconds
        with serving(data, log, settings) as server:
            found = {"start_s": {"first, with building the index": first_start, "next": server.seconds}}
            rest = memory_megabytes(server.process)
            turns = measure_turns(server, 4 if quick else 12)
            return {
                **found,
                "turns": turns,
                "memory_mb": {"at rest": rest.get("now"), "highest": memory_megabytes(server.process).get("highest")},
            }


def tables(result: dict[str, Any]) -> dict[str, Rows]:
    """Heading → rows of text, the first being the header."""
    found: dict[str, Rows] = {}
    if turns := result.get("turns"):
        found["The turn over WebSockets, ms (p50 / p95)"] = [
            ["questions, shoppers", "status", "first word", "whole reply", "asked the model", "its words withheld", "in pieces"],
            *[[name, *_turn_cells(one)] for name, one in turns.items()],
        ]
        found["The server"] = [
            ["", ""],
            *[[f"start to /readyz: {name}", f"{seconds:.1f} s"] for name, seconds in result["start_s"].items()],
            *[[f"memory {name}", f"{amount:.0f} MB"] for name, amount in result["memory_mb"].items() if amount is not None],
        ]
    if retrieval := result.get("retrieval"):
        lanes = list(next(iter(retrieval.values()))["first"])
        found["Retrieval: the right document first"] = [
            ["language", "questions", *lanes, "ms (p50 / p95)"],
            *[[name, *_retrieval_cells(one, lanes)] for name, one in retrieval.items()],
        ]
    if engine := result.get("engine"):
        found[f"The engine beside transformers' generate, {engine['engine']['prompt_tokens']:.0f} tokens of prompt"] = _engine_rows(engine)
    return found


def _turn_cells(one: dict[str, Any]) -> list[str]:
    times = [f"{one[part]['p50']:.0f} / {one[part]['p95']:.0f}" for part in ("status_ms", "first_ms", "reply_ms")]
    return [*times, f"{one['asked_the_model']} of {one['turns']}", str(one["withheld"]), f"{one['in_pieces']} of {one['turns']}"]


def _retrieval_cells(one: dict[str, Any], lanes: list[str]) -> list[str]:
    shares = [f"{one['first'][lane]:.1%}" for lane in lanes]
    return [str(one["questions"]), *shares, f"{one['ms']['p50']:.1f} / {one['ms']['p95']:.1f}"]


def _engine_rows(engine: dict[str, dict[str, float]]) -> Rows:
    rows = [["", "engine", "generate", "ratio"]]
    for name, ours in engine["engine"].items():
        if name == "prompt_tokens":
            continue
        theirs = engine["generate"].get(name)
        faster = None if theirs is None else (ours / theirs if name.endswith("tok_s") else theirs / ours)
        compared = ["", ""] if theirs is None or faster is None else [f"{theirs:.3g}", f"{faster:.2f} x"]
        rows.append([name.replace("_", " "), f"{ours:.3g}", *compared])
    return rows


def broken_promises(result: dict[str, Any]) -> list[str]:
    """What was promised about time and not kept in this run."""
    broken = []
    for name, found in result.get("turns", {}).items():
        if found["status_ms"]["p50"] > STATUS_MS:
            broken.append(f"{name}: status within {STATUS_MS:.0f} ms, took {found['status_ms']['p50']:.0f}")
        if ", 1 " in name and found["first_ms"]["p50"] > FIRST_MS:
            broken.append(f"{name}: first word within {FIRST_MS:.0f} ms, took {found['first_ms']['p50']:.0f}")
        if found["in_pieces"] < STREAMED * found["turns"]:
            broken.append(f"{name}: {STREAMED:.0%} of the replies in pieces, got {found['in_pieces']} of {found['turns']}")
    return broken


def surroundings() -> dict[str, Any]:
    """The commit, the machine and the versions that matter. "+": with changes that are not committed."""
    described = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True)
    import torch

    return {
        "commit": described.stdout.strip() or "unknown",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "",
        "versions": {name: version(name) for name in ("torch", "transformers", "faiss-cpu", "fastapi")},
    }


def history_line(result: dict[str, Any]) -> dict[str, Any]:
    """The figures worth comparing between commits, without every turn."""
    turns = {name: {part: one[part] for part in ("status_ms", "first_ms", "reply_ms")} for name, one in result.get("turns", {}).items()}
    return {**{name: value for name, value in result.items() if name != "turns"}, "turns": turns}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats: a look, not a measurement")
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, by comma")
    parser.add_argument("--out", type=Path, default=ROOT / "reports")
    options = parser.parse_args()
    wanted = [part for part in PARTS if part in options.only.split(",")]
    if not wanted:
        parser.error(f"--only: expected some of {', '.join(PARTS)}, got {options.only!r}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server it started is stopped too
    console = Console()
    result: dict[str, Any] = {"quick": options.quick, **surroundings()}
    for part in wanted:
        console.print(f"Measuring: {part} …", style="dim")
        if part == "engine":
            result["engine"] = measure_engine(options.quick)
        elif part == "retrieval":
            result["retrieval"] = measure_retrieval(options.quick)
        else:
            result |= measure_server(options.quick, {})
    report(result, options.out, console)
    broken = broken_promises(result)
    for promise in broken:
        console.print(f"[red]not kept[/red]  {promise}", highlight=False)
    raise SystemExit(1 if broken else 0)


def report(result: dict[str, Any], out: Path, console: Console) -> None:
    """The tables on the terminal, and the three files."""
    shown = tables(result)
    for name, rows in shown.items():
        table = Table(*rows[0], title=name, show_header=any(rows[0]))
        for row in rows[1:]:
            table.add_row(*row)
        console.print(table)
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    sub = f"Commit {result['commit']}, {result['at']}, {result['cores']} cores {result['gpu']}{', quick' if result['quick'] else ''}"
    write_page(out / "bench.html", "How fast the assistant is", sub, shown, result)
    with (out / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write(json.dumps(history_line(result), ensure_ascii=False) + "\n")
    console.print(f"Written: {out / 'bench.html'}, bench.json and a line of history.jsonl", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
