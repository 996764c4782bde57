from pathlib import Path
from typing import Any

import pytest

from chatbot.e5_conversion import convert_e5, four_bits
from chatbot.errors import WeightsError
from knowledge_base.bert import Bert, can_read
from tests.packed_e5 import LAYERS, PIECES, packed, tensors


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(packed(tensors()))
    return path


def test_the_converted_folder_gives_the_vectors_that_transformers_computes(file: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    seen: list[tuple[int, int]] = []
    convert_e5(file, tmp_path / "e5", lambda _, done, total: seen.append((done, total)))
    assert can_read(tmp_path / "e5")
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1] == 5 + LAYERS * 16
    texts = ["tent很好！", "好～"]
    given = AutoTokenizer.from_pretrained(tmp_path / "e5")(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(tmp_path / "e5").eval()(**given).last_hidden_state
    mask = given["attention_mask"][..., None]
    expected: Any = (states * mask).sum(1) / mask.sum(1)
    assert Bert(tmp_path / "e5", "cpu").encode(texts) == pytest.approx(expected.numpy(), abs=1e-5)


def test_text_is_cut_as_xlm_roberta_does_it(file: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    convert_e5(file, tmp_path / "e5", lambda *_: None)
    tokenizer = Tokenizer.from_file(str(tmp_path / "e5" / "tokenizer.json"))
    assert tokenizer.encode("很好～\u200b ｔｅｎｔ！").tokens == ["<s>", "▁", "很好", "～", "▁tent", "!", "</s>"]
    assert tokenizer.encode("好\x07猫").tokens == ["<s>", "▁", "好", "猫", "</s>"]
    assert tokenizer.encode("猫").ids[2] == PIECES.index("<unk>")


def test_a_block_of_four_bits_is_weights_less_eight_times_the_scale() -> None:
    block = bytes.fromhex("0038") + bytes([0x8F] * 16)
    assert four_bits(block)[0].tolist() == [3.5] * 16 + [0.0] * 16


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"GGUF" + bytes(80), "expected a packed e5 model of version 1"),
        (packed(tensors())[:200], "got the file's end"),
        (packed({"emb.pos": tensors()["emb.pos"]}), "expected the tensor emb.word"),
        (packed(tensors())[:-40], "expected a tensor of 128 bytes"),
    ],
)
def test_another_file_is_refused_with_what_is_wrong(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=reason):
        convert_e5(path, tmp_path / "e5", lambda *_: None)
    assert not (tmp_path / "e5").exists()
