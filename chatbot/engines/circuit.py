"""A circuit breaker: after failures in a row, calls fail at once for a while instead of making every shopper wait for a dead server.

Knows no network; the clock is given. Invariant: while half open exactly one call is let through to try.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Circuit:
    """Closed until `failures` in a row, then open for `seconds`, then one call tries."""

    def __init__(self, failures: int = 5, seconds: float = 15.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._opened = 0.0

    @property
    def remaining(self) -> float:
        """Seconds until a call may try again; 0 when calls go through."""
        if self._failures < self._limit:
            return 0.0
        return max(0.0, self._opened + self._seconds - self._clock())

    def allows(self) -> bool:
        if self._failures < self._limit:
            return True
        if self.remaining > 0:
            return False
        self._opened = self._clock()  # this call is the one that tries; the others go on waiting
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def undecided(self) -> None:
        """The call that was let through to try ended without telling anything: the next one may try."""
        if self._failures >= self._limit:
            self._opened = self._clock() - self._seconds

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= self._limit:
            self._opened = self._clock()
