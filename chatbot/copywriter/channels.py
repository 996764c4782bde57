"""How long a text may be on each channel, counted as the channel counts, and how a text is made to fit: by whole sentences, then whole
words.

E-mail counts characters. Banners count display width, in which a Chinese character takes two places (as Google Ads counts). Social posts
count as X does: characters beyond Latin, Greek, Cyrillic and their marks weigh two, a link 23 (X, "Counting characters", configuration
3).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

ChannelName = Literal["email", "banner", "social"]
Unit = Literal["characters", "width", "weight"]
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_LINK = re.compile(r"https?://\S+")
_LINK_WEIGHT = 23
_HAN_BREAK = re.compile(r"[，。；：、！？,;:!?]")


@dataclass(frozen=True, slots=True)
class Channel:
    """Limits in the channel's own unit; `whole` of headline, body and call together, 0 for none. `products`: how many fit."""

    name: ChannelName
    unit: Unit
    headline: int
    body: int
    call: int
    whole: int
    products: int


CHANNELS: dict[ChannelName, Channel] = {
    "email": Channel("email", "characters", 60, 600, 30, 0, 3),
    "banner": Channel("banner", "width", 30, 90, 15, 0, 1),
    "social": Channel("social", "weight", 90, 250, 40, 280, 2),
}


def measured(text: str, unit: Unit) -> int:
    """How long the text is in this unit."""
    return _COUNTS[unit](unicodedata.normalize("NFC", text))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _weight(text: str) -> int:
    rest, links = _LINK.subn("", text)
    return _LINK_WEIGHT * links + sum(1 if any(low <= ord(letter) <= high for low, high in _LIGHT) else 2 for letter in rest)


_COUNTS: dict[Unit, Callable[[str], int]] = {"characters": len, "width": _width, "weight": _weight}


def joined(sentences: Sequence[str], limit: int, unit: Unit, gap: str) -> list[str]:
    """As many whole sentences, in their order, as fit; one that is too long is left out and later ones still get their place."""
    kept: list[str] = []
    for sentence in sentences:
        if measured(gap.join([*kept, sentence]), unit) <= limit:
            kept.append(sentence)
    return kept


def cut(text: str, limit: int, unit: Unit) -> str:
    """The text where it fits, else as many whole words of it as fit; of Chinese, which has no spaces, up to a mark or a word."""
    if measured(text, unit) <= limit:
        return text
    ends = (
        [match.start() for match in re.finditer(r"\s+", text)] + [match.start() for match in _HAN_BREAK.finditer(text)] + _word_ends(text)
    )
    fitting = [text[:end].rstrip(" ,;:，；：、") for end in sorted(set(ends)) if measured(text[:end].rstrip(" ,;:，；：、"), unit) <= limit]
    return fitting[-1] if fitting else ""


def _word_ends(text: str) -> list[int]:
    from chatbot.terms import is_chinese
    from knowledge_base.chinese import chinese_dictionary

    if not is_chinese(text):
        return []
    ends, place = [], 0
    for word in chinese_dictionary().cut(text, guess=False):
        place = text.find(word, place) + len(word)
        ends.append(place)
    return ends
