"""Which words are English, whatever a shop sells: what everybody writes so is no mistake for a word of the shop ("charge", "charger").

The dictionary of pyspellchecker (subtitles, counted; American): a British spelling or a rare word may be missing, so that a word that is
not known here is only not known to be right. Loaded at the first question about a word.
"""

from __future__ import annotations

import functools
import string

_COMMON = 10_000  # times seen
_SEEN_ONCE = 50  # what the dictionary gives to words that it only lists, misspellings among them ("seel")


@functools.lru_cache(maxsize=100_000)
def is_english(word: str) -> bool:
    """Whether a word in lower case is one that is often written."""
    return _dictionary().get(word, 0) > _SEEN_ONCE


@functools.lru_cache(maxsize=20_000)
def mistyped(word: str) -> str:
    """The common word that a word which is none has a letter too many or too few of, or two swapped ("mcuh" → "much"); "" if none."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    near = {
        *(left + right[1:] for left, right in cuts if right),
        *(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
        *(left + letter + right for left, right in cuts for letter in string.ascii_lowercase),
    }
    best = max(near, key=lambda other: _dictionary().get(other, 0))
    return best if _dictionary().get(best, 0) >= _COMMON and best[0] == word[0] else ""


@functools.cache
def _dictionary() -> dict[str, int]:
    from spellchecker import SpellChecker

    return dict(SpellChecker(language="en", distance=1).word_frequency.dictionary)
