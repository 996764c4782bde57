"""Scores of all words → the next token of each text, as `Sampling` asks. Knows no text; draws from the given generator only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from chatbot.engine import Sampling

LIKELIEST = 256  # words that are looked at first; top-p rarely needs more


class Seen:
    """The ids of a prompt and of what is written after it: all of them in `written`, each once for the repetition penalty."""

    def __init__(self, prompt: Iterable[int]) -> None:
        self._ids = set(prompt)
        self.written: list[int] = []

    def add(self, token: int) -> None:
        self._ids.add(token)
        self.written.append(token)

    def ids(self) -> list[int]:
        return sorted(self._ids)


Writing = tuple[Tensor, Sampling, Seen, torch.Generator]  # scores (words,), float32; an inference tensor, not to be changed in place


def random_source(sampling: Sampling) -> torch.Generator:
    """A generator of its own for each text, so that a seed gives the same text whoever else is being written for."""
    generator = torch.Generator()
    if sampling.seed is None:
        generator.seed()
    else:
        generator.manual_seed(sampling.seed)
    return generator


@torch.inference_mode()
def next_tokens(writings: Sequence[Writing]) -> list[int]:
    """One token for each; what does not differ between them is computed for all of them in one go."""
    if not writings:
        return []
    rows = torch.stack([prepared(scores, sampling, seen) for scores, sampling, seen, _ in writings])
    found = rows.argmax(-1).tolist()
    drawn = [place for place, (_, sampling, _, _) in enumerate(writings) if sampling.temperature > 0.0]
    if drawn:
        words = sampled(rows[drawn], [writings[place][1] for place in drawn], [writings[place][3] for place in drawn])
        for place, word in zip(drawn, words, strict=True):
            found[place] = word
    return [int(word) for word in found]


def prepared(scores: Tensor, sampling: Sampling, seen: Seen) -> Tensor:
    """After the repetition penalty and the processors of the text, in this order."""
    if sampling.repetition_penalty != 1.0:
        scores = penalise(scores, seen.ids(), sampling.repetition_penalty)
    for processor in sampling.processors:
        scores = processor(seen.written, scores)
    return scores


def sampled(scores: Tensor, samplings: Sequence[Sampling], sources: Sequence[torch.Generator]) -> list[int]:
    """A word for each row of `scores`, (texts, words), drawn by one number from its source: where the cumulated chances pass that number.

    `torch.multinomial` draws a number for every word, which for one row takes as long as a tenth of a step.
    """
    temperatures = torch.tensor([sampling.temperature for sampling in samplings], device=scores.device)
    chances = (scores / temperatures[:, None]).softmax(-1)
    for row, sampling in enumerate(samplings):
        if sampling.top_p < 1.0:
            chances[row] = nucleus(chances[row], sampling.top_p)
    passed = chances.cumsum(-1, dtype=torch.float64)
    numbers = torch.cat([torch.rand(1, generator=source, dtype=torch.float64) for source in sources]).to(scores.device)
    words = torch.searchsorted(passed, numbers[:, None] * passed[:, -1:], right=True)
    return [int(word) for word in words.clamp_max(scores.shape[-1] - 1).flatten().tolist()]


def penalise(scores: Tensor, seen: Sequence[int], penalty: float) -> Tensor:
    """Every word that occurred gets less likely, whatever the sign of its score (Keskar et al. 2019)."""
    words = torch.tensor(seen, device=scores.device, dtype=torch.long)
    chosen = scores[words]
    return scores.index_put((words,), torch.where(chosen > 0, chosen / penalty, chosen * penalty))


def nucleus(probabilities: Tensor, top_p: float) -> Tensor:
    """The fewest words that together reach `top_p` (Holtzman et al. 2020); at least one. All are sorted only where few do not suffice."""
    ordered, words = probabilities.topk(min(LIKELIEST, len(probabilities)))
    if float(ordered.sum()) < top_p:
        ordered, words = probabilities.sort(descending=True)
    unneeded = ordered.cumsum(-1) - ordered >= top_p
    return torch.zeros_like(probabilities).scatter(0, words, ordered.masked_fill(unneeded, 0.0))
