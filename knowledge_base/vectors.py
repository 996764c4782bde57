"""Vectors in FAISS: exact inner product up to fifty thousand rows, a graph above, as bytes that a manifest can vouch for.

Knows rows and numbers, not passages' text or encoders. A passage has several rows side by side: first its whole text, then its
sentences; its cosine is the mean of the whole's and the best row's, so that one apt sentence counts and so does what surrounds it.
Never reads a file itself: bytes are verified first and deserialised after, because FAISS loads damaged files without complaint.
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
_ROWS_SEEN = 2_000  # rows fetched per question at least; a shop of 500 passages is seen whole


class VectorIndex:
    """Unit vectors of one encoder and one language; `passages[row]` is the number of the passage the row belongs to."""

    def __init__(self, index: faiss.Index, passages: NDArray[np.int64]) -> None:
        if index.ntotal != len(passages):
            raise IndexUnusable(f"the vector file holds {index.ntotal} vectors, its record says {len(passages)}; run `chatbot index build`")
        self._index = index
        self._passages = passages
        owners, first, counts = np.unique(passages, return_index=True, return_counts=True)
        if not all(passages[start] == passages[start + count - 1] for start, count in zip(first, counts, strict=True)):
            raise IndexUnusable("the rows of a passage do not lie side by side in the vector file; run `chatbot index build`")
        spans = zip(owners.tolist(), first.tolist(), counts.tolist(), strict=True)
        self._rows: dict[int, tuple[int, int]] = {owner: (start, count) for owner, start, count in spans}

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
        scores, rows = self._index.search(vector.reshape(1, -1), min(len(self), max(_ROWS_SEEN, 12 * limit)))
        best: dict[int, float] = {}
        whole: dict[int, float] = {}
        for row, score in zip(rows[0].tolist(), scores[0].tolist(), strict=True):
            if row >= 0:
                passage = int(self._passages[row])
                best.setdefault(passage, score)
                if self._rows[passage][0] == row:
                    whole[passage] = score
        promising = list(best)[: 2 * limit]
        unseen = [passage for passage in promising if passage not in whole]
        cosines = {**{p: (whole[p] + best[p]) / 2 for p in promising if p in whole}, **self.cosines(vector, unseen)}
        return sorted(cosines.items(), key=lambda pair: -pair[1])[:limit]

    def cosines(self, vector: Vectors, passages: Sequence[int]) -> dict[int, float]:
        """The cosine of each given passage that this index holds."""
        found = {}
        for passage in passages:
            if passage in self._rows:
                rows = self.vectors_of(passage) @ vector.ravel()
                found[passage] = float(rows[0] + rows.max()) / 2
        return found

    def vectors_of(self, passage: int) -> Vectors:
        """All rows of a passage, its whole text first; no rows for a passage of another language."""
        start, count = self._rows.get(passage, (0, 0))
        return np.asarray(self._index.reconstruct_n(start, count), dtype=np.float32).reshape(count, self.dimension)

    def row(self, number: int) -> Vectors:
        """One row by its place in the file."""
        return np.asarray(self._index.reconstruct(number), dtype=np.float32)
