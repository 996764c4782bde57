"""Everything a fine-tuning run is decided by, but its data. Knows no torch, so that a command can check it before anything heavy loads.

Invariant: the recipe of a run, with its data, is all that its result depends on; a run that is resumed reads it back from its folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from chatbot.errors import ChatbotError

_LORA_RATE, _FURTHER_RATE, _FULL_RATE = 5e-4, 2e-4, 5e-5
_LOOKS = 12  # at what is held out, where the recipe does not say how often
_PER_RANK = 2  # alpha, where the recipe does not give it


class RecipeError(ChatbotError):
    """A recipe that nothing can be trained by; the message names the field, what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`model` is a name as `chatbot.weights.fetch` takes it. LoRA in all linear layers unless `full`.

    The length is the first that is given of `steps`, `minutes` (the steps that fit are counted at the start) and `epochs`.
    `batch` is tokens of a step with padding, each of which takes some 3 MB with 135 million weights; `longest` tokens of a sequence.
    Dropout costs a tenth of the time on a CPU. 0 means: by itself, or none.
    """

    model: str
    name: str = "finetune"
    full: bool = False
    start_from: str = ""
    rank: int = 16
    alpha: int = 0
    dropout: float = 0.0
    rate: float = 0.0
    decay: float = 0.0
    warmup: float = 0.05
    batch: int = 2048
    longest: int = 768
    epochs: float = 1.0
    steps: int = 0
    minutes: float = 0.0
    every: int = 0
    save_minutes: float = 10.0
    held_out: float = 0.1
    held_out_most: int = 32
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in (("rank", 1), ("batch", 1), ("longest", 16), ("epochs", 0), ("steps", 0), ("minutes", 0), ("held_out_most", 1)):
            if getattr(self, name) < least:
                raise RecipeError(f"{name}: expected at least {least}, got {getattr(self, name)}")
        if not 0 < self.held_out < 1:
            raise RecipeError(f"held_out: expected a share between 0 and 1, got {self.held_out}")
        if self.full and self.start_from:
            raise RecipeError(f"start_from: expected an adapter to be continued with LoRA, got {self.start_from} and full")
        if self.precision not in ("auto", "fp32", "bf16"):
            raise RecipeError(f"precision: expected auto, fp32 or bf16, got {self.precision}")

    @property
    def learning_rate(self) -> float:
        return self.rate or (_FULL_RATE if self.full else _FURTHER_RATE if self.start_from else _LORA_RATE)

    @property
    def lora_alpha(self) -> int:
        return self.alpha or _PER_RANK * self.rank

    def looks_every(self, steps: int) -> int:
        """Steps between two looks at what is held out, at which a checkpoint is saved too."""
        return self.every or max(1, -(-steps // _LOOKS))

    def as_settings(self) -> dict[str, Any]:
        return asdict(self)


def recipe_of(settings: Mapping[str, Any]) -> Recipe:
    """The recipe that a run wrote down. Raises RecipeError when it is not one."""
    known = {field.name for field in fields(Recipe)}
    if "model" not in settings or set(settings) - known:
        raise RecipeError(f"expected the fields {', '.join(sorted(known))}, got {', '.join(sorted(settings))}")
    return Recipe(**settings)
