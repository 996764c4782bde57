"""Cells that no spreadsheet runs.

One that begins with = + - @ | % (also in full width), a tab or a carriage return may be taken for a formula (CWE-1236). Such a text gets an
apostrophe in front.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"^\s*[=+\-@|%＝＋－＠]|^[\t\r]")
_FIGURE = re.compile(r"^ *[+-]?\d[\d., %]*$")


def no_formula(text: str, *, figures: bool = False) -> str:
    """The text as a cell that is shown and not run. With `figures` a plain one ("-5", "+12 %") stays a figure."""
    return f"'{text}" if _FORMULA.match(text) and not (figures and _FIGURE.match(text)) else text
