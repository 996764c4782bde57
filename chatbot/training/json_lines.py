"""Files of JSON lines, as every kind of training data comes: each line that holds anything, with where it stands for the error messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chatbot.errors import ChatbotError


def numbered_lines(path: Path, error: type[ChatbotError]) -> Iterator[tuple[str, str]]:
    """("file:line", the line) of each line that is not empty. Raises `error` where the file is no UTF-8 text.

    Line feeds and carriage returns end a line, for JSON escapes those in a text; the other signs that Unicode counts as line ends it does
    not.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise error(f"{path}: cannot be read as UTF-8 text ({cause})") from cause
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{path}:{number}", line
