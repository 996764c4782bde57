"""What a run trains on: where its scenes come from, where it begins, and that packing in several processes changes nothing."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from chatbot.engines.tokens import read_tokens
from chatbot.settings import Settings
from chatbot.training.finetune_cli import Sources, beginning, gather
from chatbot.training.material import in_processes
from chatbot.training.packing import pack_scene
from chatbot.weights import NO_ADAPTER, SHIPPED_ADAPTER, adapter_folder
from tests.open_shop import write_content
from tests.tiny_model import build_tiny_model
from tests.training_scenes import some_scenes


def test_scenes_are_packed_alike_by_one_process_and_by_several(tmp_path: Path) -> None:
    folder = build_tiny_model(tmp_path / "tiny")
    tokens = read_tokens(folder, json.loads((folder / "config.json").read_text()))
    pack = functools.partial(pack_scene, tokens=tokens, longest=200)
    scenes = some_scenes(30)
    assert list(in_processes(pack, scenes, 2)) == [pack(scene) for scene in scenes]


def test_shops_that_do_not_exist_are_made_beside_the_content(tmp_path: Path) -> None:
    write_content(tmp_path / "content")
    settings = Settings(content=tmp_path / "content")
    alone = gather(settings, Sources(), 1)
    assert alone and not any(scene.shop.startswith("invented") for scene in alone)
    invented = gather(settings, Sources(invented=5), 1)
    assert {scene.shop for scene in invented} <= {f"invented-1-{number}" for number in range(5)}
    both = gather(settings, Sources(content=tmp_path / "content", count=4, invented=5), 1)
    assert len(both) > len(invented)
    assert invented == gather(settings, Sources(invented=5), 1)


@pytest.mark.parametrize(
    ("asked", "model", "full", "begins"),
    [
        ("", "", False, str(SHIPPED_ADAPTER)),
        ("none", "", False, ""),
        ("", "", True, ""),
        ("", "owner/other-model", False, ""),
        ("runs/mine/adapter", "owner/other-model", False, "runs/mine/adapter"),
    ],
)
def test_a_run_goes_on_from_the_adapter_of_the_default_model(asked: str, model: str, full: bool, begins: str) -> None:
    assert beginning(asked, model, full=full) == begins


def test_the_default_model_comes_with_its_adapter(tmp_path: Path) -> None:
    assert adapter_folder(Settings()) == SHIPPED_ADAPTER
    assert adapter_folder(Settings(adapter=NO_ADAPTER)) is None
    assert adapter_folder(Settings(model="owner/other-model")) is None
    assert adapter_folder(Settings(adapter=str(tmp_path))) == tmp_path.resolve()


def test_what_is_shipped_was_trained_for_the_prompt_of_today_and_is_small() -> None:
    from chatbot.engine import TRAINED_RULES, TUNED_WITH

    assert json.loads((SHIPPED_ADAPTER / TUNED_WITH).read_text()) == {"rules": TRAINED_RULES}
    assert sum(file.stat().st_size for file in SHIPPED_ADAPTER.iterdir()) <= 20_000_000
    assert "## Limits" in (SHIPPED_ADAPTER / "README.md").read_text("utf-8")
