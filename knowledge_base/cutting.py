"""Documents to records, rows and texts, one after the other and within bounded memory.

The first pass of a build. Keeps in memory only which row belongs to which passage (24 bytes a row) and which texts were seen (their
hashes); everything else goes to two SQLite files, the records and a spool that is gone before the version is published. Knows encoders by
name only and encodes nothing.
Invariant: the content hash covers everything that a version is made from.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from knowledge_base import keywords, records, versions
from knowledge_base.catalog import Document, Passage, Source
from knowledge_base.encoders import CROSS_LINGUAL, Encoder, Encoders
from knowledge_base.known import hash_of
from knowledge_base.passages import passages_of, views
from knowledge_base.records import Facts, RecordWriter
from knowledge_base.vector_files import ROW, Lane, RowTable

_SPOOL = "spool.sqlite"
_SCHEMA = """PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE TABLE texts (language TEXT NOT NULL, hash BLOB NOT NULL, text TEXT NOT NULL);
CREATE TABLE wholes (number INTEGER PRIMARY KEY, heading TEXT NOT NULL, text TEXT NOT NULL);"""


@dataclass(slots=True)
class _Filling:
    """The rows of one lane as they come, and the encoder that will make their vectors."""

    encoder: Encoder
    rows: bytearray = field(default_factory=bytearray)


class Cutter:
    """Takes documents with `add`; `close` removes what is not to be published."""

    def __init__(self, folder: Path, encoders: Encoders, *, name: str = records.FILE, first: int = 0) -> None:
        self._encoders = encoders
        self._path = folder / _SPOOL
        self._spool = sqlite3.connect(self._path)
        self._spool.executescript(_SCHEMA)
        self.records = RecordWriter(folder / name, first)
        self._lanes: dict[str, dict[Lane, _Filling]] = {}
        self._seen: dict[str, set[bytes]] = {}
        self._written: dict[str, float] = {}
        self._hash = hashlib.sha256(f"{keywords.ANALYSER}\n{versions.FORMAT}\n".encode())

    def add(self, document: Document, folder: Path | None) -> None:
        """The next document: its passages are numbered, its texts spooled. `folder` is where its file lies, if anywhere."""
        self._note_file(document, folder)
        passages = passages_of(document)
        texts = [views(document, passage) for passage in passages]
        digest = _digest(document, passages, texts)
        self._hash.update(f"{document.id} {digest} {document.source.line}\n".encode("utf-8", "surrogatepass"))
        wholes = ((n, p.heading, t[0]) for n, (p, t) in enumerate(zip(passages, texts, strict=True), start=self.records.next_number))
        self._spool.executemany("INSERT INTO wholes VALUES (?, ?, ?)", wholes)
        self._add_rows(document.language, texts)
        self.records.add(document, passages, digest)

    def _add_rows(self, language: str, texts: list[tuple[str, ...]]) -> None:
        for number, shown in enumerate(texts, start=self.records.next_number):
            hashes = [hash_of(text) for text in shown]
            for filling in self._lanes_of(language).values():
                for key in hashes:
                    filling.rows += number.to_bytes(8, "little") + key
            seen = self._seen.setdefault(language, set())
            for key, text in zip(hashes, shown, strict=True):
                if key not in seen:
                    seen.add(key)
                    self._spool.execute("INSERT INTO texts VALUES (?, ?, ?)", (language, key, text))

    def _lanes_of(self, language: str) -> dict[Lane, _Filling]:
        """Each language by its own encoder and, where that is another, by the cross-lingual one as well."""
        if language not in self._lanes:
            chosen = {encoder.name: encoder for encoder in (self._encoders(language), self._encoders(CROSS_LINGUAL))}
            made = ((Lane(language, e.name, e.dimension, e.fingerprint), e) for e in chosen.values())
            self._lanes[language] = {lane: _Filling(encoder) for lane, encoder in made}
        return self._lanes[language]

    def _note_file(self, document: Document, folder: Path | None) -> None:
        file = document.source.file
        if document.product is not None and file not in self._written:
            self._written[file] = _written(file, folder)

    def facts(self, facts: Facts) -> Facts:
        """With the times of the files that were noted, but for those that it has already."""
        return replace(facts, written={**self._written, **facts.written})

    def written(self, file: str) -> float:
        """When a file that products came from was written (Unix seconds)."""
        return self._written.get(file, 0.0)

    def content_hash(self, facts: Facts, *, dated: bool) -> str:
        """Everything a version is made from; with the files' times, since a newer file outranks older offers."""
        parts = [repr(facts.profile), repr(facts.problems), repr(sorted(self._written.items())) if dated else ""]
        parts += [f"{lane.stem} {lane.origin}" for lane in self.lanes()]
        whole = self._hash.copy()
        whole.update("\n".join(parts).encode("utf-8", "surrogatepass"))
        return whole.hexdigest()

    def lanes(self) -> dict[Lane, Encoder]:
        """Every lane with the encoder that makes its vectors."""
        return {lane: filling.encoder for lanes in self._lanes.values() for lane, filling in lanes.items()}

    def rows(self, lane: Lane) -> RowTable:
        """Whose row is whose, in the order of the rows."""
        filling = self._lanes.get(lane.language, {}).get(lane)
        return np.frombuffer(bytes(filling.rows) if filling else b"", dtype=ROW)

    def texts(self, language: str) -> Iterator[list[tuple[bytes, str]]]:
        """The distinct texts of a language with their hashes, some at a time."""
        found = self._spool.execute("SELECT hash, text FROM texts WHERE language = ? ORDER BY rowid", (language,))
        while batch := found.fetchmany(1024):
            yield batch

    def wholes(self) -> Iterator[tuple[int, str, str]]:
        """Number, heading and searched text of each passage: no price or stock, which may be another tomorrow."""
        yield from self._spool.execute("SELECT number, heading, text FROM wholes ORDER BY number")

    def withdraw(self) -> None:
        """Close, and remove the records too."""
        self.close()
        self.records.path.unlink()

    def close(self) -> None:
        """Give back the files; the spool goes. A second call does nothing."""
        self.records.close()
        self._spool.close()
        self._path.unlink(missing_ok=True)


def _digest(document: Document, passages: list[Passage], texts: list[tuple[str, ...]]) -> str:
    """What a document comes to, wherever in its file it stands."""
    product = replace(document.product, source=Source("")) if document.product else None
    told = (replace(document, source=Source(document.source.file), product=product), passages, texts)
    return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def _written(file: str, folder: Path | None) -> float:
    """When a file was written; now where that is not known, since content just given is the newest word."""
    if folder is not None and file:
        for path in (folder / file, Path(file)):
            if path.is_file():
                return path.stat().st_mtime
    return time.time() if folder is None else 0.0
