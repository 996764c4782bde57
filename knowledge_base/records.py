"""What a version knows besides vectors, in one SQLite file: documents and passages, beside the keywords over them.

Written document by document during a build and read back whole when a version is opened; an amendment is a second file of the same kind,
with what it replaces or leaves out. Products travel as JSON through pydantic, so a damaged record is an error and never half a product.
Knows nothing of versions, encoders or searching. Invariant: a passage keeps its number while the file it stands in is linked to.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from knowledge_base.catalog import Document, Passage, Problem, Product, ShopProfile, Source
from knowledge_base.errors import IndexUnusable

FILE = "documents.sqlite"
FRESH_FILE = "fresh-documents.sqlite"
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, title TEXT NOT NULL,
    text TEXT NOT NULL, language TEXT NOT NULL, url TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, product TEXT,
    hash TEXT NOT NULL);
CREATE TABLE passages (number INTEGER PRIMARY KEY, id TEXT NOT NULL, document_id TEXT NOT NULL, kind TEXT NOT NULL,
    heading TEXT NOT NULL, body TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, url TEXT NOT NULL);
CREATE TABLE left_out (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_SELECT_PASSAGES = "SELECT id, document_id, kind, heading, body, text, language, url FROM passages ORDER BY number"
_PRODUCT = TypeAdapter(Product)
_PROFILE = TypeAdapter(ShopProfile)
_PROBLEMS = TypeAdapter(tuple[Problem, ...])


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for all documents of a version. `written` says when each content file was written (Unix seconds)."""

    profile: ShopProfile
    languages: tuple[str, ...]
    first_language: str
    problems: tuple[Problem, ...] = ()
    written: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a version. `passages[n]` has number n; those whose number is in `gone` are no longer part of any document.
    `as_of` says when each product's file was written (Unix seconds)."""

    profile: ShopProfile
    languages: tuple[str, ...]
    first_language: str
    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    as_of: Mapping[str, float]
    problems: tuple[Problem, ...] = ()
    gone: frozenset[int] = frozenset()


class RecordWriter:
    """A new file of records, filled document by document. `first` is the number that the first passage gets."""

    def __init__(self, path: Path, first: int = 0) -> None:
        self.path = path
        self.connection = sqlite3.connect(path)
        self.connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)  # a torn file is never published
        self._first = first
        self.documents = 0
        self.passages = 0

    @property
    def next_number(self) -> int:
        return self._first + self.passages

    def add(self, document: Document, passages: Sequence[Passage], digest: str) -> None:
        """The next document; its passages get the next numbers."""
        self.connection.execute("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?)", (self.documents, *_stored(document), digest))
        self.connection.executemany(
            "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?)",
            (
                (number, p.id, p.document_id, p.kind, p.heading, p.body, p.text, p.language, p.url)
                for number, p in enumerate(passages, start=self.next_number)
            ),
        )
        self.documents += 1
        self.passages += len(passages)

    def has(self, document_id: str) -> bool:
        """Whether a document of this id was added."""
        return self.connection.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone() is not None

    def documents_named(self, names: Iterable[str]) -> list[Document]:
        """The added documents of these ids."""
        rows = (self.connection.execute("SELECT * FROM documents WHERE id = ?", (name,)).fetchone() for name in names)
        return [_document(row) for row in rows]

    def finish(self, facts: Facts, average_length: float, left_out: Iterable[str] = ()) -> None:
        """Seal the file with what holds for all, the average length of a passage in terms among it; `left_out` are documents of the main
        file that count no longer."""
        self.connection.executemany("INSERT INTO meta VALUES (?, ?)", (_meta(facts) | {"average_length": repr(average_length)}).items())
        self.connection.executemany("INSERT INTO left_out VALUES (?)", ((name,) for name in left_out))
        self.connection.execute("CREATE INDEX passages_of_document ON passages (document_id)")
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()


