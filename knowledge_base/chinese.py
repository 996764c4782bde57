"""Chinese text cut into words by jieba, over a dictionary of which only what is needed is read.

jieba reads its 350,000 words at once, which takes seconds and 60 MB, and keeps a copy in /tmp that could be another's. A word can only
be looked up by the characters that it begins with, so here the words that begin with two characters are read when a text has those two
side by side. What is cut is the same as with jieba's own loading: of the words that a text may have, every prefix is known too, and
the total of all frequencies is that of the whole file. Knows nothing of terms and stop words. One dictionary serves all threads.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NEWLINE, _SPACE, _ZERO = 10, 32, 48
_MOST_ABSENT = 50_000  # pairs of characters remembered to begin no word


class ChineseDictionary:
    """jieba's dictionary with frequencies. `data` is its file: "word frequency tag" a line."""

    def __init__(self, data: bytes) -> None:
        import jieba

        self._text = data.decode("utf-8").rstrip("\n") + "\n"
        characters = np.frombuffer(self._text.encode("utf-32-le"), dtype=np.uint32)
        ends = np.flatnonzero(characters == _NEWLINE)
        starts = np.concatenate([[0], ends[:-1] + 1])
        begins = _pair(characters[starts], characters[starts + 1])  # a word of one character is followed by a space
        order = np.argsort(begins, kind="stable")  # within one pair the order of the file: of two entries of one word the last counts
        self._begins, self._starts, self._ends = begins[order], starts[order], ends[order]
        self._lock = threading.Lock()
        self._read: set[str] = set()
        self._absent: set[str] = set()
        self._tokenizer: Any = jieba.Tokenizer()
        self._tokenizer.FREQ, self._tokenizer.total = {}, _total(characters, len(ends))
        self._tokenizer.initialized = True

    def cut(self, text: str, *, guess: bool) -> list[str]:
        """The words in reading order; with `guess`, characters that make no known word are joined by jieba's model of names."""
        self._need(text)
        words: list[str] = self._tokenizer.lcut(text, HMM=guess)
        return words

    def has(self, word: str) -> bool:
        self._need(word)
        return bool(self._tokenizer.FREQ.get(word))

    def _need(self, text: str) -> None:
        """Have every word read that `text` may contain."""
        pairs = {text[place : place + 2] for place in range(len(text) - 1)} | {character + " " for character in set(text)}
        missing = list(pairs - self._read - self._absent)
        if not missing:
            return
        characters = np.frombuffer("".join(missing).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        wanted = _pair(characters[::2], characters[1::2])
        lows, highs = np.searchsorted(self._begins, wanted), np.searchsorted(self._begins, wanted, side="right")
        with self._lock:
            for pair, low, high in zip(missing, lows.tolist(), highs.tolist(), strict=True):
                self._learn(pair, self._words_between(low, high))

    def _learn(self, pair: str, words: dict[str, int]) -> None:
        known = self._tokenizer.FREQ
        if not words:
            self._absent = self._absent if len(self._absent) < _MOST_ABSENT else set()
            self._absent.add(pair)
            return
        for word in words:
            for length in range(1, len(word)):
                known.setdefault(word[:length], 0)
        known.update(words)
        self._read.add(pair)

    def _words_between(self, low: int, high: int) -> dict[str, int]:
        spans = zip(self._starts[low:high].tolist(), self._ends[low:high].tolist(), strict=True)
        lines = (self._text[start:end].split(" ") for start, end in spans)
        return {word: int(frequency) for word, frequency, _tag in lines}


def _pair(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Two characters as one number."""
    return (first.astype(np.int64) << 21) | second.astype(np.int64)


def _total(characters: NDArray[np.uint32], lines: int) -> int:
    """The sum of all frequencies: what stands between the two spaces of each line."""
    spaces = np.flatnonzero(characters == _SPACE)
    if len(spaces) != 2 * lines:
        raise ValueError(f"jieba's dictionary: expected two spaces in each of its {lines} lines, got {len(spaces)} in all")
    begins, ends = spaces[::2] + 1, spaces[1::2]
    total = 0
    for place in range(1, int((ends - begins).max()) + 1):  # from the last digit on
        having = ends - begins >= place
        total += int((characters[ends[having] - place].astype(np.int64) - _ZERO).sum()) * 10 ** (place - 1)
    return total


_LOADING = threading.Lock()


def chinese_dictionary() -> ChineseDictionary:
    """The dictionary of jieba's package, read once."""
    with _LOADING:
        return _load()


@lru_cache(maxsize=1)
def _load() -> ChineseDictionary:
    import jieba

    with jieba.get_dict_file() as file:
        return ChineseDictionary(file.read())
