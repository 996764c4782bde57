"""Figures only along the evidence: a word with a digit, a currency sign, an @ or a link is written only as the evidence has it.

Such a word may go on only as one of the evidence's words does, and may end only where one ends, so that "120" never becomes "12". All
other words are free: what they claim is the watcher's business. Works on the bytes that tokens stand for, whatever the vocabulary.
Constrained decoding in the sense of De Cao et al. 2021 (a trie of what may be said), for figures alone. Invariant: at least one token is
always allowed.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

FIGURE = re.compile(rb"[0-9@$]|\xc2[\xa3\xa5]|\xe2\x82\xac|://|www\.|(?<=\w)\.[A-Za-z]")
_SPACE = re.compile(rb"\s")
_WORD = re.compile(rb"\S+")
_DOTTED = re.compile(rb"\w\.$")  # what may become a link
_LEADING = re.compile("^(?:[([{\"'*_~#+-]|“|‘|（)+".encode())
_MARKS = re.compile("(?:[.,;:!?)\\]}\"'*_]|”|’|。|，|；|：|！|？|）)+".encode())
_TRAILING = re.compile(_MARKS.pattern + b"$")
_PARTS = re.compile("[–—/]|(?<=[0-9])-(?=[0-9$])".encode())


class Vocabulary:
    """What each token stands for, sorted once for a model. pieces: the bytes of every token id; empty for special tokens."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = pieces
        self.ids: Mapping[bytes, int] = {piece: number for number, piece in enumerate(pieces) if piece}
        figured = [number for number, piece in enumerate(pieces) if FIGURE.search(piece)]
        self.opening = [number for number in figured if _SPACE.search(pieces[number])]  # begin a word of their own
        self.going_on = [number for number in figured if not _SPACE.search(pieces[number])]
        self.size = len(pieces)
        self.closing = torch.tensor([_closes(piece) for piece in pieces])
        self.closing[figured] = False


def _closes(piece: bytes) -> bool:
    """Whether a word may end before this token: it begins with a space, is nothing but marks, or is special."""
    return not piece or bool(_SPACE.match(piece) or _MARKS.fullmatch(piece))


class AlongEvidence:
    """A LogitsProcessor for one text. Not for two texts at once: it remembers the word that is being written."""

    def __init__(self, vocabulary: Vocabulary, evidence: str) -> None:
        self._vocabulary = vocabulary
        self._figures = figure_words(evidence.encode())
        self._whole = frozenset(self._figures)
        self._word = b""
        self._read = 0
        self._masks: dict[bytes, Tensor] = {}
        self._plain = self._mask_of_plain()

    def __call__(self, written: Sequence[int], scores: Any) -> Any:
        for token in written[self._read :]:
            self._follow(self._vocabulary.pieces[token])
        self._read = len(written)
        return scores.masked_fill(self._forbidden(len(scores)).to(scores.device), float("-inf"))

    def _follow(self, piece: bytes) -> None:
        spaces = list(_SPACE.finditer(piece))
        self._word = piece[spaces[-1].end() :] if spaces else self._word + piece

    def _forbidden(self, words: int) -> Tensor:
        word = _LEADING.sub(b"", self._word)
        figured = FIGURE.search(word) is not None or _DOTTED.search(word) is not None
        if not figured and not self._begins(word):
            mask = self._plain
        else:
            if word not in self._masks:
                self._masks[word] = self._mask_in_figure(word) if figured else self._mask_before_figure(word)
            mask = self._masks[word]
        return mask if len(mask) == words else torch.nn.functional.pad(mask, (0, words - len(mask)))  # a padded vocabulary

    def _begins(self, start: bytes) -> bool:
        """Whether some figure begins so; what stands before a figure in its word may be empty."""
        place = bisect.bisect_left(self._figures, start)
        return place < len(self._figures) and self._figures[place].startswith(start)

    def _mask_of_plain(self) -> Tensor:
        """Within a word that no figure begins with: no figure goes on from it, those of the evidence may begin after a space."""
        mask = torch.zeros(self._vocabulary.size, dtype=torch.bool)
        mask[self._vocabulary.going_on] = True
        for number in self._vocabulary.opening:
            mask[number] = not self._opens(self._vocabulary.pieces[number])
        return mask

    def _opens(self, piece: bytes) -> bool:
        """Whether the words of a token with a space in it are figures of the evidence, the last one perhaps only its beginning."""
        *whole, last = _SPACE.split(piece)
        finished = all(not FIGURE.search(word) or self._is_whole(word) for word in whole)
        return finished and (not FIGURE.search(last) or self._begins(_LEADING.sub(b"", last)) or self._is_whole(last))

    def _is_whole(self, word: bytes) -> bool:
        return _bare(word) in self._whole or word in self._whole

    def _mask_before_figure(self, word: bytes) -> Tensor:
        mask = self._plain.clone()
        for number in self._vocabulary.going_on:
            piece = self._vocabulary.pieces[number]
            mask[number] = not self._begins(word + (piece if word else _LEADING.sub(b"", piece)))
        return mask

    def _mask_in_figure(self, word: bytes) -> Tensor:
        complete = self._is_whole(word) or not FIGURE.search(word)
        mask = ~self._vocabulary.closing if complete else torch.ones(self._vocabulary.size, dtype=torch.bool)
        if complete:
            mask[self._vocabulary.opening] = self._plain[self._vocabulary.opening]
        allowed = [number for figure in self._figures if figure.startswith(word) for number in self._steps(figure[len(word) :])]
        mask[allowed] = False
        return mask if not bool(mask.all()) else self._plain

    def _steps(self, rest: bytes) -> list[int]:
        """Tokens that write the next bytes of a figure."""
        found = (self._vocabulary.ids.get(rest[:length]) for length in range(1, len(rest) + 1))
        return [number for number in found if number is not None]


def _bare(word: bytes) -> bytes:
    """Without the marks around it."""
    return _TRAILING.sub(b"", _LEADING.sub(b"", word))


def figure_words(evidence: bytes) -> list[bytes]:
    """The words of a text that are or hold figures, without the marks around them, and the parts of ranges; sorted."""
    found: set[bytes] = set()
    for match in _WORD.finditer(evidence):
        word = _bare(match.group())
        if FIGURE.search(word):
            found.update(part for part in (word, *_PARTS.split(word)) if part and FIGURE.search(part))
    return sorted(found)
