"""The seam between a shop's file and the copy that is written into it: items to describe, and the same file with the texts in their
places.

One sheet per shape of file (delimited, JSON, XML), chosen by content as the importers are; what a row means is the importers' business.
Keeps the order and every byte that is not a description of ours.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chatbot.errors import ChatbotError
from knowledge_base.catalog import Product
from knowledge_base.errors import ContentError
from knowledge_base.importers import Imported
from knowledge_base.importers.recognise import recognise

_NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or an archive; export it as CSV"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
)
_LONGEST_PLACE = 200


class SheetError(ChatbotError):
    """The file cannot be described at all; the message names the file, the line, what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Item:
    """A product of the file. `number` counts from 0 in the file's order, `line` is where it starts, `problem` why it cannot be described.

    `existing`: the description that the file has for it; `alt_texts`: what the file says of its pictures.
    """

    number: int
    line: int
    product: Product | None
    existing: str = ""
    problem: str = ""
    alt_texts: tuple[str, ...] = ()


class Sheet(Protocol):
    """`format` as an importer names it; `notes` are what the owner of the file should know of it as a whole."""

    format: str

    @property
    def notes(self) -> tuple[str, ...]: ...

    def __len__(self) -> int:
        """How many items there are."""
        ...

    def items(self) -> Iterator[Item]:
        """Each product once, in the file's order."""
        ...

    def written(self, text_of: Callable[[int], str | None]) -> Iterator[bytes]:
        """The file with the texts of the items, by number; None leaves an item as it is."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read: the currency of files that name none, and the language of products, "" for what their words say."""

    name: str
    currency: str = ""
    language: str = ""

    def product(self, text: str) -> tuple[Imported | None, str]:
        """What the importers make of a part of the file, and the first reason why not."""
        try:
            found = recognise(text, self.name, currency=self.currency, language=self.language)
        except ContentError as error:
            return None, re.sub(r"^.*?:\d+: ", "", str(error))
        reason = f"[{found.problems[0].column}] {found.problems[0].reason}" if found.problems and found.problems[0].column else ""
        return found, reason or (found.problems[0].reason if found.problems else "")


def open_sheet(path: Path, *, currency: str = "", language: str = "") -> Sheet:
    """The file as a sheet. Raises SheetError."""
    from chatbot.copywriter.csv_sheet import CsvSheet
    from chatbot.copywriter.json_sheet import json_sheet
    from chatbot.copywriter.xml_sheet import XmlSheet

    data, reading = _bytes(path), Reading(path.name, currency, language)
    start = bytes(data[:4096]).lstrip(b"\xef\xbb\xbf \t\r\n\x00\xff\xfe")
    if start.startswith(b"<"):
        return XmlSheet(data, reading)
    if re.match(rb"[\x00]?(?:\{|\[\s*[\[{\]])", start) or path.suffix.lower() in (".json", ".jsonl", ".ndjson", ".jsonld"):
        return json_sheet(data, reading)
    return CsvSheet(data, reading)


def _bytes(path: Path) -> mmap.mmap:
    """The file's bytes, mapped and not read."""
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise SheetError(f"{path.name}:1: expected a list of products, got an empty file")
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise SheetError(f"{path}: expected a file that can be read, got {error.strerror or error}") from error
    for magic, what in _NO_TEXT:
        if data[: len(magic)] == magic:
            raise SheetError(f"{path.name}:1: expected a text file (CSV, TSV, JSON or XML), got {what}")
    if not data[:4096].strip():
        raise SheetError(f"{path.name}:1: expected a list of products, got nothing but blank lines")
    return data
