"""Content to an index: read, cut into passages, embed what is new, write a version, switch to it.

Incremental by the hash of what is embedded: vectors of unchanged texts are copied from the version that serves, and a changed price
embeds nothing. Idempotent: unchanged content with unchanged encoders writes nothing. The old version serves until the switch and is
swept when no one reads it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from knowledge_base import keywords, offers, records, versions
from knowledge_base.catalog import Content, Document, Problem
from knowledge_base.encoders import CROSS_LINGUAL, Encoder, Encoders, Vectors, default_encoders
from knowledge_base.errors import ContentError, IndexUnusable
from knowledge_base.passages import documents_of, first_language, languages_of, passages_of, views
from knowledge_base.records import Records, Row
from knowledge_base.vectors import VectorIndex

Progress = Callable[[str, int, int], None]
_BATCH = 64


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `embedded` counts texts that were newly embedded, `removed` documents the old version had and this has not."""

    products: int
    documents: int
    passages: int
    embedded: int
    removed: int
    problems: tuple[Problem, ...]
    seconds: float
    version: str


@dataclass(frozen=True, slots=True)
class _Task:
    """One vector file to make: for which language, by which encoder, from which texts (hash and text per row)."""

    file: str
    language: str
    encoder: Encoder
    rows: tuple[Row, ...]
    texts: tuple[str, ...]

    @property
    def origin(self) -> str:
        return _origin(self.encoder.name, self.encoder.fingerprint)


def build_index(
    content_folder: Path, index_folder: Path, *, currency: str = "", progress: Progress | None = None, encoders: Encoders | None = None
) -> BuildReport:
    """Bring the index in `index_folder` up to date with the content. Raises ContentError, and IndexUnusable when another build runs."""
    from knowledge_base.importers import read_folder

    tell = progress or (lambda *_: None)
    tell("reading", 0, 1)
    content = read_folder(content_folder, currency=currency)
    tell("reading", 1, 1)
    return build_content(content, index_folder, folder=content_folder, progress=tell, encoders=encoders)


def build_content(
    content: Content, index_folder: Path, *, folder: Path | None = None, progress: Progress | None = None, encoders: Encoders | None = None
) -> BuildReport:
    """The same from content already read; `folder` is where its files lie, for the time they were written."""
    started = time.monotonic()
    documents = documents_of(content)
    if not documents:
        raise ContentError("the content holds no product, FAQ or policy that can be used, so there is nothing to index")
    made = _records(content, documents, folder)
    tasks = _tasks(made, encoders or default_encoders())
    content_hash = _content_hash(made, tasks, dated=folder is not None)
    index_folder.mkdir(parents=True, exist_ok=True)
    with versions.building(index_folder) as built:
        offers.set_aside_when_damaged(index_folder)
        before = _Previous.read(index_folder)
        version, embedded = before.version, 0
        if before.content_hash != content_hash:
            embedded, vector_files = _write(built, made, tasks, before, progress or (lambda *_: None))
            version = versions.publish(index_folder, built, _facts(content_hash, vector_files)).version
            _forget_old_offers(index_folder, made)
    removed = len(set(before.documents) - set(made.hashes))
    counts = (len(content.products), len(documents), len(made.passages), embedded, removed)
    return BuildReport(*counts, content.problems, time.monotonic() - started, version)


def _records(content: Content, documents: Sequence[Document], folder: Path | None) -> Records:
    passages = tuple(passage for document in documents for passage in passages_of(document))
    return Records(
        profile=content.profile,
        languages=languages_of(content),
        first_language=first_language(content),
        documents=tuple(documents),
        passages=passages,
        as_of={document.id: _written(document, folder) for document in documents if document.product},
        hashes={document.id: _digest(repr(document)) for document in documents},
        problems=content.problems,
    )


def _written(document: Document, folder: Path | None) -> float:
    """When the file of a product was written; now where that is not known, since content just given is the newest word."""
    file = document.source.file
    if folder is not None and file:
        for path in (folder / file, Path(file)):
            if path.is_file():
                return path.stat().st_mtime
    return time.time() if folder is None else 0.0


def _tasks(made: Records, encoders: Encoders) -> list[_Task]:
    """Each language by its own encoder and, where that is another, by the cross-lingual one as well."""
    documents = {document.id: document for document in made.documents}
    texts: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, passage in enumerate(made.passages):
        texts[passage.language] += [(number, text) for text in views(documents[passage.document_id], passage)]
    tasks = []
    for language, members in texts.items():
        chosen = {encoder.name: encoder for encoder in (encoders(language), encoders(CROSS_LINGUAL))}
        for encoder in chosen.values():
            rows = tuple(Row(number, _digest(text)) for number, text in members)
            file = f"vectors-{encoder.name}-{language}.faiss"
            tasks.append(_Task(file, language, encoder, rows, tuple(text for _, text in members)))
    return tasks


