"""Scores of tens of thousands of words without an exact product for each: a coarse one finds the likeliest, an exact one ranks them.

The words that are not among them keep their coarse score; a sampled text may still take one, with nearly the right chance.
"""

from __future__ import annotations

import torch
from torch import Tensor

from chatbot.engines.linear import Form

CANDIDATES = 64  # words scored exactly; the likeliest has to be among those that the coarse scores put first


class ScreenedHead:
    def __init__(self, coarse: Form, exact: Tensor) -> None:
        """`exact`: (words, hidden size)."""
        self._coarse = coarse
        self._exact = exact

    def __call__(self, hidden: Tensor) -> Tensor:
        """(rows, hidden size) → (rows, words), float32."""
        scores = self._coarse(hidden).float()
        words = scores.topk(min(CANDIDATES, scores.shape[-1]), sorted=False).indices
        exact = torch.bmm(self._exact[words].float(), hidden.float()[:, :, None]).squeeze(-1)
        return scores.scatter_(1, words, exact)
