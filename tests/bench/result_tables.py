"""The result of a run as tables of text, for the terminal and for the page: heading → rows, the first row being the header.

Knows the shape of the result; measures and judges nothing. The promises come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.bench.targets import checks

Rows = Sequence[Sequence[str]]
FIGURES = (
    "prefill_tok_s", "first_cold_s", "first_known_s", "first_next_s", "decode_1_tok_s", "decode_4_tok_s", "decode_8_tok_s", "decode_16_tok_s",
)  # fmt: skip


def tables(result: dict[str, Any]) -> dict[str, Rows]:
    """Only of what was measured."""
    found: dict[str, Rows] = {}
    if judged := checks(result):
        found["What is promised"] = [["", "measured", "promised", ""], *[check.row() for check in judged]]
    for make in (_engines, _talking, _turns, _retrieval, _sizes, _rest):
        found |= make(result)
    return found


def _engines(result: dict[str, Any]) -> dict[str, Rows]:
    ours = [result["engine"]] if result.get("engine") else []
    everyone = [*ours, *(result.get("peers") or {}).values()]
    if not everyone:
        return {}
    header = ["", *[name.replace("_tok_s", ", tok/s").replace("_s", ", s").replace("_", " ") for name in FIGURES], "MB", "used by others"]
    return {"The engine beside its peers, median (low to high)": [header, *[_engine(one) for one in everyone]]}


def _engine(found: dict[str, Any]) -> list[str]:
    if problem := found.get("missing") or found.get("failed"):
        return [found["title"], problem[-200:]]
    return [found["title"], *[_spread(found.get(name)) for name in FIGURES], str(found["peak_mb"]), f"{found['others']:.0%}"]


def _spread(value: dict[str, float] | None) -> str:
    if value is None:
        return ""
    alone = value["low"] == value["high"]
    return short(value["median"]) if alone else f"{short(value['median'])} ({short(value['low'])} to {short(value['high'])})"


def _talking(result: dict[str, Any]) -> dict[str, Rows]:
    if not (load := result.get("load")):
        return {}
    kinds = {"model": "the model writes", "record": "the record answers", "next": "a next turn", "next_model": "a next turn by the model"}
    rows = [
        [count, str(one["turns"]), *[_halves(one["first_ms"].get(kind)) for kind in kinds], str(one["busy"]), str(one["errors"])]
        for count, one in load.items()
    ]
    return {
        "First word over sockets by number of shoppers, ms (p50 / p95)": [
            ["shoppers", "turns", *kinds.values(), "told busy", "errors"],
            *rows,
        ]
    }


def _halves(value: dict[str, float] | None, second: str = "p95") -> str:
    return "" if not value else f"{short(value['p50'])} / {short(value[second])}"


def _turns(result: dict[str, Any]) -> dict[str, Rows]:
    if not (turns := result.get("turns")):
        return {}
    header = ["questions, shoppers", "status", "first word", "whole reply", "asked the model", "its words withheld", "in pieces"]
    server = [[f"start to /readyz: {name}", f"{seconds:.1f} s"] for name, seconds in result["start_s"].items()]
    server += [[f"memory {name}", f"{amount:.0f} MB"] for name, amount in result["memory_mb"].items() if amount is not None]
    return {
        "The turn over WebSockets, ms (p50 / p95)": [header, *[[name, *_turn(one)] for name, one in turns.items()]],
        "The server": [["", ""], *server],
    }


def _turn(one: dict[str, Any]) -> list[str]:
    times = [f"{one[part]['p50']:.0f} / {one[part]['p95']:.0f}" for part in ("status_ms", "first_ms", "reply_ms")]
    return [*times, f"{one['asked_the_model']} of {one['turns']}", str(one["withheld"]), f"{one['in_pieces']} of {one['turns']}"]


def _retrieval(result: dict[str, Any]) -> dict[str, Rows]:
    if not (retrieval := result.get("retrieval")):
        return {}
    lanes = list(next(iter(retrieval.values()))["first"])
    rows = [
        [name, str(one["questions"]), *[f"{one['first'][lane]:.1%}" for lane in lanes], _halves(one["ms"])]
        for name, one in retrieval.items()
    ]
    return {"Retrieval: the right document first": [["language", "questions", *lanes, "ms (p50 / p95)"], *rows]}


def _sizes(result: dict[str, Any]) -> dict[str, Rows]:
    rows = []
    for size, found in sorted((result.get("sizes") or {}).items(), key=lambda item: int(item[0])):
        search, build = found.get("search", {}), found.get("build", {})
        times = [_halves(search.get(kind), "p99") for kind in ("vector_ms", "keyword_ms", "both_ms")]
        shown = [
            f"{search['recall@10']:.3f}" if search else "",
            f"{build['seconds']:.0f} s" if build else "",
            f"{build['peak_mb']:.0f} MB" if build else "",
        ]
        rows.append([f"{int(size):,}", *times, *shown])
    header = ["passages", "vectors", "words", "both", "recall@10", "built in", "memory of building"]
    return {"Retrieval by size, ms (p50 / p99)": [header, *rows]} if rows else {}


def _rest(result: dict[str, Any]) -> dict[str, Rows]:
    """What is one line each: pressed, mixed, cancelled."""
    rows: list[list[str]] = []
    for part, where in (("crowd", "engine"), ("wire", "server")):
        found = result.get(part) or {}
        if over := found.get("overload"):
            told = f"{over['asked']} asked, {over['accepted']} accepted, {over['refused']} told, {over['unanswered']} without an answer"
            rows.append([f"{where}, four times its room of {over['room']}", told])
        if gone := found.get("cancels"):
            rows.append(
                [
                    f"{where}, {gone['cancels']} cancels",
                    f"{_halves(gone['free_ms'], 'p99')} ms to the free slot (p50 / p99), {gone['leaked']} leaked",
                ]
            )
        if mixed := found.get("mixed"):
            beside = f"{_halves(mixed['first_ms'])} ms alone, {_halves(mixed['first_beside_jobs_ms'])} ms beside (p50 / p95)"
            rows.append([f"{mixed['talkers']} talkers, {mixed['jobs']} batch jobs: first token", beside])
            jobs = f"{short(mixed['jobs_tok_s'])} alone, {short(mixed['jobs_beside_talkers_tok_s'])} beside talkers"
            rows.append(["batch jobs, tokens/s", jobs])
    if behind := result.get("behind"):
        for kind, found in behind["first"].items():
            halves = f"{_halves(found['without_ms'])} ms without, {_halves(found['beside_ms'])} ms with (p50 / p95), {found['p95_ratio']:.2f} times at p95"
            rows.append([f"first word beside {behind['jobs']} batch jobs, {kind}", halves])
        rates = behind["jobs_tok_s"]
        rows.append(
            [
                "their tokens/s",
                f"{short(rates['while somebody talks'])} while somebody talks, {short(rates['while nobody does'])} while nobody does",
            ]
        )
    return {"Pressed": [["", ""], *rows]} if rows else {}


def short(value: float) -> str:
    """Three figures, and no powers of ten for thousands."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
