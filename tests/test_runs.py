"""The folder of a run keeps what it is given, says what is wrong with it, and forgets only what a resumed run computes again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatbot.training.card import model_card
from chatbot.training.curves import draw_curves, running_mean, series
from chatbot.training.recipe import Recipe
from chatbot.training.runs import Run, RunError, counts
from tests.training_scenes import some_scenes

RECIPE = Recipe("owner/model", name="Otter & Heron")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "runs", RECIPE, some_scenes(7))


def test_a_run_is_read_back_as_it_was_written(run: Run) -> None:
    again = Run.open(run.folder)
    assert again.recipe == RECIPE
    assert again.scenes() == some_scenes(7)
    assert run.folder.name.endswith("-Otter-Heron")
    settings = again.read("settings.json")
    assert settings["command"].startswith("chatbot")
    assert len(settings["commit"].rstrip("+")) in (0, 40)
    assert not again.finished


def test_runs_of_one_second_do_not_share_a_folder(tmp_path: Path) -> None:
    runs = [Run.create(tmp_path, RECIPE, some_scenes(2)) for _ in range(4)]
    assert len({run.folder for run in runs}) == 4
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="expected a folder this program may write"):
        Run.create(tmp_path / "file", RECIPE, some_scenes(2))


def test_data_are_counted_by_kind_language_and_shop() -> None:
    found = counts(some_scenes(6, shops=2))
    assert (found["scenes"], found["questions"]) == (6, 12)
    assert found["by_kind"] == {"price": 6, "policy": 4, "unanswerable": 2}
    assert found["by_language"] == {"en": 12}
    assert found["by_shop"] == {"shop 0": 6, "shop 1": 6}


def test_scenes_that_were_altered_are_not_trained_on(run: Run) -> None:
    file = run.folder / "scenes.jsonl"
    file.write_text(file.read_text().replace("17.00", "18.00"))
    with pytest.raises(RunError, match=r"scenes\.jsonl: expected sha256"):
        run.scenes()
    file.unlink()
    with pytest.raises(RunError, match=r"scenes\.jsonl: cannot be read"):
        run.scenes()


def test_a_folder_that_is_no_run_is_named(tmp_path: Path, run: Run) -> None:
    with pytest.raises(RunError, match="expected the folder of a training run"):
        Run.open(tmp_path)
    (run.folder / "settings.json").write_text("{half")
    with pytest.raises(RunError, match=r"settings\.json: cannot be read"):
        _ = Run.open(run.folder).recipe


def test_lines_behind_a_checkpoint_are_taken_back_and_a_torn_one_is_left_out(run: Run) -> None:
    assert run.lines() == []
    assert run.take_back(-1) == 0.0
    for step in range(5):
        run.note({"step": step, "seconds": 1.5 * step})
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 5, "sec')
    assert [line["step"] for line in run.lines()] == [0, 1, 2, 3, 4]
    assert run.take_back(3) == 4.5
    run.note({"step": 4, "seconds": 9.0})
    assert [line["step"] for line in run.lines()] == [0, 1, 2, 3, 4]


def a_checkpoint(run: Run, step: int, *, torn: bool = False, without: str = "") -> Path:
    folder = run.checkpoints / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        (folder / name).write_bytes(b"x")
    (folder / "trainer_state.json").write_text('{"global_st' if torn else json.dumps({"global_step": step}))
    if without:
        (folder / without).unlink()
    return folder


def test_a_run_goes_on_from_the_last_checkpoint_that_is_whole(run: Run) -> None:
    assert run.checkpoint() is None
    a_checkpoint(run, 90)
    good = a_checkpoint(run, 100)
    a_checkpoint(run, 110, torn=True)
    a_checkpoint(run, 120, without="trainer_state.json")
    a_checkpoint(run, 130, without="rng_state.pth")
    assert run.checkpoint() == (good, 100)


def metrics() -> dict[str, Any]:
    shares = {"before": 2.5, "best": 0.31, "after": 0.32}
    return {
        "steps": 40,
        "best_step": 30,
        "held_out_loss": shares,
        "held_out_accuracy": {"before": 0.41, "best": 0.93, "after": 0.92},
        "minutes": 12.3,
        "tokens": 120_000,
        "tokens_padded": 126_000,
        "tokens_alone": 300_000,
        "peak_memory_mb": 2_345,
        "device": "2 CPU threads",
        "parameters": 139_000_000,
        "parameters_trained": 4_884_480,
    }


def test_the_card_tells_figures_data_settings_and_limits(run: Run) -> None:
    data = counts(some_scenes(40, shops=20)) | {"sha256": "abc", "held_out": {"by": "shop", "shops": 2, "scenes": 4}}
    card = model_card(run.folder.name, run.read("settings.json"), data, metrics())
    for told in (
        "base_model: owner/model",
        "| loss on what was held out | 2.500 | 0.310 | 0.320 |",
        "| tokens right there | 41.0% | 93.0% | 92.0% |",
        "4 scenes of 2 shops that were not trained on",
        "120,000 (300,000 had every question been read alone; 5.0% more with padding)",
        "and 8 more",
        "rank 16",
        "## Limits",
    ):
        assert told in card, told
    rows = [line for line in card.splitlines() if line.startswith("| price")]
    assert rows[0].count("|") == 9


def test_the_card_of_a_whole_model_says_how_it_is_used(run: Run) -> None:
    settings = run.read("settings.json")
    settings["recipe"]["full"] = True
    data = counts(some_scenes(4)) | {"sha256": "abc", "held_out": {"by": "scene", "shops": 1, "scenes": 1}}
    card = model_card("the-run", settings, data, metrics())
    assert "CHATBOT_MODEL=runs/the-run/model" in card
    assert "1 scenes of the same shop" in card


@pytest.mark.slow
def test_curves_are_drawn_from_the_lines(tmp_path: Path) -> None:
    lines = [{"step": step, "loss": 3 / step, "accuracy": 1 - 1 / step} for step in range(1, 200)]
    lines += [{"step": step, "held_out_loss": 3 / step, "held_out_accuracy": 0.5} for step in range(10, 200, 40)]
    draw_curves(lines, tmp_path / "curves.png", "A run")
    from PIL import Image

    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.size == (1600, 720)
    assert series(lines, "held_out_loss")[0] == [10, 50, 90, 130, 170]


def test_a_running_mean_keeps_a_line_straight_and_makes_noise_smaller() -> None:
    assert running_mean([2.0] * 50) == [2.0] * 50
    assert running_mean([1.0, 3.0]) == [1.0, 3.0]
    noisy = [float(number % 2) for number in range(100)]
    assert max(abs(value - 0.5) for value in running_mean(noisy)) < 0.2
