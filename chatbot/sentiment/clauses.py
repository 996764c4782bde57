"""A review cut into clauses, each of which judges one thing: sentences, and their parts at "but", "，" and the like. Offsets are kept."""

from __future__ import annotations

import re
from typing import NamedTuple

from chatbot.sentences import split_sentences
from knowledge_base.languages import has_han

_TURNS = re.compile(
    r"(?:[,;:–—-]\s*|\s)(?=(?:but|however|although|though|except|while|whereas|yet)\b)|[;；]\s*|\s[–—-]\s|,\s+(?=(?:and|the|it|it's|i|my|they)\b)",
    re.IGNORECASE,
)
_TURNS_ZH = re.compile(r"[，,；;~～\s]+|(?=但是?|不过|可是|然而)")
_LEAST_ZH, _LEAST_EN = 3, 8  # characters of a clause; a shorter piece belongs to the one before


class Clause(NamedTuple):
    """`text` is what stands from `start` to `end`, in code points of the whole."""

    text: str
    start: int
    end: int


def clauses(text: str) -> list[Clause]:
    """The clauses in reading order, without white space around them."""
    found, place = [], 0
    for sentence in split_sentences(text):
        found += _parts(sentence, place)
        place += len(sentence)
    return found


def _parts(sentence: str, place: int) -> list[Clause]:
    chinese = has_han(sentence)
    least = _LEAST_ZH if chinese else _LEAST_EN
    cuts, last = [0], 0
    for match in (_TURNS_ZH if chinese else _TURNS).finditer(sentence):
        if match.end() - last >= least and len(sentence) - match.end() >= least:
            last = match.end()
            cuts.append(last)
    pieces = zip(cuts, [*cuts[1:], len(sentence)], strict=True)
    return [clause for start, end in pieces if (clause := _trimmed(sentence, start, end, place)) is not None]


def _trimmed(sentence: str, start: int, end: int, place: int) -> Clause | None:
    piece = sentence[start:end]
    text = piece.strip(" \t\n\r,，;；:—–-")
    if not text:
        return None
    begin = place + start + piece.index(text)
    return Clause(text, begin, begin + len(text))
