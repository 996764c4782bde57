"""Delimited text as rows with names and line numbers, whatever the encoding, the delimiter and the spelling of the header.

Knows UTF-8 with and without a byte-order mark, UTF-16, GB18030; comma, semicolon, tab, bar; quoted line breaks. A row keeps the
physical line on which it starts, because that is what a person can look up.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge_base.catalog import Problem
from knowledge_base.errors import ContentError
from knowledge_base.text import clean_text

MAX_COLUMNS = 400
MAX_CELL = 32 * 1024
_DELIMITERS = ",\t;|"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One record: `cells` by normalised header, `line` where it starts."""

    line: int
    cells: dict[str, str]

    def get(self, *names: str) -> str:
        """The first of these columns that has something."""
        return next((value for name in names if (value := self.cells.get(name, ""))), "")


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]  # normalised
    titles: dict[str, str]  # normalised → as written
    rows: tuple[TableRow, ...]
    problems: tuple[Problem, ...] = field(default=())

    def has(self, *names: str) -> bool:
        return all(name in self.titles for name in names)


def column(name: str) -> str:
    """The form in which headers are compared: NFKC, lower case, one space for runs of spaces, underscores and hyphens."""
    return re.sub(r"[\s_\-]+", " ", unicodedata.normalize("NFKC", name).strip().lower()).strip()


def decode(data: bytes, file: str) -> str:
    """The text of a file. Raises ContentError naming what was expected."""
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ContentError(f"{file}:1: expected a text file, got one with NUL bytes")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            last = error
    line = data[: last.start].count(b"\n") + 1
    raise ContentError(f"{file}:{line}: expected UTF-8, UTF-16 or GB18030 text, got bytes that are none of them")


def read_table(text: str, file: str) -> Table | None:
    """The table in `text`, or None when it is no table (fewer than two columns, or no header).

    Raises: ContentError for more than MAX_COLUMNS columns.
    """
    body = text.lstrip("\n\r")
    skipped = text[: len(text) - len(body)].count("\n")
    first = body.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    if not first.count(delimiter):
        return None
    reader = _records(body, delimiter, skipped)
    _, names = next(reader, (0, []))
    if len(names) > MAX_COLUMNS:
        raise ContentError(f"{file}:1: expected at most {MAX_COLUMNS} columns, got {len(names)}")
    header = [column(clean_text(name)) for name in names]
    rows: list[TableRow] = []
    problems: list[Problem] = []
    for line, values in reader:
        if not any(value.strip() for value in values):
            continue
        found = _row(file, line, header, values)
        (rows if isinstance(found, TableRow) else problems).append(found)  # type: ignore[arg-type]
    titles = {name: title.strip() for name, title in zip(header, names, strict=True) if name}
    return Table(tuple(header), titles, tuple(rows), tuple(problems))


def _row(file: str, line: int, header: list[str], values: list[str]) -> TableRow | Problem:
    if len(values) > len(header) and any(value.strip() for value in values[len(header) :]):
        reason = f"expected {len(header)} cells as in the header, got {len(values)}; is there an unquoted delimiter or a missing quote?"
        return Problem(file, line, "", reason)
    cells = dict(zip(header, values, strict=False))
    for name, value in cells.items():
        if len(value) > MAX_CELL:
            return Problem(file, line, name, f"expected at most {MAX_CELL} characters in a cell, got {len(value)}")
    return TableRow(line, {name: clean_text(value) for name, value in cells.items() if name})


def _records(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(256 * 1024 * 1024)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            yield line, next(reader)
        except StopIteration:
            return
