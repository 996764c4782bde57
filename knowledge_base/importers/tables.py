"""Delimited text as rows with names and line numbers, whatever the encoding, the delimiter and the spelling of the header.

Knows UTF-8 with and without a byte-order mark, UTF-16, GB18030, Windows-1252; comma, semicolon, tab, bar; quoted line breaks. A row keeps the
physical line on which it starts, because that is what a person can look up.
"""

from __future__ import annotations

import csv
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
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


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
    """The text of a file, its line ends as "\\n". Raises ContentError naming what was expected."""
    encoding = encoding_of(data, file)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ContentError(
            f"{file}:{line}: expected UTF-8, UTF-16, GB18030 or Windows-1252 text, got bytes that are none of them"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def encoding_of(data: bytes, file: str) -> str:
    """What a text, or its beginning up to the end of a line, is written in. Raises ContentError for what is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if (unseen := _BINARY.search(data)) and (unseen[0] == b"\x00" or len(_BINARY.findall(data)) * 100 > len(data)):
        line = data[: unseen.start()].count(b"\n") + 1
        kind = "NUL" if unseen[0] == b"\x00" else "control"
        raise ContentError(f"{file}:{line}: expected a text file, got one with {kind} bytes")
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return legacy_encoding(data)
    return "utf-8-sig"


def legacy_encoding(data: bytes) -> str:
    """Which of the two a text is in that is not UTF-8, by its first megabyte.

    Two-byte Chinese shows itself by runs of high bytes; in Western text accented letters stand alone among plain ones."""
    runs = re.findall(rb"[\x80-\xff]+", data[: 1024 * 1024])
    return "cp1252" if sum(len(run) == 1 for run in runs) * 2 > len(runs) else "gb18030"


def read_table(text: str, file: str) -> Table | None:
    """The table in `text`, or None when it is no table (fewer than two columns, or no header).

    Raises: ContentError for more than MAX_COLUMNS columns.
    """
    body = text.lstrip("\n")
    skipped = len(text) - len(body)
    first, _, rest = body.partition("\n")
    delimiter = max(_DELIMITERS, key=first.count)
    if stated := re.fullmatch(r"sep=([,;\t|])", first.strip(" ")):  # Excel's own first line
        delimiter, body, skipped = stated[1], rest, skipped + 1
    elif not first.count(delimiter):
        return None
    records = _records(body, delimiter, skipped)
    line, names = next(records, (1, []))
    if isinstance(names, str):
        raise ContentError(f"{file}:{line}: {names}")
    if len(names) > MAX_COLUMNS:
        raise ContentError(f"{file}:{line}: expected at most {MAX_COLUMNS} columns, got {len(names)}")
    header = [column(clean_text(name)) for name in names]
    problems = _repeated(file, line, header, names)
    rows: list[TableRow] = []
    for line, values in records:
        found = Problem(file, line, "", values) if isinstance(values, str) else _row(file, line, header, values)
        if isinstance(found, Problem):
            problems.append(found)
        elif found is not None:
            rows.append(found)
    titles = {name: clean_text(title) for name, title in reversed([*zip(header, names, strict=True)]) if name}
    return Table(tuple(header), dict(reversed(titles.items())), tuple(rows), tuple(problems))


def _repeated(file: str, line: int, header: list[str], names: list[str]) -> list[Problem]:
    problems = []
    for number, name in enumerate(header):
        if name and name in header[:number]:
            reason = f"expected each column once, got {names[number].strip()!r} as column {header.index(name) + 1} and {number + 1}; the first counts"
            problems.append(Problem(file, line, name, reason))
    return problems


def _row(file: str, line: int, header: list[str], values: list[str]) -> TableRow | Problem | None:
    if not any(value.strip() for value in values):
        return None
    if len(values) > len(header) and any(value.strip() for value in values[len(header) :]):
        reason = f"expected {len(header)} cells as in the header, got {len(values)}; is there an unquoted delimiter or a missing quote?"
        return Problem(file, line, "", reason)
    cells: dict[str, str] = {}
    for name, value in zip(header, values, strict=False):
        if len(value) > MAX_CELL:
            return Problem(file, line, name, f"expected at most {MAX_CELL} characters in a cell, got {len(value)}")
        if name:
            cells.setdefault(name, clean_text(value))
    return TableRow(line, cells)


def _records(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str] | str]]:
    """(line, cells) of each record; (line, reason) for one whose quotes do not match, after which reading goes on at the next line."""
    csv.field_size_limit(256 * 1024 * 1024)
    lines = [f"{line}\n" for line in text.split("\n")]
    start = 0
    while start < len(lines):
        reader = csv.reader((lines[number] for number in range(start, len(lines))), delimiter=delimiter, strict=True)
        done = 0
        try:
            for values in reader:
                yield skipped + start + done + 1, values
                done = reader.line_num
            return
        except csv.Error as error:
            fault = "the end of the file" if "end of data" in str(error) else f"{lines[start + reader.line_num - 1].strip()[:40]!r}"
            yield (
                skipped + start + done + 1,
                f'expected each opened quote to be closed and a quote inside a cell to be written twice (""), got {fault}',
            )
            start += done + 1
