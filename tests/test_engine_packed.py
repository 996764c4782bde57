from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from chatbot.engines import packed
from chatbot.engines.linear import four_bits
from chatbot.engines.model import Loading, load_model
from chatbot.engines.packed import PackedMatrices
from chatbot.engines.pieces import Piece
from chatbot.engines.precision import Plan
from tests.tiny_model import build_tiny_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_tiny_model(tmp_path / "tiny")


def how(cache: Path | None) -> Loading:
    return Loading("cpu", "int4", cache=cache)


def scores(folder: Path, cache: Path | None) -> Tensor:
    decoder: Any = load_model(folder, how(cache)).decoder
    found: Tensor = decoder.forward([Piece(0, list(range(10, 90)))])[0]
    return found


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("packed-*"))


def refuse(weight: Tensor) -> dict[str, Tensor]:
    raise AssertionError("packed again")


@pytest.mark.slow
def test_the_second_start_packs_nothing_and_gives_the_same_scores(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scores(folder, tmp_path / "cache")
    assert len(kept(tmp_path / "cache")) == 1
    refusing: Any = {name: type(name, (kind,), {"pack": staticmethod(refuse)}) for name, kind in packed.PACKED.items()}
    monkeypatch.setattr(packed, "PACKED", refusing)
    assert torch.equal(scores(folder, tmp_path / "cache"), first)


@pytest.mark.slow
def test_changed_weights_are_packed_anew_and_the_older_file_goes(folder: Path, tmp_path: Path) -> None:
    first = scores(folder, tmp_path / "cache")
    (older,) = kept(tmp_path / "cache")
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.0.mlp.down_proj.weight"] *= 3
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    assert not torch.equal(scores(folder, tmp_path / "cache"), first)
    (newer,) = kept(tmp_path / "cache")
    assert newer != older


@pytest.mark.slow
def test_a_damaged_file_is_made_again(folder: Path, tmp_path: Path) -> None:
    first = scores(folder, tmp_path / "cache")
    (file,) = kept(tmp_path / "cache")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert torch.equal(scores(folder, tmp_path / "cache"), first)
    assert file.read_bytes() == whole


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_to_costs_nothing_but_time(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked, weight, asked = (
        PackedMatrices(tmp_path / "file" / "cache" / "packed-tiny-1.safetensors"),
        torch.randn(64, 96),
        torch.randn(80, 96),
    )
    found, right = (Plan("int4", "unpacked", 8).matrix("one", lambda: weight, each)(asked) for each in (blocked, PackedMatrices()))
    blocked.save()
    assert torch.equal(found, right)
    # Which form multiplies many rows is measured at each start where nothing can be kept, so two starts are alike but for rounding.
    found, right = scores(folder, tmp_path / "file" / "cache"), scores(folder, None)
    assert (found - right).norm() / right.norm() < 0.05


def test_a_matrix_keeps_both_forms_of_a_plan(tmp_path: Path) -> None:
    torch.manual_seed(3)
    weight = torch.randn(64, 96)
    levels, step, low = four_bits(weight)
    held = (levels * step[..., None] + low[..., None]).view_as(weight)
    home = tmp_path / "packed-tiny-1.safetensors"
    matrices = PackedMatrices(home)
    Plan("int4", "unpacked", 8).matrix("one", lambda: weight, matrices)
    matrices.save()
    again = PackedMatrices(home)

    def gone() -> Tensor:
        raise AssertionError("asked for the weight")

    matrix = Plan("int4", "unpacked", 8).matrix("one", gone, again)
    for rows in (3, 20):
        asked = torch.randn(rows, 96)
        assert (matrix(asked).float() - asked @ held.T).norm() / (asked @ held.T).norm() < 0.005
