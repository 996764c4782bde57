"""The files of one vector lane: whose row is whose, the exact numbers, and the trained part where rows are many.

`<stem>.rows.npy` names the passage of each row and the hash of its text. `<stem>.faiss` is flat and holds the numbers without loss up to
`Sizes.exact_rows`; above it is the trained part, and `<stem>.exact.npy` holds the numbers in half precision, to be mapped. Everything is
written in blocks. Knows no texts; which versions there are is told by versions.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from knowledge_base import trained, versions
from knowledge_base.errors import IndexUnusable
from knowledge_base.known import HASH, Known, Store
from knowledge_base.sizes import Sizes
from knowledge_base.trained import Tell, Trained
from knowledge_base.vectors import Part, VectorIndex, flat_bytes, flat_rows

ROW = np.dtype([("passage", "<i8"), ("hash", HASH)])
FLAT = "flat"
GONE = "gone.npy"
FRESH_PREFIX = "fresh-"
_BLOCK = 8192
RowTable = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Lane:
    """What is written: for which language, by which encoder (with what makes its vectors comparable)."""

    language: str
    encoder: str
    dimension: int
    fingerprint: str

    @property
    def stem(self) -> str:
        return f"vectors-{self.encoder}-{self.language}"

    @property
    def origin(self) -> str:
        """What makes two vectors of one text the same: the encoder and its weights."""
        return f"{self.encoder} {self.fingerprint}"


def write_lane(folder: Path, lane: Lane, rows: RowTable, known: Known, *, sizes: Sizes, tell: Tell) -> versions.VectorFile:
    """All files of a lane; `known` has the vector of every row."""
    np.save(folder / f"{lane.stem}.rows.npy", rows)
    places = known.places(rows["hash"])
    path = folder / f"{lane.stem}.faiss"
    if len(rows) <= sizes.exact_rows:
        path.write_bytes(flat_bytes(known.take(places)))
        return _entry(lane, len(rows))
    exact = _write_exact(folder / f"{lane.stem}.exact.npy", known, places, lane.dimension)
    tuned = trained.train(exact, path, target=sizes.recall, tell=tell)
    return _entry(lane, len(rows), tuned)


def write_fresh(folder: Path, lane: Lane, rows: RowTable, known: Known) -> None:
    """The small flat part that an amendment lays beside the main one."""
    np.save(folder / f"{FRESH_PREFIX}{lane.stem}.rows.npy", rows)
    (folder / f"{FRESH_PREFIX}{lane.stem}.faiss").write_bytes(flat_bytes(known.take(known.places(rows["hash"]))))


def _entry(lane: Lane, rows: int, tuned: trained.Tuned | None = None) -> versions.VectorFile:
    return versions.VectorFile(
        file=f"{lane.stem}.faiss", language=lane.language, encoder=lane.encoder, dimension=lane.dimension, fingerprint=lane.fingerprint,
        rows=rows, kind=trained.KIND if tuned else FLAT, lists=tuned.lists if tuned else 0, effort=tuned.effort if tuned else 0,
        recall=tuned.recall if tuned else 1.0,
    )  # fmt: skip


def _write_exact(path: Path, known: Known, places: NDArray[np.int64], dimension: int) -> NDArray[np.generic]:
    header = {"descr": "<f2", "fortran_order": False, "shape": (len(places), dimension)}
    with path.open("wb") as file:
        npy.write_array_header_1_0(file, header)
        for start in range(0, len(places), _BLOCK):
            file.write(known.take(places[start : start + _BLOCK]).astype("<f2").tobytes())
    written: NDArray[np.generic] = loaded(path, mapped=True)
    return written


def open_lane(version: versions.Version, entry: versions.VectorFile) -> VectorIndex:
    """The lane as it is searched: main part, fresh part and what is gone. Raises IndexUnusable."""
    main = _main(version, entry)
    stem = FRESH_PREFIX + entry.file.removesuffix(".faiss")
    if f"{stem}.faiss" not in version.manifest.files:
        return VectorIndex(main)
    fresh = Part(flat_rows(version.read(f"{stem}.faiss"), stem), _table(version, stem)["passage"])
    return VectorIndex(main, fresh, loaded(version.folder / GONE))


def _main(version: versions.Version, entry: versions.VectorFile) -> Part:
    stem = entry.file.removesuffix(".faiss")
    passages = np.ascontiguousarray(_table(version, stem)["passage"])
    if entry.kind == FLAT:
        return Part(flat_rows(version.read(entry.file), entry.file), passages)
    if entry.kind != trained.KIND:
        raise IndexUnusable(f"{entry.file}: expected kind {FLAT} or {trained.KIND}, found {entry.kind!r}; {versions.REMEDY}")
    exact = loaded(version.folder / f"{stem}.exact.npy", mapped=True)
    shape = (len(passages), entry.dimension)
    return Part(exact, passages, Trained.open(version.folder / entry.file, entry.effort, shape))


def stores_of(version: versions.Version, entry: versions.VectorFile) -> list[Store]:
    """What this lane can lend a next build: hashes with the rows that were made from them."""
    stem = entry.file.removesuffix(".faiss")
    rows = (
        flat_rows(version.read(entry.file), entry.file) if entry.kind == FLAT else loaded(version.folder / f"{stem}.exact.npy", mapped=True)
    )
    stores = [(_table(version, stem)["hash"], rows)]
    if f"{FRESH_PREFIX}{stem}.faiss" in version.manifest.files:
        fresh = FRESH_PREFIX + stem
        stores.append((_table(version, fresh)["hash"], flat_rows(version.read(f"{fresh}.faiss"), fresh)))
    if any(len(hashes) != len(held) for hashes, held in stores):
        raise IndexUnusable(f"{entry.file}: its vectors and its record differ in number; {versions.REMEDY}")
    return stores


def _table(version: versions.Version, stem: str) -> RowTable:
    rows: RowTable = loaded(version.folder / f"{stem}.rows.npy")
    if rows.dtype != ROW:
        raise IndexUnusable(f"{stem}.rows.npy: expected records of {ROW}, found {rows.dtype}; {versions.REMEDY}")
    return rows


def loaded(path: Path, *, mapped: bool = False) -> Any:
    """An array file, read or mapped. Raises IndexUnusable."""
    try:
        return np.load(path, mmap_mode="r" if mapped else None)
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"{path.name}: cannot be read ({type(error).__name__}); {versions.REMEDY}") from error
