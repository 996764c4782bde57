"""What was written so far, on disk: an append-only file of JSON lines beside the output, so that a run that was killed pays for nothing
twice.

A result is found by the hash of what it was made from (facts, wish, who wrote), never by its place, so rows may move and two equal rows
are paid for once. Lines reach the disk in batches; a torn last line, which a kill leaves, is cut off when the journal is opened. One run
at a time holds it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from chatbot.errors import ChatbotError

_LINES, _SECONDS = 50, 1.0  # between two syncs, whichever comes first


class JournalError(ChatbotError):
    """The journal cannot be used; the message names the file and what to do."""


class Journal:
    """Open with `Journal.open`; a context manager. Only where each result lies is kept in memory."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self._path, self._lock = path, lock
        self._places: dict[str, tuple[int, int]] = {}
        self._file: BinaryIO = path.open("a+b")
        self._unsynced, self._synced_at = 0, time.monotonic()
        self._end = self._read()

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Raises JournalError when another run has it, or it cannot be written."""
        lock = FileLock(f"{path}.lock")
        try:
            lock.acquire(timeout=0)
            return cls(path, lock)
        except Timeout as error:
            raise JournalError(f"{path}: expected to be the only run that writes this output, got another one that still does") from error
        except OSError as error:
            raise JournalError(f"{path}: expected a folder that can be written ({error.strerror or error})") from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.sync()
        self._file.close()
        self._lock.release()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def get(self, key: str) -> Any:
        """A result, or None."""
        if (place := self._places.get(key)) is None:
            return None
        self._file.flush()
        start, length = place
        return json.loads(os.pread(self._file.fileno(), length, start))["result"]

    def add(self, key: str, result: Any) -> None:
        """Keep a result; it is safe from a kill at once and from a loss of power after the next sync."""
        line = json.dumps({"key": key, "result": result}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._file.write(line)
        self._file.flush()
        self._places[key] = (self._end, len(line))
        self._end += len(line)
        self._unsynced += 1
        if self._unsynced >= _LINES or time.monotonic() - self._synced_at > _SECONDS:
            self.sync()

    def sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._unsynced, self._synced_at = 0, time.monotonic()

    def _read(self) -> int:
        """Where whole lines end; what lies behind is cut off."""
        self._file.seek(0)
        end = 0
        for key, start, length in self._whole_lines():
            self._places[key] = (start, length)
            end = start + length
        self._file.truncate(end)
        self._file.seek(end)
        return end

    def _whole_lines(self) -> Iterator[tuple[str, int, int]]:
        start = 0
        for line in self._file:
            try:
                key = json.loads(line)["key"] if line.endswith(b"\n") else None
            except (ValueError, KeyError, TypeError):
                key = None
            if not isinstance(key, str):
                return
            yield key, start, len(line)
            start += len(line)
