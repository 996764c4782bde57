"""What a product's name says beside naming it: how many there are, and a colour where the name ends in one.

Deliberately few: "Glass Cleaner" is not of glass and "White Wine Glass" is not white, so a word within a name is only repeated with the
name. A colour counts where it stands apart ("Garland, Blue", "Lunch Box Red"), a count where it is said to be one ("Set of 3").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PACK = re.compile(
    r"\b(?:set|pack|box|bag|tin|bundle)(?: of|/)\s?(?:\d{1,3}|two|three|four|five|six|eight|ten|twelve)\b|\b\d{1,3}[- ]?(?:pack|piece set|piece)\b"
    r"|\b\d{1,4} pcs?\b|\d{1,4}\s?(?:件套|支装|片装|只装|个装|包装|条装|双装)",
    re.IGNORECASE,
)
_COLOURS = "black|white|red|blue|green|yellow|pink|purple|grey|gray|brown|turquoise|beige|navy|ivory|lilac|multicolour|multicoloured|assorted colours"
_COLOUR = re.compile(rf"(?:[,;/(–-]\s?|\bin |(?<=[a-z]{{3}}) )((?:light |dark |navy |royal )?(?:{_COLOURS}))\)?\s*$", re.IGNORECASE)
_ZH_COLOUR = re.compile(r"[\s,，(（-]((?:浅|深|米|藏|酒)?[黑白红蓝绿黄粉紫灰棕青]色)[)）]?\s*$")
_SMALL = frozenset("of the a an and in on with for to at by from or".split())


@dataclass(frozen=True, slots=True)
class TitleParts:
    packs: tuple[str, ...]
    colours: tuple[str, ...]


def title_parts(title: str) -> TitleParts:
    packs = [" ".join(match.group().lower().replace("/", " of ").split()) for match in _PACK.finditer(title)][:1]
    colours = [match[1].lower() for match in (_COLOUR.search(title), _ZH_COLOUR.search(title)) if match]
    return TitleParts(tuple(packs), tuple(colours))


def shown_title(title: str) -> str:
    """A name as it is said: one that shouts ("WHITE HANGING HEART") is said calmly, any other stays as the shop writes it."""
    plain = " ".join(title.split()).strip(" .,;")
    letters = [letter for letter in plain if letter.isalpha() and letter.isascii()]
    if len(letters) < 4 or not all(letter.isupper() for letter in letters) or len(plain.split()) < 2:
        return plain
    return " ".join(_calm(word, place == 0) for place, word in enumerate(plain.split()))


def _calm(word: str, first: bool) -> str:
    if re.search(r"\d", word):
        return word if re.fullmatch(r"[A-Z\d./-]*\d[A-Z\d./-]*", word) and len(re.sub(r"[^A-Z]", "", word)) > 2 else word.lower()
    if word.lower() in _SMALL and not first:
        return word.lower()
    return re.sub(r"[A-Za-z]+(?:'[A-Za-z]+)?", lambda part: part[0].capitalize(), word)
