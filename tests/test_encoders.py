"""Encoders: unit rows, one space for all languages, fingerprints that follow the weights."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.encoders import MiniLMEncoder, UseEncoder, default_encoders, unit, weights_fingerprint
from knowledge_base.errors import IndexUnusable


@pytest.fixture(scope="module")
def use() -> UseEncoder:
    return UseEncoder()


@pytest.mark.slow
def test_the_embedded_encoder_places_a_question_near_its_translation(use: UseEncoder) -> None:
    vectors = use.encode(["How long does delivery take?", "配送需要多长时间？", "The cat sleeps on the sofa."], role="query")
    assert vectors.shape == (3, use.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > vectors[0] @ vectors[2]


def test_no_texts_and_empty_texts_are_no_error(use: UseEncoder) -> None:
    assert use.encode([], role="query").shape == (0, use.dimension)
    assert use.encode([""], role="query").shape == (1, use.dimension)


def test_several_threads_get_the_same_vectors_as_one(use: UseEncoder) -> None:
    texts = [f"question number {number} about tents" for number in range(8)]
    alone = use.encode(texts, role="query")
    found: dict[int, np.ndarray] = {}

    def ask(number: int) -> None:
        found[number] = use.encode([texts[number]], role="query")[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[number], alone[number], atol=1e-4) for number in range(8))


def test_without_a_model_folder_english_uses_the_embedded_encoder(tmp_path: Path) -> None:
    assert default_encoders(None)("en").name == default_encoders(tmp_path / "none")("zh").name == "use-multilingual-v3"


def test_a_folder_without_a_model_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="chatbot models fetch"):
        MiniLMEncoder(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 384}))
    encoder = MiniLMEncoder(tmp_path)
    assert (encoder.name, encoder.dimension) == ("minilm-l6-v2", 384)
    with pytest.raises(IndexUnusable, match="no weights"):
        _ = encoder.fingerprint


def test_a_fingerprint_follows_the_weights(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    before = weights_fingerprint(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"other")
    assert weights_fingerprint(tmp_path) != before


def test_a_row_of_zeros_stays_zeros() -> None:
    assert not unit(np.zeros((1, 4))).any()
