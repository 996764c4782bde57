"""What `make bench` makes of its measurements; the measuring itself needs minutes and is not a test."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.bench.__main__ import broken_promises, options_of, report
from tests.bench.behind import ratio
from tests.bench.child import ChildError, in_child
from tests.bench.crowd import nearest
from tests.bench.history import append, by_commit, line_of, read
from tests.bench.load import FEWEST, Questions, rounds_of
from tests.bench.load import summary as talk
from tests.bench.parts import PARTS
from tests.bench.peer_rates import spread
from tests.bench.plots import INK, SERIES, plots
from tests.bench.result_tables import short
from tests.bench.soak import growth, left_over, verdict
from tests.bench.targets import Check, checks
from tests.bench.turns import Timed, quantiles, summary
from tests.bench.wire import Turn
from tests.bench.wire_crowd import crowd_figures


def turns(*, status: float = 20.0, first: float = 300.0, deltas: int = 9) -> list[Timed]:
    return [Timed("Tell me about <b>tea</b>.", status, first + number, first + 500, deltas, True, "stop") for number in range(10)]


def engine(title: str, one: float, eight: float, megabytes: int = 900) -> dict[str, Any]:
    rates = {f"decode_{count}_tok_s": spread([value]) for count, value in ((1, one), (4, 2 * one), (8, eight), (16, eight))}
    firsts = {"prefill_tok_s": spread([900.0, 1000.0, 1100.0]), "first_cold_s": spread([0.6]), "first_known_s": spread([0.05])}
    return {"title": title, **rates, **firsts, "first_next_s": spread([0.04]), "peak_mb": megabytes, "others": 0.01}


def answered(first: float, *, written: bool = True, place: int = 1, busy: bool = False) -> Turn:
    return Turn("Tell me about the tea.", place, first, first + 200, written, "stop", busy)


def pressed() -> dict[str, Any]:
    over = {
        "room": 24,
        "asked": 96,
        "alone_ms": quantiles([100.0]),
        "full_ms": quantiles([500.0]),
        "accepted": 24,
        "accepted_ms": quantiles([600.0]),
    }
    gone = {"cancels": 100, "free_ms": {**quantiles([20.0]), "p99": 60.0}, "leaked": 1}
    return {"overload": {**over, "refused": 72, "refused_ms": quantiles([5.0]), "unanswered": 0}, "cancels": gone}


def behind(without: list[float], beside: list[float]) -> dict[str, Any]:
    turns_of = {
        "turns": [2, 2],
        "without_ms": quantiles(without),
        "beside_ms": quantiles(beside),
        "p95_ratio": ratio(without, beside, "p95"),
    }
    return {"jobs": 8, "first": {"all": turns_of}, "jobs_tok_s": {"while somebody talks": 40.0, "while nobody does": 90.0}}


def sample(seconds: float, memory: float, **held: float) -> dict[str, float]:
    return {"seconds": seconds, "done": seconds, "memory_mb": memory, "sockets": 0, "tasks": 9, "turns": 0, "slots": 0, **held}


def result(found: dict[str, list[Timed]]) -> dict[str, Any]:
    ways = {"dense": 0.9, "our fusion": 0.97}
    return {
        "commit": "abc+",
        "at": "2026-01-01T00:00:00+00:00",
        "cores": 2,
        "gpu": "",
        "quick": True,
        "engine": engine("this engine, int4", 80.0, 210.0),
        "peers": {
            "generate-fp32": engine("generate, fp32", 17.0, 70.0),
            "generate-bf16": engine("generate, bf16", 20.0, 50.0),
            "vllm-bf16": {"title": "vLLM", "missing": "not installed: python -m tests.bench.peers install vllm"},
        },
        "retrieval": {"en": {"questions": 90, "first": ways, "ms": quantiles([4.0, 5.0])}},
        "turns": {name: summary(one) for name, one in found.items()},
        "start_s": {"next": 8.5},
        "memory_mb": {"at rest": 1200.0, "highest": None},
    }


def everything() -> dict[str, Any]:
    mixed = {
        "talkers": 4,
        "jobs": 4,
        "first_ms": quantiles([50.0]),
        "first_beside_jobs_ms": quantiles([60.0]),
        "jobs_tok_s": 90.0,
        "jobs_beside_talkers_tok_s": 20.0,
    }
    search = {"recall@10": 0.98, "vector_ms": {"p50": 2, "p99": 8}, "keyword_ms": {"p50": 2, "p99": 12}, "both_ms": {"p50": 4, "p99": 20}}
    load = {count: talk([answered(300.0), answered(40.0, written=False, place=2)]) for count in ("1", "8")}
    samples = [sample(float(number), 1000.0) for number in range(40)]
    return result({"model, 1 at once": turns()}) | {
        "load": load,
        "crowd": {**pressed(), "mixed": mixed},
        "wire": pressed(),
        "behind": behind([100.0, 200.0], [110.0, 280.0]),
        "agreement": {"precision": "int4", "texts": 4, "tokens": 100, "written": 0.96, "read": 0.98},
        "sizes": {"1000000": {"search": search}},
        "soak": verdict(samples, sample(0, 900), sample(50, 1000), Counter(turns=500)),
    }


def test_the_95th_percentile_is_a_value_that_was_measured() -> None:
    assert quantiles([1.0, 2.0, 3.0, 4.0]) == {"p50": 2.5, "p95": 4.0, "max": 4.0}
    assert quantiles(list(map(float, range(1, 101))))["p95"] == 95.0
    assert nearest(list(map(float, range(1, 1001))), 99) == 990.0


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


@pytest.mark.slow
def test_the_report_is_three_files_and_the_history_grows_by_a_line(tmp_path: Path) -> None:
    found = everything()
    with (tmp_path / "out.txt").open("w", encoding="utf-8") as out:
        console = Console(file=out, width=160)
        report(found, tmp_path / "reports", console)
        report({**found, "commit": "def"}, tmp_path / "reports", console)
    page = (tmp_path / "reports/bench.html").read_text("utf-8")
    assert page.count("<svg") == 13
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/", ""), "nothing but the names of XML"
    assert "peers install vllm" in page
    assert "NOT met" in page
    lines = read(tmp_path / "reports/history.jsonl")
    assert [line["commit"] for line in lines] == ["abc+", "def"]
    assert max(len(json.dumps(line)) for line in lines) < 800
    assert len(json.loads((tmp_path / "reports/bench.json").read_text("utf-8"))["turns"]["model, 1 at once"]["each"]) == 10


@pytest.mark.slow
def test_plots_take_the_colours_of_the_page(tmp_path: Path) -> None:
    report(everything(), tmp_path, Console(quiet=True))
    page = (tmp_path / "bench.html").read_text("utf-8")
    assert "var(--ink)" in page
    assert "var(--s0)" in page
    assert not [colour for colour in (INK, *SERIES) if colour in page]


@pytest.mark.slow
def test_one_part_alone_makes_a_page_too(tmp_path: Path) -> None:
    whole = everything()
    about = {name: whole[name] for name in ("commit", "at", "cores", "gpu", "quick")}
    for part in ("engine", "peers", "crowd", "load", "soak", "sizes", "agreement"):
        report({**about, part: whole[part]}, tmp_path / part, Console(quiet=True))
        assert (tmp_path / part / "bench.html").is_file()


def test_the_engine_is_compared_with_the_faster_of_a_peers_forms_and_peers_that_are_missing_are_left_out() -> None:
    found = {check.name: check for check in checks(result({}))}
    assert found["writing for one, beside transformers' generate"].found == pytest.approx(80 / 20)
    assert found["writing for 8 together, beside transformers' generate"].found == pytest.approx(210 / 70)
    assert found["writing for one, beside transformers' generate"].met
    assert not found["writing for 8 together, beside transformers' generate"].met
    assert not [name for name in found if "vLLM" in name or "llama.cpp" in name]


def test_every_promise_is_judged_once_there_is_a_figure_for_it() -> None:
    found = {check.name: check.met for check in checks(everything())}
    assert found["int4: same next token as fp32"] is False
    assert found["first word by the model, 1 talking, p50"] is True
    assert found["engine, overloaded: p95 of who is accepted, times one alone"] is False
    assert found["engine, overloaded: p95 of who is accepted, times a full house"] is True
    assert found["server: leaked slots"] is False
    assert found["first word beside batch jobs, p95, times without"] is False
    assert found["search among 1,000,000, words, p99"] is False
    assert found["recall@10 among 1,000,000"] is True
    assert found["memory over 500 turns, growth"] is True
    assert checks({}) == []


def test_figures_of_tables_are_short_and_have_no_powers_of_ten() -> None:
    assert [short(value) for value in (0.01234, 7.0, 98.76, 999.4, 1421.4, 15002.6)] == ["0.0123", "7", "98.8", "999", "1,421", "15,003"]


def test_a_check_says_which_way_it_goes() -> None:
    assert Check("recall", 0.97, 0.97, most=False).row() == ["recall", "0.97", "≥ 0.97", "met"]
    assert Check("search", 10.5, 10.0, "ms").row() == ["search", "10.5 ms", "≤ 10 ms", "NOT met"]


def test_a_line_of_history_has_only_what_was_measured(tmp_path: Path) -> None:
    line = line_of({"commit": "abc", "at": "now", "quick": False, "cores": 2, "engine": engine("e", 80.0, 200.0)})
    assert line["decode_1_tok_s"] == 80.0
    assert "first_1_ms" not in line
    append(tmp_path / "history.jsonl", line)
    with (tmp_path / "history.jsonl").open("a") as file:
        file.write("half a li\n[1]\n")
    assert read(tmp_path / "history.jsonl") == [line]
    assert read(tmp_path / "none.jsonl") == []


def test_history_is_drawn_as_soon_as_two_commits_have_a_figure_in_common() -> None:
    one, other = ({"commit": name, "decode_1_tok_s": 80.0} for name in "ab")
    assert not list(plots({}, [one]))
    assert not list(plots({}, [one, {"commit": "b", "met": 3}]))
    assert "first commit" in "".join(plots({}, [one, other]))


def test_of_several_runs_of_a_commit_the_last_counts_and_a_quick_one_only_for_want_of_another() -> None:
    lines = [
        {"commit": "a", "n": 1, "quick": True},
        {"commit": "b", "n": 2},
        {"commit": "a", "n": 3},
        {"commit": "a", "n": 4, "quick": True},
    ]
    assert [line["n"] for line in by_commit(lines)] == [3, 2]


def test_turns_by_the_model_are_told_from_those_of_the_record_and_later_ones_from_the_first() -> None:
    found = talk(
        [answered(400.0), answered(20.0, written=False), answered(100.0, place=2), answered(30.0, written=False, place=3, busy=True)]
    )
    assert {name: one["turns"] for name, one in found["first_ms"].items()} == {"model": 2, "record": 2, "next": 2, "next_model": 1}
    assert found["first_ms"]["next_model"]["p50"] == 100.0
    assert found["busy"] == 1


def test_few_shoppers_talk_longer_so_that_there_is_something_to_judge() -> None:
    assert rounds_of(1, 6) * 3 >= FEWEST
    assert rounds_of(32, 6) * 3 == 6


def test_every_conversation_is_about_another_product_until_there_are_none_left() -> None:
    questions = Questions(["tea", "mug"])
    begun = [questions.conversation() for _ in range(3)]
    assert len({"tea" in conversation[0] for conversation in begun[:2]}) == 2
    assert all(len(conversation) == 3 for conversation in begun)
    assert Questions(["tea", "mug"]).conversation() == begun[0]


def test_in_a_crowd_everybody_is_counted_once() -> None:
    found = crowd_figures([answered(400.0), answered(20.0, written=False), answered(50.0, busy=True), None])
    assert [found[name] for name in ("asked", "accepted", "by_record", "refused", "unanswered")] == [4, 1, 1, 1, 1]
    assert found["accepted_ms"]["p95"] == 400.0


def test_memory_that_is_flat_after_warming_up_passes_and_memory_that_creeps_does_not() -> None:
    assert growth([500.0] * 10 + [1000.0] * 90) == 0.0
    assert growth([1000.0 + number for number in range(100)]) == pytest.approx(0.082, abs=0.01)
    with pytest.raises(ValueError, match="expected at least 20 samples"):
        growth([1000.0] * 10)


@pytest.mark.parametrize("held", [{"slots": 1}, {"tasks": 10}, {"sockets": 1}, {"turns": 1}])
def test_whatever_is_left_over_fails_a_soak(held: dict[str, float]) -> None:
    before, after = sample(0, 900), sample(60, 1000, **held)
    samples = [sample(float(number), 1000.0) for number in range(40)]
    assert left_over(before, after) == dict.fromkeys(held, 1.0)
    assert not verdict(samples, before, after, Counter(turns=500))["passed"]
    assert verdict(samples, before, sample(60, 1000), Counter(turns=500))["passed"]
    assert not verdict(samples, before, sample(60, 1000), Counter(turns=500, unanswered=1))["passed"]


def test_long_parts_run_only_when_they_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert options_of([]).parts == PARTS
    assert options_of(["--only", "soak,engine"]).parts == ("engine", "soak")
    for wrong, words in (
        (["--only", "engines"], "expected some of engine"),
        (["--peers", "ollama"], "got 'ollama'"),
        (["--only", "sizes"], "--data"),
    ):
        with pytest.raises(SystemExit):
            options_of(wrong)
        assert words in capsys.readouterr().err


def test_a_part_that_fails_says_how_it_ended() -> None:
    with pytest.raises(ChildError, match="peer_nobody: ended with status 1"):
        in_child("peer_nobody")
