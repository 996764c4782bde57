"""One title for rows that are variants of one product: what the titles of all of them begin with.

Feeds write the colour and the size of a variant into its title, as Google asks for ("Masonry Shield White 5 L", "Masonry Shield Stone 10 L"):
the product is the Masonry Shield. What is left of a title tells the rows apart where nothing else does ("… - body only").
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

_ENDS = " \t-–—,;:|/·#(（[【"
_JOINING = re.compile(r"(?:[\s,;:|/·#–—-]|\b(?:in|with|for|and|of|the|a)\b)+$", re.IGNORECASE)
_SHORTEST = 4  # letters that titles must have in common; fewer say nothing


def shared_title(titles: Sequence[str]) -> str:
    """What all titles begin with, whole words only; the first title where that is too short to be a name, or where they are the same."""
    stated = [" ".join(title.split()) for title in titles if title.strip()]
    if len(set(stated)) < 2:
        return next(iter(titles), "") if not stated else next(title for title in titles if title.strip())
    start = "".join(letters[0] for letters in itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*stated, strict=False)))
    whole = all(len(title) == len(start) or not (title[len(start)].isalnum() and start[-1:].isalnum()) for title in stated)
    if not whole and start.isascii():
        start = start[: max(start.rfind(" "), 0)]
    start = _JOINING.sub("", start.rstrip(_ENDS))
    return start if sum(map(str.isalpha, start)) >= _SHORTEST else stated[0]


def beyond_title(title: str, shared: str, told: Sequence[str] = ()) -> str:
    """What a variant's title says beyond the shared one and beyond what is `told` of it elsewhere, such as its colour: "body only"."""
    plain = " ".join(title.split())
    rest = plain[len(shared) :] if plain.startswith(shared) else ""
    for value in sorted(told, key=len, reverse=True):
        rest = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", " ", rest, flags=re.IGNORECASE)
    return " ".join(rest.split()).strip(_ENDS + ")）]】")
