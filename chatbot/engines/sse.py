"""Bytes of an event stream → the data of its events, one after the other. Knows nothing of HTTP or of what the data means.

Invariant: never more than `LONGEST_LINE` bytes are held, however long a line the other side sends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

LONGEST_LINE = 1 << 20


class LineTooLong(ValueError):
    pass


async def lines(source: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """Lines ended by LF or CRLF; what is left without an end is no line. Raises LineTooLong, and UnicodeDecodeError for broken text."""
    held = b""
    async for block in source:
        *whole, held = (held + block).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8")
        if len(held) > LONGEST_LINE:
            raise LineTooLong(f"a line of more than {LONGEST_LINE} bytes")


async def events(source: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """The data of each event, its lines joined; comments (keep-alives) and other fields are passed over."""
    data: list[str] = []
    async for line in lines(source):
        if not line and data:
            yield "\n".join(data)
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
