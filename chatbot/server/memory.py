"""How the C library hands out memory, set once before a server starts its threads."""

from __future__ import annotations

import ctypes
from contextlib import suppress

ARENAS = 2
_M_ARENA_MAX = -8  # of glibc's malloc.h


def share_arenas(count: int = ARENAS) -> bool:
    """Have all threads share a few of glibc's arenas; False where there is another C library.

    By itself glibc gives each thread its own, up to eight for a processor, and what one of them has freed is of no use to the others: with
    eight shoppers talking, seven arenas held 420 MB.
    """
    with suppress(OSError, AttributeError, TypeError):
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, count))
    return False