def _meta(facts: Facts) -> dict[str, str]:
    return {
        "profile": _PROFILE.dump_json(facts.profile).decode(),
        "problems": _PROBLEMS.dump_json(facts.problems).decode(),
        "languages": json.dumps(facts.languages),
        "first_language": facts.first_language,
        "written": json.dumps(dict(facts.written)),
    }


def _stored(document: Document) -> tuple[object, ...]:
    product = _PRODUCT.dump_json(document.product).decode() if document.product else None
    source = document.source
    return (
        document.id, document.kind, document.title, document.text, document.language, document.url, source.file, source.line, product,
    )  # fmt: skip


def connect(path: Path) -> sqlite3.Connection:
    """A connection that only reads a file which no one will change."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def read_facts(connection: sqlite3.Connection) -> Facts:
    """What `finish` was given."""
    with _readable():
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        return Facts(
            profile=_PROFILE.validate_json(meta["profile"]),
            languages=tuple(json.loads(meta["languages"])),
            first_language=meta["first_language"],
            problems=_PROBLEMS.validate_json(meta["problems"]),
            written={str(name): float(moment) for name, moment in json.loads(meta["written"]).items()},
        )


def read_documents(connection: sqlite3.Connection) -> list[Document]:
    """All documents of one file, in order."""
    with _readable():
        return [_document(row) for row in connection.execute("SELECT * FROM documents ORDER BY position")]


def read(connection: sqlite3.Connection, fresh: sqlite3.Connection | None = None) -> Records:
    """All records of a version, those of an amendment in the place of what they replace. Raises IndexUnusable."""
    facts = read_facts(fresh or connection)
    documents, passages, gone = read_documents(connection), _passages(connection), frozenset[int]()
    if fresh is not None:
        gone = gone_numbers(connection, fresh)
        documents = _amended(documents, fresh)
        passages += _passages(fresh)
    return Records(
        profile=facts.profile,
        languages=facts.languages,
        first_language=facts.first_language,
        documents=tuple(documents),
        passages=tuple(passages),
        as_of={document.id: facts.written.get(document.source.file, 0.0) for document in documents if document.product},
        problems=facts.problems,
        gone=gone,
    )


def _passages(connection: sqlite3.Connection) -> list[Passage]:
    with _readable():
        return [Passage(*row) for row in connection.execute(_SELECT_PASSAGES)]


def _amended(documents: Sequence[Document], fresh: sqlite3.Connection) -> list[Document]:
    left_out = left_out_ids(fresh)
    newer = {document.id: document for document in read_documents(fresh)}
    kept = [newer.pop(document.id, document) for document in documents if document.id in newer or document.id not in left_out]
    return kept + list(newer.values())


def left_out_ids(fresh: sqlite3.Connection) -> set[str]:
    """The documents of the main file that an amendment replaces or leaves out."""
    with _readable():
        return {name for (name,) in fresh.execute("SELECT id FROM left_out")}


def gone_numbers(connection: sqlite3.Connection, fresh: sqlite3.Connection) -> frozenset[int]:
    """The passages of the main file that belong to documents which an amendment replaces or leaves out."""
    with _readable():
        asked = (connection.execute("SELECT number FROM passages WHERE document_id = ?", (name,)) for name in left_out_ids(fresh))
        return frozenset(number for rows in asked for (number,) in rows)


def count_passages(connection: sqlite3.Connection) -> int:
    """How many passages stand in one file."""
    with _readable():
        return int(connection.execute("SELECT count(*) FROM passages").fetchone()[0])


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, ValidationError, KeyError, ValueError) as error:
        raise IndexUnusable(f"{FILE}: a record cannot be read ({type(error).__name__}); run `chatbot index build`") from error


def _document(row: tuple[object, ...]) -> Document:
    _position, document_id, kind, title, text, language, url, file, line, product, _hash = row
    source = Source(str(file), int(str(line)))
    record = _PRODUCT.validate_json(str(product)) if product is not None else None
    return Document(
        id=str(document_id), kind=kind, title=str(title), text=str(text), language=str(language), url=str(url),  # type: ignore[arg-type]
        product=replace(record, source=source) if record else None, source=source,
    )  # fmt: skip
