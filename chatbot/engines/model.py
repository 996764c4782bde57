"""A model folder as the engine uses it: messages to token ids, token ids to scores, token ids to text.

The one home of transformers outside training. The lean decoder runs the Llama family; any other architecture runs on transformers' own
code, slower. Invariant: the content of a message is data: its text can never become one of the template's special tokens, because it
is encoded by a tokenizer that has none.
"""

from __future__ import annotations

import functools
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor

from chatbot.engine import ChatMessage
from chatbot.engines.decoder import Decoder, Shape
from chatbot.errors import EngineError, EngineUnavailable

Device = Literal["auto", "cpu", "cuda"]
_MARK = "\ue000{}\ue001"  # stands for the content of message number {} while the template is rendered


class Memory(Protocol):
    """What a decoder remembers of one conversation: keys and values of `length` tokens."""

    @property
    def length(self) -> int: ...
    @property
    def size(self) -> int: ...
    def fork(self, length: int, capacity: int) -> Any: ...


class AnyDecoder(Protocol):
    """See `Decoder.forward` for the shapes."""

    def memory(self, capacity: int) -> Any: ...
    def forward(self, pieces: Sequence[tuple[Any, Sequence[int]]], *, every: bool = False) -> list[Tensor]: ...


class LanguageModel:
    """A loaded model. `encode`, `prompt` and `decode` may be called from any thread; `decoder` belongs to one."""

    def __init__(self, name: str, tokenizer: Any, decoder: AnyDecoder, config: Any, ends: frozenset[int]) -> None:
        self.name = name
        self.decoder = decoder
        self.context_window: int = config.max_position_embeddings
        self.ends = ends
        self.end: int = min(ends) if tokenizer.eos_token_id is None else tokenizer.eos_token_id  # how an answer usually ends
        self._template = tokenizer
        self._with_special: Tokenizer = tokenizer.backend_tokenizer
        self._plain = without_special_tokens(self._with_special)

    def encode(self, text: str) -> list[int]:
        """The ids of data; `<|im_start|>` in it becomes several ordinary tokens."""
        ids: list[int] = self._plain.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        text: str = self._with_special.decode(list(ids), skip_special_tokens=True)
        return text

    def prompt(self, messages: Sequence[ChatMessage]) -> list[int]:
        """The ids of a conversation that waits for the assistant. Raises EngineError when the template refuses it."""
        ids: list[int] = []
        for number, part in enumerate(_split(self._render(tuple(message.role for message in messages)))):
            if number % 2:
                ids += self.encode(messages[int(part)].content)
            else:
                ids += self._with_special.encode(part, add_special_tokens=False).ids
        return ids

    @functools.lru_cache(maxsize=64)  # noqa: B019 - one model per process, and rendering costs as much as a token
    def _render(self, roles: tuple[str, ...]) -> str:
        marked = [{"role": role, "content": _MARK.format(number)} for number, role in enumerate(roles)]
        try:
            text: str = self._template.apply_chat_template(marked, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # templates raise what they like
            raise EngineError(f"{self.name}: its chat template refuses the roles {', '.join(roles)} ({error})") from error
        if missing := [role for number, role in enumerate(roles) if _MARK.format(number) not in text]:
            raise EngineError(f"{self.name}: its chat template leaves out the messages of {', '.join(missing)}")
        return text


def load_model(folder: Path, device: Device = "auto") -> LanguageModel:
    """Load weights (safetensors only) and tokenizer. Raises EngineUnavailable when the folder cannot be used."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a model's author should have put otherwise is no news to a shop
            return _load(folder, device)
    except (OSError, ValueError, LookupError, RuntimeError) as error:
        raise EngineUnavailable(f"{folder}: cannot be loaded as a model ({error})") from error


def _load(folder: Path, device: Device) -> LanguageModel:
    from transformers import AutoConfig, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    where = pick_device(device)
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not tokenizer.chat_template:
        raise EngineUnavailable(f"{folder}: has no chat template; an instruction-tuned model is needed")
    shape = Shape.of(config)
    decoder: AnyDecoder
    if shape is None:
        from chatbot.engines.transformers_decoder import TransformersDecoder

        decoder = TransformersDecoder.load(folder, where, pick_type(where))
    else:
        decoder = Decoder(shape, read_weights(folder, where, pick_type(where)))
    return LanguageModel(folder.name, tokenizer, decoder, config, end_tokens(folder, tokenizer, config))


def read_weights(folder: Path, device: torch.device, dtype: torch.dtype) -> dict[str, Tensor]:
    """Every tensor of the safetensors files, by name. Raises EngineUnavailable when there is none."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise EngineUnavailable(f"{folder}: expected *.safetensors; other weight formats are not loaded")
    weights: dict[str, Tensor] = {}
    for file in files:
        with safe_open(str(file), framework="pt") as opened:
            weights |= {name: opened.get_tensor(name).to(device=device, dtype=dtype) for name in opened.keys()}  # noqa: SIM118 - not a dict
    return weights


def end_tokens(folder: Path, tokenizer: Any, config: Any) -> frozenset[int]:
    """Where the text ends: the declared end tokens and every other special one, for none of them is text."""
    declared = {tokenizer.eos_token_id, getattr(config, "eos_token_id", None)}
    generation = folder / "generation_config.json"
    if generation.is_file():
        declared.add(_hashable(json.loads(generation.read_text(encoding="utf-8")).get("eos_token_id")))
    ends = {token for entry in declared for token in (entry if isinstance(entry, tuple) else (_hashable(entry),))}
    special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    return frozenset(token for token in _flat(ends) | special if isinstance(token, int))


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _flat(values: set[Any]) -> set[Any]:
    return {item for value in values for item in (value if isinstance(value, tuple) else (value,))}


def without_special_tokens(tokenizer: Tokenizer) -> Tokenizer:
    """A tokenizer of the same vocabulary that knows no added tokens. Raises EngineUnavailable if one can still come out of text."""
    description = json.loads(tokenizer.to_str())
    added = description["added_tokens"]
    description["added_tokens"] = []
    description["post_processor"] = None
    plain = Tokenizer.from_str(json.dumps(description))
    for token in added:
        if token["special"] and token["id"] in plain.encode(token["content"], add_special_tokens=False).ids:
            raise EngineUnavailable(f"the tokenizer turns the text {token['content']!r} into a special token; it cannot be used safely")
    return plain


def _split(rendered: str) -> list[str]:
    """Template, number of a message, template, number …, template."""
    parts: list[str] = []
    for piece in rendered.split("\ue000"):
        parts += piece.split("\ue001", 1)
    return parts


def pick_device(device: Device) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise EngineUnavailable("device=cuda, but this machine has no CUDA device that torch can use")
    return torch.device(device)


def pick_type(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it, else float32: emulated it is several times slower."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if cpu_multiplies_bfloat16() else torch.float32


def cpu_multiplies_bfloat16() -> bool:
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported", "_is_arm_bf16_supported")
    return any(bool(check()) for name in checks if (check := getattr(torch.cpu, name, None)) is not None)
