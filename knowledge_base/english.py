"""Which words are English, whatever a shop sells: what everybody writes so is no mistake for a word of the shop ("charge", "charger").

The dictionary of pyspellchecker (subtitles, counted; American): a British spelling or a rare word may be missing, so that a word that is
not known here is only not known to be right. Loaded at the first question about a word.
"""

from __future__ import annotations

import functools

_SEEN_ONCE = 50  # what the dictionary gives to words that it only lists, misspellings among them ("seel")


@functools.lru_cache(maxsize=100_000)
def is_english(word: str) -> bool:
    """Whether a word in lower case is one that is often written."""
    return _dictionary().get(word, 0) > _SEEN_ONCE


@functools.cache
def _dictionary() -> dict[str, int]:
    from spellchecker import SpellChecker

    return dict(SpellChecker(language="en", distance=1).word_frequency.dictionary)
