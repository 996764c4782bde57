"""The lean decoder under CUDA graphs: a step that only writes is recorded once per size and replayed, for on a GPU launching takes longest.

A recording has fixed tensors, so the step covers slots 0 to a round number and positions 0 to a round number, whoever is in them: what a
slot without a token computes goes nowhere, its key and value to the position after its last, where the next real one overwrites them.
Everything but the recording itself is ordinary tensor code and is tested on a CPU by replaying a plain call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from chatbot.engines.decoder import Decoder, Step
from chatbot.engines.pieces import Piece

LENGTH_STEP = 256  # positions; attention reads up to the next multiple
Replay = Callable[[], Tensor]


@dataclass(frozen=True, slots=True)
class Recording:
    """Tensors that are filled before each replay, and the replay, which gives the scores of every covered slot."""

    ids: Tensor  # (slots,)
    step: Step
    seen: Tensor  # the bias of the step's one run, (slots, 1, 1, positions)
    replay: Replay


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
    """`record` makes a replay of a call; tests put a plain call in its place."""

    record: Callable[[Callable[[], Tensor]], Replay] = staticmethod(cuda_graph)

    @torch.inference_mode()
    def forward(self, pieces: Sequence[Piece], wanted: Callable[[], bool] | None = None) -> list[Tensor] | None:
        """See Decoder.forward. A step that only writes is not left in the middle: it is over in a millisecond or two."""
        if any(len(piece.ids) != 1 or piece.branches for piece in pieces):
            return super().forward(pieces, wanted)
        count, reach = self._size(pieces)
        recording = self._fill(pieces, count, reach)
        scores = recording.replay()
        for piece in pieces:
            self.slots.lengths[piece.slot] += 1
        return [scores[piece.slot : piece.slot + 1].clone() for piece in pieces]

    def _size(self, pieces: Sequence[Piece]) -> tuple[int, int]:
        """How many slots and positions the step covers: the next power of two and the next multiple of LENGTH_STEP."""
        lengths = self.slots.lengths
        self.slots.reserve(min(max(lengths) + 1, self.shape.positions))
        needed = 1 + max(piece.slot for piece in pieces)
        count = min(len(lengths), 1 << (needed - 1).bit_length())
        longest = 1 + max(lengths[piece.slot] for piece in pieces)
        return count, min(self.slots.room, -(-longest // LENGTH_STEP) * LENGTH_STEP)

    def _fill(self, pieces: Sequence[Piece], count: int, reach: int) -> Recording:
        """The recording for this size, made at its first use, with this step's values in its tensors."""
        tokens = {piece.slot: piece.ids[0] for piece in pieces}
        lengths = [min(length, self.slots.room - 1) for length in self.slots.lengths[:count]]
        device = self._turns.device
        ids = torch.tensor([tokens.get(slot, 0) for slot in range(count)], device=device)
        turns = self._turned(lengths)
        places = torch.cat([self.slots.rows(slot, length, 1).flatten() for slot, length in enumerate(lengths)])
        ends = torch.tensor([lengths[slot] + 1 if slot in tokens else 1 for slot in range(count)], device=device)
        seen = torch.arange(reach, device=device)[None] < ends[:, None]
        bias = torch.zeros(seen.shape, dtype=self.slots.values.dtype, device=device).masked_fill_(~seen, -torch.inf)[:, None, None]
        found = self._recordings().get((count, reach))
        if found is None:
            return self._record(ids, Step(turns, places, [(0, count, 0, reach, bias)], []), bias)
        for kept, new in ((found.ids, ids), (found.step.turns, turns), (found.step.places, places), (found.seen, bias)):
            kept.copy_(new)
        return found

    def _recordings(self) -> dict[tuple[int, int], Recording]:
        """Those made for the slots as they lie in memory now; when they have grown, all are made anew."""
        home = self.slots.values.data_ptr()
        if self.__dict__.get("_home") != home:
            self._home, self._made = home, dict[tuple[int, int], Recording]()
        return self._made

    def _record(self, ids: Tensor, step: Step, seen: Tensor) -> Recording:
        def run() -> Tensor:
            hidden = self._through_layers(ids, step, None)
            assert hidden is not None  # it is left in the middle only when somebody may say so
            return self._segments.scores(hidden)

        made = Recording(ids, step, seen, self.record(run))
        self._recordings()[len(ids), seen.shape[-1]] = made
        return made
