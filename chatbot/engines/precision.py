"""In which forms a model's matrices are kept on this machine: what the weights allow, and of that what this processor does fastest.

A setting names the precision; `auto` takes four bits where the weights lose nothing by it and eight or sixteen elsewhere. Which of several
forms of the same precision, and from how many rows on the one for many rows is faster, is found by multiplying for a second or two at the
first start; the result is kept per machine, torch version and matrix sizes. Knows nothing of layers or files of weights.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from chatbot.engines.head import ScreenedHead
from chatbot.engines.linear import MAKERS, Dense, Form, FormName, Matrix, fits_four_bits, usable

Precision = Literal["auto", "int4", "int8", "bf16", "fp32"]
Sizes = Mapping[str, tuple[int, int]]  # (outputs, inputs) of a layer's matrices
ROWS = (1, 4, 8, 16, 32, 64)
MANY = 64  # rows at which the form for many is chosen
ENDLESS = 1 << 30
ASKED_FOR = 8  # rows for which a small form that was asked for is used even where it is slower: somebody wants the precision
CLEARLY = 1.25  # how many times faster 32 bits must be to be worth twice the memory of 16
PROBE_BYTES = 48 << 20  # of float32 weights multiplied in a measurement: more than the caches hold
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`narrow` for up to `most_narrow` rows, `wide` for more; the same for the head. `many_seconds`: MANY rows through one layer."""

    precision: str
    wide: FormName
    narrow: FormName | None = None
    most_narrow: int = 0
    many_seconds: float = 0.0

    @property
    def storage(self) -> torch.dtype:
        """The type in which the embedding is kept."""
        return torch.float32 if self.wide == "fp32" and self.narrow is None else torch.bfloat16

    @property
    def keep(self) -> torch.dtype:
        """The type of keys and values."""
        return self.storage

    def matrix(self, weight: Tensor) -> Form:
        """A matrix in the planned forms; in one that takes any shape where the small form does not fit."""
        wide = MAKERS[self.wide](weight)
        if self.narrow is None or (self.narrow == "int4" and not fits_four_bits(weight)):
            return wide
        return Matrix([(self.most_narrow, MAKERS[self.narrow](weight)), (ENDLESS, wide)])

    def head(self, weight: Tensor) -> Form:
        """Hidden states → scores. Where four bits are planned, few rows are screened with them and the likeliest words scored exactly."""
        wide = Dense(weight) if weight.dtype == torch.float32 or self.wide == "bf16" else MAKERS[self.wide](weight)
        if self.narrow != "int4" or not fits_four_bits(weight):
            return wide
        return Matrix([(self.most_narrow // 2, ScreenedHead(MAKERS["int4"](weight), weight)), (ENDLESS, wide)])


def candidates(precision: Precision, four_bits: bool, device: torch.device) -> tuple[list[FormName], list[FormName]]:
    """The forms to choose from for few rows and for many. `four_bits`: whether the weights lose nothing by them."""
    if device.type != "cpu":
        return [], ["fp32"] if precision == "fp32" or not torch.cuda.is_bf16_supported() else ["bf16"]
    sixteen: list[FormName] = ["bf16", "fp16"]
    many: list[FormName] = ["fp32"] if precision == "fp32" else [*sixteen, "fp32"] if precision == "auto" else sixteen
    if precision in ("fp32", "bf16"):
        return [], many
    if precision == "int4" or (precision == "auto" and four_bits):
        return ["int4"], many
    return ["int8"], many


def make_plan(precision: Precision, four_bits: bool, sizes: Sizes, device: torch.device, cache: Path | None) -> Plan:
    """Measure, or look up what was measured. `cache`: the folder that remembers it; None measures every time."""
    few, many = candidates(precision, four_bits, device)
    few, many = [name for name in few if usable(name)], [name for name in many if len(many) == 1 or usable(name)]
    if not few and len(many) == 1:
        return Plan(precision if precision != "auto" else many[0], many[0])
    return choose(precision, few, many, _remembered(cache, [*few, *many], sizes))


def choose(asked: Precision, few: Sequence[FormName], many: Sequence[FormName], times: Mapping[str, Mapping[int, float]]) -> Plan:
    """The fastest of each. `times`: form → rows → seconds for all matrices of one layer. A form asked for by name is used in any case."""
    name = asked if asked != "auto" else (few or many)[0]
    sixteen: list[FormName] = [form for form in many if form != "fp32"] or list(many)
    wide: FormName = min(sixteen, key=lambda form: times[form][MANY])
    if "fp32" in many and times["fp32"][MANY] * CLEARLY < times[wide][MANY]:
        wide = "fp32"
    if not few:
        return Plan(name, wide, many_seconds=times[wide][MANY])
    narrow = min(few, key=lambda form: times[form][1])
    most = 0
    for rows in ROWS:
        if times[narrow][rows] > times[wide][rows]:
            break
        most = rows
    if name == asked:
        most = max(most, ASKED_FOR)
    if not most:
        return Plan(wide, wide, many_seconds=times[wide][MANY])
    return Plan(name, wide, narrow, most, times[wide][MANY])


def _remembered(cache: Path | None, forms: Sequence[FormName], sizes: Sizes) -> dict[str, dict[int, float]]:
    described = [processor(), torch.get_num_threads(), torch.__version__, sorted(forms), sorted(sizes.items())]
    key = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:16]
    home = None if cache is None else cache / f"multiplying-{key}.json"
    if home is not None:
        with suppress(OSError, ValueError, KeyError, AttributeError):
            kept = json.loads(home.read_text("utf-8"))["seconds"]
            return {form: {int(rows): float(seconds) for rows, seconds in kept[form].items()} for form in forms}
    times = measure(forms, sizes)
    if home is not None:
        with suppress(OSError):  # a folder that cannot be written to costs a measurement at the next start, no more
            home.parent.mkdir(parents=True, exist_ok=True)
            home.write_text(json.dumps({"machine": described[:3], "seconds": times}, indent=1) + "\n", "utf-8")
    return times


@torch.inference_mode()
def measure(forms: Sequence[FormName], sizes: Sizes, seconds: float = SECONDS) -> dict[str, dict[int, float]]:
    """Form → rows → the least seconds that all matrices of a layer took. Stays near `seconds` in all."""
    each = 4 * sum(outputs * inputs for outputs, inputs in sizes.values())
    copies = max(1, min(8, PROBE_BYTES // each))
    share = seconds / len(forms) / len(ROWS)
    found: dict[str, dict[int, float]] = {}
    for name in forms:
        layers = [[(MAKERS[name](torch.randn(size) * 0.05), size[1]) for size in sizes.values()] for _ in range(copies)]
        found[name] = {rows: _least(layers, rows, share) / copies for rows in ROWS}
    return found


def _least(layers: Sequence[Sequence[tuple[Form, int]]], rows: int, seconds: float) -> float:
    """The shortest of several passes through all layers: noise only ever adds."""
    inputs = {size: torch.randn(rows, size) for layer in layers for _, size in layer}
    best, until = float("inf"), time.perf_counter() + seconds
    for attempt in range(50):
        began = time.perf_counter()
        for layer in layers:
            for form, size in layer:
                form(inputs[size])
        ended = time.perf_counter()
        best = min(best, ended - began)
        if ended > until and attempt:
            break
    return best


def processor() -> str:
    """The model name of the processor where the system tells it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def described(plan: Plan) -> dict[str, object]:
    """For logs and `chatbot doctor`."""
    return asdict(plan)
