"""Reviews judged: the head over their words and their encoded vectors, in batches, with what was encoded kept for the next time.

A text without words has no verdict. Between `cut` - UNSURE and `cut` + UNSURE a text neither praises nor blames: it is "mixed". What is
encoded is the review as a whole and each clause that speaks of an aspect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from chatbot.sentiment.head import SHIPPED, TUNED, TUNED_NAME, Floats, Head, load_head
from knowledge_base.encoders import Encoder, Encoders, MiniLMEncoder, Vectors
from knowledge_base.languages import detect_language

Label = Literal["positive", "negative", "mixed", "none"]
Vectorise = Callable[[Sequence[str], Encoder], Vectors]
UNSURE = 0.1
BATCH = 256
MOST_POINTS = 20_000  # of a review that are read


@dataclass(frozen=True, slots=True)
class Judgement:
    """`praise`: the probability that the text praises; None for a text without words."""

    label: Label
    praise: float | None
    language: str

    @property
    def probability(self) -> float | None:
        """How sure the label is: that of praise for "positive", of complaint for "negative", of the likelier one for "mixed"."""
        return None if self.praise is None else max(self.praise, 1.0 - self.praise)


NONE = Judgement("none", None, "")


def encoded_now(texts: Sequence[str], encoder: Encoder) -> Vectors:
    return encoder.encode(texts, role="passage")


class Judge:
    """Judges texts with one head, that of `folder` where none is given. `encoders` None: by the words alone. `vectorise` may keep what it
    has encoded. Blocks."""

    def __init__(
        self,
        head: Head | None = None,
        encoders: Encoders | None = None,
        vectorise: Vectorise = encoded_now,
        folder: Path = SHIPPED,
    ) -> None:
        self._head = head
        self._folder = folder
        self._encoders = encoders
        self._vectorise = vectorise
        self._tuned = tuned_encoder(folder) if encoders is not None else None

    @property
    def head(self) -> Head:
        """Loaded at the first call, so that a program whose head is damaged runs without. Raises WeightsError."""
        self._head = self._head or load_head(self._folder)
        return self._head

    def judge(self, texts: Sequence[str], languages: Sequence[str] = ()) -> list[Judgement]:
        """One judgement per text, in order. `languages` may have "" for what is not known."""
        return self._judge(texts, languages, whole=True)

    def judge_clauses(self, texts: Sequence[str], languages: Sequence[str]) -> list[Judgement]:
        """As `judge`, for pieces of reviews: with the quick encoder for all languages alone, which is as right on so short a text."""
        return self._judge(texts, languages, whole=False)

    def _judge(self, texts: Sequence[str], languages: Sequence[str], *, whole: bool) -> list[Judgement]:
        spoken = [given or detect_language(text) for given, text in zip(languages or [""] * len(texts), texts, strict=True)]
        found = [NONE] * len(texts)
        for language in sorted(set(spoken)):
            places = [place for place, text in enumerate(texts) if spoken[place] == language and has_words(text)]
            some = [texts[place][:MOST_POINTS] for place in places]
            praises = self.head.probabilities(some, self._rows(some, language if whole else "", whole), language)
            for place, praise in zip(places, praises.tolist(), strict=True):
                found[place] = Judgement(self.label(praise), praise, language)
        return found

    def in_batches(self, texts: Iterable[str]) -> Iterator[Judgement]:
        """The judgements of any number of texts, which are read as they are wanted."""
        rest = iter(texts)
        while batch := list(islice(rest, BATCH)):
            yield from self.judge(batch)

    def label(self, praise: float) -> Label:
        away = praise - self.head.cut
        return "mixed" if abs(away) < UNSURE else "positive" if away > 0 else "negative"

    def _rows(self, texts: Sequence[str], language: str, whole: bool) -> dict[str, Floats]:
        """The texts' vectors by the encoder for all languages, by that of this language, and for whole reviews by the tuned one."""
        if self._encoders is None or not texts:
            return {}
        asked = [self._encoders(""), self._encoders(language), *([self._tuned] if whole and self._tuned is not None else [])]
        known = {encoder.name: encoder for encoder in asked if encoder.name in self.head.vectors}
        return {name: np.asarray(self._vectorise(texts, encoder), dtype=np.float32) for name, encoder in known.items()}


def tuned_encoder(folder: Path) -> Encoder | None:
    """The encoder that was tuned for the head in this folder, where one was."""
    tuned = folder / TUNED
    return MiniLMEncoder(tuned, name=TUNED_NAME) if (tuned / "config.json").is_file() else None


def has_words(text: str) -> bool:
    """Whether there is anything to judge: a letter or a picture of a face, not only figures and marks."""
    return any(character.isalpha() or ord(character) >= 0x1F300 or character in "☹☺❤👍👎" for character in text)
