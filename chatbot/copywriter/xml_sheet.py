"""XML feeds of products (RSS 2.0 and Atom, as Google Merchant takes them): each item gets its description element; all other text stays as
it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

from chatbot.copywriter.encodings import Data, encoding_of
from chatbot.copywriter.sheet import Item, Reading, SheetError
from knowledge_base.importers.folder import MAX_BYTES
from knowledge_base.text import html_to_text

_ITEM = re.compile(r"<(item|entry)\b[^>]*>.*?</\1\s*>", re.DOTALL)
_DESCRIPTION = re.compile(r"(<((?:g:)?(?:description|summary))\b[^>]*?)(?:/>|>(.*?)</\2\s*>)", re.DOTALL)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class XmlSheet:
    """See Sheet. Raises SheetError for XML that is no feed of products."""

    def __init__(self, data: Data, reading: Reading) -> None:
        if len(data) > MAX_BYTES:
            raise SheetError(f"{reading.name}:1: expected at most {MAX_BYTES:,} bytes of XML, got {len(data):,}; part the file")
        self._encoding = encoding_of(data, reading.name)
        try:
            self._text = bytes(data).decode(self._encoding)
        except UnicodeDecodeError as error:
            line = bytes(data[: error.start]).count(b"\n") + 1
            raise SheetError(
                f"{reading.name}:{line}: expected {self._encoding.upper()} text, got the byte 0x{data[error.start]:02x}"
            ) from error
        found, reason = reading.product(self._text)
        self._items = [match.span() for match in _ITEM.finditer(self._text)]
        if found is None or not self._items or re.match(r"<(?:!doctype html|html)", self._text.lstrip("\ufeff \r\n\t"), re.IGNORECASE):
            told = reason or "expected a feed of products (RSS or Atom), got a web page; save its JSON-LD as a .json file"
            raise SheetError(f"{reading.name}:1: {told}")
        self.format, self._reading = found.format, reading
        self._head, self._tail = self._text[: self._items[0][0]], self._text[self._items[-1][1] :]

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> Iterator[Item]:
        line, at = 1, 0
        for number, (start, end) in enumerate(self._items):
            line, at = line + self._text.count("\n", at, start), start
            found, reason = self._reading.product(self._head + self._text[start:end] + self._tail)
            product = found.products[0] if found is not None and found.products else None
            existing = _DESCRIPTION.search(self._text, start, end)
            told = html_to_text(re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", existing[3] or "", flags=re.DOTALL)) if existing else ""
            yield Item(number, line, product, told.strip(), "" if product else reason or "no product in this item")

    def written(self, text_of: Callable[[int], str | None]) -> Iterator[bytes]:
        done = 0
        for number, (start, end) in enumerate(self._items):
            text = text_of(number)
            if text is None:
                continue
            yield self._text[done:start].encode(self._encoding)
            yield _with_text(self._text[start:end], text).encode(self._encoding, "xmlcharrefreplace")
            done = end
        yield self._text[done:].encode(self._encoding)


def _with_text(item: str, text: str) -> str:
    safe = escape(_NOT_XML.sub("", text))
    if match := _DESCRIPTION.search(item):
        return f"{item[: match.start()]}{match[1].rstrip()}>{safe}</{match[2]}>{item[match.end() :]}"
    close = item.rindex("</")
    name = "summary" if item.startswith("<entry") else "g:description" if "<g:" in item else "description"
    gap = re.search(r"\s*$", item[:close])
    assert gap is not None
    before = re.search(r"\n[ \t]*(?=<(?!/))", item)
    return f"{item[: gap.start()]}{before.group() if before else ''}<{name}>{safe}</{name}>{gap.group()}{item[close:]}"
