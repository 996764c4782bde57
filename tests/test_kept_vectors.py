"""Kept vectors: nothing is encoded twice, from one start to the next, and nothing of another origin is ever used."""

import logging
from pathlib import Path

import numpy as np
import pytest
from fakes_knowledge import BagEncoder, camping_shop, encoders_of

from knowledge_base.build import build_content
from knowledge_base.kept_vectors import KeptVectors
from knowledge_base.search import KnowledgeBase

TEXTS = ["two tents", "a stove", "half a pair \ud800"]


def _kept(folder: Path) -> np.ndarray:
    kept = KeptVectors(folder)
    vectors = kept.vectors(TEXTS, BagEncoder())
    kept.save()
    return vectors


def test_what_was_encoded_before_the_last_start_is_not_encoded_again(tmp_path: Path) -> None:
    before = _kept(tmp_path)
    encoder = BagEncoder()
    again = KeptVectors(tmp_path).vectors([*reversed(TEXTS), "new", "new"], encoder)
    assert encoder.encoded == ["new"]
    assert np.array_equal(again[:3], before[::-1])
    assert np.array_equal(again[3], again[4])


def test_no_texts_are_no_rows(tmp_path: Path) -> None:
    assert KeptVectors(tmp_path).vectors([], BagEncoder()).shape == (0, BagEncoder.dimension)


def test_vectors_of_other_weights_are_made_again(tmp_path: Path) -> None:
    _kept(tmp_path)
    other = BagEncoder(fingerprint="bag-2")
    KeptVectors(tmp_path).vectors(TEXTS, other)
    assert other.encoded == TEXTS


@pytest.mark.parametrize("file", ["kept-bag.f32", "kept-bag.json"])
@pytest.mark.parametrize("damage", [b"", b"\x00", b"{}", b'{"about": 1}'])
def test_a_damaged_file_is_not_used(tmp_path: Path, file: str, damage: bytes) -> None:
    expected = _kept(tmp_path)
    (tmp_path / file).write_bytes(damage)
    encoder = BagEncoder()
    assert np.array_equal(KeptVectors(tmp_path).vectors(TEXTS, encoder), expected)
    assert encoder.encoded == TEXTS


def test_one_wrong_byte_is_noticed(tmp_path: Path) -> None:
    _kept(tmp_path)
    data = bytearray((tmp_path / "kept-bag.f32").read_bytes())
    data[5] ^= 1
    (tmp_path / "kept-bag.f32").write_bytes(data)
    encoder = BagEncoder()
    KeptVectors(tmp_path).vectors(TEXTS, encoder)
    assert encoder.encoded == TEXTS


def test_only_the_last_texts_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge_base.kept_vectors.MOST", 2)
    _kept(tmp_path)
    encoder = BagEncoder()
    KeptVectors(tmp_path).vectors(TEXTS, encoder)
    assert encoder.encoded == TEXTS[:1]


def test_a_folder_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = KeptVectors(tmp_path / "gone")
    kept.vectors(TEXTS, BagEncoder())
    with caplog.at_level(logging.WARNING):
        kept.save()
    assert "cannot be kept" in caplog.text


def test_a_knowledge_base_keeps_what_it_encoded_until_it_was_closed(tmp_path: Path) -> None:
    build_content(camping_shop(), tmp_path, encoders=encoders_of(BagEncoder()))
    first = KnowledgeBase.open(tmp_path, encoders_of(BagEncoder()))
    vectors = first.passage_vectors(TEXTS, "en")
    first.close()
    encoder = BagEncoder()
    second = KnowledgeBase.open(tmp_path, encoders_of(encoder))
    assert np.array_equal(second.passage_vectors(TEXTS, "en"), vectors)
    assert encoder.encoded == []
    second.close()
