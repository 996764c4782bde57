"""What a shop says of all variants of a product alike, and what it says of one alone, told apart sentence by sentence.

Works on plain text and knows nothing of products, rows or options. Keeps every sentence: it is either among those for all or with the
text that it came from, in the order in which it was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_END = re.compile(r"[。！？]+[”’」』）)]*\s*|[!?]+[”’)\"']*\s+|\.+[”’)\"']*\s+(?=[^\sa-z\d])|\s*\n\s*")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:approx|ca|circa|incl|excl|inkl|exkl|max|min|nr|no|st|dr|mrs?|ms|vs|etc|e\.g|i\.e|[a-z])$", re.IGNORECASE
)
_LONGEST_ABBREVIATION = 8


def split_described(text: str) -> list[str]:
    """Sentences and lines whose concatenation is `text`. A figure and its unit ("approx. 5 kg", "1.8 l") are never parted."""
    pieces, start = [], 0
    for found in _END.finditer(text):
        before = text[max(0, found.start() - _LONGEST_ABBREVIATION) : found.start()]
        if found[0].startswith(".") and "\n" not in found[0] and _ABBREVIATION.search(before):
            continue
        pieces.append(text[start : found.end()])
        start = found.end()
    return [piece for piece in [*pieces, text[start:]] if piece]


def told_apart(texts: Sequence[str], above: str = "") -> tuple[str, tuple[str, ...]]:
    """(what holds for all, what each of `texts` says alone).

    `above` is what was written for all of them in a place of its own. An empty text says nothing of its own; where one is empty and the
    others have no sentence in common, the first that is not empty holds for all, as it is all there is to say of the empty one.
    """
    said = list(dict.fromkeys(text for text in texts if text))
    common = _common(said)
    shared = common if common or all(texts) or not said else said[0]
    if above:
        shared = joined(above, common if all(texts) else "")
    told = _marks(shared)
    alone = {text: _without(text, told) for text in said}
    return shared, tuple(alone.get(text, "") for text in texts)


def joined(above: str, text: str) -> str:
    """`above`, then in a new line what `text` says beyond it."""
    return "\n".join(part for part in (above, _without(text, _marks(above))) if part)


def _common(texts: Sequence[str]) -> str:
    """The sentences of the first text that all others have too, each once; a single text as it is."""
    if len(texts) < 2:
        return "".join(texts)
    shared = frozenset.intersection(*map(_marks, texts))
    pieces: dict[str, str] = {}
    for piece in split_described(texts[0]):
        pieces.setdefault(_mark(piece), piece)
    return "".join(piece for mark, piece in pieces.items() if mark in shared).strip()


def _without(text: str, told: frozenset[str]) -> str:
    return "".join(piece for piece in split_described(text) if _mark(piece) not in told).strip()


def _marks(text: str) -> frozenset[str]:
    return frozenset(map(_mark, split_described(text)))


def _mark(piece: str) -> str:
    """What makes two sentences one: their words, not their spaces or whether the last one has its full stop."""
    return " ".join(piece.split()).rstrip(".。")
