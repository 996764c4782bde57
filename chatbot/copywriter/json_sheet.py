"""JSON, JSON-LD and JSON lines: each product object gets its description under the key that it has for it; all other text stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chatbot.copywriter.encodings import Data, encoding_of
from chatbot.copywriter.json_spans import objects, with_value
from chatbot.copywriter.sheet import Item, Reading, SheetError
from knowledge_base.importers.folder import MAX_BYTES
from knowledge_base.importers.headings import role_of
from knowledge_base.importers.plain_json import key_of
from knowledge_base.text import html_to_text

_BEST = ("description", "body_html", "descriptionHtml", "long_description", "longDescription", "描述", "商品描述")


@dataclass(frozen=True, slots=True)
class Place:
    """A product's object: where it lies, its line, the key for its description."""

    start: int
    end: int
    line: int
    key: str


def json_sheet(data: Data, reading: Reading) -> JsonSheet:
    """Raises SheetError when the text is no JSON, or has no product."""
    if len(data) > MAX_BYTES:
        raise SheetError(f"{reading.name}:1: expected at most {MAX_BYTES:,} bytes of JSON, got {len(data):,}; part the file")
    encoding = encoding_of(data, reading.name)
    try:
        text = bytes(data).decode(encoding)
    except UnicodeDecodeError as error:
        line = bytes(data[: error.start]).count(b"\n") + 1
        raise SheetError(f"{reading.name}:{line}: expected {encoding.upper()} text, got the byte 0x{data[error.start]:02x}") from error
    return JsonSheet(text, encoding, reading)


class JsonSheet:
    """See Sheet."""

    def __init__(self, text: str, encoding: str, reading: Reading) -> None:
        self._text, self._encoding, self._reading = text, encoding, reading
        self._spoilt: list[tuple[int, str]] = []
        self.format, self._places = "", list[Place]()
        for start in self._starts():
            self._find(start)
        if not self._places:
            reason = self._spoilt[0][1] if self._spoilt else "expected objects with a name and a price, an image or offers, got none"
            raise SheetError(f"{reading.name}:{self._spoilt[0][0] if self._spoilt else 1}: {reason}")
        self.format = self.format or "JSON products"

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    def __len__(self) -> int:
        return len(self._places) + len(self._spoilt)

    def items(self) -> Iterator[Item]:
        for number, place in enumerate(self._places):
            found, reason = self._reading.product(self._text[place.start : place.end])
            product = found.products[0] if found is not None and found.products else None
            existing = self._object(place).get(place.key)
            told = html_to_text(existing) if isinstance(existing, str) else ""
            yield Item(number, place.line, product, told.strip(), "" if product else reason or "no product in this object")
        for offset, (line, reason) in enumerate(self._spoilt):
            yield Item(len(self._places) + offset, line, None, problem=reason)

    def written(self, text_of: Callable[[int], str | None]) -> Iterator[bytes]:
        done = 0
        for number, place in enumerate(self._places):
            text = text_of(number)
            if text is None:
                continue
            yield self._text[done : place.start].encode(self._encoding)
            yield with_value(self._text, place.start, place.end, place.key, text).encode(self._encoding)
            done = place.end
        yield self._text[done:].encode(self._encoding)

    def _object(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._text[place.start : place.end])
        return found

    def _starts(self) -> Iterator[int]:
        """Where values begin: one for a whole document, one a line for JSON lines. Spoilt lines are noted."""
        lead = re.match(r"[\ufeff\s]*", self._text)
        assert lead is not None
        try:
            json.loads(self._text[lead.end() :])
            yield lead.end()
        except (ValueError, RecursionError) as error:
            if not re.match(r"\s*\{[^\n]*\}\s*(?:\n|$)", self._text[lead.end() :]) or "\n" not in self._text.strip():
                self._spoilt.append(
                    (getattr(error, "lineno", 1), f"expected JSON, got text that is none ({getattr(error, 'msg', 'nested too deep')})")
                )
                return
            yield from self._lines()

    def _lines(self) -> Iterator[int]:
        start = 0
        for number, line in enumerate(self._text.split("\n"), start=1):
            if bare := line.lstrip("\ufeff \t\r"):
                try:
                    json.loads(bare)
                    yield start + len(line) - len(bare)
                except (ValueError, RecursionError) as error:
                    told = getattr(error, "msg", "nested too deep")
                    self._spoilt.append((number, f"expected a JSON object in a line, got text that is none ({told})"))
            start += len(line) + 1

    def _find(self, start: int) -> None:
        """Every product at and below a value."""
        if self._text[start] not in "[{":
            return
        walk = objects(self._text, start)
        found = next(walk, None)
        while found is not None:
            begin, end, value = found
            is_one = self._is_product(value, begin, end)
            if is_one:
                last = self._places[-1] if self._places else Place(0, 0, 1, "")
                self._places.append(Place(begin, end, last.line + self._text.count("\n", last.start, begin), _key(value)))
            try:
                found = walk.send(is_one)  # type: ignore[attr-defined]
            except StopIteration:
                return

    def _is_product(self, value: dict[str, Any], begin: int, end: int) -> bool:
        if not {"title"} & {role_of(key_of(name)) for name in value}:
            return False
        kinds = value.get("@type", "Product")
        if "Product" not in str(kinds):
            return False
        found, _ = self._reading.product(self._text[begin:end])
        if found is None or len(found.products) != 1:
            return False
        self.format = self.format or found.format
        return True


def _key(value: dict[str, Any]) -> str:
    """The key of an object's description; "description" where it has none."""
    own = next((key for key in _BEST if key in value), None)
    return own or next((name for name in value if role_of(key_of(name)) == "description" and isinstance(value[name], str)), "description")
