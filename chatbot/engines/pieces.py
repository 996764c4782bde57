"""What a decoder computes in one step: pieces of texts, and the masks that say which positions a piece's tokens see.

Invariant: a slot occurs at most once in a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Piece:
    """The next tokens of the text in a slot. With `branches`, several texts that each go on after the first token.

    ids: one token of a running answer, a part of a prompt, or a token and then the tokens of all branches in turn.
    branches: how many tokens each branch has. What was computed for them is not kept.
    """

    slot: int
    ids: Sequence[int]
    branches: Sequence[int] = field(default=())

    @property
    def kept(self) -> int:
        """By how many positions the slot is longer afterwards."""
        return 0 if self.branches else len(self.ids)

    def offsets(self) -> list[int]:
        """Each token's place in its text, counted from the first token."""
        if not self.branches:
            return list(range(len(self.ids)))
        return [0, *(place for count in self.branches for place in range(1, count + 1))]


def visible(piece: Piece, before: int, device: torch.device) -> Tensor:
    """Which of the `before` + new positions each token of a piece sees: (tokens, positions), bool."""
    count = len(piece.ids)
    seen = torch.ones(count, before + count, dtype=torch.bool, device=device).tril(before)
    start = 1
    for length in piece.branches:
        seen[start : start + length, before + 1 : before + start] = False  # the branches before it
        start += length
    return seen


def as_bias(seen: Tensor, dtype: torch.dtype) -> Tensor:
    """0 where something is seen and minus infinity elsewhere, to be added to the scores."""
    return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, -torch.inf)


def runs(slots: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring slots in rising order → (first place in `slots`, how many) of each unbroken run."""
    start = 0
    for place in range(1, len(slots) + 1):
        if place == len(slots) or slots[place] != slots[place - 1] + 1:
            yield start, place - start
            start = place
