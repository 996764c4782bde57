"""What the version that serves can lend a build, and in what the new content differs from it.

Opened for the time of a build. A damaged version lends nothing: it is built anew, not trusted in part.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from knowledge_base import records, vector_files, versions
from knowledge_base.errors import IndexUnusable
from knowledge_base.known import Store
from knowledge_base.sizes import Sizes
from knowledge_base.vector_files import Lane


@dataclass(frozen=True, slots=True)
class Difference:
    """Against the main part: documents that it has not or has otherwise, and those of it that are no longer so."""

    newer: tuple[str, ...]
    left_out: tuple[str, ...]

    def fits(self, sizes: Sizes, documents: int) -> bool:
        """Whether it is little enough of so many documents to be laid beside them."""
        return len(self.newer) + len(self.left_out) <= sizes.amended_share * documents


class Previous:
    """A version that was opened, its main records and, where it was amended, its fresh ones."""

    def __init__(self, version: versions.Version) -> None:
        self.version = version
        self.connection = records.connect(version.folder / records.FILE)
        fresh = version.folder / records.FRESH_FILE
        self.fresh = records.connect(fresh) if records.FRESH_FILE in version.manifest.files else None

    @classmethod
    def open(cls, index_folder: Path, *, verified: bool = True) -> Previous | None:
        """None where there is no usable version."""
        try:
            version = versions.open_current(index_folder, verified=verified)
        except IndexUnusable:
            return None
        return cls(version)

    @property
    def manifest(self) -> versions.Manifest:
        return self.version.manifest

    def close(self) -> None:
        self.connection.close()
        if self.fresh is not None:
            self.fresh.close()
        self.version.close()

    def stores(self) -> dict[str, list[Store]]:
        """By the origin of the vectors: hashes with rows. Nothing where a file of it cannot be read."""
        found: dict[str, list[Store]] = {}
        try:
            for entry, lane in zip(self.manifest.vectors, self.lanes(), strict=True):
                found.setdefault(lane.origin, []).extend(vector_files.stores_of(self.version, entry))
        except (IndexUnusable, sqlite3.DatabaseError):
            return {}
        return found

    def main_passages(self) -> int:
        """How many numbers the main part has given."""
        return int(self.connection.execute("SELECT coalesce(max(number) + 1, 0) FROM passages").fetchone()[0])

    def average_length(self) -> float:
        """The average length of the main part's passages in terms."""
        return float(self.connection.execute("SELECT value FROM meta WHERE name = 'average_length'").fetchone()[0])

    def main_numbers(self, names: Iterable[str]) -> list[int]:
        """The passages of these documents of the main part."""
        asked = (self.connection.execute("SELECT number FROM passages WHERE document_id = ?", (name,)) for name in names)
        return [number for rows in asked for (number,) in rows]

    def document_ids(self) -> set[str]:
        """The documents that it has now."""
        main = {name for (name,) in self.connection.execute("SELECT id FROM documents")}
        if self.fresh is None:
            return main
        return main - records.left_out_ids(self.fresh) | {name for (name,) in self.fresh.execute("SELECT id FROM documents")}

    def main_has(self, names: Iterable[str]) -> set[str]:
        """Those of these documents that stand in the main part, left out or not."""
        return {name for name in names if _stands(self.connection, name)}

    def has(self, name: str) -> bool:
        """Whether it has this document now."""
        if self.fresh is None:
            return _stands(self.connection, name)
        return _stands(self.fresh, name) or (_stands(self.connection, name) and name not in records.left_out_ids(self.fresh))

    @property
    def is_large(self) -> bool:
        """Whether writing it anew takes so long that a change is better laid beside it."""
        return any(entry.kind != vector_files.FLAT for entry in self.manifest.vectors)

    def has_lanes(self, lanes: Iterable[Lane]) -> bool:
        """Whether it has vectors of all these languages and encoders."""
        return set(lanes) <= set(self.lanes())

    def lanes(self) -> list[Lane]:
        """What its vectors are of."""
        return [Lane(entry.language, entry.encoder, entry.dimension, entry.fingerprint) for entry in self.manifest.vectors]

    def main_documents(self) -> int:
        """How many documents the main part has."""
        return int(self.connection.execute("SELECT count(*) FROM documents").fetchone()[0])

    def difference(self, cut: records.RecordWriter) -> Difference:
        """What an amendment of the main part to the documents that were cut has to hold."""
        newer = cut.connection
        newer.commit()
        newer.execute("ATTACH DATABASE ? AS older", (str(self.version.folder / records.FILE),))
        try:
            here = _unlike("main.documents", "older.documents")
            return Difference(_ids(newer, here), _ids(newer, _unlike("older.documents", "main.documents")))
        finally:
            newer.execute("DETACH DATABASE older")


def _stands(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM documents WHERE id = ?", (name,)).fetchone() is not None


def _unlike(some: str, others: str) -> str:
    same = f"SELECT 1 FROM {others} b WHERE b.id = a.id AND b.hash = a.hash"  # noqa: S608
    return f"SELECT a.id FROM {some} a WHERE NOT EXISTS ({same}) ORDER BY a.position"  # noqa: S608


def _ids(connection: sqlite3.Connection, query: str) -> tuple[str, ...]:
    return tuple(name for (name,) in connection.execute(query))
