"""Other people's engines on the same prompts, weights and threads, for the ratios of `make bench`.

    python -m tests.bench.peers install [llamacpp] [vllm]     into $SHOP_CHATBOT_PEERS (~/.cache/shop-chatbot/peers)
    python -m tests.bench.peers measure [NAMES] [--repeats N] [--json FILE]

Each peer runs in a process of its own with two threads, which is started and ended here. A peer that is not installed is reported with
the command that installs it, never left out. What the figures mean: `peer_rates.py`. Machines are noisy: compare within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from chatbot.errors import ChatbotError
from chatbot.settings import Settings
from chatbot.weights import writer_folder
from tests.bench.peer_http import measure_server
from tests.bench.peer_install import PACKAGES, PeerError, install, missing
from tests.bench.peer_servers import Shape, serving
from tests.bench.peer_watch import Watch, favour

ROOT = Path(__file__).resolve().parents[2]
TITLES = {
    "generate-fp32": "transformers generate, fp32",
    "generate-bf16": "transformers generate, bf16",
    "continuous-fp32": "transformers continuous batching, fp32",
    "continuous-bf16": "transformers continuous batching, bf16",
    "llamacpp": "llama.cpp server, Q4_1",
    "vllm-fp32": "vLLM CPU server, fp32",
    "vllm-bf16": "vLLM CPU server, bf16",
}
_DTYPES = {"vllm-fp32": "float32", "vllm-bf16": "bfloat16"}
_SECONDS = 1800.0


def measure(name: str, repeats: int = 3, threads: int = 2) -> dict[str, Any]:
    """The figures of one peer, each with median, low and high, `peak_mb`, and the share of the machine that `others` took meanwhile;
    or why there are none: `{"missing": …}`, `{"failed": …}`.

    Blocks for minutes. Raises PeerError when there is no such peer.
    """
    if name not in TITLES:
        raise PeerError(f"{name!r}: expected one of {', '.join(TITLES)}")
    server = name.split("-")[0] if name.split("-")[0] in PACKAGES else ""
    if server and (problem := missing(server)):
        return {"title": TITLES[name], "missing": problem}
    try:
        found = _server(server, name, repeats, threads) if server else _transformers(name, repeats, threads)
    except (PeerError, ValueError, OSError) as error:  # a peer that fails is a finding, and the others are measured all the same
        return {"title": TITLES[name], "failed": str(error)}
    return {"title": TITLES[name], **found}


def _server(server: str, name: str, repeats: int, threads: int) -> dict[str, Any]:
    shape = Shape(threads=threads, dtype=_DTYPES.get(name, "float32"), compiled=True)
    with serving(server, shape) as running, Watch(running.process.pid) as watch:
        favour(running.process.pid)
        favour(os.getpid())  # who asks must not be kept waiting either
        found = asyncio.run(measure_server(server, running.url, repeats))
    return {**found, "peak_mb": round(watch.megabytes), "others": round(watch.others, 3)}


def _transformers(name: str, repeats: int, threads: int) -> dict[str, Any]:
    options = ["--repeats", str(repeats), "--threads", str(threads)]
    command = [sys.executable, "-m", "tests.bench.peer_transformers", name, str(writer_folder(Settings())), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as child:
        favour(child.pid)
        try:
            with Watch(child.pid) as watch:
                told, complaint = child.communicate(timeout=_SECONDS)
        except BaseException as error:
            child.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise PeerError(f"{name}: was not done within {_SECONDS:.0f} s") from error
            raise
    if child.returncode:
        raise PeerError(f"{name}: {complaint.strip()[-1500:] or f'ended with status {child.returncode}'}")
    return {**json.loads(told.splitlines()[-1]), "peak_mb": round(watch.megabytes), "others": round(watch.others, 3)}


def table(results: dict[str, dict[str, Any]]) -> Table:
    """A row for each peer; median (low–high)."""
    names = list(dict.fromkeys(key for found in results.values() for key, value in found.items() if isinstance(value, dict)))
    shown = Table("", *[name.replace("_", " ") for name in names], "peak mb", "used by others", title="median (low to high)")
    for found in results.values():
        if problem := found.get("missing") or found.get("failed"):
            shown.add_row(found["title"], problem[-200:])
        else:
            shown.add_row(found["title"], *[_cell(found[name]) for name in names], str(found["peak_mb"]), f"{found['others']:.0%}")
    return shown


def _cell(value: dict[str, float]) -> str:
    return f"{value['median']:.3g} ({value['low']:.3g}-{value['high']:.3g})" if value["low"] != value["high"] else f"{value['median']:.3g}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    installing = commands.add_parser("install", help="make a peer's environment and fetch its model")
    installing.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(PACKAGES)}; all when none is given")
    measuring = commands.add_parser("measure", help="measure peers one after the other")
    measuring.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(TITLES)}; all when none is given")
    measuring.add_argument("--repeats", type=int, default=3)
    measuring.add_argument("--threads", type=int, default=2)
    measuring.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers it started are ended too
    console = Console()
    try:
        return _install(options, console) if options.command == "install" else _measure(options, console)
    except (PeerError, ChatbotError) as error:
        console.print(str(error), style="red", markup=False)
        return 1


def _install(options: argparse.Namespace, console: Console) -> int:
    for name in options.names or PACKAGES:
        install(name, console)
    return 0


def _measure(options: argparse.Namespace, console: Console) -> int:
    results: dict[str, dict[str, Any]] = {}
    for name in options.names or TITLES:
        console.print(f"measuring {name} …")
        results[name] = measure(name, options.repeats, options.threads)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")
    console.print(table(results))
    return 1 if any("failed" in found for found in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
