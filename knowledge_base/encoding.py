"""Texts to vectors, only those that no store knows, each kept on disk as soon as it is made.

The second pass of a build. One that was killed goes on with the first text that had not been encoded. Knows no passages. The journal's
folder is removed by `forget` once a version that has the vectors is published.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from knowledge_base.cutting import Cutter
from knowledge_base.encoders import Encoder
from knowledge_base.known import HASH, Journal, Known, Store
from knowledge_base.trained import Tell
from knowledge_base.vector_files import Lane

_FOLDER = "encoded"
_BATCH = 64


class Encoding:
    """Encodes what is missing of each lane; counts what it encoded."""

    def __init__(self, index_folder: Path, stores: Mapping[str, Sequence[Store]], tell: Tell) -> None:
        self._folder = index_folder / _FOLDER
        self._stores = stores
        self._tell = tell
        self._total = 0
        self.embedded = 0

    def complete(self, cut: Cutter) -> None:
        """Encode all that is missing."""
        missing = {lane: self._missing(cut, lane) for lane in cut.lanes()}
        self._total = sum(missing.values())
        for lane, encoder in cut.lanes().items():
            if missing[lane]:
                self._encode(cut, lane, encoder)

    def known(self, lane: Lane) -> Known:
        """All vectors that are known for a lane now."""
        journal = Journal(self._folder, lane.origin, lane.dimension)
        return Known([*self._stores.get(lane.origin, ()), journal.read()], lane.dimension)

    def forget(self) -> None:
        """Remove the journals: a published version has the vectors now."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _missing(self, cut: Cutter, lane: Lane) -> int:
        hashes = np.ascontiguousarray(cut.rows(lane)["hash"]).view(f"S{HASH.itemsize}")
        distinct = np.unique(hashes).view(HASH)
        return int((self.known(lane).places(distinct) < 0).sum())

    def _encode(self, cut: Cutter, lane: Lane, encoder: Encoder) -> None:
        journal, known = Journal(self._folder, lane.origin, lane.dimension), self.known(lane)
        for batch in _batches(_unknown(cut.texts(lane.language), known)):
            vectors = encoder.encode([text for _, text in batch], role="passage")
            journal.append([key for key, _ in batch], vectors)
            self.embedded += len(batch)
            self._tell("embedding", self.embedded, self._total)


def _unknown(texts: Iterable[list[tuple[bytes, str]]], known: Known) -> Iterable[tuple[bytes, str]]:
    for batch in texts:
        places = known.places(np.frombuffer(b"".join(key for key, _ in batch), dtype=HASH))
        yield from (pair for pair, place in zip(batch, places, strict=True) if place < 0)


def _batches(pairs: Iterable[tuple[bytes, str]]) -> Iterable[list[tuple[bytes, str]]]:
    batch: list[tuple[bytes, str]] = []
    for pair in pairs:
        batch.append(pair)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
