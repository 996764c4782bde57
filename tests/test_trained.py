"""The trained part: tuned until it finds what exact search finds, opened in place, and refused where it is another."""

from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base import trained
from knowledge_base.encoders import unit
from knowledge_base.errors import IndexUnusable
from knowledge_base.trained import Trained, exact_nearest, lists_for, recall_of, train
from knowledge_base.vectors import Part, VectorIndex

_DIMENSION = 32


def _rows(count: int = 3000, seed: int = 1) -> NDArray[np.float32]:
    """Rows in loose groups, as texts about some hundred things are."""
    chance = np.random.default_rng(seed)
    middles = chance.standard_normal((100, _DIMENSION))
    return unit(middles[chance.integers(100, size=count)] + 0.7 * chance.standard_normal((count, _DIMENSION)))


def _quiet(*_: object) -> None:
    pass


@pytest.fixture
def rows() -> NDArray[np.float32]:
    return _rows()


@pytest.mark.slow
def test_tuning_raises_the_effort_until_the_target_and_says_what_was_measured(rows: NDArray[np.float32], tmp_path: Path) -> None:
    efforts = [train(rows, tmp_path / "a.faiss", target=target, tell=_quiet) for target in (0.3, 0.9, 0.97, 1.0)]
    assert [tuned.effort for tuned in efforts] == sorted({tuned.effort for tuned in efforts})
    assert all(tuned.recall >= target for tuned, target in zip(efforts, (0.3, 0.9, 0.97), strict=False))
    assert efforts[0].recall < 0.97


def test_what_was_measured_holds_for_questions_that_tuning_has_not_seen(rows: NDArray[np.float32], tmp_path: Path) -> None:
    tuned = train(rows, tmp_path / "a.faiss", target=0.97, tell=_quiet)
    part = Trained.open(tmp_path / "a.faiss", tuned.effort, rows.shape)
    index = VectorIndex(Part(rows, np.arange(len(rows)), part))
    chance = np.random.default_rng(8)
    asked = rows[chance.integers(3000, size=100)] + 0.1 * chance.standard_normal((100, _DIMENSION), dtype=np.float32)
    found = np.asarray([[number for number, _ in index.search(unit(one[None])[0], 10)] for one in asked])
    assert recall_of(found, exact_nearest(rows, unit(asked), 10)) > 0.95


def test_half_precision_finds_what_full_precision_finds(rows: NDArray[np.float32], tmp_path: Path) -> None:
    halves = rows.astype(np.float16)
    tuned = train(halves, tmp_path / "a.faiss", target=1.0, tell=_quiet)
    index = VectorIndex(Part(halves, np.arange(len(rows)), Trained.open(tmp_path / "a.faiss", tuned.lists, rows.shape)))
    exact = VectorIndex.of(rows, range(len(rows)))
    assert [number for number, _ in index.search(rows[5], 5)] == [number for number, _ in exact.search(rows[5], 5)]


def test_rows_that_are_left_out_are_never_named(rows: NDArray[np.float32], tmp_path: Path) -> None:
    tuned = train(rows, tmp_path / "a.faiss", target=0.97, tell=_quiet)
    index = VectorIndex(
        Part(rows, np.arange(len(rows)), Trained.open(tmp_path / "a.faiss", tuned.effort, rows.shape)), gone=np.arange(0, 50)
    )
    for number in range(0, 50, 7):
        found = [other for other, _ in index.search(rows[number], 20)]
        assert len(found) == 20 and min(found) >= 50


def test_exact_search_by_blocks_is_exact_search(rows: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "_BLOCK", 700)
    asked = _rows(8, seed=4)
    by_hand = np.argsort(-(asked @ rows.T), axis=1)[:, :10]
    assert np.array_equal(exact_nearest(rows, asked, 10), by_hand)


def test_the_progress_of_sorting_ends_at_all_rows(rows: NDArray[np.float32], tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    train(rows, tmp_path / "a.faiss", target=0.5, tell=lambda *step: told.append(step))
    assert told[-1] == ("sorting", len(rows), len(rows))


def test_the_number_of_lists_grows_with_the_root_of_the_rows() -> None:
    assert [lists_for(count) for count in (1, 100_000, 1_000_000, 4_000_000)] == [4, 512, 2048, 4096]


def test_a_file_of_another_type_size_or_content_is_refused(rows: NDArray[np.float32], tmp_path: Path) -> None:
    path = tmp_path / "a.faiss"
    faiss.write_index(faiss.IndexHNSWFlat(_DIMENSION, 8), str(path))
    with pytest.raises(IndexUnusable, match=r"a\.faiss: expected inverted lists by inner product, found IndexHNSWFlat"):
        Trained.open(path, 1, (0, _DIMENSION))
    tuned = train(rows, path, target=0.5, tell=_quiet)
    with pytest.raises(IndexUnusable, match=r"holds 3000 vectors of 32 numbers, its record says 2999 of 32"):
        Trained.open(path, tuned.effort, (2999, _DIMENSION))
    path.write_bytes(b"nonsense")
    with pytest.raises(IndexUnusable, match=r"cannot be read .*chatbot index build"):
        Trained.open(path, 1, (1, 1))
