"""A block of torch's work on the calling thread alone, whatever the threads of others are set to.

For a few short texts a second thread gains little, and where another part of the program computes at the same time the two wait for
each other in busy loops: measured on two busy cores, one question of ten tokens took 20 ms of processor time alone and 210 ms with two
threads. torch's own setting is for everybody, so the libraries below it are told, for this thread only. Where a build of torch has not
these libraries, the block runs as it would without.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import torch

_SetThreads = Callable[[int], int]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Until the block ends, products and loops of the calling thread are not divided."""
    setters = _setters()
    if setters is None:
        yield
        return
    divide, multiply = setters
    before = torch.get_num_threads()  # also has torch make its own first setting of this thread, which would undo ours
    divide(1)
    multiply(1)
    try:
        yield
    finally:
        divide(before)
        multiply(0)  # back to what holds for everybody


@cache
def _setters() -> tuple[_SetThreads, _SetThreads] | None:
    """What sets the calling thread's number of threads in OpenMP and in MKL; None where torch was built without one of them."""
    library = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    try:
        loaded = ctypes.CDLL(str(library))
        return loaded.omp_set_num_threads, loaded.MKL_Set_Num_Threads_Local
    except (OSError, AttributeError):
        return None
