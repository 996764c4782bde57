"""`make bench`: the engine beside its peers, retrieval, and the server under load, in one go.

    python -m tests.bench [--quick] [--only PARTS] [--peers NAMES] [--repeats N] [--data CHORUS] [--sizes 10000,100000] [--out reports]

Parts: engine, peers, agreement, crowd (the engine pressed), behind (batch work behind a shopper), retrieval, turns, load (1 to 32 shoppers),
wire (the server pressed); and the long ones, only when they are named: sizes (retrieval by size, needs --data), soak. Prints tables; writes OUT/bench.json and OUT/bench.html, and adds
one line to OUT/history.jsonl that names the commit. Machines are noisy: ratios within one run mean more than seconds between runs. Exit
code 1 when a promise about a turn's time is not kept, or a part failed; whether the targets were met is in the first table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.history import append, by_commit, line_of, read
from tests.bench.page import write_page
from tests.bench.parts import LONG, PARTS, Options, measure_part
from tests.bench.peers import TITLES
from tests.bench.result_tables import tables
from tests.bench.turns import ROOT

STATUS_MS = 150.0
FIRST_MS = 1000.0
STREAMED = 0.9  # of the replies in more than one piece; a reply of one checked sentence comes whole
PEERS = ("generate-fp32", "generate-bf16", "llamacpp")  # vLLM compiles for minutes


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


def options_of(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats: a look, not a measurement")
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts to run, by comma: {', '.join((*PARTS, *LONG))}")
    parser.add_argument("--peers", default=",".join(PEERS), help=f"by comma, or all: {', '.join(TITLES)}")
    parser.add_argument("--repeats", type=int, default=None)
    parser.add_argument("--cancels", type=int, default=None)
    parser.add_argument("--data", type=Path, default=None, help="folder of the Chorus rows, for sizes")
    parser.add_argument("--sizes", default="10000,100000", help="passages, by comma, for sizes")
    parser.add_argument("--turns", type=int, default=20_000, help="of soak")
    parser.add_argument("--out", type=Path, default=ROOT / "reports")
    given = parser.parse_args(arguments)
    wanted = given.only.split(",")
    peers = tuple(TITLES) if given.peers == "all" else tuple(filter(None, given.peers.split(",")))
    if unknown := [part for part in wanted if part not in (*PARTS, *LONG)]:
        parser.error(f"--only: expected some of {', '.join((*PARTS, *LONG))}, got {', '.join(unknown)!r}")
    if unknown := [name for name in peers if name not in TITLES]:
        parser.error(f"--peers: expected some of {', '.join(TITLES)}, got {', '.join(unknown)!r}")
    if "sizes" in wanted and given.data is None:
        parser.error("--only sizes: expected --data FOLDER, the Chorus rows")
    parts = tuple(part for part in (*PARTS, *LONG) if part in wanted)
    sizes = tuple(int(size) for size in given.sizes.split(","))
    return Options(parts, given.quick, given.out, peers, given.repeats, given.cancels, given.data, sizes, given.turns)


def main() -> None:
    options = options_of()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server it started is stopped too
    console = Console()
    options.out.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"quick": options.quick, **surroundings()}
    failed: list[str] = []
    for part in options.parts:
        console.print(f"Measuring: {part} …", style="dim")
        began = time.monotonic()
        try:
            result |= measure_part(part, options)
        except (RuntimeError, ValueError, OSError) as error:  # the other parts are measured all the same
            failed.append(f"{part}: {error}")
        result.setdefault("took_s", {})[part] = round(time.monotonic() - began, 1)
    report(result, options.out, console)
    for promise in [*broken_promises(result), *failed]:
        console.print(f"[red]not kept[/red]  {promise}", highlight=False)
    raise SystemExit(1 if failed or broken_promises(result) else 0)


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
    append(out / "history.jsonl", line_of(result))
    history = by_commit(read(out / "history.jsonl"))
    when = f"{datetime.fromisoformat(result['at']):%Y-%m-%d %H:%M} UTC"
    sub = f"Commit {result['commit']}, {when}, {result['cores']} cores {result['gpu']}{', quick' if result['quick'] else ''}"
    write_page(out / "bench.html", ("How fast the assistant is", sub), shown, result, history)
    console.print(f"Written: {out / 'bench.html'}, bench.json and a line of history.jsonl", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
