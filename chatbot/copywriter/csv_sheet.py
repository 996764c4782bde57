"""Delimited files of any size: read twice and never held. The first pass notes where each record lies and which belong together, the second
reads one product at a time; the output is the input's own bytes with the new cells in their places.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chatbot.copywriter.cells import cell, is_open, looks_run, spans, value
from chatbot.copywriter.csv_dialects import CsvDialect
from chatbot.copywriter.encodings import Data, encoding_of, lines_of
from chatbot.copywriter.sheet import Item, Reading, SheetError
from knowledge_base.catalog import Product
from knowledge_base.errors import ContentError
from knowledge_base.importers import Imported
from knowledge_base.importers.tables import MAX_CELL, Table, read_table

_MARK = b"\xef\xbb\xbf"
_MOST_LINES = 2_000  # of one record: a quote that is never closed must not swallow the file


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its cells as they say, by normalised header, or why it cannot be read."""

    cells: dict[str, str]
    problem: str = ""


class CsvSheet:
    """See Sheet. Raises SheetError when the file has no header that an importer knows."""

    def __init__(self, data: Data, reading: Reading) -> None:
        self._reading = reading
        self.encoding = encoding_of(data, reading.name)
        self._wide = self.encoding in ("utf-16", "gb18030")  # bytes of a delimiter may be part of a letter there
        self._data: Data = bytes(data).decode(self.encoding).encode("utf-8") if self._wide else data
        self._inner = "utf-8" if self._wide else self.encoding
        self._starts, self._ends, self._lines = array("q"), array("q"), array("q")
        self.delimiter, self._table = self._header()
        found = CsvDialect.of(self._table)
        if found is None:
            seen = ", ".join(list(self._table.titles.values())[:8])
            raise SheetError(f"{reading.name}:{self._lines[0]}: expected the columns of a product list (such as name, image, price), of a Shopify, WooCommerce or Google export, got {seen}")  # fmt: skip
        self.dialect, self.format = found, found.format
        self._formulas = 0
        self._items: list[array[int]] = []
        self._texts_at: dict[int, int] = {}
        self._spoilt: dict[int, str] = {}
        self._scan()
        if not self._items:
            raise SheetError(f"{reading.name}:{self._lines[0]}: expected rows below the header of this {self.format} file, got none")

    def __len__(self) -> int:
        return len(self._items)

    @property
    def notes(self) -> tuple[str, ...]:
        told = f"{self._formulas} cells of the file itself begin as a formula does; they are the shop's and were left as they are"
        return (told,) if self._formulas else ()

    def items(self) -> Iterator[Item]:
        for number, places in enumerate(self._items):
            yield self._item(number, list(places))

    def written(self, text_of: Callable[[int], str | None]) -> Iterator[bytes]:
        if self.encoding == "utf-16":
            yield b"\xff\xfe"
        yield self._out(bytes(self._data[: self._starts[0]]))
        for place in range(len(self._starts)):
            item = self._texts_at.get(place)
            text = text_of(item) if item is not None else None
            yield self._out(self._rewritten(place, text))

    def _out(self, raw: bytes) -> bytes:
        if not self._wide:
            return raw
        text = raw.decode("utf-8").lstrip("\ufeff")
        return text.encode("utf-16-le" if self.encoding == "utf-16" else self.encoding)

    def _header(self) -> tuple[bytes, Table]:
        """The delimiter and the header as an importer sees it; every record's place is noted on the way."""
        start = 3 if self._data[:3] == _MARK else 0
        line, head = 0, b""
        for first, last in lines_of(self._data):
            line += 1
            head = bytes(self._data[max(first, start) : last])
            stated = head.strip().lower()
            if head.strip() and not stated.startswith(b"sep="):
                start = max(first, start)
                break
        delimiter = max((b",", b"\t", b";", b"|"), key=head.count)
        self._note_records(start, line, delimiter)
        header = bytes(self._data[self._starts[0] : self._ends[0]])
        try:
            table = read_table(self._as_csv([value(header[a:b], self._inner) for a, b in spans(header, delimiter)], []), self._reading.name)
        except (ContentError, UnicodeDecodeError) as error:
            raise SheetError(str(error)) from error
        if table is None:
            raise SheetError(f"{self._reading.name}:{line}: expected the columns of a product list (such as name, image, price), got {head.decode(self._inner, 'replace').strip()[:60]!r}")  # fmt: skip
        return delimiter, table

    def _note_records(self, start: int, line: int, delimiter: bytes) -> None:
        """Records by their quotes; one whose quotes never close is its first line alone, and reading goes on behind it."""
        marks = array("q", (first for first, last in lines_of(self._data) if last > start))
        marks.append(len(self._data))
        marks[0] = start
        place = 0
        while place < len(marks) - 1:
            text = self._data[marks[place] : marks[place + 1]]
            used = self._closing(marks, place, delimiter) if b'"' in text and is_open(text, delimiter) else 1
            self._starts.append(marks[place])
            self._ends.append(marks[place + used])
            self._lines.append(line + place)
            place += used

    def _closing(self, marks: array[int], place: int, delimiter: bytes) -> int:
        """How many lines the record has that opens a quote in this one."""
        for used in range(2, min(_MOST_LINES, len(marks) - 1 - place) + 1):
            last = self._data[marks[place + used - 1] : marks[place + used]]
            if b'"' in last and not is_open(self._data[marks[place] : marks[place + used]], delimiter):
                return used
        return 1

    def _scan(self) -> None:
        """Which records are one product, and where its text goes."""
        groups: dict[str, int] = {}
        for place in range(1, len(self._starts)):
            record = self._record(place, count=True)
            if record.problem:
                self._spoilt[place] = record.problem
            elif not any(text.strip() for text in record.cells.values()):
                continue
            key = "" if record.problem else self.dialect.group(record.cells)
            number = groups.get(key, -1) if key else -1
            if number < 0:
                number = len(self._items)
                self._items.append(array("q"))
                groups |= {name: number for name in (key, *self.dialect.aliases(record.cells)) if name} if not record.problem else {}
            self._items[number].append(place)
        self._part_namesakes()
        for number, places in enumerate(self._items):
            self._texts_at |= {
                place: number for place in places if place not in self._spoilt and self.dialect.gets_text(self._record(place).cells)
            }

    def _part_namesakes(self) -> None:
        """Rows of one name that the importer does not take for variants of one product are products of their own."""
        if self.dialect.name != "plain" or all(len(places) == 1 for places in self._items):
            return
        parted: list[array[int]] = []
        for places in self._items:
            alone = len(places) > 1 and self._products_in([self._record(place).cells for place in places]) != 1
            parted += [array("q", [place]) for place in places] if alone else [places]
        self._items = sorted(parted, key=lambda places: places[0])

    def _record(self, place: int, count: bool = False) -> Record:
        raw = bytes(self._data[self._starts[place] : self._ends[place]])
        found = spans(raw, self.delimiter)
        names = self._table.header
        if count:
            self._formulas += sum(looks_run(raw[a:b]) for a, b in found)
        if is_open(raw, self.delimiter):
            return Record({}, "expected each opened quote to be closed, got a row in which one stays open")
        if len(found) > len(names) and any(raw[a:b].strip() for a, b in found[len(names) :]):
            return Record(
                {}, f"expected {len(names)} cells as in the header, got {len(found)}; is there an unquoted delimiter or a missing quote?"
            )
        try:
            cells = [value(raw[a:b], self._inner) for a, b in found]
        except UnicodeDecodeError as error:
            return Record({}, f"expected {self._inner.upper()} text as in the rest of the file, got the byte 0x{raw[error.start]:02x}")
        return self._bounded(dict(reversed([*zip(self.dialect.names, cells, strict=False)])))  # of two columns of one name the first counts

    @staticmethod
    def _bounded(cells: dict[str, str]) -> Record:
        long = next((name for name, text in cells.items() if len(text) > MAX_CELL), "")
        return Record({}, f"[{long}] expected at most {MAX_CELL} characters in a cell, got {len(cells[long])}") if long else Record(cells)

    def _item(self, number: int, places: list[int]) -> Item:
        line = self._lines[places[0]]
        if (problem := self._spoilt.get(places[0])) is not None:
            return Item(number, line, None, problem=problem)
        rows = [self._record(place).cells for place in places]
        product, problem = self._read(rows)
        titled = [place for place, cells in zip(places, rows, strict=True) if self.dialect.gets_text(cells)]
        existing = (
            rows[places.index(titled[0])].get(self.dialect.names[self.dialect.target], "") if titled and self.dialect.target >= 0 else ""
        )
        if not titled and not problem:
            problem = "expected a row with the product's name, got only its variants"
        return Item(number, line, None if problem else product, existing.strip(), problem, self.dialect.alt_texts(rows))

    def _read(self, rows: list[dict[str, str]]) -> tuple[Product | None, str]:
        found, reason = self._imported(rows)
        products = found.products if found is not None else ()
        return (products[0], "") if products else (None, reason or "the importer takes no product from this row")

    def _products_in(self, rows: list[dict[str, str]]) -> int:
        found, _ = self._imported(rows)
        return len(found.products) if found is not None else 0

    def _imported(self, rows: list[dict[str, str]]) -> tuple[Imported | None, str]:
        names = [name for name in dict.fromkeys(self.dialect.names) if name]
        parted = [[self.dialect.published(cells).get(name, "") for name in names] for cells in rows]
        return self._reading.product(self._as_csv([self._title(name) for name in names], parted))

    def _title(self, name: str) -> str:
        return self._table.titles.get(self._table.header[self.dialect.names.index(name)], name)

    @staticmethod
    def _as_csv(header: list[str], rows: list[list[str]]) -> str:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([header, *rows])
        return out.getvalue()

    def _rewritten(self, place: int, text: str | None) -> bytes:
        raw = bytes(self._data[self._starts[place] : self._ends[place]])
        body = raw.rstrip(b"\r\n")
        if not body.strip() or place in self._spoilt:
            return raw
        target, delimiter = self.dialect.target, self.delimiter.decode()
        if target < 0:
            added = self.dialect.added if place == 0 else cell(self.dialect.told(text), delimiter) if text is not None else ""
            missing = len(self._table.header) - len(spans(raw, self.delimiter))
            return body + self.delimiter * (max(0, missing) + 1) + self._encoded(added) + raw[len(body) :]
        if text is None or place == 0:
            return raw
        told = self._encoded(cell(self.dialect.told(text), delimiter))
        found = spans(raw, self.delimiter)
        if target >= len(found):
            return body + self.delimiter * (target - len(found) + 1) + told + raw[len(body) :]
        start, stop = found[target]
        return raw[:start] + told + raw[stop:]

    def _encoded(self, text: str) -> bytes:
        """In the file's own encoding; a letter that it does not have becomes "?" in the file and is whole in the report."""
        return text.encode(self._inner, "replace")
