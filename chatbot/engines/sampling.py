"""Scores of all words → the next token, as `Sampling` asks. Knows no text and no queue; all randomness is the given generator's."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from chatbot.engine import Sampling


def random_source(sampling: Sampling) -> torch.Generator:
    """A generator of its own for each text, so that a seed gives the same text whoever else is being written for."""
    generator = torch.Generator()
    if sampling.seed is None:
        generator.seed()
    else:
        generator.manual_seed(sampling.seed)
    return generator


def next_token(scores: Tensor, sampling: Sampling, seen: Sequence[int], generator: torch.Generator) -> int:
    """`scores`: (words,) float32, may be changed. `seen`: the ids of the prompt and of what is written, for the repetition penalty."""
    if sampling.repetition_penalty != 1.0:
        scores = penalise(scores, seen, sampling.repetition_penalty)
    if sampling.temperature <= 0.0:
        return int(scores.argmax())
    probabilities = (scores.cpu() / sampling.temperature).softmax(-1)
    if sampling.top_p < 1.0:
        probabilities = nucleus(probabilities, sampling.top_p)
    return int(torch.multinomial(probabilities, 1, generator=generator))


def penalise(scores: Tensor, seen: Sequence[int], penalty: float) -> Tensor:
    """Every word that occurred gets less likely, whatever the sign of its score."""
    words = torch.tensor(sorted(set(seen)), device=scores.device)
    chosen = scores[words]
    return scores.index_put((words,), torch.where(chosen > 0, chosen / penalty, chosen * penalty))


def nucleus(probabilities: Tensor, top_p: float) -> Tensor:
    """The fewest words that together reach `top_p`; at least one."""
    ordered, words = probabilities.sort(descending=True)
    unneeded = ordered.cumsum(-1) - ordered >= top_p
    return torch.zeros_like(probabilities).scatter(0, words, ordered.masked_fill(unneeded, 0.0))
