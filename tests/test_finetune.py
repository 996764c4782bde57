"""Fine-tuning of a tiny model with the real trainer: it learns, what it learns is what the engine loads, and kill -9 changes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from typer.testing import CliRunner

from chatbot.__main__ import app
from chatbot.engines.model import Loading, load_model
from chatbot.engines.pieces import Piece
from chatbot.prompts import training_prompt
from chatbot.training.recipe import Recipe, RecipeError, recipe_of
from chatbot.training.runs import Run, RunError
from chatbot.training.scenes import write_scenes
from tests.tiny_model import build_tiny_model
from tests.training_scenes import some_scenes

ROOT = Path(__file__).resolve().parents[1]
NOISE = ("tokens_per_second", "seconds")  # what is not a function of the step
STEPS = 60


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), window=1024, initializer_range=0.1)


def recipe(tiny: Path, **changes: Any) -> Recipe:
    small = Recipe(str(tiny), batch=600, steps=STEPS, every=10, rate=5e-3, rank=4, held_out=0.2, dropout=0.1, save_minutes=0)
    return replace(small, **changes)


def train(run: Run, folder: Path) -> dict[str, Any]:
    from chatbot.training.finetune import finetune

    return finetune(run, folder, Console(quiet=True))


@pytest.fixture(scope="module")
def unkilled(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, dict[str, Any]]:
    run = Run.create(tmp_path_factory.mktemp("runs"), recipe(tiny), some_scenes(40))
    return run, train(run, tiny)


def without_noise(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name not in NOISE} for line in lines]


def adapter_of(run: Run) -> Mapping[str, torch.Tensor]:
    return load_file(run.folder / "adapter" / "adapter_model.safetensors")


@pytest.mark.slow
def test_it_learns_and_the_best_is_kept(unkilled: tuple[Run, dict[str, Any]]) -> None:
    run, figures = unkilled
    losses = figures["held_out_loss"]
    assert losses["best"] <= losses["after"] < 0.8 * losses["before"]
    assert figures["held_out_accuracy"]["best"] > figures["held_out_accuracy"]["before"]
    assert (figures["steps"], figures["best_step"] % 10) == (STEPS, 0)
    assert figures["tokens"] < figures["tokens_alone"]  # packed
    assert figures["tokens"] <= figures["tokens_padded"] < 1.3 * figures["tokens"]
    assert 0 < figures["parameters_trained"] < figures["parameters"]
    assert run.finished
    assert not run.checkpoints.exists()


@pytest.mark.slow
def test_every_step_is_in_the_journal_once(unkilled: tuple[Run, dict[str, Any]]) -> None:
    run, figures = unkilled
    steps = [line for line in run.lines() if "loss" in line]
    looks = [line for line in run.lines() if "held_out_loss" in line]
    assert [line["step"] for line in steps] == list(range(1, STEPS + 1))
    assert [line["step"] for line in looks] == list(range(0, STEPS + 1, 10))
    assert steps[-1]["tokens"] == figures["tokens"]
    assert max(line["lr"] for line in steps) == pytest.approx(5e-3, rel=0.01)
    assert steps[0]["lr"] < 0.5 * steps[2]["lr"]  # the warm-up
    assert steps[-1]["lr"] < 1e-4  # the cosine


@pytest.mark.slow
def test_the_folder_tells_the_whole_story(unkilled: tuple[Run, dict[str, Any]], tiny: Path) -> None:
    run, figures = unkilled
    settings, data = run.read("settings.json"), run.read("data.json")
    assert recipe_of(settings["recipe"]) == recipe(tiny)
    assert set(settings["versions"]) >= {"torch", "transformers", "peft", "trl"}
    assert (data["scenes"], data["by_language"], data["held_out"]["by"], data["held_out"]["shops"]) == (40, {"en": 79}, "shop", 1)
    assert run.read("metrics.json") == json.loads(json.dumps(figures))
    card = (run.folder / "README.md").read_text("utf-8")
    assert data["sha256"] in card
    assert f"{figures['held_out_loss']['best']:.3f}" in card
    assert (run.folder / "curves.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_adapter_is_small_and_names_its_base_and_no_machine(unkilled: tuple[Run, dict[str, Any]], tiny: Path) -> None:
    run, _ = unkilled
    state = adapter_of(run)
    assert {tensor.dtype for tensor in state.values()} == {torch.float16}
    about = json.loads((run.folder / "adapter" / "adapter_config.json").read_text("utf-8"))
    assert (about["base_model_name_or_path"], about["r"], about["lora_alpha"]) == (str(tiny), 4, 8)
    assert sorted(about["target_modules"]) == ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"]


@pytest.mark.slow
def test_the_engine_writes_what_was_learnt(unkilled: tuple[Run, dict[str, Any]], tiny: Path) -> None:
    run, _ = unkilled
    asked = training_prompt(("The tent costs 17.00 EUR.", "It ships in two days."), "When does it ship?")

    def likelihood(adapter: Path | None) -> float:
        model = load_model(tiny, Loading("cpu", "fp32", adapter=adapter))
        prompt, answer = model.prompt(asked), [*model.encode("In two days."), model.tokens.end]
        rows = [model.decoder.forward([Piece(place, [*prompt, *answer[:place]])])[0][-1] for place in range(len(answer))]
        return sum(float(row.log_softmax(-1)[token]) for row, token in zip(rows, answer, strict=True)) / len(answer)

    assert likelihood(run.folder / "adapter") > likelihood(None) + 1.0


@pytest.mark.slow
def test_killed_in_the_middle_and_resumed_it_gives_the_same_curve_and_the_same_adapter(
    unkilled: tuple[Run, dict[str, Any]], tiny: Path, tmp_path: Path
) -> None:
    whole, figures = unkilled
    run = Run.create(tmp_path / "runs", whole.recipe, some_scenes(40))
    killed_at = kill_in_the_middle(run)
    assert not run.finished
    assert not (run.folder / "adapter").exists()
    checkpoint = run.checkpoint()
    assert checkpoint is not None
    assert 0 < checkpoint[1] <= killed_at < STEPS
    again = train(run, tiny)
    assert without_noise(run.lines()) == without_noise(whole.lines())
    assert {name: again[name] for name in ("held_out_loss", "best_step", "steps")} == {
        name: figures[name] for name in ("held_out_loss", "best_step", "steps")
    }
    mine, theirs = adapter_of(run), adapter_of(whole)
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)


def kill_in_the_middle(run: Run) -> int:
    """Train in a process of its own and end it with SIGKILL after its second checkpoint, between two others; the last step it noted."""
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    command = [sys.executable, "-m", "chatbot", "finetune", "--resume", str(run.folder)]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | threads, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as training:
        give_up = time.monotonic() + 120
        while training.poll() is None and time.monotonic() < give_up:
            if len(lines := run.lines()) > 25 and run.checkpoint() is not None:
                training.send_signal(signal.SIGKILL)
                break
            time.sleep(0.005)
        said = training.communicate(timeout=30)[1]
    assert training.returncode == -signal.SIGKILL, said
    return int(max(line["step"] for line in run.lines() or lines))


@pytest.mark.slow
def test_a_run_without_a_checkpoint_yet_begins_anew(unkilled: tuple[Run, dict[str, Any]], tiny: Path, tmp_path: Path) -> None:
    run = Run.create(tmp_path, recipe(tiny, steps=4, every=2), some_scenes(40))
    run.note({"step": 0, "tokens": 0, "seconds": 3.0, "held_out_loss": 9.0, "held_out_accuracy": 0.0})
    run.note({"step": 1, "tokens": 5, "seconds": 4.0, "loss": 9.0})
    train(run, tiny)
    assert [line["step"] for line in run.lines() if "loss" in line] == [1, 2, 3, 4]
    assert all(line.get("held_out_loss") != 9.0 for line in run.lines())


@pytest.mark.slow
def test_a_finished_run_is_not_resumed(unkilled: tuple[Run, dict[str, Any]], tiny: Path) -> None:
    with pytest.raises(RunError, match="is finished"):
        train(unkilled[0], tiny)


@pytest.mark.slow
def test_bfloat16_is_trained_in_without_a_gpu_too(tiny: Path, tmp_path: Path) -> None:
    run = Run.create(tmp_path, recipe(tiny, steps=4, every=2, precision="bf16"), some_scenes(40))
    assert train(run, tiny)["bfloat16"] is True


@pytest.mark.slow
def test_an_adapter_is_trained_further(unkilled: tuple[Run, dict[str, Any]], tiny: Path, tmp_path: Path) -> None:
    before, figures = unkilled
    run = Run.create(tmp_path, recipe(tiny, steps=4, every=2, rate=1e-4, start_from=str(before.folder / "adapter")), some_scenes(40))
    continued = train(run, tiny)
    assert continued["held_out_loss"]["before"] == pytest.approx(figures["held_out_loss"]["best"], rel=0.01)
    assert adapter_of(run).keys() == adapter_of(before).keys()


@pytest.mark.slow
def test_all_weights_are_trained_by_a_switch_and_the_engine_loads_them(tiny: Path, tmp_path: Path) -> None:
    run = Run.create(tmp_path, recipe(tiny, steps=20, every=10, full=True, rate=2e-3), some_scenes(40))
    figures = train(run, tiny)
    assert figures["parameters_trained"] == figures["parameters"]
    assert figures["held_out_loss"]["best"] < figures["held_out_loss"]["before"]
    assert not (run.folder / "adapter").exists()
    trained, base = (load_model(folder, Loading("cpu", "fp32")) for folder in (run.folder / "model", tiny))
    ids = trained.prompt(training_prompt(("A fact.",), "A question?"))
    assert ids == base.prompt(training_prompt(("A fact.",), "A question?"))
    changed, plain = (model.decoder.forward([Piece(0, ids)])[0][-1] for model in (trained, base))
    assert (changed - plain).abs().max() > 0.01


@pytest.mark.slow
def test_minutes_become_steps_once_and_end_the_run(tiny: Path, tmp_path: Path) -> None:
    run = Run.create(tmp_path, recipe(tiny, steps=0, minutes=0.1, every=0), some_scenes(40))
    figures = train(run, tiny)
    assert 1 <= figures["steps"] <= run.recipe.steps
    assert figures["steps"] == run.recipe.steps or figures["minutes"] >= 0.1  # all that were planned, unless the time was over
    assert run.recipe.minutes == 0.1


def test_a_recipe_that_cannot_be_is_named() -> None:
    with pytest.raises(RecipeError, match="rank: expected at least 1, got 0"):
        Recipe("m", rank=0)
    with pytest.raises(RecipeError, match="precision: expected auto, fp32 or bf16, got int4"):
        Recipe("m", precision="int4")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="start_from: expected an adapter"):
        Recipe("m", full=True, start_from="x")
    with pytest.raises(RecipeError, match="held_out: expected a share"):
        Recipe("m", held_out=1.0)
    with pytest.raises(RecipeError, match="expected the fields"):
        recipe_of({"model": "m", "colour": "blue"})


@pytest.mark.slow
def test_the_command_trains_from_files_and_says_where_the_run_is(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_scenes(tmp_path / "scenes.jsonl", some_scenes(12))
    (tmp_path / "faq.csv").write_text('question,answer\nWhere are you?,In Bonn.\nAre you open?,"Yes, from nine."\n')
    options = [
        "--scenes",
        "scenes.jsonl",
        "--dialogues",
        "faq.csv",
        "--model",
        str(tiny),
        "--steps",
        "3",
        "--every",
        "3",
        "--name",
        "My run!",
    ]
    done = CliRunner().invoke(app, ["finetune", *options])
    assert done.exit_code == 0, done.output
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.endswith("-My-run")
    assert Run.open(folder).read("data.json")["by_kind"]["dialogue"] == 2
    assert (folder / "adapter" / "adapter_model.safetensors").is_file()
    assert "chatbot models promote" in done.output
    assert "3 steps" in done.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--scenes", "none.jsonl"], "none.jsonl: cannot be read"),
        (["--dialogues", "bad.jsonl"], "bad.jsonl:1: expected a JSON object"),
        (["--resume", "nowhere"], "nowhere: expected the folder of a training run"),
        (["--scenes", "one.jsonl"], "expected at least two scenes"),
        (["--scenes", "two.jsonl", "--longest", "16"], "longer than 16 tokens"),
        (["--scenes", "two.jsonl", "--precision", "int4"], "precision: expected auto, fp32 or bf16"),
    ],
)
def test_data_that_cannot_be_used_end_with_one_line(
    options: list[str], says: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    (tmp_path / "bad.jsonl").write_text("{half\n")
    write_scenes(tmp_path / "one.jsonl", some_scenes(1))
    write_scenes(tmp_path / "two.jsonl", some_scenes(2))
    done = CliRunner().invoke(app, ["finetune", "--model", str(tiny), *options])
    assert done.exit_code == 2
    assert says in done.output
    assert "Traceback" not in done.output
