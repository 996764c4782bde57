"""Typing mistakes in the words that matter, set right by the shop's own vocabulary: "warrenty" → "warranty", "delivary" → "delivery".

Only long Latin words that the shop never uses are touched, and only towards one that is a letter or two away. A name from outside ("Paris") that is
short or like nothing the shop writes stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.distance import DamerauLevenshtein

from chatbot.terms import stem

_WORD = re.compile(r"[A-Za-z]{8,}")
# Words of every shop, right even where this shop does not use them.
_COMMON = frozenset(
    """waterproof washable machine dishwasher microwave warranty delivery shipping returns returned refund refunds exchange discount student students available colour colours
    color colors material materials measure dimensions instructions assembly battery charger expensive cheapest cheaper lightest heaviest similar difference compare
    between without another anything something everything recommend suggestion birthday christmas present presents children women camping hiking payment payments""".split()
)


class Speller:
    """Holds the long words of one version of the shop's texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = {word.lower() for text in texts for word in _WORD.findall(text)} | _COMMON
        self._stems = {stem(word) for word in self._words}

    def correct(self, text: str) -> str:
        """The text with unknown long words replaced by the nearest known one, where there is one near enough."""
        return _WORD.sub(lambda match: self._nearest(match.group()), text)

    def _nearest(self, word: str) -> str:
        plain = word.lower()
        if plain in self._words or stem(plain) in self._stems:
            return word
        allowed = 1 if len(plain) < 10 else 2
        best = min(
            ((DamerauLevenshtein.distance(plain, known, score_cutoff=allowed), known) for known in self._words if known[0] == plain[0]),
            default=(allowed + 1, word),
        )
        return best[1] if best[0] <= allowed else word
