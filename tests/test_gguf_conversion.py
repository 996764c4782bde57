import struct
from pathlib import Path
from typing import Any

import pytest
import torch

from chatbot.engine import ChatMessage
from chatbot.engines.model import Loading, load_model
from chatbot.engines.pieces import Piece
from chatbot.errors import WeightsError
from chatbot.gguf_conversion import convert, convert_in_child
from tests.tiny_gguf import write_gguf
from tests.tiny_model import build_tiny_model


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("weights") / "tiny")


def quiet(stage: str, done: int, total: int) -> None:
    pass


@pytest.mark.slow
def test_a_converted_model_gives_the_scores_of_the_original(source: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    convert_in_child(write_gguf(source, tmp_path / "tiny.gguf"), tmp_path / "converted", lambda _, done, total: seen.append((done, total)))
    assert seen[0] == (0, 21)
    assert seen[-1] == (21, 21)
    original, converted = (load_model(folder, Loading("cpu", "fp32")) for folder in (source, tmp_path / "converted"))
    prompt = [ChatMessage("user", "How much is the tent? 129.00")]
    assert converted.prompt(prompt)[:5] == original.prompt(prompt)[:5]
    ids = original.prompt(prompt)
    whole = Piece(0, ids, branches=[len(ids) - 1])
    scores: list[Any] = [(model.decoder.forward([whole]) or [])[0] for model in (original, converted)]
    agreement = torch.nn.functional.cosine_similarity(*scores, dim=-1)
    assert agreement.min() > 0.995
    assert converted.ends == original.ends


def test_digits_are_read_one_by_one(source: Path, tmp_path: Path) -> None:
    convert(write_gguf(source, tmp_path / "tiny.gguf"), tmp_path / "converted", quiet)
    model = load_model(tmp_path / "converted", Loading("cpu", "fp32"))
    assert len(model.encode("129.00")) == 6
    assert model.decode(model.encode("it costs 129.00 元")) == "it costs 129.00 元"


def test_another_architecture_is_refused_by_name(source: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="architecture 'mamba'"):
        convert(write_gguf(source, tmp_path / "odd.gguf", "mamba"), tmp_path / "converted", quiet)


@pytest.mark.parametrize(("tensor", "reason"), [("blk.0.ssm_a.weight", "unknown tensor"), ("rope_freqs.weight", "rotary")])
def test_a_tensor_nobody_placed_is_refused(source: Path, tmp_path: Path, tensor: str, reason: str) -> None:
    with pytest.raises(WeightsError, match=reason):
        convert(write_gguf(source, tmp_path / "odd.gguf", extra=(tensor,)), tmp_path / "converted", quiet)


def test_what_is_no_gguf_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_bytes(b"this is something else altogether")
    with pytest.raises(WeightsError, match=r"no\.gguf: cannot be converted"):
        convert_in_child(tmp_path / "no.gguf", tmp_path / "converted", quiet)


@pytest.mark.slow
def test_a_file_that_hangs_the_reader_is_ended_by_the_limit(tmp_path: Path) -> None:
    endless_array = struct.pack("<4sIQQ", b"GGUF", 3, 0, 1) + struct.pack("<Q1sI", 1, b"a", 9) + struct.pack("<IQ", 0, 1 << 62)
    (tmp_path / "evil.gguf").write_bytes(endless_array)
    with pytest.raises(WeightsError, match=r"evil\.gguf: cannot be converted"):
        convert_in_child(tmp_path / "evil.gguf", tmp_path / "converted", quiet, cpu_seconds=2)
