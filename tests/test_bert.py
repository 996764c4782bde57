"""BERT computed here: the vectors of transformers' own, whatever lies beside a text in its batch, and only for folders it can read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from knowledge_base.bert import Bert, can_read
from knowledge_base.encoders import MiniLMEncoder
from knowledge_base.one_thread import one_thread
from tests.tiny_bert import build_tiny_bert, write_json

TEXTS = ["a tent", "how long does delivery take", "", "gift wrapping", "ab", "a b c d e f g h i j k l m n o p q r s t u v w x y z", "帐篷"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_bert(tmp_path_factory.mktemp("bert"))


@torch.inference_mode()
def _by_transformers(folder: Path, text: str) -> np.ndarray:
    from tokenizers import Tokenizer
    from transformers import BertModel

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(16)
    model = BertModel.from_pretrained(folder).eval()
    states = model(torch.tensor([tokenizer.encode(text).ids])).last_hidden_state
    return states[0].mean(0).numpy()


def test_vectors_are_those_of_transformers_within_a_hundred_thousandth(folder: Path) -> None:
    found = Bert(folder).encode(TEXTS)
    expected = np.stack([_by_transformers(folder, text) for text in TEXTS])
    assert np.abs(found - expected).max() < 1e-5


def test_a_text_has_the_same_vector_alone_and_among_many(folder: Path) -> None:
    bert = Bert(folder)
    many = bert.encode(TEXTS * 120)  # several passes, most of them with more than one thread
    alone = np.concatenate([bert.encode([text]) for text in TEXTS])
    assert np.abs(many.reshape(120, len(TEXTS), -1) - alone).max() < 1e-5


def test_an_encoder_of_such_a_folder_gives_unit_rows_and_never_needs_sentence_transformers(folder: Path) -> None:
    vectors = MiniLMEncoder(folder).encode(["a tent", "half a pair \ud800"], role="passage")
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", {"model_type": "distilbert", "hidden_act": "gelu"}),
        ("config.json", {"model_type": "bert", "hidden_act": "gelu_new"}),
        ("config.json", {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "relative_key"}),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": True}),
        ("sentence_bert_config.json", {"max_seq_length": 16, "do_lower_case": True}),
        ("config_sentence_transformers.json", {"prompts": {"query": "query: "}, "default_prompt_name": "query"}),
        ("modules.json", [{"path": "", "type": "sentence_transformers.models.Transformer"}]),
        ("modules.json", "nonsense"),
    ],
)
def test_a_folder_of_another_kind_is_left_to_sentence_transformers(folder: Path, tmp_path: Path, file: str, content: Any) -> None:
    other = _copy(folder, tmp_path / "other")
    assert can_read(other)
    write_json(other / file, content)
    assert not can_read(other)


def test_weights_of_another_precision_or_missing_are_left_to_sentence_transformers(folder: Path, tmp_path: Path) -> None:
    half = _copy(folder, tmp_path / "half")
    save_file({name: tensor.half() for name, tensor in load_file(half / "model.safetensors").items()}, half / "model.safetensors")
    assert not can_read(half)
    (half / "model.safetensors").unlink()
    assert not can_read(half)


def test_a_block_on_one_thread_changes_nothing_for_what_follows() -> None:
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def _copy(folder: Path, to: Path) -> Path:
    for file in folder.rglob("*"):
        if file.is_file():
            (to / file.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            (to / file.relative_to(folder)).write_bytes(file.read_bytes())
    return to
