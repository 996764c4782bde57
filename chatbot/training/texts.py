"""The texts a model learns a shop's language from: what the shop wrote, its reviews, and files given; and their held-out tenth.

From a content folder come products (without price and stock, which change), FAQ entries, policy sections and the rows of reviews; from
files come texts, tables, and JSON lines of texts, question-answer pairs, dialogues or scenes. Knows no model and no token. Invariants: a
text is there once, however often it was written; the versions of one document in several languages are on the same side of the split;
and the same texts are split in the same way every time, in whatever order they come.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import ChatbotError
from knowledge_base.catalog import Document
from knowledge_base.importers import read_folder
from knowledge_base.importers.tables import decode
from knowledge_base.languages import detect_language
from knowledge_base.passages import base_id, documents_of, facts, said_of

HELD_OUT = 0.1
_SECTION = 4_000  # characters from which a text file is cut between paragraphs, so that a part of it can be held out
_COLUMNS = ("title", "question", "instruction", "text", "body", "description", "answer", "response")
_CELL = 10_000_000  # characters that one cell may have


class TextFileError(ChatbotError):
    """A file of texts that cannot be used; the message names file, line and what was expected."""


@dataclass(frozen=True, slots=True)
class ShopText:
    """One document. `kind` is product, faq, policy, review or file; texts with the same `group` are about the same thing."""

    group: str
    kind: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What is trained on and what only measures."""

    train: tuple[ShopText, ...]
    held_out: tuple[ShopText, ...]


def shop_texts(content: Path, files: Sequence[Path] = ()) -> list[ShopText]:
    """All texts of a content folder and of files. Raises ContentError, TextFileError."""
    documents = map(_document_text, documents_of(read_folder(content)))
    return distinct([*documents, *_reviews(content), *file_texts(files)])


def file_texts(files: Sequence[Path]) -> list[ShopText]:
    """The texts of `.txt`, `.md`, `.csv`, `.jsonl` files, each also with `.gz` behind. Raises TextFileError."""
    return distinct([text for path in files for text in _file(path)])


def distinct(texts: Iterable[ShopText]) -> list[ShopText]:
    """Each text once, whatever its spaces and capitals; those without a word are left out."""
    kept: dict[str, ShopText] = {}
    for text in texts:
        mark = " ".join(text.text.lower().split())
        if any(char.isalpha() for char in mark):
            kept.setdefault(mark, text)
    return list(kept.values())


def split(texts: Sequence[ShopText], share: float = HELD_OUT) -> Parts:
    """Hold out a share of the groups of every kind, at least one group in all. Raises TextFileError where there are fewer than two."""
    groups: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for text in texts:
        groups[text.kind][text.group] = None
    if sum(map(len, groups.values())) < 2:
        raise TextFileError(f"expected at least two texts, one to train on and one to measure with, got {len(texts)}")
    chosen = {group for names in groups.values() for group in _by_chance(names)[: round(share * len(names))]}
    chosen = chosen or set(_by_chance(group for names in groups.values() for group in names)[:1])
    held_out = tuple(text for text in texts if text.group in chosen)
    return Parts(tuple(text for text in texts if text.group not in chosen), held_out)


def fingerprint(texts: Iterable[ShopText]) -> str:
    """SHA-256 over the texts, in any order."""
    return hashlib.sha256("\0".join(sorted(f"{text.language}\0{text.text}" for text in texts)).encode()).hexdigest()


def counts(texts: Iterable[ShopText]) -> dict[str, int]:
    """How many texts of each kind and language, as "product en"."""
    found: defaultdict[str, int] = defaultdict(int)
    for text in texts:
        found[f"{text.kind} {text.language}"] += 1
    return dict(sorted(found.items()))


def _by_chance(names: Iterable[str]) -> list[str]:
    """An order that is always the same for a name and says nothing of it."""
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())


def _document_text(document: Document) -> ShopText:
    product = document.product
    about = f"{document.title}\n{document.text}" if product is None else product_text(document)
    return ShopText(base_id(document.id), document.kind, document.language, about)


