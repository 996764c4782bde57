"""A model folder as the engine uses it: messages to token ids, token ids to scores, token ids to text.

The lean decoder runs the Llama and Qwen families; any other architecture runs on transformers' own code, slower.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from chatbot.engine import TRAINED_RULES, TUNED_WITH, ChatMessage
from chatbot.engines.adapter import Adapter
from chatbot.engines.architecture import Shape
from chatbot.engines.compiled import compiled
from chatbot.engines.decoder import Decoder
from chatbot.engines.graphs import GraphedDecoder
from chatbot.engines.linear import EXACT
from chatbot.engines.loading import Filling, WeightFiles, fits, four_bits_suffice, sizes, take_weights
from chatbot.engines.packed import PackedMatrices, packed_file
from chatbot.engines.pieces import Piece
from chatbot.engines.precision import Plan, Precision, make_plan
from chatbot.engines.segments import recorded
from chatbot.engines.tokens import Tokens, read_tokens
from chatbot.errors import EngineUnavailable

Device = Literal["auto", "cpu", "cuda"]
Wanted = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Loading:
    """How to load a model. `slots`: texts it may hold at once. `cache`: where measurements of this machine are kept."""

    device: Device = "auto"
    precision: Precision = "auto"
    slots: int = 8
    adapter: Path | None = None
    cache: Path | None = None


class AnyDecoder(Protocol):
    """See `Decoder` for the shapes and `Slots` for the rest."""

    @property
    def ahead(self) -> bool: ...
    def forward(self, pieces: Sequence[Piece], wanted: Wanted | None = None) -> list[Tensor] | None: ...
    def length(self, slot: int) -> int: ...
    def clear(self, slot: int) -> None: ...
    def read(self, slot: int, start: int, end: int) -> Tensor | None: ...
    def append(self, slot: int, kept: Tensor) -> None: ...
    def fresh(self) -> AnyDecoder: ...


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A loaded model. `encode`, `prompt` and `decode` may be called from any thread; `decoder` belongs to one."""

    tokens: Tokens
    decoder: AnyDecoder
    context_window: int
    precision: str
    tuned: bool = False

    @property
    def name(self) -> str:
        return self.tokens.name

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end a text."""
        return self.tokens.ends

    @property
    def end(self) -> int:
        """How an answer usually ends."""
        return self.tokens.end

    def encode(self, text: str) -> list[int]:
        """See Tokens.encode."""
        return self.tokens.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        return self.tokens.decode(ids)

    def pieces(self) -> list[bytes]:
        """See Tokens.pieces."""
        return self.tokens.pieces()

    def prompt(self, messages: Sequence[ChatMessage]) -> list[int]:
        """See Tokens.prompt."""
        return self.tokens.prompt(messages)


def load_model(folder: Path, how: Loading = Loading()) -> LanguageModel:
    """Load weights (safetensors only) and tokenizer. Raises EngineUnavailable when the folder cannot be used."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a model's author should have put otherwise is no news to a shop
            return _load(folder, how)
    except (OSError, ValueError, LookupError, RuntimeError, TypeError) as error:
        raise EngineUnavailable(f"{folder}: cannot be loaded as a model ({error})") from error


def _load(folder: Path, how: Loading) -> LanguageModel:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
    where = pick_device(how.device)
    shape = Shape.of(config)
    adapter = None if how.adapter is None else Adapter(how.adapter)
    tokens = read_tokens(folder, config)
    if shape is None:
        return _load_any(folder, tokens, where, how, adapter)
    files = WeightFiles(folder)
    if adapter is not None and (unknown := [name for name in adapter.names if name not in files]):
        raise EngineUnavailable(f"{how.adapter}: the adapter changes {min(unknown)}, which {folder.name} does not have")
    plan = _plan(files, shape, where, how)
    if adapter is not None and not (plan.form == "int4" and adapter.within_layers):
        files, adapter = WeightFiles(folder, adapter), None
        plan = _plan(files, shape, where, how)
    merged = [] if adapter is not None or how.adapter is None else sorted(path for path in how.adapter.iterdir() if path.is_file())
    packed = PackedMatrices(_packed_file(folder, [*files.paths, *merged], plan, where, how))
    weights = take_weights(files, Filling(shape, plan, where, packed, adapter))
    packed.save()
    decoder: AnyDecoder
    if where.type == "cuda":
        torch.backends.cuda.enable_cudnn_sdp(False)  # it plans anew for every length of a prompt
        decoder = GraphedDecoder(shape, weights, how.slots, plan.storage, compiled(shape, weights, plan.storage))
    else:
        decoder = Decoder(shape, weights, how.slots, plan.storage, recorded(shape, weights, plan.storage, plan.few))
    return LanguageModel(tokens, decoder, shape.positions, plan.form, is_tuned(how.adapter or folder))


def _packed_file(folder: Path, paths: Sequence[Path], plan: Plan, where: torch.device, how: Loading) -> Path | None:
    if how.cache is None or where.type != "cpu":
        return None
    return packed_file(how.cache, folder, paths, [plan.form, plan.second])


def _plan(files: WeightFiles, shape: Shape, where: torch.device, how: Loading) -> Plan:
    fitting = how.precision in ("auto", "int4") and fits(files, shape)
    if how.precision == "int4" and not fitting:
        raise EngineUnavailable("precision=int4: this model's matrices do not divide into groups of 32 inputs and 16 outputs")
    enough = how.precision == "auto" and fitting and four_bits_suffice(files, shape, EXACT)
    return make_plan(how.precision, enough, sizes(files, shape), where, how.cache)


def _load_any(folder: Path, tokens: Tokens, where: torch.device, how: Loading, adapter: Adapter | None) -> LanguageModel:
    from chatbot.engines.transformers_decoder import TransformersDecoder

    if how.precision in ("int4", "int8"):
        raise EngineUnavailable(f"precision={how.precision}: {folder.name} runs on transformers here, in bf16 or fp32 only")
    dtype = torch.float32 if how.precision == "fp32" else sixteen_bits(where)
    decoder = TransformersDecoder.load(folder, where, dtype, how.slots, adapter)
    form = str(dtype).removeprefix("torch.")
    return LanguageModel(tokens, decoder, decoder.positions, form, is_tuned(how.adapter or folder))


def is_tuned(folder: Path) -> bool:
    """Whether `chatbot finetune` made this adapter or model, and with the prompt that is used today."""
    try:
        rules = json.loads((folder / TUNED_WITH).read_text("utf-8"))["rules"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return bool(rules == TRAINED_RULES)


def pick_device(device: Device) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise EngineUnavailable("device=cuda, but this machine has no CUDA device that torch can use")
    return torch.device(device)


def sixteen_bits(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it, else float32: emulated it is several times slower."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if cpu_multiplies_bfloat16() else torch.float32


def cpu_multiplies_bfloat16() -> bool:
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported", "_is_arm_bf16_supported")
    return any(bool(check()) for name in checks if (check := getattr(torch.cpu, name, None)) is not None)
