"""What `make bench` makes of its measurements; the measuring itself needs minutes and is not a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench.__main__ import broken_promises, report
from tests.bench.turns import Timed, quantiles, summary


def turns(*, status: float = 20.0, first: float = 300.0, deltas: int = 9) -> list[Timed]:
    return [Timed("Tell me about <b>tea</b>.", status, first + number, first + 500, deltas, True, "stop") for number in range(10)]


def result(found: dict[str, list[Timed]]) -> dict[str, object]:
    ways = {"dense": 0.9, "our fusion": 0.97}
    return {
        "commit": "abc+",
        "at": "2026-01-01T00:00:00+00:00",
        "cores": 2,
        "gpu": "",
        "quick": True,
        "engine": {
            "engine": {"prompt_tokens": 600, "first_cold_s": 0.5, "first_known_s": 0.1, "decode_1_tok_s": 40.0},
            "generate": {"first_cold_s": 1.0, "decode_1_tok_s": 20.0},
        },
        "retrieval": {"en": {"questions": 90, "first": ways, "ms": quantiles([4.0, 5.0])}},
        "turns": {name: summary(one) for name, one in found.items()},
        "start_s": {"next": 8.0},
        "memory_mb": {"at rest": 1200.0, "highest": None},
    }


def test_the_95th_percentile_is_a_value_that_was_measured() -> None:
    assert quantiles([1.0, 2.0, 3.0, 4.0]) == {"p50": 2.5, "p95": 4.0, "max": 4.0}
    assert quantiles(list(map(float, range(1, 101))))["p95"] == 95.0


def test_a_run_within_its_promises_breaks_none() -> None:
    assert broken_promises(result({"model, 1 at once": turns(), "model, 4 at once": turns(first=3000.0)})) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"model, 1 at once": turns(first=1500.0)}, "first word within 1000 ms"),
        ({"record, 4 at once": turns(status=400.0)}, "status within 150 ms"),
        ({"model, 4 at once": turns(deltas=1)}, "got 0 of 10"),
    ],
)
def test_a_promise_that_is_not_kept_is_named(found: dict[str, list[Timed]], words: str) -> None:
    broken = broken_promises(result(found))
    assert len(broken) == 1
    assert words in broken[0]


def test_the_report_is_three_files_and_the_history_grows_by_a_line(tmp_path: Path) -> None:
    found = result({"record, 1 at once": turns(), "model, 4 at once": turns()})
    with (tmp_path / "out.txt").open("w", encoding="utf-8") as out:
        console = Console(file=out, width=140)
        report(found, tmp_path / "reports", console)
        report(found, tmp_path / "reports", console)
    page = (tmp_path / "reports/bench.html").read_text("utf-8")
    assert page.count("<svg") == 4
    assert "<script" not in page
    assert "2.00 x" in page
    lines = [json.loads(line) for line in (tmp_path / "reports/history.jsonl").read_text("utf-8").splitlines()]
    assert [line["commit"] for line in lines] == ["abc+", "abc+"]
    assert "each" not in lines[0]["turns"]["record, 1 at once"]
    assert len(json.loads((tmp_path / "reports/bench.json").read_text("utf-8"))["turns"]["record, 1 at once"]["each"]) == 10
