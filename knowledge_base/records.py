"""What a version knows besides vectors, in one SQLite file: documents, passages, their keywords, and which vector row is whose.

Writes it during a build and reads it back whole when a version is opened. Products travel as JSON through pydantic, so a damaged
record is an error and never half a product. Knows nothing of versions, encoders or searching.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from knowledge_base import keywords
from knowledge_base.catalog import Document, Passage, Problem, Product, ShopProfile, Source
from knowledge_base.errors import IndexUnusable
from knowledge_base.passages import views

FILE = "documents.sqlite"
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, title TEXT NOT NULL,
    text TEXT NOT NULL, language TEXT NOT NULL, url TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, product TEXT,
    as_of REAL NOT NULL, hash TEXT NOT NULL);
CREATE TABLE passages (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL, kind TEXT NOT NULL,
    heading TEXT NOT NULL, body TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, url TEXT NOT NULL);
CREATE TABLE rows (file TEXT NOT NULL, row INTEGER NOT NULL, passage INTEGER NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (file, row)) WITHOUT ROWID;
"""
_SELECT_PASSAGES = "SELECT id, document_id, kind, heading, body, text, language, url FROM passages ORDER BY number"
_PRODUCT = TypeAdapter(Product)
_PROFILE = TypeAdapter(ShopProfile)
_PROBLEMS = TypeAdapter(tuple[Problem, ...])


@dataclass(frozen=True, slots=True)
class Row:
    """One vector: the passage it stands for and the hash of the text it was made from."""

    passage: int
    hash: str


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a version. `passages[n]` has number n; `as_of` says when each product's file was written (Unix seconds)."""

    profile: ShopProfile
    languages: tuple[str, ...]
    first_language: str
    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    as_of: Mapping[str, float]
    hashes: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def write(path: Path, records: Records, rows: Mapping[str, Sequence[Row]]) -> None:
    """A new file at `path` with the records, the keyword table over them and the owners of the vector rows."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.executescript(_SCHEMA)
            keywords.create_table(connection)
            _write_meta(connection, records)
            connection.executemany("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", _document_rows(records))
            connection.executemany(
                "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?)",
                ((n, p.id, p.document_id, p.kind, p.heading, p.body, p.text, p.language, p.url) for n, p in enumerate(records.passages)),
            )
            keywords.add_passages(connection, _searched(records))
            owners = ((file, number, row.passage, row.hash) for file, members in rows.items() for number, row in enumerate(members))
            connection.executemany("INSERT INTO rows VALUES (?,?,?,?)", owners)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")
    finally:
        connection.close()


def _write_meta(connection: sqlite3.Connection, records: Records) -> None:
    values = {
        "profile": _PROFILE.dump_json(records.profile).decode(),
        "problems": _PROBLEMS.dump_json(records.problems).decode(),
        "languages": json.dumps(records.languages),
        "first_language": records.first_language,
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", values.items())


def _searched(records: Records) -> Iterable[tuple[int, str, str]]:
    """What the keyword table holds is what is embedded: no price or stock, which may be another tomorrow."""
    documents = {document.id: document for document in records.documents}
    for number, passage in enumerate(records.passages):
        yield number, passage.heading, views(documents[passage.document_id], passage)[0]


def _document_rows(records: Records) -> Iterable[tuple[object, ...]]:
    for position, document in enumerate(records.documents):
        product = _PRODUCT.dump_json(document.product).decode() if document.product else None
        source = document.source
        yield (
            position, document.id, document.kind, document.title, document.text, document.language, document.url, source.file, source.line,
            product, records.as_of.get(document.id, 0.0), records.hashes.get(document.id, ""),
        )  # fmt: skip


def connect(path: Path) -> sqlite3.Connection:
    """A connection that only reads a file which no one will change."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def read(connection: sqlite3.Connection) -> Records:
    """Everything `write` was given. Raises IndexUnusable when a record cannot be read."""
    try:
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        stored = connection.execute("SELECT * FROM documents ORDER BY position").fetchall()
        passages = connection.execute(_SELECT_PASSAGES).fetchall()
        return Records(
            profile=_PROFILE.validate_json(meta["profile"]),
            languages=tuple(json.loads(meta["languages"])),
            first_language=meta["first_language"],
            documents=tuple(_document(row) for row in stored),
            passages=tuple(Passage(*row) for row in passages),
            as_of={row[1]: row[10] for row in stored},
            hashes={row[1]: row[11] for row in stored},
            problems=_PROBLEMS.validate_json(meta["problems"]),
        )
    except (sqlite3.DatabaseError, ValidationError, KeyError, ValueError) as error:
        raise IndexUnusable(f"{FILE}: a record cannot be read ({type(error).__name__}); run `chatbot index build`") from error


def _document(row: tuple[object, ...]) -> Document:
    _position, document_id, kind, title, text, language, url, file, line, product, _as_of, _hash = row
    source = Source(str(file), int(str(line)))
    record = _PRODUCT.validate_json(str(product)) if product is not None else None
    return Document(
        id=str(document_id), kind=kind, title=str(title), text=str(text), language=str(language), url=str(url),  # type: ignore[arg-type]
        product=replace(record, source=source) if record else None, source=source,
    )  # fmt: skip


def read_rows(connection: sqlite3.Connection, file: str) -> list[Row]:
    """The owners of a vector file's rows, in row order."""
    return [Row(*row) for row in connection.execute("SELECT passage, hash FROM rows WHERE file = ? ORDER BY row", (file,))]
