"""The words of a review as the head weighs them: runs of one to three words or characters, denials, and words of known polarity.

English is taken by words, Chinese by characters and by words. A word behind a denial is also its own feature
("not … good" is "¬good"), as in Das & Chen 2007, and a word of the lexicon also stands for its class, which is how the head knows a word
that it never saw in training. Each feature has the place in the text that it came from. Features are hashed (Weinberger et al. 2009), so
the head's table has a fixed size and there is no vocabulary to keep.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from itertools import pairwise

from chatbot.sentiment.lexicon import BLAME_EN, BLAME_ZH, NEGATION_EN, PRAISE_EN, PRAISE_ZH
from knowledge_base.chinese import chinese_dictionary

BITS = 20
_MASK = (1 << BITS) - 1
_TOKEN = re.compile(
    r"[a-z]+(?:['’][a-z]+)?|\d+|[\u3400-\u9fff]|[!！]+|[?？]+|[~～]+|[.。…]{2,}|[\U0001F300-\U0001FAFF\u2600-\u27bf❤]|[:;]-?[()DPp/]"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_MOST_HAN, _MOST_WORDS = 3, 3
_REACH = 3  # words behind a denial that it denies
_DENIED_ZH = "不没无未非别"
_ENDS = frozenset(["but", "however", "although", "though"])
_MOST_TOKENS = 1_500  # what is said further on changes no verdict, and a review of a megabyte must not hold up the others
_BY_LENGTH_ZH = sorted({*PRAISE_ZH, *BLAME_ZH}, key=len, reverse=True)
_LEXICON_ZH = re.compile("|".join(map(re.escape, _BY_LENGTH_ZH)))
_PRAISE_ZH = frozenset(PRAISE_ZH)
_MARKS = {"！": "!", "？": "?", "～": "~"} | {mark: mark for mark in "!?~"}  # a run of them counts as one


# One feature: its name, and start and end, in code points, of the span that it came from. Plain tuples: a review has hundreds.
Gram = tuple[str, int, int]
_Token = tuple[str, int, int, bool]  # text, start, end, whether it is Chinese


@lru_cache(maxsize=4_096)  # a clause is judged, and then asked for the words that decided
def grams(text: str) -> tuple[Gram, ...]:
    """All features of a text, in reading order; one that occurs twice is there twice."""
    tokens = _tokens(text)
    found = [*_runs(tokens), *_denied(tokens), *_known_words(tokens)]
    return (*found, *_known_chinese(text), *_chinese_words(text)) if _HAN.search(text) else tuple(found)


@lru_cache(maxsize=1 << 17)
def bucket(name: str) -> int:
    """The place of a feature in the head's table."""
    return zlib.crc32(name.encode("utf-8", "replace")) & _MASK


@lru_cache(maxsize=4_096)
def places(text: str) -> list[int]:
    """The place in the head's table of each feature of a text, in the order of `grams`. Not to be changed."""
    return [bucket(name) for name, _, _ in grams(text)]


def buckets(text: str) -> list[int]:
    """The places of a text's features, each once."""
    return list(set(places(text)))


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKEN.finditer(lowered(text)):
        word = match[0]
        if word[0].isalnum():
            word = word.replace("’", "'")
        elif word[0] in _MARKS:
            word = _MARKS[word[0]]
        found.append((word, match.start(), match.end(), "\u3400" <= word <= "\u9fff"))
        if len(found) == _MOST_TOKENS:
            break
    return found


def lowered(text: str) -> str:
    """Lower case with every character at its old place: one that would become two ("İ") stays."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


def _runs(tokens: list[_Token]) -> list[Gram]:
    found: list[Gram] = []
    for first, (word, start, end, han) in enumerate(tokens):
        name = word
        found.append((name, start, end))
        for later, _, last, also in tokens[first + 1 : first + (_MOST_HAN if han else _MOST_WORDS)]:
            if also != han:
                break
            name = name + later if han else f"{name} {later}"
            found.append((name, start, last))
    return found


def _denied(tokens: list[_Token]) -> list[Gram]:
    """Each word that a denial reaches, with its span from the denial on."""
    found: list[Gram] = []
    left = start = 0
    for word, begin, end, han in tokens:
        if denies(word):
            left, start = _REACH, begin
        elif han or word in _ENDS:
            left = 0
        elif left:
            found.append((f"¬{word}", start, end))
            left -= 1
    return found


def denies(word: str) -> bool:
    return word in NEGATION_EN or word.endswith("n't")


def _known_words(tokens: list[_Token]) -> list[Gram]:
    found: list[Gram] = []
    left = 0
    for word, start, end, _ in tokens:
        left = _REACH if denies(word) else max(0, left - 1)
        polarity = "praise" if word in PRAISE_EN else "blame" if word in BLAME_EN else ""
        if polarity:
            found.append((f"«{'¬' if left else ''}{polarity}»", start, end))
    return found


def _chinese_words(text: str) -> list[Gram]:
    """Each word of Chinese text, each two that follow each other, and each two with one between."""
    words, place = [], 0
    for word in chinese_dictionary().cut(text[: 2 * _MOST_TOKENS], guess=False):
        if not word.isspace():
            words.append((lowered(word), place, place + len(word)))
        place += len(word)
    found = [(f"/{word}", start, end) for word, start, end in words]
    found += [(f"/{first[0]}/{then[0]}", first[1], then[2]) for first, then in pairwise(words)]
    return found + [(f"/{first[0]}/_/{then[0]}", first[1], then[2]) for first, then in zip(words, words[2:], strict=False)]


def _known_chinese(text: str) -> list[Gram]:
    found: list[Gram] = []
    for match in _LEXICON_ZH.finditer(text[: 4 * _MOST_TOKENS]):
        denied = any(mark in text[max(0, match.start() - 2) : match.start()] for mark in _DENIED_ZH)
        polarity = "praise" if match[0] in _PRAISE_ZH else "blame"
        found.append((f"«{'¬' if denied else ''}{polarity}中»", match.start(), match.end()))
    return found
