"""What the decoder computed before and may need again: a radix tree over blocks of tokens, shared by all conversations.

The shop's constant instructions and the turns of one conversation share most of their prompt; copying keys and values takes
milliseconds where computing them takes most of a second. Each node is a block of tokens after those of its parent, with their keys and
values in one arena. Invariants: the arena never exceeds `budget` bytes; what was used least recently goes first, and never a node
before its children; what is handed out is a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

BLOCK = 16  # tokens
BUDGET = 192 << 20  # bytes
Read = Callable[[int, int], Tensor | None]  # from, to → keys and values (layers, 2, key heads, positions, head size)


@dataclass(slots=True, eq=False)
class Node:
    """`place` in the arena; the root has none."""

    ids: tuple[int, ...] = ()
    place: int = -1
    parent: Node | None = None
    children: dict[tuple[int, ...], Node] = field(default_factory=dict)
    used: int = 0


class Prefixes:
    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._root = Node()
        self._arena: Tensor | None = None  # (blocks, layers, 2, key heads, BLOCK, head size)
        self._free: list[int] = []
        self._clock = 0

    @property
    def blocks(self) -> int:
        """How many are kept."""
        return 0 if self._arena is None else len(self._arena) - len(self._free)

    @property
    def size(self) -> int:
        """Bytes of what is kept."""
        return 0 if self._arena is None else self.blocks * self._arena[0].nbytes

    @property
    def used(self) -> float:
        """The share of the budget that is kept, 0 to 1; 1 where there is none."""
        return self.size / self._budget if self._budget else 1.0

    def known(self, ids: Sequence[int]) -> int:
        """How many of the first tokens of `ids` could be had from here. At least one is left to compute, for its scores are needed."""
        return sum(length for _, length in self._path(ids[: len(ids) - 1]))

    def recall(self, ids: Sequence[int], start: int = 0) -> Tensor | None:
        """The keys and values of the longest known beginning of `ids`, from position `start` on. None when nothing beyond it is known."""
        path = list(self._path(ids[: len(ids) - 1]))
        length = sum(part for _, part in path)
        if self._arena is None or length <= start:
            return None
        self._touch([node for node, _ in path])
        skipped = start // BLOCK
        places = torch.tensor([node.place for node, _ in path[skipped:]], device=self._arena.device)
        blocks = self._arena[places]
        joined = blocks.permute(1, 2, 3, 0, 4, 5).flatten(3, 4)
        return joined[:, :, :, start - skipped * BLOCK : length - skipped * BLOCK]

    def remember(self, ids: Sequence[int], read: Read) -> None:
        """Keep the whole blocks of `ids` that are not known yet; `read` copies their keys and values out of a slot."""
        node, place = self._root, 0
        whole = len(ids) // BLOCK * BLOCK
        passed: list[Node] = []
        while place < whole and (child := node.children.get(tuple(ids[place : place + BLOCK]))):
            node, place = child, place + BLOCK
            passed.append(node)
        self._touch(passed)
        if place == whole or (kept := read(place, whole)) is None:
            return
        for start in range(place, whole, BLOCK):
            arena = self._room(kept)
            if (home := self._place(node)) is None:
                return
            part = kept[:, :, :, start - place : start - place + BLOCK]
            arena[home] = part
            child = Node(tuple(ids[start : start + BLOCK]), home, node)
            node.children[child.ids] = child
            node = child
            self._touch([node])

    def _path(self, ids: Sequence[int]) -> Iterator[tuple[Node, int]]:
        """The nodes along `ids` and how many of each one's tokens count; the last may count in part."""
        node, place = self._root, 0
        while node.children and place < len(ids):
            wanted = tuple(ids[place : place + BLOCK])
            child = node.children.get(wanted)
            if child is None:
                best = max(node.children.values(), key=lambda one: common_length(one.ids, wanted))
                if length := common_length(best.ids, wanted):
                    yield best, length
                return
            yield child, BLOCK
            node, place = child, place + BLOCK

    def _touch(self, nodes: Sequence[Node]) -> None:
        self._clock += 1
        for node in nodes:
            node.used = self._clock

    def _room(self, like: Tensor) -> Tensor:
        """The arena, made for keys and values like these when there is none yet."""
        if self._arena is None:
            shape = (like.shape[0], like.shape[1], like.shape[2], BLOCK, like.shape[4])
            count = self._budget // (shape[0] * shape[1] * shape[2] * shape[3] * shape[4] * like.element_size())
            self._arena = like.new_empty((count, *shape))  # its pages cost nothing until they are written
            self._free = list(range(count))[::-1]
        return self._arena

    def _place(self, keep: Node) -> int | None:
        """A free place in the arena, made by letting the least recently used leaf go if need be. None when there is no room for one."""
        if not self._free:
            self._evict(keep)
        return self._free.pop() if self._free else None

    def _evict(self, keep: Node) -> None:
        """Let the oldest leaves go, a sixteenth of all at a time, but `keep`, which is being added to."""
        leaves = [node for node in self._nodes(self._root) if not node.children and node is not keep]
        for leaf in sorted(leaves, key=lambda node: node.used)[: max(1, self.blocks // 16)]:
            self._free.append(leaf.place)
            if leaf.parent is not None:
                del leaf.parent.children[leaf.ids]

    def _nodes(self, node: Node) -> Iterator[Node]:
        waiting = list(node.children.values())
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.children.values()


def common_length(first: Sequence[int], second: Sequence[int]) -> int:
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))
