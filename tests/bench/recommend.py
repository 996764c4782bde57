"""How good and how fast recommendations are, beside their peers, in one run.

    python -m tests.bench.recommend DATA --out FOLDER [--only amazon,retail,variety,speed] [--ship FOLDER] [--products 20000]

DATA has the folders amazon_nextitem and online_retail. `amazon` is evaluation only: nothing that is shipped is learned from it. `--ship` writes the
rankers that come with the program, learned from the tuning period of online_retail. `implicit` is a peer: make its environment with
`python -m venv $SHOP_CHATBOT_PEERS/implicit` (~/.cache/shop-chatbot/peers) and install `implicit` there. Prints tables, writes OUT/recommend.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from rich.console import Console
from rich.table import Table

from chatbot.settings import Settings
from chatbot.weights import minilm_folder
from knowledge_base.encoders import MiniLMEncoder
from tests.bench import recommend_amazon, recommend_retail, recommend_speed

console = Console(width=140)


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    encoder = MiniLMEncoder(minilm_folder(Settings()))
    kept: dict[tuple[str, ...], Any] = {}

    def encode(texts: Sequence[str]) -> Any:
        key = tuple(texts)
        if key not in kept:
            kept[key] = encoder.encode(list(texts), role="passage")
        return kept[key]

    parts = {
        "amazon": lambda: recommend_amazon.part(options.data, encode),
        "retail": lambda: recommend_retail.part(options.data, encode, options.ship),
        "variety": lambda: recommend_retail.variety(options.data, encode),
        "speed": lambda: recommend_speed.part(options.products),
    }
    found: dict[str, Any] = {}
    for name in options.only.split(","):
        started = time.monotonic()
        found[name] = parts[name]() | {"seconds": 0}
        found[name]["seconds"] = round(time.monotonic() - started)
        show(name, found[name])
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "recommend.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    console.print(f"Written: {options.out / 'recommend.json'}", highlight=False)
    return 0


def show(name: str, part: dict[str, Any]) -> None:
    table = Table(title=f"{name} ({part['seconds']} s)")
    columns = list(next(iter(part["rows"].values()))) if name == "speed" else ["hr_10", "ndcg_10"]
    columns += ["alike"] if name == "variety" else []
    for column in ("what", "on", *columns):
        table.add_column(column)
    for first, cells in part["rows"].items():
        nested = cells if name != "speed" else {"": cells}
        for second, figures in nested.items():
            table.add_row(first, second, *(f"{figures[column]:.4f}" if name != "speed" else f"{figures[column]:.2f}" for column in columns))
    console.print(table)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="amazon,retail,variety,speed")
    parser.add_argument("--ship", type=Path, default=None)
    parser.add_argument("--products", type=int, default=20_000)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
