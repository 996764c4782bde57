"""Looks at a process and its descendants while they are measured: the most memory they held, and how much of the machine others took.

Reads /proc; knows nothing of what the processes do. Figures from a machine that others used are not worth much, and `others` says so.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """`with Watch(pid) as watch: …`, then `watch.megabytes`: the most that was resident at one time, all descendants together.

    `watch.others`: the share of the processors' time, 0 to 1, that neither they nor this process used.
    """

    def __init__(self, process: int, every: float = 0.2) -> None:
        self.megabytes = 0.0
        self.others = 0.0
        self._process, self._every = process, every
        self._spent: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def __enter__(self) -> Watch:
        self._began, self._busy, self._own = time.monotonic(), machine_seconds(), time.process_time()
        self._before = sum(seconds(process) for process in tree(self._process))
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        whole = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        ours = sum(self._spent.values()) - self._before + time.process_time() - self._own
        self.others = max(0.0, machine_seconds() - self._busy - ours) / whole

    def _look(self) -> None:
        while True:
            processes = list(tree(self._process))
            self.megabytes = max(self.megabytes, sum(megabytes(process) for process in processes))
            self._spent |= {process: spent for process in processes if (spent := seconds(process))}
            if self._over.wait(self._every):
                return


def favour(process: int) -> None:
    """Let a process go before others of this machine, where that is allowed (as root); its children inherit it.

    Niceness counts only within a session where the kernel groups processes by session, so the group's own is set as well.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, -15)
        Path(f"/proc/{process}/autogroup").write_text("-20")


def tree(process: int) -> Iterator[int]:
    """A process and all its descendants; what has ended meanwhile is passed over."""
    yield process
    with suppress(OSError):
        for thread in list(Path(f"/proc/{process}/task").iterdir()):
            for child in (thread / "children").read_text().split():
                yield from tree(int(child))


def megabytes(process: int) -> float:
    """Resident memory; 0 when the process has ended."""
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE / 1e6
    return 0.0


def seconds(process: int) -> float:
    """Processor time of a process so far; 0 when it has ended."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0


def machine_seconds() -> float:
    """Processor time that anyone has used since the machine started."""
    user, nice, system, _idle, _waiting, *interrupts = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8])
    return (user + nice + system + sum(interrupts)) / _TICKS
