"""The cells of one record of delimited bytes, each with its place, so that one can be written and every other byte stays as it is.

Also what we write into a cell: quoted where it must be, and never a formula (`formulas`). The shop's own cells are never changed, only
counted.
"""

from __future__ import annotations

import re

from chatbot.formulas import no_formula

_FORMULA_BYTES = re.compile(rb'^"?[=+@\t\r]|^"?-(?!\d)')


def cell(text: str, delimiter: str) -> str:
    """The text as a cell of a delimited file."""
    safe = no_formula(text)
    return f'"{safe.replace(chr(34), chr(34) * 2)}"' if re.search(rf'["\r\n]|{re.escape(delimiter)}|^\s|\s$', safe) else safe


def looks_run(raw: bytes) -> bool:
    """Whether a spreadsheet would run this cell of the shop's own."""
    return _FORMULA_BYTES.match(raw) is not None


def spans(record: bytes, delimiter: bytes) -> list[tuple[int, int]]:
    """Where each cell of a record lies, quotes included, its line end left out."""
    end = len(record.rstrip(b"\r\n"))
    found, start = [], 0
    while True:
        stop = _cell_end(record, start, end, delimiter)
        found.append((start, stop))
        if stop >= end:
            return found
        start = stop + len(delimiter)


def _cell_end(record: bytes, start: int, end: int, delimiter: bytes) -> int:
    if record[start : start + 1] != b'"':
        stop = record.find(delimiter, start, end)
        return end if stop < 0 else stop
    place = start + 1
    while (quote := record.find(b'"', place, end)) >= 0:
        if record[quote + 1 : quote + 2] != b'"':
            stop = record.find(delimiter, quote, end)
            return end if stop < 0 else stop
        place = quote + 2
    return end


def value(raw: bytes, encoding: str) -> str:
    """What a cell says. Raises UnicodeDecodeError."""
    text = raw.decode(encoding)
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def is_open(record: bytes, delimiter: bytes) -> bool:
    """Whether a record ends inside a quoted cell, and so goes on in the next line."""
    start, stop = spans(record, delimiter)[-1]
    raw = record[start:stop]
    return raw[:1] == b'"' and raw.count(b'"') % 2 == 1
