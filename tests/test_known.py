"""Vectors that are known already: found by hash, kept on disk as they come, and never trusted where they are damaged."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.known import HASH, Journal, Known, Store, hash_of


def _store(*texts: str, first: float = 0.0) -> Store:
    hashes = np.frombuffer(b"".join(hash_of(text) for text in texts), dtype=HASH)
    return hashes, np.arange(len(texts) * 3, dtype=np.float32).reshape(-1, 3) + np.float32(first)


def _hashes(*texts: str) -> NDArray[np.void]:
    return _store(*texts)[0]


def test_vectors_are_found_by_the_hash_of_their_text_in_any_store() -> None:
    known = Known([_store("a", "b"), _store(), _store("c", first=100)], 3)
    places = known.places(_hashes("c", "a", "unheard"))
    assert places[2] == -1
    assert known.take(places[:2]).tolist() == [[100, 101, 102], [0, 1, 2]]


def test_who_knows_nothing_says_so() -> None:
    known = Known([], 3)
    assert known.places(_hashes("a")).tolist() == [-1]
    assert known.take(np.zeros(0, dtype=np.int64)).shape == (0, 3)


def test_a_journal_gives_back_what_was_appended_by_another(tmp_path: Path) -> None:
    Journal(tmp_path, "encoder 1", 3).append([hash_of("a")], np.ones((1, 3), dtype=np.float32))
    Journal(tmp_path, "encoder 1", 3).append([hash_of("b")], np.full((1, 3), 2, dtype=np.float32))
    known = Known([Journal(tmp_path, "encoder 1", 3).read()], 3)
    assert known.take(known.places(_hashes("b", "a"))).tolist() == [[2, 2, 2], [1, 1, 1]]
    assert len(Journal(tmp_path, "encoder 2", 3).read()[0]) == 0


def test_a_record_cut_short_is_dropped_and_the_next_ones_are_sound(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "encoder", 3)
    journal.append([hash_of("a"), hash_of("b")], np.ones((2, 3), dtype=np.float32))
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:-5])
    again = Journal(tmp_path, "encoder", 3)
    again.append([hash_of("c")], np.ones((1, 3), dtype=np.float32))
    assert (Known([again.read()], 3).places(_hashes("a", "b", "c")) >= 0).tolist() == [True, False, True]


def test_a_record_that_changed_on_disk_is_not_trusted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "encoder", 3)
    journal.append([hash_of("a"), hash_of("b")], np.ones((2, 3), dtype=np.float32))
    path = next(tmp_path.iterdir())
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    assert (Known([journal.read()], 3).places(_hashes("a", "b")) >= 0).tolist() == [True, False]
