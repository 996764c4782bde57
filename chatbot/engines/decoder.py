"""A lean decoder for the Llama and Qwen families: the arithmetic of one step for several conversations at once, on plain torch.

`forward` takes pieces of any length (one new token of a running answer, a part of a long prompt, answers to weigh), multiplies all of
them by each weight in one go and lets every piece attend to its own slot. Keys and values are written in place; queries that share a key
head are folded into the sequence axis, which is several times faster on a CPU than repeating the keys. What happens between one
attention and the next is `Segments`' business. Knows nothing of text, sampling or queues.
Invariant: what a piece gets does not depend on the other pieces beside it, apart from rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from chatbot.engines.architecture import Shape
from chatbot.engines.pieces import Piece, as_bias, runs, visible
from chatbot.engines.segments import Segments, Weights
from chatbot.engines.slots import Slots


@dataclass(frozen=True, slots=True)
class Step:
    """What all layers of one step share. `singles`: (first row, rows, first slot, longest end, bias) of runs of one-token pieces."""

    turns: Tensor  # (rows, heads, head size / 2), complex: the rotation of every head; 1 for values
    places: Tensor  # where the new keys and values go
    singles: Sequence[tuple[int, int, int, int, Tensor | None]]
    others: Sequence[tuple[int, int, int, int, Tensor]]  # (first row, rows, slot, end, bias) of longer pieces


class Decoder:
    """Weights → next-token scores. One thread at a time. `keep`: the type of keys and values; `segments`: those of the same weights."""

    ahead = False  # whether `forward` returns before the scores are computed

    def __init__(self, shape: Shape, weights: Weights, slots: int, keep: torch.dtype, segments: Segments | None = None) -> None:
        self.shape = shape
        self.weights = weights
        like = torch.empty(0, dtype=keep, device=weights.embedding.device)
        self.slots = Slots(shape.layers, slots, shape.key_heads, shape.head_size, like, shape.positions)
        self._segments = segments or Segments(shape, weights, keep)
        self._turns = rotations(shape, like.device)

    @torch.inference_mode()
    def forward(self, pieces: Sequence[Piece], wanted: Callable[[], bool] | None = None) -> list[Tensor] | None:
        """Append each piece's tokens to its slot; the float32 scores of the token after it, shape (1, words), for each piece.

        For a piece with branches, after each of its tokens: shape (tokens, words), and the slot stays as it was.
        `wanted` is asked before each layer; when it says no, the step ends at once with None and every slot is as it was.
        """
        order = sorted(range(len(pieces)), key=lambda place: (len(pieces[place].ids) > 1, pieces[place].slot))
        sorted_pieces = [pieces[place] for place in order]
        hidden = self._hidden(sorted_pieces, wanted)
        if hidden is None:
            return None
        asked, counts = _asked(sorted_pieces)
        found = torch.split(self._segments.scores(hidden[asked]), counts)
        return [found[order.index(place)] for place in range(len(pieces))]

    def length(self, slot: int) -> int:
        return self.slots.lengths[slot]

    def clear(self, slot: int) -> None:
        self.slots.lengths[slot] = 0

    def read(self, slot: int, start: int, end: int) -> Tensor:
        return self.slots.read(slot, start, end)

    def append(self, slot: int, kept: Tensor) -> None:
        self.slots.append(slot, kept)

    def fresh(self) -> Decoder:
        """The same weights with slots of its own."""
        return type(self)(self.shape, self.weights, len(self.slots.lengths), self.slots.values.dtype, self._segments)

    def _hidden(self, pieces: Sequence[Piece], wanted: Callable[[], bool] | None) -> Tensor | None:
        """The hidden states after the last layer, (tokens, hidden size)."""
        step = self._prepare(pieces)
        ids = torch.tensor([token for piece in pieces for token in piece.ids], device=self.weights.embedding.device)
        hidden = self._through_layers(ids, step, wanted)
        if hidden is not None:
            for piece in pieces:
                self.slots.lengths[piece.slot] += piece.kept
        return hidden

    def _through_layers(self, ids: Tensor, step: Step, wanted: Callable[[], bool] | None) -> Tensor | None:
        hidden = self.weights.embedding[ids].float()
        rows = self.slots.values.view(self.shape.layers, -1, self.shape.head_size).unbind(0)
        views = [self.slots.views(slot, count, end) for _, count, slot, end, _ in step.singles]
        views += [self.slots.views(slot, 1, end) for _, _, slot, end, _ in step.others]
        queries, new = self._segments.first(hidden, step.turns)
        for number in range(self.shape.layers):
            if wanted is not None and not wanted():
                return None
            rows[number].index_copy_(0, step.places, new)
            seen = self._attend(queries, step, [(keys[number], values[number]) for keys, values in views])
            if number + 1 < self.shape.layers:
                hidden, queries, new = self._segments.between(number + 1, hidden, seen, step.turns)
        return self._segments.last(hidden, seen)

    def _prepare(self, pieces: Sequence[Piece]) -> Step:
        lengths, device = self.slots.lengths, self.weights.embedding.device
        self.slots.reserve(max(lengths[piece.slot] + len(piece.ids) for piece in pieces))
        positions = [lengths[piece.slot] + offset for piece in pieces for offset in piece.offsets()]
        turns = self._turned(torch.tensor(positions, device=device))
        places = torch.cat([self.slots.rows(piece.slot, lengths[piece.slot], len(piece.ids)).flatten() for piece in pieces])
        short = [piece.slot for piece in pieces if len(piece.ids) == 1]
        singles = [self._single(short[first : first + count], first) for first, count in runs(short)]
        others, row = [], len(short)
        for piece in pieces[len(short) :]:
            before, count = lengths[piece.slot], len(piece.ids)
            bias = as_bias(visible(piece, before, device), self.slots.values.dtype).repeat(self.shape.group, 1)
            others.append((row, count, piece.slot, before + count, bias))
            row += count
        return Step(turns, places, singles, others)

    def _turned(self, positions: Tensor) -> Tensor:
        """See Step.turns."""
        heads = self.shape.heads + 2 * self.shape.key_heads
        turns = self._turns[positions][:, None].repeat(1, heads, 1)
        turns[:, heads - self.shape.key_heads :] = 1
        return turns

    def _single(self, slots: Sequence[int], row: int) -> tuple[int, int, int, int, Tensor | None]:
        ends = [self.slots.lengths[slot] + 1 for slot in slots]
        if len(set(ends)) == 1:
            return row, len(slots), slots[0], ends[0], None
        device = self.slots.values.device
        seen = torch.arange(max(ends), device=device)[None] < torch.tensor(ends, device=device)[:, None]
        return row, len(slots), slots[0], max(ends), as_bias(seen, self.slots.values.dtype)[:, None, None]

    def _attend(self, queries: Tensor, step: Step, views: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """(tokens, heads x head size) of what each token sees in a layer. `views`: its keys and values for each run and longer piece."""
        shape, seen = self.shape, []
        for (row, count, _, _, bias), (keys, values) in zip(step.singles, views, strict=False):
            seen.append(functional.scaled_dot_product_attention(queries[row : row + count], keys, values, attn_mask=bias))
        for (row, count, _, _, bias), (keys, values) in zip(step.others, views[len(step.singles) :], strict=True):
            folded = queries[row : row + count].permute(1, 2, 0, 3).reshape(1, shape.key_heads, -1, shape.head_size)
            part = functional.scaled_dot_product_attention(folded, keys, values, attn_mask=bias)
            seen.append(part.view(shape.key_heads, shape.group, count, shape.head_size).permute(2, 0, 1, 3))
        return (seen[0] if len(seen) == 1 else torch.cat(seen)).reshape(len(queries), -1)


def _asked(pieces: Sequence[Piece]) -> tuple[list[int], list[int]]:
    """The rows whose scores are asked for, and how many they are of each piece."""
    rows: list[int] = []
    counts: list[int] = []
    start = 0
    for piece in pieces:
        end = start + len(piece.ids)
        chosen = range(start, end) if piece.branches else range(end - 1, end)
        rows += chosen
        counts.append(len(chosen))
        start = end
    return rows, counts


def rotations(shape: Shape, device: torch.device) -> Tensor:
    """e^(i·angle) for every position and pair, (positions, head size / 2), complex64: rotary embedding (Su et al. 2021)."""
    steps = torch.arange(0, shape.head_size, 2, dtype=torch.float32) / shape.head_size
    angles = torch.outer(torch.arange(shape.positions, dtype=torch.float32), shape.rope_theta**-steps)
    return torch.polar(torch.ones_like(angles), angles).to(device)
