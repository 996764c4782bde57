"""Scores of all words → the next token of each text, as `Sampling` asks. Knows no text; draws from the given generator only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from chatbot.engine import Sampling

LIKELIEST = 256  # words that are looked at first; top-p rarely needs more


class Seen:
    """Which words occurred in each text so far, its prompt included, for the repetition penalty. A text is known by its row."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._marks: Tensor | None = None  # (rows, words), bool; made when the first scores show how many words there are, and where
        self._prompts: dict[int, Sequence[int]] = {}  # those not marked yet

    def begin(self, row: int, prompt: Sequence[int]) -> None:
        """Another text has the row now."""
        self._prompts[row] = prompt

    def add(self, rows: Sequence[int], words: Sequence[int]) -> None:
        """One more word for each of these texts."""
        if self._marks is not None:
            self._marks[torch.tensor(rows), torch.tensor(words)] = True

    def marks(self, rows: Sequence[int], scores: Tensor) -> Tensor:
        """(texts, words), bool. scores: (…, words), on the device where the marks shall be."""
        if self._marks is None:
            self._marks = torch.zeros(self._rows, scores.shape[-1], dtype=torch.bool, device=scores.device)
        for row in rows:
            if (prompt := self._prompts.pop(row, None)) is not None:
                self._marks[row] = False
                self._marks[row, torch.tensor(prompt, dtype=torch.long)] = True
        return self._marks[torch.tensor(rows)]


@dataclass(frozen=True, slots=True)
class Writing:
    """A text that gets another word. scores: (words,), float32; an inference tensor, not to be changed in place. row: see `Seen`."""

    scores: Tensor
    sampling: Sampling
    written: Sequence[int]
    row: int
    random: torch.Generator


def random_source(sampling: Sampling) -> torch.Generator:
    """A generator of its own for each text, so that a seed gives the same text whoever else is being written for."""
    generator = torch.Generator()
    if sampling.seed is None:
        generator.seed()
    else:
        generator.manual_seed(sampling.seed)
    return generator


@torch.inference_mode()
def next_tokens(writings: Sequence[Writing], seen: Seen) -> list[int]:
    """One token for each; all are computed in one go, but for the processors that a text brings. `seen` hears of them."""
    if not writings:
        return []
    rows = prepared(writings, seen)
    found = rows.argmax(-1).tolist()
    drawn = [place for place, writing in enumerate(writings) if writing.sampling.temperature > 0.0]
    if drawn:
        words = sampled(rows[drawn], [writings[place].sampling for place in drawn], [writings[place].random for place in drawn])
        for place, word in zip(drawn, words, strict=True):
            found[place] = word
    tokens = [int(word) for word in found]
    seen.add([writing.row for writing in writings], tokens)
    return tokens


def prepared(writings: Sequence[Writing], seen: Seen) -> Tensor:
    """The scores after the repetition penalty and the processors of each text, in this order: (texts, words)."""
    rows = torch.stack([writing.scores for writing in writings])
    penalties = [writing.sampling.repetition_penalty for writing in writings]
    if any(penalty != 1.0 for penalty in penalties):
        rows = penalise(rows, seen.marks([writing.row for writing in writings], rows), torch.tensor(penalties).to(rows.device))
    for place, writing in enumerate(writings):
        scores = rows[place]
        for processor in writing.sampling.processors:
            scores = processor(writing.written, scores)
        if writing.sampling.processors:
            rows[place] = scores
    return rows


def sampled(scores: Tensor, samplings: Sequence[Sampling], sources: Sequence[torch.Generator]) -> list[int]:
    """A word for each row of `scores`, (texts, words), drawn by one number from its source: where the cumulated chances pass that number.

    `torch.multinomial` draws a number for every word, which for one row takes as long as a tenth of a step.
    """
    temperatures = torch.tensor([sampling.temperature for sampling in samplings]).to(scores.device)
    chances = (scores / temperatures[:, None]).softmax(-1)
    if any(sampling.top_p < 1.0 for sampling in samplings):
        chances = nucleus(chances, torch.tensor([sampling.top_p for sampling in samplings]).to(scores.device))
    passed = chances.cumsum(-1, dtype=torch.float64)
    numbers = torch.cat([torch.rand(1, generator=source, dtype=torch.float64) for source in sources]).to(scores.device)
    words = torch.searchsorted(passed, numbers[:, None] * passed[:, -1:], right=True)
    return [int(word) for word in words.clamp_max(scores.shape[-1] - 1).flatten().tolist()]


def penalise(scores: Tensor, seen: Tensor, penalties: Tensor) -> Tensor:
    """Every word that occurred gets less likely, whatever the sign of its score (Keskar et al. 2019).

    scores: (texts, words); seen: the same shape, bool; penalties: (texts,).
    """
    by = penalties[:, None]
    return torch.where(seen, torch.where(scores > 0, scores / by, scores * by), scores)


def nucleus(chances: Tensor, top_p: Tensor) -> Tensor:
    """The fewest words that together reach `top_p` (Holtzman et al. 2020); at least one, and all where it is 1 or more.

    All words are sorted only where few do not suffice. chances: (texts, words); top_p: (texts,).
    """
    bounds = torch.where(top_p < 1.0, top_p, torch.inf)[:, None]
    ordered, words = chances.topk(min(LIKELIEST, chances.shape[-1]))
    if bool(((ordered.sum(-1, keepdim=True) < bounds) & bounds.isfinite()).any()):
        ordered, words = chances.sort(descending=True)
    unneeded = ordered.cumsum(-1) - ordered >= bounds
    kept = torch.zeros_like(chances).scatter(1, words, ordered.masked_fill(unneeded, 0.0))
    return torch.where(bounds.isfinite(), kept, chances)
