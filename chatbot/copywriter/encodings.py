"""In which encoding a shop's file is, told as the importers tell it, but line by line: a file in which most lines are UTF-8 and a few are
not is a UTF-8 file with spoilt lines, and those alone are reported.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator

from chatbot.copywriter.sheet import SheetError
from knowledge_base.errors import ContentError
from knowledge_base.importers.tables import decode, legacy_encoding

Data = bytes | mmap.mmap
_PART = 1 << 20
_SAMPLE = 4 << 20


def lines_of(data: Data) -> Iterator[tuple[int, int]]:
    """Where each physical line lies, its end included."""
    start, size = 0, len(data)
    while start < size:
        stop = data.find(b"\n", start)
        stop = size if stop < 0 else stop + 1
        yield start, stop
        start = stop


def encoding_of(data: Data, name: str) -> str:
    """ "utf-8", "utf-16", "gb18030" or "cp1252". Raises SheetError for bytes that are none of them, and for a file that is no text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if (place := data.find(b"\x00")) >= 0:
        line = data[:place].count(b"\n") + 1
        raise SheetError(f"{name}:{line}: expected a text file, got one with NUL bytes")
    plain, spoilt = _counted(data)
    if not spoilt or plain > spoilt:
        return "utf-8"
    sample = bytes(data[:_SAMPLE])
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    for encoding in sorted(("cp1252", "gb18030"), key=lambda one: one != legacy_encoding(sample)):  # the likelier first
        try:
            sample.decode(encoding)
            return encoding
        except UnicodeDecodeError:
            continue
    try:
        decode(sample, name)
    except ContentError as error:
        raise SheetError(str(error)) from error
    return "cp1252"


def _counted(data: Data) -> tuple[int, int]:
    """Lines with letters beyond ASCII that are UTF-8, and those that are not."""
    plain = spoilt = 0
    for start, stop in lines_of(data):
        line = data[start:stop]
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            plain += 1
        except UnicodeDecodeError:
            spoilt += 1
    return plain, spoilt
