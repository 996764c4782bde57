"""What the decoder computed before and may need again: the memories of finished texts, found by their longest common beginning.

The shop's constant instructions and the turns of one conversation share most of their prompt; copying keys and values takes
milliseconds where computing them takes most of a second. Invariants: never more than `budget` bytes are kept, the least recently used
goes first, and what is handed out is a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

WORTH_COPYING = 16  # tokens
BUDGET = 256 << 20  # bytes

Entry = tuple[list[int], Any]  # token ids, and a memory that holds them


class Prefixes:
    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._entries: list[Entry] = []  # least recently used first

    @property
    def size(self) -> int:
        return sum(memory.size for _, memory in self._entries)

    def remember(self, ids: list[int], memory: Any) -> None:
        """Keep a memory that nobody writes to any more. One that merely begins it is dropped."""
        self._entries = [entry for entry in self._entries if entry[0] != ids[: len(entry[0])]]
        self._entries.append((ids, memory))
        while self._entries and self.size > self._budget:
            self._entries.pop(0)

    def recall(self, ids: Sequence[int], running: Iterable[Entry], capacity: int) -> Any | None:
        """A copy of the longest known beginning of `ids`, or None. At least one token is left to compute, for its scores are needed."""
        best, best_length = None, WORTH_COPYING - 1
        for entry in (*self._entries, *running):
            length = min(common_length(entry[0], ids), len(ids) - 1)
            if length > best_length:
                best, best_length = entry, length
        if best is None:
            return None
        self._touch(best)
        return best[1].fork(best_length, capacity)

    def _touch(self, entry: Entry) -> None:
        for place, known in enumerate(self._entries):
            if known is entry:
                self._entries.append(self._entries.pop(place))
                return


def common_length(first: Sequence[int], second: Sequence[int]) -> int:
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))
