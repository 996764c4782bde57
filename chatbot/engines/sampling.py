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


def next_tokens(writings: Sequence[Writing]) -> list[int]:
    """One token for each; those who take the likeliest word are answered in one go."""
    rows = [prepared(scores, sampling, seen) for scores, sampling, seen, _ in writings]
    greedy = [place for place, (_, sampling, _, _) in enumerate(writings) if sampling.temperature <= 0.0]
    found = dict(zip(greedy, torch.stack([rows[place] for place in greedy]).argmax(-1).tolist() if greedy else [], strict=True))
    for place, (_, sampling, _, generator) in enumerate(writings):
        if place not in found:
            found[place] = sampled(rows[place], sampling, generator)
    return [int(found[place]) for place in range(len(writings))]


def prepared(scores: Tensor, sampling: Sampling, seen: Seen) -> Tensor:
    """After the repetition penalty and the processors of the text, in this order."""
    if sampling.repetition_penalty != 1.0:
        scores = penalise(scores, seen.ids(), sampling.repetition_penalty)
    for processor in sampling.processors:
        scores = processor(seen.written, scores)
    return scores


def sampled(scores: Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    probabilities = (scores.cpu() / sampling.temperature).softmax(-1)
    if sampling.top_p < 1.0:
        probabilities = nucleus(probabilities, sampling.top_p)
    return int(torch.multinomial(probabilities, 1, generator=generator))


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