@dataclass(frozen=True, slots=True)
class _Previous:
    """What the version that serves can lend: vectors by their origin and text hash."""

    version: str = ""
    content_hash: str = ""
    documents: tuple[str, ...] = ()
    vectors: Mapping[tuple[str, str], Vectors] | None = None

    @classmethod
    def read(cls, index_folder: Path) -> _Previous:
        """Nothing where there is no usable version: a damaged one is built anew, not trusted in part."""
        try:
            version = versions.open_current(index_folder)
        except IndexUnusable:
            return cls()
        connection = records.connect(version.folder / records.FILE)
        try:
            lent = {
                (_origin(entry.encoder, entry.fingerprint), row.hash): index.row(number)
                for entry in version.manifest.vectors
                for index, members in [_vector_file(version, connection, entry)]
                for number, row in enumerate(members)
            }
            documents = tuple(name for (name,) in connection.execute("SELECT id FROM documents"))
            return cls(version.manifest.version, version.manifest.content_hash, documents, lent)
        except (IndexUnusable, sqlite3.DatabaseError):
            return cls()
        finally:
            connection.close()
            version.close()


def _vector_file(version: versions.Version, connection: sqlite3.Connection, entry: versions.VectorFile) -> tuple[VectorIndex, list[Row]]:
    members = records.read_rows(connection, entry.file)
    return VectorIndex.from_bytes(version.read(entry.file), [row.passage for row in members]), members


def _write(
    built: Path, made: Records, tasks: Sequence[_Task], before: _Previous, tell: Progress
) -> tuple[int, tuple[versions.VectorFile, ...]]:
    lent = before.vectors or {}
    fresh = [_not_lent(task, lent) for task in tasks]
    total, done = sum(len(set(texts)) for texts in fresh), 0
    files = []
    for task, texts in zip(tasks, fresh, strict=True):
        known = dict(lent)
        unique = list(dict.fromkeys(texts))
        for start in range(0, len(unique), _BATCH):
            batch = unique[start : start + _BATCH]
            vectors = task.encoder.encode(batch, role="passage")
            known.update({(task.origin, _digest(text)): vector for text, vector in zip(batch, vectors, strict=True)})
            done += len(batch)
            tell("embedding", done, total)
        files.append(_write_vectors(built, task, known))
    tell("writing", 0, 1)
    records.write(built / records.FILE, made, {task.file: task.rows for task in tasks})
    tell("writing", 1, 1)
    return total, tuple(files)


def _not_lent(task: _Task, lent: Mapping[tuple[str, str], Vectors]) -> list[str]:
    pairs = zip(task.rows, task.texts, strict=True)
    return [text for row, text in pairs if (task.origin, row.hash) not in lent]


def _write_vectors(built: Path, task: _Task, known: Mapping[tuple[str, str], Vectors]) -> versions.VectorFile:
    matrix = np.stack([known[task.origin, row.hash] for row in task.rows])
    index = VectorIndex.of(matrix, [row.passage for row in task.rows])
    (built / task.file).write_bytes(index.to_bytes())
    encoder = task.encoder
    return versions.VectorFile(
        file=task.file, language=task.language, encoder=encoder.name, dimension=encoder.dimension,
        fingerprint=encoder.fingerprint, rows=len(task.rows),
    )  # fmt: skip


def _facts(content_hash: str, vector_files: tuple[versions.VectorFile, ...]) -> dict[str, object]:
    built_at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"built_at": built_at, "analyser": keywords.ANALYSER, "content_hash": content_hash, "vectors": vector_files}


def _content_hash(made: Records, tasks: Sequence[_Task], *, dated: bool) -> str:
    """Everything a version is made from; with the files' times, since a newer file outranks older offers."""
    parts = [keywords.ANALYSER, str(versions.FORMAT), repr(made.profile), repr(made.problems)]
    parts += [f"{name} {digest} {made.as_of.get(name, 0) if dated else ''}" for name, digest in made.hashes.items()]
    parts += [f"{passage.id} {_digest(repr(passage))}" for passage in made.passages]
    parts += [f"{task.file} {task.origin} {row.hash}" for task in tasks for row in task.rows]
    return _digest("\n".join(parts))


def _forget_old_offers(index_folder: Path, made: Records) -> None:
    moments: dict[str, float] = {}
    for document in made.documents:
        for variant in document.product.variants if document.product else ():
            moments[offers.key_of(variant.sku or variant.id)] = made.as_of.get(document.id, 0.0)
    book = offers.OfferBook(index_folder)
    try:
        book.forget_before(moments)
    finally:
        book.close()


def _origin(encoder: str, fingerprint: str) -> str:
    """What makes two vectors of one text the same: the encoder and its weights."""
    return f"{encoder} {fingerprint}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
