"""Which scenes are trained on and in what order: whole shops held out, and batches of scenes of about the same length.

Knows lengths and seeds, no tokens and no model. Invariant: what is held out and what a step trains on are functions of the data, the seed
and the number of the step alone, so that a run that was killed goes on with the batches it would have had.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from chatbot.errors import ChatbotError
from chatbot.training.scenes import Scene

_MIXED = 16  # batches' worth of sequences that are sorted by length together: little padding, and still another order in each epoch


class TooFewScenes(ChatbotError):
    """There is nothing to train on, or nothing to measure with."""


@dataclass(frozen=True, slots=True)
class Split:
    """`by` says what was kept whole: all scenes of a shop, or, where all are of one shop, each scene."""

    training: tuple[Scene, ...]
    held_out: tuple[Scene, ...]
    by: Literal["shop", "scene"]


def hold_out(scenes: Sequence[Scene], share: float, seed: int) -> Split:
    """Keep a share of the shops apart, at least one and never all. Raises TooFewScenes."""
    if len(scenes) < 2:
        raise TooFewScenes(f"expected at least two scenes, one to train on and one to measure with, got {len(scenes)}")
    shops = sorted({scene.shop for scene in scenes})
    if len(shops) > 1:
        apart = set(_some(len(shops), share, seed))
        kept = {shops[number] for number in apart}
        held = [scene.shop in kept for scene in scenes]
    else:
        apart = set(_some(len(scenes), share, seed))
        held = [number in apart for number in range(len(scenes))]
    training, held_out = ([scene for scene, out in zip(scenes, held, strict=True) if out is wanted] for wanted in (False, True))
    return Split(tuple(training), tuple(held_out), "shop" if len(shops) > 1 else "scene")


def some_of(scenes: Sequence[Scene], most: int, seed: int) -> tuple[Scene, ...]:
    """At most so many, in their order, spread over all."""
    if len(scenes) <= most:
        return tuple(scenes)
    return tuple(scenes[number] for number in sorted(random.Random(seed).sample(range(len(scenes)), most)))


def _some(total: int, share: float, seed: int) -> list[int]:
    count = min(total - 1, max(1, round(share * total)))
    return random.Random(seed).sample(range(total), count)


def plan_steps(lengths: Sequence[int], tokens: int, seed: int, *, epochs: float = 0, steps: int = 0) -> list[list[int]]:
    """The sequences of every step, by number. `tokens` bounds a batch with its padding; a sequence longer than that is a batch alone.

    Give either `epochs` or `steps`.
    """
    batches = itertools.chain.from_iterable(epoch_batches(lengths, tokens, seed, epoch) for epoch in itertools.count())
    return list(itertools.islice(batches, steps or steps_in(lengths, tokens, seed, epochs)))


def steps_in(lengths: Sequence[int], tokens: int, seed: int, epochs: float) -> int:
    """The steps of so many epochs, the last of which may be a part of one; at least one step."""
    counts = [len(epoch_batches(lengths, tokens, seed, epoch)) for epoch in range(int(epochs) + 1)]
    return max(1, sum(counts[:-1]) + round((epochs % 1) * counts[-1]))


def epoch_batches(lengths: Sequence[int], tokens: int, seed: int, epoch: int) -> list[list[int]]:
    """Every sequence once."""
    dice = random.Random(f"{seed} {epoch}")
    order = list(range(len(lengths)))
    dice.shuffle(order)
    window = max(1, _MIXED * tokens * len(lengths) // max(1, sum(lengths)))
    batches = [
        batch
        for start in range(0, len(order), window)
        for batch in in_batches(sorted(order[start : start + window], key=lengths.__getitem__), lengths, tokens)
    ]
    dice.shuffle(batches)
    return batches


def in_batches(order: Sequence[int], lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Neighbours together, as many as `tokens` allows when all are padded to the longest."""
    batch: list[int] = []
    longest = 0
    for number in order:
        longest = max(longest, lengths[number])
        if batch and longest * (len(batch) + 1) > tokens:
            yield batch
            batch, longest = [], lengths[number]
        batch.append(number)
    if batch:
        yield batch
