"""The few figures of a run that are worth comparing between commits, one line each in history.jsonl.

Knows the shape of the result, no plot and no page. Invariant: a line is small, and lines are only ever added; what cannot be read is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.targets import checks, median

Line = dict[str, Any]
SHOWN = {  # what the page draws over commits: name in the line → what it is called
    "decode_1_tok_s": "tokens/s, one",
    "decode_8_tok_s": "tokens/s, eight",
    "prefill_tok_s": "tokens/s, reading",
    "first_1_ms": "first word, ms, one talking",
    "first_8_ms": "first word, ms, eight talking",
    "memory_mb": "memory, MB",
}


def line_of(result: dict[str, Any]) -> Line:
    """Commit, time, and the medians that were measured."""
    engine, load = result.get("engine"), result.get("load") or {}
    found: dict[str, float | None] = {
        name: median(engine, name)
        for name in (
            "decode_1_tok_s",
            "decode_4_tok_s",
            "decode_8_tok_s",
            "decode_16_tok_s",
            "prefill_tok_s",
            "first_known_s",
            "first_next_s",
        )
    }
    for shoppers in ("1", "8"):
        found[f"first_{shoppers}_ms"] = load.get(shoppers, {}).get("first_ms", {}).get("model", {}).get("p50")
    found["start_s"] = (result.get("start_s") or {}).get("next")
    found["memory_mb"] = (result.get("memory_mb") or {}).get("highest")
    found["agreement"] = (result.get("agreement") or {}).get("written")
    judged = checks(result)
    told = {name: float(f"{value:.4g}") for name, value in found.items() if value is not None}
    about = {name: result[name] for name in ("commit", "at", "quick", "cores")}
    return {**about, **told, "met": sum(check.met for check in judged), "checked": len(judged)}


def append(path: Path, line: Line) -> None:
    with path.open("a", encoding="utf-8") as history:
        history.write(json.dumps(line, ensure_ascii=False) + "\n")


def read(path: Path) -> list[Line]:
    """All lines that are objects with a commit, the oldest first; none when there is no file."""
    found: list[Line] = []
    for text in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "commit" in line:
            found.append(line)
    return found


def by_commit(lines: Sequence[Line]) -> list[Line]:
    """One line for each commit, in the order in which they were first measured; of several runs the last, and quick ones only for want of others."""
    kept: dict[str, Line] = {}
    for line in lines:
        before = kept.get(line["commit"])
        if before is None or before.get("quick") or not line.get("quick"):
            kept[line["commit"]] = line
    return list(kept.values())
