"""How much each word of an answer rests on each word of the text that a model read: plain values, and words out of tokens.

Knows no model and no torch; `engines/attribution.py` computes the weights of tokens. Invariant: the pieces of all rows joined are the
text, and there is one weight for each piece of the answer and each piece of the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.chinese import chinese_dictionary

PROMPT_TOKENS = 1024  # of the whole prompt: more would take minutes on a processor
ANSWER_TOKENS = 160  # its first words: what every layer looked at for each of them is held in memory
_HAN = "一-鿿㐀-䶿"
_PIECE = re.compile(rf"\s*(?:[{_HAN}]+|[^\s{_HAN}]+)\s*|\s+")
_FEW = 6  # words of an answer that have no background yet
_DIGITS = 4  # of a weight as it is kept: more than a shade of colour can show

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Attribution:
    """`rows` are the lines of the text and `answer` the answer, cut into words that keep the white space after them.

    weights: (pieces of the answer, pieces of all rows one after the other), each at least 0; `method` says what they are, `seconds` how
    long it took. `model` is the folder's name.
    """

    rows: tuple[tuple[str, ...], ...]
    answer: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    model: str
    method: str
    seconds: float


def pieces(text: str) -> list[str]:
    """The words with the white space after them, Chinese cut by its dictionary. Joined, they are the text."""
    found: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        words = _cut(piece) if re.search(f"[{_HAN}]", piece) else [piece]
        found += words
    return found


def _cut(piece: str) -> list[str]:
    """A run of Chinese with the white space around it, in words."""
    bare = piece.strip()
    start = piece.index(bare)
    words = list(chinese_dictionary().cut(bare, guess=False))
    words[0] = piece[:start] + words[0]
    words[-1] += piece[start + len(bare) :]
    return words


def rows_of(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The words line by line; a line ends with the word that has a line's end in its white space."""
    rows: list[tuple[str, ...]] = []
    row: list[str] = []
    for word in words:
        row.append(word)
        if "\n" in word:
            rows.append(tuple(row))
            row = []
    return (*rows, tuple(row)) if row else tuple(rows)


def homes(ids: Sequence[int], decode: Callable[[Sequence[int]], str], words: Sequence[str]) -> list[int]:
    """Which of the words each token belongs to, -1 for one that is white space. `words` joined are what `decode` gives for all the ids.

    A token belongs to the word of its last character; a part of a character to the word of that character.
    """
    owner = [number for number, word in enumerate(words) for _ in word]
    text = "".join(words)
    found: list[int] = []
    start = 0
    for count in range(1, len(ids) + 1):
        end = _known(decode(ids[:count]), text, start)
        said = text[start:end] or text[end : end + 1]
        last = start + len(said.rstrip()) - 1
        found.append(owner[last] if said.strip() else -1)
        start = end
    return found


def _known(said: str, text: str, start: int) -> int:
    """Up to where `said` agrees with the text: the sign that stands for half a character does not."""
    end = start
    while end < min(len(said), len(text)) and said[end] == text[end]:
        end += 1
    return end


def by_words(tokens: Weights, answer: Sequence[int], text: Sequence[int], shape: tuple[int, int]) -> Weights:
    """The weights of tokens, (answer, text), as weights of words of this shape: summed over the tokens of a word of the text, the mean over
    those of a word of the answer, so that a word does not weigh more for being spelled in many tokens. Nothing is below 0.

    White space is left out: models rest their attention on the end of a line when they look at nothing.
    """
    rows, columns = _sums(answer, shape[0]), _sums(text, shape[1])
    counts = np.maximum(rows.sum(1, keepdims=True), 1.0)
    return np.asarray(np.maximum(rows @ tokens @ columns.T / counts, 0.0), dtype=np.float32)


def _sums(owners: Sequence[int], words: int) -> Weights:
    """(words, tokens): 1 where a token belongs to a word."""
    return np.asarray(np.arange(words)[:, None] == np.asarray(owners)[None, :], dtype=np.float32)


def shares(weights: Weights) -> Weights:
    """Each line of the weights as shares of itself: what a word of the answer rests on, whatever the strength of its weights."""
    sums = weights.sum(1, keepdims=True)
    return np.asarray(np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0), dtype=np.float32)


def without_background(weights: Weights) -> Weights:
    """Each line less what half of the lines have too: what every word of an answer looks at tells nothing of one of them.

    Models rest what they do not need on the ends of sentences and of the prompt. In a reply that copied two sentences of five, the words
    it copied had 66% of the weights, and 82% without the background. Answers of a few words stay as they are.
    """
    if len(weights) < _FEW:
        return weights
    return np.asarray(np.maximum(weights - np.median(weights, axis=0), 0.0), dtype=np.float32)


def rounded(weights: Weights) -> tuple[tuple[float, ...], ...]:
    """The weights as plain numbers, the heaviest 1."""
    most = float(weights.max(initial=0.0)) or 1.0
    return tuple(tuple(round(float(weight) / most, _DIGITS) for weight in row) for row in weights)
