"""How much one conversation, one shopper and one address may do: token buckets and a count of open sockets.

Knows no socket and no database; time comes from a clock that tests may move. A refusal costs nothing, so that who waits as told is let in.
Memory stays bounded: a bucket that is full again is forgotten.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

_MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `per_second` in the long run."""

    per_second: float
    burst: float


class Buckets:
    """Token buckets of one rate, by key."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """Seconds until the next one is allowed; 0 when it is now."""
        missing = 1.0 - self._level(key)
        return max(0.0, missing / self._rate.per_second)

    def take(self, key: str) -> None:
        if len(self._levels) >= _MOST_BUCKETS:
            self._forget_full()
        self._levels[key] = (self._level(key) - 1.0, self._clock())

    def _level(self, key: str) -> float:
        level, since = self._levels.get(key, (self._rate.burst, 0.0))
        return min(self._rate.burst, level + (self._clock() - since) * self._rate.per_second)

    def _forget_full(self) -> None:
        self._levels = {key: kept for key, kept in self._levels.items() if self._level(key) < self._rate.burst}
        if len(self._levels) >= _MOST_BUCKETS:  # under attack from many addresses: the oldest half is let off
            newest = sorted(self._levels.items(), key=lambda item: item[1][1])[_MOST_BUCKETS // 2 :]
            self._levels = dict(newest)


class Limits:
    """All limits of the chat. The defaults let a fast typist and a busy office behind one address through."""

    def __init__(
        self,
        *,
        conversation: Rate = Rate(1.0, 8.0),
        shopper: Rate = Rate(1.0, 20.0),
        address: Rate = Rate(10.0, 100.0),
        connects: Rate = Rate(20.0, 200.0),
        frames: Rate = Rate(20.0, 100.0),
        sockets: int = 5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversation = Buckets(conversation, clock)
        self._shopper = Buckets(shopper, clock)
        self._address = Buckets(address, clock)
        self._connects = Buckets(connects, clock)
        self._frames = Buckets(frames, clock)
        self._most_sockets = sockets
        self._sockets: Counter[str] = Counter()

    def message(self, conversation: str, shopper: str, address: str) -> float:
        """Count one message; 0 when it may pass, else the seconds to wait, and nothing is counted."""
        return _all_or_none((self._conversation, conversation), (self._shopper, shopper), (self._address, address))

    def connect(self, address: str) -> float:
        """Count one handshake or HTTP call of an address; 0, or the seconds to wait."""
        return _all_or_none((self._connects, address))

    def frame(self, conversation: str) -> float:
        """Count one frame of any kind; 0, or the seconds to wait."""
        return _all_or_none((self._frames, conversation))

    def enter(self, shopper: str) -> bool:
        """Count one more open socket of a shopper; False when there are enough. `leave` for each True."""
        if self._sockets[shopper] >= self._most_sockets:
            return False
        self._sockets[shopper] += 1
        return True

    def leave(self, shopper: str) -> None:
        self._sockets[shopper] -= 1
        if self._sockets[shopper] <= 0:
            del self._sockets[shopper]


def _all_or_none(*asked: tuple[Buckets, str]) -> float:
    longest = max(buckets.wait(key) for buckets, key in asked)
    if longest == 0.0:
        for buckets, key in asked:
            buckets.take(key)
    return longest
