"""What is promised about speed, and whether a run kept it: figures of `make bench` → checks with ratio, limit and "met".

Knows the shape of the result that `__main__` puts together, and measures nothing. A figure that was not measured has no check: a run of some
parts judges those alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Result = dict[str, Any]
GENERATE, LLAMACPP, VLLM = ("generate-fp32", "generate-bf16"), ("llamacpp",), ("vllm-fp32", "vllm-bf16")
RATIOS = (  # whom, what they are called, figure, how many times as much is wanted
    (GENERATE, "transformers' generate", "decode_1_tok_s", 3.5),
    (GENERATE, "transformers' generate", "decode_8_tok_s", 3.5),
    (LLAMACPP, "llama.cpp", "decode_1_tok_s", 0.9),
    (LLAMACPP, "llama.cpp", "decode_8_tok_s", 1.4),
    (LLAMACPP, "llama.cpp", "prefill_tok_s", 2.5),
    (VLLM, "vLLM", "decode_1_tok_s", 1.7),
    (VLLM, "vLLM", "decode_4_tok_s", 1.0),
    (VLLM, "vLLM", "decode_8_tok_s", 1.0),
    (VLLM, "vLLM", "decode_16_tok_s", 1.0),
)
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One promise. `most`: the figure may be at most the limit; else it must be at least that."""

    name: str
    found: float
    limit: float
    unit: str = ""
    most: bool = True

    @property
    def met(self) -> bool:
        return self.found <= self.limit if self.most else self.found >= self.limit

    def row(self) -> list[str]:
        sign = "≤" if self.most else "≥"
        return [
            self.name,
            f"{self.found:.4g} {self.unit}".strip(),
            f"{sign} {self.limit:.4g} {self.unit}".strip(),
            "met" if self.met else "NOT met",
        ]


def checks(result: Result) -> list[Check]:
    """Every promise about which the run has figures."""
    ways = (_engine, _agreement, _talking, _behind, _overload, _cancels, _server, _million, _soak)
    return [check for way in ways for check in way(result)]


def median(found: dict[str, Any] | None, figure: str) -> float | None:
    """The median of a figure, None where it was not measured."""
    value = (found or {}).get(figure)
    return float(value["median"]) if isinstance(value, dict) else None


def best(peers: dict[str, Any], names: tuple[str, ...], figure: str) -> float | None:
    """The fastest of some peers, each as good as any for its users."""
    values = [value for name in names if (value := median(peers.get(name), figure)) is not None]
    return max(values) if values else None


def _engine(result: Result) -> Iterator[Check]:
    ours, peers = result.get("engine"), result.get("peers") or {}
    for names, title, figure, wanted in RATIOS:
        mine, theirs = median(ours, figure), best(peers, names, figure)
        if mine is not None and theirs is not None:
            yield Check(f"{_spoken(figure)}, beside {title}", mine / theirs, wanted, "x", most=False)
    memories = [peers[name]["peak_mb"] for name in VLLM if "peak_mb" in peers.get(name, {})]
    if ours and memories:
        yield Check("memory, beside vLLM", ours["peak_mb"] / min(memories), 1 / 3, "x")


def _spoken(figure: str) -> str:
    if figure == "prefill_tok_s":
        return "reading a prompt"
    count = figure.split("_")[1]
    return "writing for one" if count == "1" else f"writing for {count} together"


def _agreement(result: Result) -> Iterator[Check]:
    if found := result.get("agreement"):
        yield Check(f"{found['precision']}: same next token as fp32", 100 * found["written"], 97.0, "%", most=False)


def _talking(result: Result) -> Iterator[Check]:
    load = result.get("load") or {}
    for shoppers, half, nearly in (("1", 350.0, 700.0), ("8", 1000.0, 2000.0)):
        if model := load.get(shoppers, {}).get("first_ms", {}).get("model"):
            yield Check(f"first word by the model, {shoppers} talking, p50", model["p50"], half, "ms")
            yield Check(f"first word by the model, {shoppers} talking, p95", model["p95"], nearly, "ms")
    if following := load.get("1", {}).get("first_ms", {}).get("next"):
        yield Check("first word of the next turn, one talking, p50", following["p50"], 200.0, "ms")


def _behind(result: Result) -> Iterator[Check]:
    if found := result.get("behind"):
        yield Check("first word beside batch jobs, p95, times without", found["first"]["all"]["p95_ratio"], 1.3, "x")


def _overload(result: Result) -> Iterator[Check]:
    for part, where in (("crowd", "engine"), ("wire", "server")):
        if not (found := (result.get(part) or {}).get("overload")):
            continue
        if (accepted := found["accepted_ms"]) and (alone := found["alone_ms"]):
            yield Check(f"{where}, overloaded: p95 of who is accepted, times one alone", accepted["p95"] / alone["p95"], 2.0, "x")
        if accepted and (full := found["full_ms"]):
            yield Check(f"{where}, overloaded: p95 of who is accepted, times a full house", accepted["p95"] / full["p95"], 2.0, "x")
        if refused := found["refused_ms"]:
            yield Check(f"{where}, overloaded: others are told, p95", refused["p95"], 100.0, "ms")
        yield Check(f"{where}, overloaded: without an answer", found["unanswered"], 0)


def _cancels(result: Result) -> Iterator[Check]:
    for part, where in (("crowd", "engine"), ("wire", "server")):
        if found := (result.get(part) or {}).get("cancels"):
            if found["free_ms"]:
                yield Check(f"{where}: from cancel to free slot, p99 of {found['cancels']}", found["free_ms"]["p99"], 100.0, "ms")
            yield Check(f"{where}: leaked slots", found["leaked"], 0)


def _server(result: Result) -> Iterator[Check]:
    if (started := (result.get("start_s") or {}).get("next")) is not None:
        yield Check("start to /readyz", started, 8.0, "s")
    if (highest := (result.get("memory_mb") or {}).get("highest")) is not None:
        yield Check("memory of the whole server", highest, 1500.0, "MB")


def _million(result: Result) -> Iterator[Check]:
    for size, found in (result.get("sizes") or {}).items():
        if int(size) >= MILLION and "search" in found:
            yield Check(f"search among {int(size):,}, vectors, p99", found["search"]["vector_ms"]["p99"], 10.0, "ms")
            yield Check(f"search among {int(size):,}, words, p99", found["search"]["keyword_ms"]["p99"], 10.0, "ms")
            yield Check(f"recall@10 among {int(size):,}", found["search"]["recall@10"], 0.97, most=False)


def _soak(result: Result) -> Iterator[Check]:
    if found := result.get("soak"):
        yield Check(f"memory over {found['turns']:,} turns, growth", 100 * found["memory_growth"], 5.0, "%")
        yield Check("slots, turns, tasks and sockets left", sum(found["left"].values()), 0)
        yield Check("turns without an answer", found["unanswered"], 0)
