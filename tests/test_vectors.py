"""Vectors: exact neighbours, several rows per passage, and bytes that survive a round trip or are refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.encoders import unit
from knowledge_base.errors import IndexUnusable
from knowledge_base.vectors import VectorIndex


def _rows(count: int, seed: int = 1) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).standard_normal((count, 16)))


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


def test_bytes_survive_a_round_trip() -> None:
    rows = _rows(10)
    again = VectorIndex.from_bytes(VectorIndex.of(rows, range(10)).to_bytes(), range(10))
    assert np.allclose(again.row(4), rows[4])
    assert again.vectors_of(4).shape == (1, 16)
    assert again.vectors_of(99).shape == (0, 16)


def test_an_empty_index_finds_nothing() -> None:
    assert VectorIndex.of(np.zeros((0, 16), dtype=np.float32), []).search(_rows(1)[0], 5) == []


def test_bytes_that_are_no_index_and_wrong_counts_are_refused() -> None:
    with pytest.raises(IndexUnusable, match="chatbot index build"):
        VectorIndex.from_bytes(b"IxFInonsense", [])
    with pytest.raises(IndexUnusable, match="holds 3 vectors, its record says 2"):
        VectorIndex.from_bytes(VectorIndex.of(_rows(3), range(3)).to_bytes(), range(2))
    with pytest.raises(IndexUnusable, match="side by side"):
        VectorIndex.of(_rows(3), [0, 1, 0])


def test_a_large_index_becomes_a_graph_and_still_finds_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge_base.vectors.EXACT_UP_TO", 100)
    rows = _rows(400)
    index = VectorIndex.of(rows, range(400))
    again = VectorIndex.from_bytes(index.to_bytes(), range(400))
    assert all(again.search(rows[number], 1)[0][0] == number for number in range(0, 400, 37))
