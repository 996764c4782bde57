"""Vectors: exact neighbours, several rows per passage, what is gone and what is fresh, and files that survive a round trip or are refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.encoders import unit
from knowledge_base.errors import IndexUnusable
from knowledge_base.vectors import Part, VectorIndex, flat_bytes, flat_rows


def _rows(count: int, seed: int = 1) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).standard_normal((count, 16)))


def _numbers(*numbers: int) -> NDArray[np.int64]:
    return np.asarray(numbers, dtype=np.int64)


def test_the_nearest_passages_come_first_with_their_cosine() -> None:
    rows = _rows(50)
    found = VectorIndex.of(rows, range(50)).search(rows[7], 3)
    assert found[0][0] == 7
    assert found[0][1] == pytest.approx(1.0, abs=1e-5)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_a_passage_counts_half_by_its_whole_and_half_by_its_best_sentence() -> None:
    rows = _rows(4)
    index = VectorIndex.of(rows, [0, 0, 0, 1])
    expected = (float(rows[0] @ rows[2]) + 1.0) / 2
    assert dict(index.search(rows[2], 2))[0] == pytest.approx(expected, abs=1e-5)
    assert index.cosines(rows[2], [0, 99]) == {0: pytest.approx(expected, abs=1e-5)}


def test_every_passage_is_ranked_as_comparing_one_by_one_ranks_it() -> None:
    rows, asked = _rows(300), _rows(1, seed=2)[0]
    owners = np.sort(np.random.default_rng(3).integers(0, 90, 300))
    by_hand = {
        int(owner): float((rows[owners == owner][0] @ asked + (rows[owners == owner] @ asked).max()) / 2) for owner in np.unique(owners)
    }
    found = VectorIndex.of(rows, owners).search(asked, 100)
    assert [number for number, _ in found] == sorted(by_hand, key=lambda number: -by_hand[number])
    assert dict(found) == pytest.approx(by_hand, abs=1e-5)


def test_the_rows_of_a_passage_can_be_had_and_an_unknown_one_has_none() -> None:
    rows = _rows(4)
    index = VectorIndex.of(rows, [3, 3, 3, 8])
    assert np.allclose(index.vectors_of(3), rows[:3])
    assert index.vectors_of(5).shape == (0, 16)


def test_flat_bytes_survive_a_round_trip_without_loss() -> None:
    rows = _rows(10)
    assert np.array_equal(flat_rows(flat_bytes(rows), "a.faiss"), rows)
    assert flat_rows(flat_bytes(rows[:0]), "a.faiss").shape == (0, 16)


def test_an_empty_index_finds_nothing() -> None:
    empty = VectorIndex.of(np.zeros((0, 16), dtype=np.float32), [])
    assert empty.search(_rows(1)[0], 5) == []
    assert empty.cosines(_rows(1)[0], [1]) == {}


def test_what_is_gone_is_not_found_and_what_is_fresh_is() -> None:
    rows, fresh = _rows(20), _rows(2, seed=9)
    index = VectorIndex(Part(rows, np.arange(20)), Part(fresh, _numbers(20, 21)), gone=_numbers(4, 5))
    assert [number for number, _ in index.search(rows[4], 50)].count(4) == 0
    assert index.search(fresh[1], 1)[0][0] == 21
    assert set(index.cosines(rows[4], [4, 5, 6, 20, 99])) == {6, 20}
    assert np.allclose(index.vectors_of(21), fresh[1:])
    assert len(index.search(rows[0], 50)) == 20


def test_bytes_that_are_no_index_and_indexes_of_another_type_are_refused() -> None:
    import faiss

    with pytest.raises(IndexUnusable, match=r"a\.faiss: cannot be read .*chatbot index build"):
        flat_rows(b"IxFInonsense", "a.faiss")
    graph = faiss.IndexHNSWFlat(16, 8)
    with pytest.raises(IndexUnusable, match=r"a\.faiss: expected a flat index by inner product, found IndexHNSWFlat"):
        flat_rows(faiss.serialize_index(graph).tobytes(), "a.faiss")


def test_wrong_counts_and_scattered_rows_are_refused() -> None:
    with pytest.raises(IndexUnusable, match="holds 3 vectors, its record says 2"):
        Part(_rows(3), _numbers(0, 1))
    with pytest.raises(IndexUnusable, match="side by side"):
        Part(_rows(3), _numbers(0, 1, 0))
