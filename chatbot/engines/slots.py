"""Keys and values of everything that is being written: a place per text, all in one block of memory, written in place.

Each place begins with room for a short prompt; when somebody needs more, all of them grow together. Knows nothing of token ids or of how
keys are made. Invariant: `length` positions of a place are valid; what lies beyond may be anything.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Sequence
from contextlib import suppress

import torch
from torch import Tensor

FIRST_ROOM = 1024  # positions; doubled as needed


class Slots:
    """`values`: (layers, keys and values, slots, key heads, room, head size)."""

    def __init__(self, layers: int, count: int, heads: int, head_size: int, like: Tensor, most: int) -> None:
        """`like`: a tensor of the type and device wanted; `most`: positions that no text exceeds."""
        self._most = most
        self.values = untouched(like, (layers, 2, count, heads, min(FIRST_ROOM, most), head_size))
        self.lengths = [0] * count

    @property
    def room(self) -> int:
        """Positions that fit in each place now."""
        return self.values.shape[4]

    def reserve(self, positions: int) -> None:
        """Make room for so many positions in every place."""
        if positions <= self.room:
            return
        room = self.room
        while room < positions:
            room *= 2
        shape = list(self.values.shape)
        shape[4] = min(room, max(self._most, positions))
        grown = untouched(self.values, shape)
        for slot, length in enumerate(self.lengths):
            grown[:, :, slot, :, :length] = self.values[:, :, slot, :, :length]
        self.values = grown

    def rows(self, slot: int, start: int, count: int) -> Tensor:
        """Where the keys and values of `count` positions lie in a layer seen as rows of one head: (count, 2 * key heads)."""
        _, two, slots, heads, room, _ = self.values.shape
        device = self.values.device
        kinds = torch.arange(two, device=device)[:, None] * (slots * heads) + slot * heads + torch.arange(heads, device=device)
        return torch.arange(start, start + count, device=device)[:, None] + kinds.flatten() * room

    def views(self, slot: int, count: int, end: int) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
        """Keys and values of `count` places from `slot` on, up to position `end`; for each layer (places, key heads, positions, size)."""
        keys, values = self.values[:, :, slot : slot + count, :, :end].unbind(1)
        return keys.unbind(0), values.unbind(0)

    def read(self, slot: int, start: int, end: int) -> Tensor:
        """A copy of the positions from `start` to `end`: (layers, 2, key heads, positions, head size)."""
        return self.values[:, :, slot, :, start:end].clone()

    @torch.inference_mode()
    def append(self, slot: int, kept: Tensor) -> None:
        """Put what `read` gave after what the place holds."""
        start = self.lengths[slot]
        self.reserve(start + kept.shape[3])
        self.values[:, :, slot, :, start : start + kept.shape[3]] = kept
        self.lengths[slot] = start + kept.shape[3]


def untouched(like: Tensor, shape: Sequence[int]) -> Tensor:
    """Zeros of the type and device of `like` that take no memory until they are written: clean pages of the system, and small ones. Large
    pages, which numpy asks for, would be taken whole at the first key written into each.

    Zeros they must be, for what is not seen is multiplied by 0, and 0 times whatever lay there might not be 0.
    """
    if like.device.type != "cpu":
        return like.new_zeros(tuple(shape))
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    pages = mmap.mmap(-1, max(1, math.prod(shape) * like.element_size()), **private)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        with suppress(OSError):  # a system without large pages
            pages.madvise(mmap.MADV_NOHUGEPAGE)
    return torch.frombuffer(pages, dtype=like.dtype, count=math.prod(shape)).view(tuple(shape))
