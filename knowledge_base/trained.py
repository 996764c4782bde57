"""Inverted lists of one-byte codes in FAISS for a large index, opened in place, tuned until they find what is there.

Names candidate rows only; whoever asks compares them exactly (vectors.py), which is the refinement. Effort is the number of lists looked
into. It is raised at build time on questions made from the rows themselves until recall@10 against exact search reaches the target, and
what was measured is returned. Knows rows, not passages. Invariant: a file of another type, size or metric is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoders import Vectors, unit
from knowledge_base.errors import IndexUnusable

Tell = Callable[[str, int, int], None]
Rows = NDArray[np.int64]
KIND = "ivf-sq8"
_ROWS_PER_LIST_TRAINED = 48
_ROUNDS = 8
_BLOCK = 16_384
_ASKED = 256
_MIXED = 4
_NEAREST = 10
_CANDIDATES = 100
_SEED = 5
_EFFORTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning came to: lists in all, lists looked into, recall@10 measured."""

    lists: int
    effort: int
    recall: float


class Trained:
    """An opened trained part. Searches from any number of threads."""

    def __init__(self, index: faiss.IndexIVF, effort: int) -> None:
        self._index = index
        self._effort = effort
        self._selector: Any = None
        self._gone: Any = None  # what the selector points at

    @classmethod
    def open(cls, path: Path, effort: int, shape: tuple[int, int]) -> Trained:
        """Map the file into memory; `shape` is rows x dimension as its record has it."""
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
        except RuntimeError as error:
            raise IndexUnusable(f"{path.name}: cannot be read ({str(error).splitlines()[0][:120]}); run `chatbot index build`") from error
        if not isinstance(index, faiss.IndexIVFScalarQuantizer) or index.metric_type != faiss.METRIC_INNER_PRODUCT:
            found = f"{type(index).__name__}, metric {index.metric_type}"
            raise IndexUnusable(f"{path.name}: expected inverted lists by inner product, found {found}; run `chatbot index build`")
        if (index.ntotal, index.d) != shape:
            found = f"{index.ntotal} vectors of {index.d} numbers, its record says {shape[0]} of {shape[1]}"
            raise IndexUnusable(f"{path.name} holds {found}; run `chatbot index build`")
        held: Any = index.invlists
        lists: Any = faiss.downcast_InvertedLists(held)
        lists.prefetch_nthread = 0  # a thread pool per question costs more than it brings
        return cls(index, effort)

    def leave_out(self, rows: Rows) -> None:
        """Never name these rows again: they belong to passages that are gone."""
        if len(rows):
            self._gone = faiss.IDSelectorBatch(np.ascontiguousarray(rows))
            self._selector = faiss.IDSelectorNot(self._gone)

    def candidates(self, vector: Vectors, count: int) -> Rows:
        """Up to `count` rows that are probably the nearest, best first."""
        _, rows = self._index.search(vector.reshape(1, -1), count, params=_parameters(self._effort, self._selector))
        found: Rows = rows[0][rows[0] >= 0]
        return found


def _parameters(effort: int, selector: Any = None) -> Any:
    build: Any = faiss.SearchParametersIVF
    return build(nprobe=effort, sel=selector) if selector is not None else build(nprobe=effort)


def lists_for(rows: int) -> int:
    """How many lists a part of so many rows gets: a power of two near twice the root, so that probing and scanning cost alike."""
    return max(4, 1 << round(math.log2(2 * math.sqrt(rows))))


def train(exact: NDArray[np.generic], path: Path, *, target: float, tell: Tell) -> Tuned:
    """Write the trained part of `exact` (rows x dimension) to `path` and tune it. Reads the rows in blocks."""
    count, dimension = exact.shape
    lists = lists_for(count)
    quantizer = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFScalarQuantizer(quantizer, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.seed = _ROUNDS, _SEED
    index.cp.min_points_per_centroid = 1  # the sample is chosen here
    tell("training", 0, 1)
    index.train(_floats(exact, _sample(count, lists * _ROWS_PER_LIST_TRAINED)))
    tell("training", 1, 1)
    for start in range(0, count, _BLOCK):
        index.add(np.ascontiguousarray(exact[start : start + _BLOCK], dtype=np.float32))
        tell("sorting", min(count, start + _BLOCK), count)
    tuned = tune(index, exact, target)
    faiss.write_index(index, str(path))
    return tuned


def tune(index: faiss.IndexIVF, exact: NDArray[np.generic], target: float) -> Tuned:
    """The least effort that reaches the target; all lists where none does."""
    questions = _questions(exact)
    truth = exact_nearest(exact, questions, _NEAREST)
    efforts = [effort for effort in _EFFORTS if effort < index.nlist] + [index.nlist]
    for effort in efforts:
        _, found = index.search(questions, _CANDIDATES, params=_parameters(effort))
        recall = recall_of(found, truth)
        if recall >= target:
            break
    return Tuned(index.nlist, effort, round(recall, 4))


def recall_of(found: Rows, truth: Rows) -> float:
    """The share of the true neighbours among what was found, over all questions."""
    shared = sum(len(np.intersect1d(mine, theirs)) for mine, theirs in zip(found, truth, strict=True))
    return shared / truth.size


def exact_nearest(exact: NDArray[np.generic], questions: Vectors, count: int) -> Rows:
    """Row numbers of the nearest rows of each question, by comparing with every row, block by block."""
    heap = faiss.ResultHeap(len(questions), min(count, len(exact)), keep_max=True)
    for start in range(0, len(exact), _BLOCK):
        block = np.asarray(exact[start : start + _BLOCK], dtype=np.float32)
        scores, rows = faiss.knn(questions, block, min(count, len(block)), faiss.METRIC_INNER_PRODUCT)
        heap.add_result(scores, rows + start)
    heap.finalize()
    return np.asarray(heap.I, dtype=np.int64)


def _questions(exact: NDArray[np.generic]) -> Vectors:
    """Harder than the rows: each is the middle of four of them, as far from any text as a few plain words are."""
    sample = _floats(exact, _sample(len(exact), _MIXED * _ASKED))
    shuffled = np.random.default_rng(_SEED).permutation(len(sample) // _MIXED * _MIXED)
    return unit(sample[shuffled].reshape(_MIXED, -1, sample.shape[1]).sum(axis=0))


def _sample(count: int, wanted: int) -> Rows:
    chosen = np.random.default_rng(_SEED).choice(count, size=min(count, wanted), replace=False)
    return np.sort(chosen)


def _floats(exact: NDArray[np.generic], rows: Rows) -> Vectors:
    return np.ascontiguousarray(exact[rows], dtype=np.float32)
