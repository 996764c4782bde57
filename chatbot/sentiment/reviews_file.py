"""Reviews out of a table, row by row, so that a file of any size takes little memory: whatever it calls its columns and however it is encoded.

Knows comma, semicolon, tab and bar; UTF-8, UTF-16, GB18030 and Windows-1252, also a few lines of another encoding in a file of the first;
quoted line breaks. A quote that is never closed costs the quotes of its own line and no row. Every row is given back, those without words
as well, with the line on which it starts. Raises `ReviewsUnusable`, which names the file, the line, what was expected and what came.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO

from chatbot.errors import ChatbotError
from knowledge_base.importers.tables import column, legacy_encoding
from knowledge_base.text import clean_text

csv.field_size_limit(256 * 1024 * 1024)  # as in knowledge_base.importers.tables: what is too long is said there and here, not by csv

SAMPLE = 1 << 20
MOST_COLUMNS = 400
_MOST_HELD, _MOST_LINES = 64 * 1024, 200  # characters and lines of one record
_MOST_LINE = 256 * 1024
_DELIMITERS = ",\t;|"
_COLUMNS = {
    "body": "body|review|review text|review body|reviewbody|review content|content|comment|comments|text|feedback|message|评价内容|评论内容|评价|评论|内容|点评",
    "title": "title|review title|headline|summary|标题|评价标题",
    "product": "handle|product handle|producthandle|product id|productid|product|sku|product sku|product name|product title|item|item id|asin|"
    "clothing id|variant id|cat|category|商品编号|商品id|商品|商品名称|货号|产品|款号|分类",
    "rating": "rating|stars|star rating|score|review rating|rating value|overall|评分|星级|打分|评级",
    "date": "date|created at|date created|datecreated|review date|created|submitted at|timestamp|time|updated at|日期|评价时间|评论时间|时间|创建时间",
    "language": "language|lang|locale|语言",
    "verdict": "recommended ind|recommended|label|polarity|sentiment label|推荐",
}
_DATES = ("%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%Y年%m月%d日", "%Y.%m.%d", "%d %b %Y", "%b %d, %Y", "%Y%m%d")


class ReviewsUnusable(ChatbotError):
    """A file of reviews that cannot be read; the message says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Review:
    """One row. `rating` in stars as written, 0 to 5 or 0 to 10; None where there is none. `verdict` is a label that the file itself has."""

    line: int
    body: str
    title: str = ""
    product: str = ""
    rating: float | None = None
    day: date | None = None
    language: str = ""
    verdict: bool | None = None
    cells: tuple[str, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """Title and body as one text."""
        joint = "" if not self.title or self.title[-1:] in ".!?。！？…" else "。" if re.search(r"[一-鿿]", self.title) else "."
        return f"{self.title}{joint} {self.body}".strip() if self.title and self.body else self.title or self.body


class ReviewsFile:
    """The rows of one table; `header` as written, `columns` by what they are for. `repaired`: rows that needed a second look, with why."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.name = name
        self.repaired: deque[str] = deque(maxlen=100)
        text = _decoded(stream, name)
        self.close = text.close
        self._lines = _Lines(text)
        first = next((line for line in self._lines if line.strip()), "")
        if stated := re.fullmatch(r"sep=([,;\t|])\s*", first.strip("\ufeff \n")):  # Excel's own first line
            first = next(self._lines, "")
        if not first.strip():
            raise ReviewsUnusable(f"{name}:1: expected a table of reviews with a header, got an empty file")
        self._lines.back(first)
        self._delimiter = stated[1] if stated else max(_DELIMITERS, key=first.count)
        records = self._records()
        _, header = next(records)
        self.header = tuple(clean_text(title) for title in header)
        self.columns = self._find(header)
        self._rest = records

    def __iter__(self) -> Iterator[Review]:
        for line, cells in self._rest:
            if any(cell.strip() for cell in cells):
                yield self._review(line, cells)

    def _find(self, header: Sequence[str]) -> dict[str, int]:
        if len(header) > MOST_COLUMNS:
            raise ReviewsUnusable(f"{self.name}:1: expected at most {MOST_COLUMNS} columns, got {len(header)}")
        places: dict[str, int] = {}
        for place, name in enumerate(header):
            places.setdefault(column(clean_text(name)), place)
        found = {}
        for use, names in _COLUMNS.items():
            if (known := next((name for name in names.split("|") if name in places), None)) is not None:
                found[use] = places[known]
        if "body" not in found:
            seen = ", ".join(clean_text(name)[:40] for name in header[:8])
            raise ReviewsUnusable(
                f"{self.name}:1: expected a column with what reviewers wrote (body, review, content, comment, 评价 …), got the columns {seen}"
            )
        return found

    def _review(self, line: int, cells: list[str]) -> Review:
        def cell(use: str) -> str:
            place = self.columns.get(use, len(cells))
            return clean_text(cells[place][:_MOST_LINE]) if place < len(cells) else ""

        return Review(
            line,
            cell("body"),
            cell("title"),
            cell("product")[:200],
            _number(cell("rating")),
            day_of(cell("date")),
            cell("language").lower().replace("_", "-").split("-")[0][:12],
            _verdict(cell("verdict")),
            tuple(cells),
        )

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """(line, cells); a record goes on over lines while a quote is open."""
        for line in self._lines:
            start, held = self._lines.number, [line]
            whole = self._whole(held)
            while not whole and self._may_go_on(held) and (more := next(self._lines, None)) is not None:
                held.append(more)
                whole = '"' in more and self._whole(held)
            if whole:
                text = self._readable("".join(held), start)
                yield from ((start, cells) for cells in csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter))
                continue
            reason = "expected each opened quote to be closed, got one that is not; its line was read without quotes"
            self.repaired.append(f"{self.name}:{start}: {reason}")
            for later in reversed(held[1:]):
                self._lines.back(later)
            yield start, self._readable(line, start).rstrip("\r\n").replace('"', "").split(self._delimiter)

    def _may_go_on(self, held: Sequence[str]) -> bool:
        return len(held) < _MOST_LINES and sum(map(len, held)) < _MOST_HELD

    def _whole(self, held: Sequence[str]) -> bool:
        """Whether no quote is open at the end; one inside a cell ("2\" wide") opens nothing."""
        text = "".join(held)
        if text.count('"') == 0:
            return True
        try:
            list(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            return "unexpected end of data" not in str(error)
        return True

    def _readable(self, text: str, line: int) -> str:
        """A record in another encoding than its file's, read by its own."""
        if not re.search("[\udc80-\udcff]", text):
            return text
        self.repaired.append(f"{self.name}:{line}: expected UTF-8 as in the rest of the file, got another encoding; it was read as that")
        data = text.encode("utf-8", "surrogateescape")
        return data.decode(legacy_encoding(data), "replace")


class _Lines:
    """Lines with their number, to which some can be given back."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream
        self._back: list[str] = []
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else self._stream.readline(_MOST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        return line

    def back(self, line: str) -> None:
        self._back.append(line)
        self.number -= 1


def open_reviews(path: Path) -> ReviewsFile:
    """Raises ReviewsUnusable when the file cannot be read or is no table of reviews."""
    try:
        return ReviewsFile(path.open("rb"), path.name)
    except OSError as error:
        raise ReviewsUnusable(f"{path}: expected a file of reviews, got none that can be read ({error.strerror or error})") from error


def _decoded(stream: IO[bytes], name: str) -> io.TextIOWrapper:
    buffered = io.BufferedReader(_Raw(stream), SAMPLE)
    sample = buffered.peek(SAMPLE)[:SAMPLE]
    encoding = _encoding(sample, name)
    return io.TextIOWrapper(buffered, encoding, "surrogateescape" if encoding == "utf-8-sig" else "replace", newline="")


class _Raw(io.RawIOBase):
    """A stream as the raw one that a buffer reads from."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _encoding(sample: bytes, name: str) -> str:
    """That of most lines of the sample which have any letter beyond ASCII."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in sample:
        raise ReviewsUnusable(f"{name}:1: expected a text file (CSV), got one with NUL bytes; if it is a spreadsheet, save it as CSV")
    lines = [line for line in sample.split(b"\n")[:-1] or [sample] if not line.isascii()]
    fitting = sum(_is_utf8(line) for line in lines)
    return "utf-8-sig" if 2 * fitting >= len(lines) else legacy_encoding(b"\n".join(lines))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _number(text: str) -> float | None:
    """Stars: "4", "4.5", "4/5", "4 stars", "★★★★", "五星"."""
    if stars := text.count("★") or text.count("⭐"):
        return float(stars)
    if match := re.search(r"\d+(?:[.,]\d+)?", text):
        return float(match[0].replace(",", "."))
    return next((float(number) for number, sign in enumerate("零一二三四五") if sign in text), None)


def _verdict(text: str) -> bool | None:
    known = {"1": True, "true": True, "yes": True, "positive": True, "pos": True, "是": True, "好评": True}
    known |= {"0": False, "false": False, "no": False, "negative": False, "neg": False, "-1": False, "否": False, "差评": False}
    return known.get(text.lower())


def day_of(text: str) -> date | None:
    """The day of "2025-05-30", "2025-05-30T10:00:00Z", "30.05.2025" and the like; None for what is no day."""
    text = text.strip()
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for form in _DATES:
        try:
            return datetime.strptime(text.split(" ")[0] if " %" not in form else text, form).date()
        except ValueError:
            continue
    return None
