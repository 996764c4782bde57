"""The lean decoder under CUDA graphs: a step that writes is recorded once for each number of texts and replayed, for on a GPU launching
takes longest.

A recording has fixed tensors, so it covers a round number of texts; rows that are left over write to a slot that nobody has. What is read
of prompts beside it is launched as it is. Everything but the recording itself and the attention is ordinary tensor code and is tested on
a CPU, by replaying a plain call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chatbot.engines.architecture import Shape
from chatbot.engines.decoder import Decoder
from chatbot.engines.pieces import Piece, as_bias
from chatbot.engines.segments import Segments, Weights

LEAST = 2  # texts of a recording; one would make the compiler of the segments take that number for a constant
Replay = Callable[[], Tensor]
# queries, keys, values, slots, ends → what is seen; see attention_kernel.attend
Attend = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Recording:
    """What is filled before each replay, and the replay, which gives the scores of every covered row."""

    where: Tensor  # (3, texts), int64: each text's token, slot and length before it
    replay: Replay
    run: Replay  # what was recorded; a recording reads the memory of its tensors, so they must live as long


def cuda_graph(run: Callable[[], Tensor]) -> Replay:
    """Record `run` after two plain calls of it on a stream of their own, as torch.cuda.graph wants it. What it writes, it writes again."""
    aside: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        run()
        run()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        scores = run()

    def replay() -> Tensor:
        graph.replay()
        return scores

    return replay


class GraphedDecoder(Decoder):
    """`record` makes a replay of a call; tests put a plain call in its place. Every size is recorded at the start."""

    record: Callable[[Callable[[], Tensor]], Replay] = staticmethod(cuda_graph)
    ahead = True

    def __init__(self, shape: Shape, weights: Weights, slots: int, keep: torch.dtype, segments: Segments | None = None) -> None:
        super().__init__(shape, weights, slots + 1, keep, segments)
        self._attend_each = fitting_attention(shape, self._turns.device, keep)
        self._spare = slots  # where the rows that are left over write
        self._made: dict[int, Recording] = {}
        self._room = 0
        for count in sizes(slots):
            self._recording(count)

    def fresh(self) -> GraphedDecoder:
        """See Decoder.fresh."""
        return type(self)(self.shape, self.weights, self._spare, self.slots.values.dtype, self._segments)

    @torch.inference_mode()
    def forward(self, pieces: Sequence[Piece], wanted: Callable[[], bool] | None = None) -> list[Tensor] | None:
        """See Decoder.forward. What is only written is not left in the middle: it is over in a few milliseconds.

        Returns before the GPU has computed what is only written; a step that reads is waited for, so that its time can be taken.
        """
        written = [piece for piece in pieces if len(piece.ids) == 1 and not piece.branches]
        others = [piece for piece in pieces if len(piece.ids) > 1 or piece.branches]
        read = super().forward(others, wanted) if others else []
        if read is None:
            return None
        scores = dict(zip((piece.slot for piece in others), read, strict=True))
        if written:
            scores |= dict(zip((piece.slot for piece in written), torch.split(self._write(written), 1), strict=False))
        if others and self._turns.is_cuda:
            torch.cuda.current_stream().synchronize()
        return [scores[piece.slot] for piece in pieces]

    def _write(self, pieces: Sequence[Piece]) -> Tensor:
        lengths = self.slots.lengths
        self.slots.reserve(max(lengths[piece.slot] for piece in pieces) + 1)
        count = next(size for size in sizes(self._spare) if size >= len(pieces))
        rows = [(piece.ids[0], piece.slot, lengths[piece.slot]) for piece in pieces]
        rows += [(0, self._spare, 0)] * (count - len(pieces))
        recording = self._recording(count)
        recording.where.copy_(torch.tensor(rows).T)
        for piece in pieces:
            lengths[piece.slot] += 1
        return recording.replay().clone()

    @torch.inference_mode()
    def _recording(self, count: int) -> Recording:
        """That of so many texts for the slots as they lie in memory now; when they have grown, all are made anew."""
        if self._room != self.slots.room:
            self._room, self._made = self.slots.room, {}
        if count not in self._made:
            where = torch.tensor([[0, self._spare, 0]] * count, device=self._turns.device).T.contiguous()
            run = self._step(where)
            self._made[count] = Recording(where, self.record(run), run)
        return self._made[count]

    def _step(self, where: Tensor) -> Callable[[], Tensor]:
        shape, segments, room = self.shape, self._segments, self.slots.room
        homes = self.slots.values.view(shape.layers, -1, shape.head_size).unbind(0)
        views = self.slots.views(0, self._spare + 1, room)
        first = self.slots.rows(0, 0, 1)

        def run() -> Tensor:
            ids, slots, lengths = where.unbind(0)
            places = (first + (slots * shape.key_heads * room + lengths)[:, None]).flatten()
            ends, turns = lengths + 1, self._turned(lengths)
            hidden = self.weights.embedding[ids].float()
            queries, new = segments.first(hidden, turns)
            for number, (home, keys, values) in enumerate(zip(homes, *views, strict=True)):
                home.index_copy_(0, places, new)
                seen = self._attend_each(queries, keys, values, slots, ends)
                if number + 1 < shape.layers:
                    hidden, queries, new = segments.between(number + 1, hidden, seen, turns)
            return segments.scores(segments.last(hidden, seen))

        return run


def sizes(slots: int) -> list[int]:
    """How many texts the recordings cover: powers of two up to the first that is enough for all slots."""
    found = [LEAST]
    while found[-1] < slots:
        found.append(2 * found[-1])
    return found


def attend_masked(queries: Tensor, keys: Tensor, values: Tensor, slots: Tensor, ends: Tensor) -> Tensor:
    """The same as the kernel on torch alone: every slot is copied and read whole, which costs several times as much."""
    seen = torch.arange(keys.shape[2], device=keys.device)[None] < ends[:, None]
    bias = as_bias(seen, keys.dtype)[:, None, None]
    return functional.scaled_dot_product_attention(queries, keys[slots], values[slots], attn_mask=bias).flatten(1)


@torch.inference_mode()
def fitting_attention(shape: Shape, device: torch.device, keep: torch.dtype) -> Attend:
    """The kernel where Triton is there and gives for heads of this shape what torch gives; else torch's attention."""
    if device.type != "cuda":
        return attend_masked
    try:
        from chatbot.engines.attention_kernel import attend

        draw = torch.Generator(device).manual_seed(1)
        queries = torch.randn(3, shape.key_heads, shape.group, shape.head_size, generator=draw, device=device).to(keep)
        kept = torch.randn(2, 4, shape.key_heads, 320, shape.head_size, generator=draw, device=device).to(keep)
        slots, ends = torch.tensor([[3, 0, 2], [1, 64, 301]], device=device)
        found, expected = (one(queries, kept[0], kept[1], slots, ends).float() for one in (attend, attend_masked))
    except Exception:  # no Triton, no compiler for its launchers, a head size it cannot take
        return attend_masked
    return attend if bool((found - expected).norm() < 0.01 * expected.norm()) else attend_masked
