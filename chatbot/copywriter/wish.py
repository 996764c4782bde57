"""What somebody wants of a text: tone, length, language, keywords, how many variants. Part of the key under which a result is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "friendly", "playful", "elegant"]
Length = Literal["short", "medium", "long"]
TONES: tuple[Tone, ...] = ("plain", "friendly", "playful", "elegant")
LENGTHS: tuple[Length, ...] = ("short", "medium", "long")
SENTENCES = {"short": 2, "medium": 4, "long": 7}
PER_SENTENCE = {"short": 2, "medium": 3, "long": 3}  # facts that one sentence tells


@dataclass(frozen=True, slots=True)
class Wish:
    """`language` "" takes each product's own. `keywords` are used where the record states them, and told where it does not."""

    tone: Tone = "plain"
    length: Length = "medium"
    language: str = ""
    keywords: tuple[str, ...] = ()
    variants: int = 1
    with_price: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.tone not in TONES or self.length not in LENGTHS:
            raise ValueError(f"expected a tone of {', '.join(TONES)} and a length of {', '.join(LENGTHS)}, got {self.tone}, {self.length}")
        if self.language not in ("", "en", "zh"):
            raise ValueError(f"expected the language en or zh, got {self.language!r}")
        if not 1 <= self.variants <= 8:
            raise ValueError(f"expected 1 to 8 variants, got {self.variants}")
