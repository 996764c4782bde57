"""Vectors in FAISS: exact inner product up to fifty thousand rows, a graph above, as bytes that a manifest can vouch for.

Knows rows and numbers, not passages' text or encoders. A passage may have several rows (its heading alone, and its whole text); a
search returns each passage once with its best row. Never reads a file itself: bytes are verified first and deserialised after, because
FAISS loads damaged files without complaint.
"""

from __future__ import annotations

from collections.abc import Sequence

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoders import Vectors
from knowledge_base.errors import IndexUnusable

EXACT_UP_TO = 50_000
_LINKS = 32


class VectorIndex:
    """Unit vectors of one encoder and one language; `passages[row]` is the number of the passage the row belongs to."""

    def __init__(self, index: faiss.Index, passages: NDArray[np.int64]) -> None:
        if index.ntotal != len(passages):
            raise IndexUnusable(f"the vector file holds {index.ntotal} vectors, its record says {len(passages)}; run `chatbot index build`")
        self._index = index
        self._passages = passages
        self._rows: dict[int, list[int]] = {}
        for row, passage in enumerate(passages.tolist()):
            self._rows.setdefault(passage, []).append(row)

    @classmethod
    def of(cls, vectors: Vectors, passages: Sequence[int]) -> VectorIndex:
        """An index over `vectors` (rows x dimension, unit length)."""
        exact = len(vectors) <= EXACT_UP_TO
        dimension = vectors.shape[1]
        index = faiss.IndexFlatIP(dimension) if exact else faiss.IndexHNSWFlat(dimension, _LINKS, faiss.METRIC_INNER_PRODUCT)
        if len(vectors):
            index.add(np.ascontiguousarray(vectors))
        return cls(index, np.asarray(passages, dtype=np.int64))

    @classmethod
    def from_bytes(cls, data: bytes, passages: Sequence[int]) -> VectorIndex:
        """Undo `to_bytes`. The caller has verified the bytes."""
        try:
            index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        except RuntimeError as error:
            raise IndexUnusable(f"a vector file cannot be read ({str(error).splitlines()[0][:120]}); run `chatbot index build`") from error
        return cls(index, np.asarray(passages, dtype=np.int64))

    def to_bytes(self) -> bytes:
        data: bytes = faiss.serialize_index(self._index).tobytes()
        return data

    def __len__(self) -> int:
        return len(self._passages)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def search(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """Passage numbers with their cosine to `vector`, best first, at most `limit`."""
        if not len(self):
            return []
        most_rows = max(len(rows) for rows in self._rows.values())
        scores, rows = self._index.search(vector.reshape(1, -1), min(len(self), limit * most_rows))
        best: dict[int, float] = {}
        for row, score in zip(rows[0].tolist(), scores[0].tolist(), strict=True):
            if row >= 0:
                best.setdefault(int(self._passages[row]), float(score))
        return list(best.items())[:limit]

    def cosines(self, vector: Vectors, passages: Sequence[int]) -> dict[int, float]:
        """The best cosine of each given passage that this index holds."""
        held = [passage for passage in passages if passage in self._rows]
        return {passage: float(max(self.vectors_of(passage) @ vector.ravel())) for passage in held}

    def vectors_of(self, passage: int) -> Vectors:
        """All rows of a passage; no rows for a passage of another language."""
        rows = self._rows.get(passage, [])
        if not rows:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self.row(row) for row in rows])

    def row(self, number: int) -> Vectors:
        vector: Vectors = self._index.reconstruct(number)
        return vector