def product_text(document: Document) -> str:
    """A product in the words of its record, without price and stock."""
    product = document.product
    assert product is not None
    return f"{product.title}. {facts(product, offers=False)}\n{said_of(product)}".strip()


def _reviews(content: Path) -> Iterator[ShopText]:
    """The rows of tables of reviews: `body` with its `title`, and the `language` where it is stated."""
    for path in sorted(content.rglob("*.csv")):
        rows = csv.DictReader(io.StringIO(_read(path)))
        if {"rating", "body"} <= {str(name).strip().lower() for name in rows.fieldnames or ()}:
            for number, row in enumerate(rows, start=2):
                said = _joined([str(row.get("title") or ""), str(row.get("body") or "")])
                yield _text(f"{path.relative_to(content).as_posix()}:{number}", "review", said, str(row.get("language") or ""))


def _file(path: Path) -> Iterator[ShopText]:
    name = path.name.removesuffix(".gz")
    reader = _READERS.get(Path(name).suffix.lower())
    if reader is None:
        raise TextFileError(f"{path}: expected one of {', '.join(_READERS)}, also with .gz, got {Path(name).suffix or 'no ending'}")
    for number, text in reader(_read(path), path):
        yield _text(f"{path.name}:{number}", "file", text)


def _text(group: str, kind: str, text: str, language: str = "") -> ShopText:
    return ShopText(group, kind, language or detect_language(text, "en"), text.strip())


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError) as error:
        raise TextFileError(f"{path}: cannot be read ({error})") from error
    return decode(data, path.name)


def _sections(text: str, _path: Path) -> Iterator[tuple[int, str]]:
    """A short file whole; a long one in pieces of whole paragraphs."""
    pieces, size = [""], 0
    for paragraph in re.split(r"\n\s*\n", text):
        if size and size + len(paragraph) > _SECTION:
            pieces.append("")
            size = 0
        pieces[-1] += paragraph + "\n\n"
        size += len(paragraph)
    yield from enumerate(pieces, start=1)


def _rows(text: str, path: Path) -> Iterator[tuple[int, str]]:
    csv.field_size_limit(_CELL)
    rows = csv.DictReader(io.StringIO(text))
    wanted = [name for name in rows.fieldnames or () if name.strip().lower() in _COLUMNS]
    if not wanted:
        raise TextFileError(f"{path}:1: expected a column named {', '.join(_COLUMNS)}, got {', '.join(rows.fieldnames or ()) or 'nothing'}")
    for number, row in enumerate(rows, start=2):
        yield number, _joined([str(row[name] or "") for name in wanted])


def _lines(text: str, path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, said_in(json.loads(line))
            except (ValueError, LookupError, TypeError) as error:
                wanted = "text, question and answer, messages, or facts and asks"
                raise TextFileError(f"{path}:{number}: expected a JSON object with {wanted}, got {line[:60]!r}") from error


def said_in(given: Any) -> str:
    """The text of one JSON line. Raises LookupError or TypeError where it has none."""
    if isinstance(given, str):
        return given
    if "messages" in given:
        return _joined([_words(message, "content", "text") for message in given["messages"]])
    if "asks" in given:
        asked = [f"{ask['question']}\n{ask['answer']}" for ask in given["asks"]]
        return _joined([*map(str, given["facts"]), *asked])
    if "question" in given:
        return _joined([_words(given, "question"), _words(given, "answer", "passage")])
    return _words(given, "text")


def _words(given: Mapping[str, Any], *names: str) -> str:
    found = next((given[name] for name in names if name in given), None)
    if not isinstance(found, str):
        raise LookupError(" or ".join(names))
    return found


def _joined(parts: Sequence[str]) -> str:
    return "\n".join(part.strip() for part in parts if part.strip())


_READERS = {".txt": _sections, ".md": _sections, ".csv": _rows, ".jsonl": _lines}
