"""Attention on a GPU of texts that get one more token each: a Triton kernel that reads what each text has, and no more.

torch's own attention takes one length for all texts, and a mask for those that are shorter: masked positions are read all the same, few
texts leave most of the GPU idle, and a mask keeps the fastest kernels away: on an H200 it takes two to four times as long. Here the
positions of a text are split among several programs and their parts joined, as in flash decoding (Dao et al. 2023, "Flash-Decoding for
long-context inference"). Nothing in it depends on how long the texts are, so a recorded step serves every length.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

POSITIONS = 64  # read at once
MOST_SPLITS = 16
PROGRAMS = 256  # about twice the processors of a large GPU
LOG2_E = 1.4426950408889634


@triton.jit  # type: ignore[untyped-decorator]
def _parts(  # type: ignore[no-untyped-def]
    queries, keys, values, slots, ends, sums, tops, weights, per_text, per_slot, per_head, per_position, scale,
    key_heads: tl.constexpr, group: tl.constexpr, rows: tl.constexpr, size: tl.constexpr, width: tl.constexpr,
    positions: tl.constexpr, splits: tl.constexpr,
):  # fmt: skip
    """One program: the queries of one key head over one part of one text's positions."""
    text, head, split = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    end = tl.load(ends + text)
    share = tl.cdiv(tl.cdiv(end, splits), positions) * positions
    start = split * share
    end = tl.minimum(end, start + share)
    row, column = tl.arange(0, rows), tl.arange(0, width)
    real = (row < group)[:, None] & (column < size)[None]
    asked = tl.load(queries + text * per_text + (head * group + row)[:, None] * size + column[None], mask=real, other=0.0)
    home = tl.load(slots + text) * per_slot + head * per_head
    top = tl.full([rows], float("-inf"), tl.float32)
    weight = tl.zeros([rows], tl.float32)
    found = tl.zeros([rows, width], tl.float32)
    for first in range(start, end, positions):
        place = first + tl.arange(0, positions)
        there = (place < end)[:, None] & (column < size)[None]
        where = home + place[:, None] * per_position + column[None]
        scores = tl.dot(asked, tl.trans(tl.load(keys + where, mask=there, other=0.0)), input_precision="ieee") * scale
        scores = tl.where((place < end)[None], scores, float("-inf"))
        higher = tl.maximum(top, tl.max(scores, 1))
        chances, kept = tl.exp2(scores - higher[:, None]), tl.exp2(top - higher)
        seen = tl.load(values + where, mask=there, other=0.0)
        found = found * kept[:, None] + tl.dot(chances.to(seen.dtype), seen, input_precision="ieee")
        weight = weight * kept + tl.sum(chances, 1)
        top = higher
    out = ((text * key_heads + head) * splits + split) * rows + row
    tl.store(sums + out[:, None] * width + column[None], found)
    tl.store(tops + out, top)
    tl.store(weights + out, weight)


@triton.jit  # type: ignore[untyped-decorator]
def _join(  # type: ignore[no-untyped-def]
    sums, tops, weights, result, heads: tl.constexpr, key_heads: tl.constexpr, group: tl.constexpr, rows: tl.constexpr,
    size: tl.constexpr, width: tl.constexpr, splits: tl.constexpr,
):  # fmt: skip
    """One program: one query head of one text, from its parts. Parts without positions weigh nothing."""
    text, head = tl.program_id(0), tl.program_id(1)
    split, column = tl.arange(0, splits), tl.arange(0, width)
    place = ((text * key_heads + head // group) * splits + split) * rows + head % group
    top, weight = tl.load(tops + place), tl.load(weights + place)
    share = tl.where(weight > 0, tl.exp2(top - tl.max(top, 0)), 0.0)
    found = tl.sum(tl.load(sums + place[:, None] * width + column[None]) * share[:, None], 0) / tl.sum(weight * share, 0)
    tl.store(result + (text * heads + head) * size + column, found, mask=column < size)


def attend(queries: Tensor, keys: Tensor, values: Tensor, slots: Tensor, ends: Tensor) -> Tensor:
    """What each text's token sees: (texts, key heads x group x head size).

    queries: (texts, key heads, group, head size), contiguous in the last three; keys, values: (slots, key heads, positions, head size),
    strided alike and contiguous in the last; slots: int64, the place of each text; ends: int64, how many positions it sees, at least 1.
    """
    texts, key_heads, group, size = queries.shape
    rows, width = max(16, triton.next_power_of_2(group)), max(16, triton.next_power_of_2(size))
    splits = max(1, min(MOST_SPLITS, triton.next_power_of_2(PROGRAMS // (texts * key_heads) + 1) // 2))
    sums = queries.new_empty((texts, key_heads, splits, rows, width), dtype=torch.float32)
    tops = queries.new_empty((texts, key_heads, splits, rows), dtype=torch.float32)
    weights = torch.empty_like(tops)
    result = queries.new_empty((texts, key_heads * group * size))
    per_slot, per_head, per_position, _ = keys.stride()
    _parts[(texts, key_heads, splits)](
        queries, keys, values, slots, ends, sums, tops, weights, queries.stride(0), per_slot, per_head, per_position,
        size**-0.5 * LOG2_E, key_heads, group, rows, size, width, POSITIONS, splits, num_warps=4,
    )  # fmt: skip
    _join[(texts, key_heads * group)](
        sums, tops, weights, result, key_heads * group, key_heads, group, rows, size, width, splits, num_warps=4
    )
    return result
