"""In which forms a model's matrices are kept on this machine: what the weights allow, and of that what this processor does fastest.

A setting names the precision; `auto` takes four bits where the weights lose nothing by it, and eight, sixteen or thirty-two elsewhere.
What is fastest, and whether a second form for many rows is worth its memory, is found by multiplying for some two seconds at the first
start; the result is kept per machine, torch version and matrix sizes. Knows nothing of layers or files of weights.
"""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from chatbot.engines.head import ScreenedHead
from chatbot.engines.linear import AT_ONCE, MAKERS, Form, FormName, Matrix, fits_four_bits, usable
from chatbot.engines.packed import PackedMatrices
from chatbot.errors import EngineUnavailable

Precision = Literal["auto", "int4", "int8", "bf16", "fp32"]
Sizes = Mapping[str, tuple[int, int]]  # (outputs, inputs) of a layer's matrices
ROWS = (1, 8, 16, 32, 64, 128)
MANY = 128  # rows at which a second form must prove itself
CLEARLY = 1.25  # how many times faster a heavier form must be to be worth its memory
PROBE_BYTES = 48 << 20  # of float32 weights multiplied in a measurement: more than most caches hold
SECONDS = 2.0
# How many times faster than the first a second form must be for many rows to be worth its memory: two bytes a weight, or five eighths of
# one. FBGEMM's fp16 is not among them: it packs matrices of these sizes to as much memory as float32, which takes seconds at each start.
WORTH: Mapping[FormName, float] = {"bf16": 1.75, "unpacked": 1.2}
SIXTEEN: tuple[FormName, FormName] = ("bf16", "fp16")


@dataclass(frozen=True, slots=True)
class Plan:
    """`form` of every matrix; with `second`, another of each for more than `most` rows."""

    form: FormName
    second: FormName | None = None
    most: int = 0

    @property
    def few(self) -> int:
        """Up to how many rows every matrix is multiplied in one and the same way."""
        return max(1, min(self.most, AT_ONCE) if self.second else AT_ONCE)

    @property
    def storage(self) -> torch.dtype:
        """The type in which embeddings, keys and values are kept."""
        return torch.float32 if self.form == "fp32" else torch.bfloat16

    def matrix(self, name: str, weight: Callable[[], Tensor], packed: PackedMatrices) -> Form:
        """A matrix in the planned forms; in one that takes any shape where four bits do not fit it."""
        weight = functools.cache(weight)
        forms = [packed.form(fitting(form, name, weight, packed), name, weight) for form in (self.form, self.second) if form is not None]
        return forms[0] if len(forms) == 1 else Matrix(forms[0], self.most, forms[1])

    def head(self, weight: Tensor, packed: PackedMatrices) -> Form:
        """Hidden states → scores. Where four bits are planned, all words are screened with them and the likeliest scored exactly."""
        form = fitting(self.form, "head", lambda: weight, packed)
        product = packed.form(form, "head", lambda: weight)
        return ScreenedHead(product, weight) if form == "int4" else product


def fitting(form: FormName, name: str, weight: Callable[[], Tensor], packed: PackedMatrices) -> FormName:
    """The form, or bf16 where it is one of four bits and the matrix does not divide into their groups."""
    return "bf16" if form in ("int4", "unpacked") and not packed.has(form, name) and not fits_four_bits(weight()) else form


def candidates(precision: Precision, four_bits: bool) -> list[FormName]:
    """The forms to choose from, the lightest first. `four_bits`: whether the weights lose nothing by them."""
    if precision == "auto":
        return ["int4" if four_bits else "int8", *SIXTEEN, "fp32"]
    return list(SIXTEEN) if precision == "bf16" else [precision]


def second_candidates(forms: Sequence[FormName]) -> list[FormName]:
    """Forms that may be kept for many rows beside the light one that `forms` begins with; four bits are unpacked only beside four bits."""
    return [name for name in WORTH if forms[0] == "int4" or (forms[0] == "int8" and name != "unpacked")]


def make_plan(precision: Precision, four_bits: bool, sizes: Sizes, device: torch.device, cache: Path | None) -> Plan:
    """Measure, or look up what was measured. `cache`: the folder that remembers it; None measures every time."""
    if device.type != "cpu":
        return Plan("fp32" if precision == "fp32" or not torch.cuda.is_bf16_supported() else "bf16")
    forms = [name for name in candidates(precision, four_bits) if usable(name)]
    if not forms:
        raise EngineUnavailable(f"precision={precision}: this torch or this processor has no operator for it")
    seconds = [name for name in second_candidates(forms) if usable(name)]
    compared = sorted({*forms, *seconds})
    return choose(forms, seconds, _remembered(cache, compared, sizes)) if len(compared) > 1 else Plan(forms[0])


def choose(forms: Sequence[FormName], seconds: Sequence[FormName], times: Mapping[FormName, Mapping[int, float]]) -> Plan:
    """The lightest form that none is clearly faster than for one row, so that a busy moment does not decide against it; and if one of
    `seconds` is so much faster for many rows that it is worth its memory, that one too.

    forms: the lightest first. times: form → rows → seconds for all matrices of one layer.
    """
    form = forms[0]
    for name in forms[1:]:
        if times[name][1] * CLEARLY < times[form][1]:
            form = name
    worth = [name for name in seconds if name != form and times[name][MANY] * WORTH[name] <= times[form][MANY]]
    second = min(worth, key=lambda name: times[name][MANY] * WORTH[name], default=None)
    if second is None:
        return Plan(form)
    return Plan(form, second, max((rows for rows in ROWS if times[form][rows] <= times[second][rows]), default=0))


def _remembered(cache: Path | None, forms: Sequence[FormName], sizes: Sizes) -> dict[FormName, dict[int, float]]:
    described = [processor(), torch.get_num_threads(), torch.__version__, list(ROWS), sorted(forms), sorted(sizes.items())]
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
def measure(forms: Sequence[FormName], sizes: Sizes, seconds: float = SECONDS) -> dict[FormName, dict[int, float]]:
    """Form → rows → the least seconds that all matrices of a layer took. Stays near `seconds` in all."""
    each = 4 * sum(outputs * inputs for outputs, inputs in sizes.values())
    copies = max(1, min(8, PROBE_BYTES // each))
    share = seconds / len(forms) / len(ROWS)
    found: dict[FormName, dict[int, float]] = {}
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
