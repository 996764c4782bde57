"""Vectors that need not be made again: by the hash of the text they were made from.

They come from the version that serves and from the journal of a build that was stopped: what an encoder made is appended to a file at
once, so a build that was killed goes on where it was. Knows no texts and no passages. Invariants: hashes are 16 bytes; a record that was
cut short or changed on disk is dropped, never trusted.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoders import Vectors

HASH_BYTES = 16
HASH = np.dtype(("V", HASH_BYTES))
Hashes = NDArray[np.void]
Places = NDArray[np.int64]
Store = tuple[Hashes, NDArray[np.generic]]  # hashes with the rows that were made from those texts


def hash_of(text: str) -> bytes:
    """The hash of a text, by which its vector is found again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:HASH_BYTES]


class Known:
    """Vectors of one encoder with the same weights, out of one or more stores."""

    def __init__(self, stores: Sequence[Store], dimension: int) -> None:
        self._stores = [(hashes, rows) for hashes, rows in stores if len(hashes)]
        self._dimension = dimension
        self._starts = np.cumsum([0, *(len(hashes) for hashes, _ in self._stores)])
        self._keys = _keys(np.concatenate([hashes for hashes, _ in self._stores])) if self._stores else _keys(np.zeros(0, dtype=HASH))
        self._order = np.argsort(self._keys[:, 0], kind="stable")
        self._sorted = self._keys[self._order, 0]

    def places(self, hashes: Hashes) -> Places:
        """Where the vector of each hash is; -1 where it is not known."""
        if not len(self._sorted):
            return np.full(len(hashes), -1, dtype=np.int64)
        wanted = _keys(hashes)
        at = np.minimum(np.searchsorted(self._sorted, wanted[:, 0]), len(self._sorted) - 1)
        places = self._order[at]
        return np.where((self._keys[places] == wanted).all(axis=1), places, -1)

    def take(self, places: Places) -> Vectors:
        """The vectors at places that `places` gave, none of them -1."""
        taken = np.empty((len(places), self._dimension), dtype=np.float32)
        for number, (_, rows) in enumerate(self._stores):
            here = (places >= self._starts[number]) & (places < self._starts[number + 1])
            taken[here] = rows[places[here] - self._starts[number]]
        return taken


def _keys(hashes: Hashes) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes).view(np.uint64).reshape(len(hashes), 2)


class Journal:
    """The file to which a build appends what it encodes. One writer at a time: builds hold the lock of the index."""

    def __init__(self, folder: Path, origin: str, dimension: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / (hashlib.sha256(origin.encode()).hexdigest()[:16] + ".vectors")
        self._record = np.dtype([("hash", HASH), ("check", "<u4"), ("vector", "<f4", (dimension,))])
        self._cut_torn_end()

    def _cut_torn_end(self) -> None:
        if self._path.exists():
            size = self._path.stat().st_size
            os.truncate(self._path, size - size % self._record.itemsize)

    def append(self, hashes: Sequence[bytes], vectors: Vectors) -> None:
        """Hand records to the operating system: they survive the death of this process."""
        records = np.zeros(len(hashes), dtype=self._record)
        records["hash"] = np.frombuffer(b"".join(hashes), dtype=HASH)
        records["vector"] = vectors
        records["check"] = _checks(records)
        with self._path.open("ab") as file:
            file.write(records.tobytes())

    def read(self) -> Store:
        """The hashes and the vectors of all sound records; the vectors stay on disk."""
        if not self._path.exists() or not self._path.stat().st_size:
            return np.zeros(0, dtype=HASH), np.zeros((0, *self._record["vector"].shape), dtype=np.float32)
        records = np.memmap(self._path, dtype=self._record, mode="r")
        hashes = np.array(records["hash"])
        sound = _checks(records) == records["check"]
        hashes[~sound] = np.void(bytes(HASH_BYTES))  # the hash of no text
        return hashes, records["vector"]


def _checks(records: NDArray[np.void]) -> NDArray[np.uint32]:
    pairs = zip(records["hash"], records["vector"], strict=True)
    return np.fromiter((zlib.crc32(vector.tobytes(), zlib.crc32(key.tobytes())) for key, vector in pairs), dtype=np.uint32)
