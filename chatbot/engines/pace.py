"""How many tokens of prompts to read in a step, so that nobody who is being answered waits noticeably longer for the next word.

Learns from the steps themselves: how long one takes that only writes, and how much each token that is read adds.
"""

from __future__ import annotations

STALL_SECONDS = 0.06  # what reading may add to a step while somebody is being answered
ALONE = 256  # tokens a step when nobody is: long enough for full speed, and a step is left at once when nobody wants it any more
ALONE_SECONDS = 0.25  # on a fast machine more than that, as many as it reads in this time
LEAST = 8
MOST = 2048
_LEARNING = 0.2


class Pace:
    def __init__(self) -> None:
        self._writing = 0.02  # seconds of a step that only writes
        self._token = 0.002  # seconds that each token read adds

    def beside(self) -> int:
        """Tokens to read in a step in which somebody is answered."""
        return max(LEAST, min(MOST, int(STALL_SECONDS / self._token)))

    def alone(self) -> int:
        """Tokens to read in a step in which nobody is answered."""
        return max(ALONE, min(MOST, int(ALONE_SECONDS / self._token)))

    def took(self, seconds: float, read: int, writing: bool) -> None:
        """Hear what a step took in which `read` tokens of prompts were read."""
        if not read:
            self._writing += _LEARNING * (seconds - self._writing)
        else:
            added = max(1e-6, seconds - (self._writing if writing else 0.0)) / read
            self._token += _LEARNING * (added - self._token)
