"""A run's scenes as the trainer reads them: packed, what is held out apart, and the batches of every step.

Knows tokens and lengths, no weights. Invariant: the same recipe, scenes and tokenizer give the same material.
"""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from chatbot.engines.tokens import Tokens
from chatbot.training.batches import TooFewScenes, hold_out, in_batches, plan_steps, some_of
from chatbot.training.packing import Packed, pack_scene
from chatbot.training.recipe import Recipe
from chatbot.training.scenes import Scene

_MANY_SCENES = 3000  # from which on several processes pack: one takes milliseconds for a scene


@dataclass(frozen=True, slots=True)
class Material:
    """`packed` has the sequences to train on first, `training` of them, then those held out. `about` is for data.json."""

    packed: tuple[Packed, ...]
    training: int
    about: dict[str, Any]

    @property
    def lengths(self) -> list[int]:
        return [len(one) for one in self.packed[: self.training]]

    def held_out(self, batch: int) -> list[list[int]]:
        """The batches of what is held out, the shortest first."""
        lengths = [len(one) for one in self.packed]
        return list(in_batches(sorted(range(self.training, len(self.packed)), key=lengths.__getitem__), lengths, batch))

    def read_in(self, steps: Sequence[Sequence[int]]) -> list[int]:
        """How many tokens were read when 0, 1, 2, … of the steps are done; padding is not counted."""
        return list(itertools.accumulate((sum(len(self.packed[number]) for number in step) for step in steps), initial=0))

    def padded(self, steps: Sequence[Sequence[int]]) -> int:
        """The tokens of the steps with their padding."""
        return sum(len(step) * max(len(self.packed[number]) for number in step) for step in steps)

    def alone(self, steps: Sequence[Sequence[int]]) -> int:
        """The tokens that the questions of the steps would have if each was read by itself."""
        return sum(self.packed[number].alone for step in steps for number in step)


def material_of(scenes: Sequence[Scene], recipe: Recipe, tokens: Tokens) -> Material:
    """Raises TooFewScenes when nothing is left to train on or to measure with."""
    split = hold_out(scenes, recipe.held_out, recipe.seed)
    apart = some_of(split.held_out, recipe.held_out_most, recipe.seed)
    training, held_out = _packed(split.training, recipe, tokens), _packed(apart, recipe, tokens)
    if not training or not held_out:
        which = "held out" if training else "to train on"
        raise TooFewScenes(f"every question {which} is longer than {recipe.longest} tokens: raise --longest")
    asked = sum(len(scene.asks) for scene in (*split.training, *apart))
    about = {
        "held_out": {
            "by": split.by,
            "shops": len({scene.shop for scene in split.held_out}),
            "names": sorted({scene.shop for scene in split.held_out}),
            "scenes": len(split.held_out),
            "measured_with": len(apart),
        },
        "too_long": asked - sum(one.questions for one in (*training, *held_out)),
    }
    return Material((*training, *held_out), len(training), about)


def steps_of(material: Material, recipe: Recipe) -> list[list[int]]:
    """The batches of every step of a recipe whose length is known."""
    return plan_steps(material.lengths, recipe.batch, recipe.seed, epochs=recipe.epochs, steps=recipe.steps)


def _packed(scenes: Sequence[Scene], recipe: Recipe, tokens: Tokens) -> list[Packed]:
    pack = functools.partial(pack_scene, tokens=tokens, longest=recipe.longest)
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    if len(scenes) < _MANY_SCENES or cores < 2:
        return [one for scene in scenes for one in pack(scene)]
    return list(itertools.chain.from_iterable(in_processes(pack, scenes, cores)))


def in_processes(pack: Callable[[Scene], list[Packed]], scenes: Sequence[Scene], cores: int) -> Iterator[list[Packed]]:
    """In their order. Forked, so that what is packed with (a tokenizer and a template) is there without being sent."""
    with ProcessPoolExecutor(cores, multiprocessing.get_context("fork"), initializer=_take, initargs=(pack,)) as pool:
        yield from pool.map(_pack, scenes, chunksize=1 + len(scenes) // (8 * cores))


def _take(pack: Callable[[Scene], list[Packed]]) -> None:
    _taken.append(pack)


def _pack(scene: Scene) -> list[Packed]:
    return _taken[0](scene)


_taken: list[Callable[[Scene], list[Packed]]] = []  # in a process that packs: with what
