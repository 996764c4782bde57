"""Pretraining on tiny models: windows that predict each token once, losses that fall on what was held out, and runs that go on."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from transformers import AutoTokenizer
from typer.testing import CliRunner

from chatbot.__main__ import app
from chatbot.training.causal import Causal
from chatbot.training.lessons import Lessons, Watch, last_checkpoint, planned_steps
from chatbot.training.masked import Masked, Masking, masked_model
from chatbot.training.pretrain_cli import begin, finish, table
from chatbot.training.pretrain_folder import PretrainFolder, RunFolderError
from chatbot.training.pretrain_plot import plot
from chatbot.training.texts import ShopText, TextFileError
from chatbot.training.windows import IGNORED, Reading, carried, windows
from knowledge_base.bert import can_read
from knowledge_base.encoders import MiniLMEncoder
from tests.tiny_encoder import build_tiny_encoder
from tests.tiny_model import build_tiny_model

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
COLOURS = ("blue", "red", "green", "black")
THINGS = ("tent", "lamp", "stove", "boot", "chair", "rug", "kettle", "bottle")
SAID = [f"The {colour} {thing} is {colour} and ships in two days." for colour in COLOURS for thing in THINGS]
TEXTS = [ShopText(f"t{number}", "faq", "en", text) for number, text in enumerate(SAID)]
READING = Reading(32, 24)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_encoder(tmp_path_factory.mktemp("encoder"), [*SAID, "How long does delivery take? Which"])


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("writer"))


def _lessons(folder: Path, steps: int = 40, rate: float = 5e-3, watch: Watch | None = None) -> Lessons:
    return Lessons(folder, steps, batch=8, rate=rate, saves=4, watch=watch)


def test_a_long_text_is_read_through_windows_that_predict_each_token_once(writer: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(writer)
    text = ShopText("a", "file", "en", " ".join(SAID))
    whole = tokenizer(text.text)["input_ids"]
    found = windows(tokenizer, [text, TEXTS[0]], READING)
    predicted = [t for row in found[:-1] for t, closed in zip(row["input_ids"], row["special_tokens_mask"], strict=True) if not closed]
    assert predicted == whole and max(len(row["input_ids"]) for row in found) == 32
    assert found[0]["special_tokens_mask"] == [0] * 32 and found[1]["special_tokens_mask"][:9] == [1] * 8 + [0]
    assert found[-1]["special_tokens_mask"][0] == 0, "another text begins anew"


def test_a_window_that_cannot_be_is_refused() -> None:
    with pytest.raises(TextFileError, match="got 32 and 32"):
        Reading(32, 32)


def test_a_language_that_the_vocabulary_spells_in_bytes_or_does_not_know_is_left_out(writer: Path, encoder: Path) -> None:
    chinese = ShopText("z", "faq", "zh", "这顶帐篷是蓝色的，两天内发货。")
    for folder, why in ((writer, "tokens a character"), (encoder, "does not know")):
        found = carried(AutoTokenizer.from_pretrained(folder), [*TEXTS, chinese])
        assert found.texts == tuple(TEXTS) and why in found.left_out["zh"]
    with pytest.raises(TextFileError, match="zh"):
        carried(AutoTokenizer.from_pretrained(encoder), [chinese])


def test_the_head_for_masked_tokens_is_tied_to_the_embeddings_and_begins_as_the_identity(
    encoder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = masked_model(encoder)
    said = "".join(capfd.readouterr())
    assert "corrupted" not in said and "MISSING" not in said, "that the folder has no such head is no trouble to warn of"
    head = model.cls.predictions
    assert head.decoder.weight.data_ptr() == model.bert.embeddings.word_embeddings.weight.data_ptr()
    assert torch.equal(head.transform.dense.weight, torch.eye(24))
    assert torch.equal(
        model.bert.embeddings.word_embeddings.weight, load_file(encoder / "model.safetensors")["embeddings.word_embeddings.weight"]
    )


def test_whole_words_are_masked_whole_and_what_the_window_before_had_never(encoder: Path) -> None:
    masked = Masked(encoder, Masking(share=0.5, whole_words=True, keep=0.0))
    rows = masked.rows([ShopText("a", "faq", "en", "zzz yyy xxx " * 12)], READING)
    batch = masked.collator(seed=1)(rows)
    for row, labels in zip(rows, batch["labels"].tolist(), strict=True):
        marked = [label != IGNORED for label in labels[: len(row["input_ids"])]]
        closed = row["special_tokens_mask"]
        assert not any(mark for mark, shut in zip(marked, closed, strict=True) if shut)
        words: dict[int, set[bool]] = {}
        for place, mark in enumerate(marked):
            if not closed[place]:
                words.setdefault(row["offset_mapping"][place][0] // 4, set()).add(mark)
        assert sum(len(marks) > 1 for marks in words.values()) <= 1, "but for a word that the window's edge cuts"
    assert (batch["labels"] != IGNORED).sum() > 10


def test_measuring_twice_gives_the_same_and_the_old_vectors_are_those_of_the_knowledge_base(encoder: Path) -> None:
    masked = Masked(encoder)
    rows = masked.rows(TEXTS, READING)
    held_out = masked.held_out(rows[:6])
    assert masked.measure(held_out) == masked.measure(held_out)
    assert masked.measure(held_out).tokens == sum(int((batch["labels"] != IGNORED).sum()) for batch in held_out) > 20
    expected = MiniLMEncoder(encoder).encode([text.text for text in TEXTS], role="passage")
    assert np.abs(np.stack([row["vector"] for row in rows]) - expected).max() < 1e-5


@pytest.mark.slow
def test_masked_pretraining_lowers_held_out_loss_and_leaves_the_vectors_where_they_were(encoder: Path, tmp_path: Path) -> None:
    masked = Masked(encoder, Masking(keep=5.0))
    rows = masked.rows(TEXTS, READING)
    train, held_out = rows[4:], masked.held_out(rows[:4])
    body = {name: tensor.clone() for name, tensor in masked.model.base_model.state_dict().items()}
    begun = masked.measure(held_out)
    masked.fit_head(train, _lessons(tmp_path / "head"))
    assert all(torch.equal(tensor, body[name]) for name, tensor in masked.model.base_model.state_dict().items()), "the body stood still"
    before = masked.measure(held_out)
    masked.learn(train, _lessons(tmp_path / "masked", steps=60))
    after = masked.measure(held_out)
    assert after.loss < before.loss < begun.loss and after.accuracy > before.accuracy
    out = masked.write(tmp_path / "out")
    assert can_read(out), "the knowledge base runs it as it runs the old one"
    old, new = (MiniLMEncoder(folder).encode(SAID, role="passage") for folder in (encoder, out))
    assert (old * new).sum(1).mean() > 0.9
    assert MiniLMEncoder(encoder).fingerprint != MiniLMEncoder(out).fingerprint


@pytest.mark.slow
@pytest.mark.parametrize("full", [False, True])
def test_causal_pretraining_lowers_held_out_loss_and_writes_what_loads_again(writer: Path, tmp_path: Path, full: bool) -> None:
    from chatbot.training.causal import Writing

    causal = Causal(writer, Writing(full=full, rank=8))
    rows = causal.rows(TEXTS, READING)
    held_out = causal.held_out(rows[:4])
    before = causal.measure(held_out)
    causal.learn(rows[4:], _lessons(tmp_path / "causal", rate=1e-2))
    after = causal.measure(held_out)
    assert after.loss < 0.8 * before.loss
    out = causal.write(tmp_path / "out")
    again = Causal(out) if full else _with_adapter(writer, out)
    assert again.measure(held_out).loss == pytest.approx(after.loss, abs=1e-4)


def _with_adapter(writer: Path, adapter: Path) -> Causal:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    causal = Causal(writer)
    causal.model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(writer), adapter)
    return causal


@pytest.mark.slow
def test_a_training_that_was_cut_off_goes_on_from_its_last_whole_checkpoint_to_the_same_end(writer: Path, tmp_path: Path) -> None:
    def trained(folder: Path, watch: Watch | None = None) -> dict[str, torch.Tensor]:
        causal = Causal(writer)
        causal.learn(causal.rows(TEXTS, READING), _lessons(folder, steps=12, watch=watch))
        return {name: tensor for name, tensor in causal.model.state_dict().items() if "lora" in name}

    whole = trained(tmp_path / "whole")
    ending = Watch("causal", lambda _: None, lambda _: None).within(0)
    trained(tmp_path / "cut", ending)  # ends after its first step
    assert last_checkpoint(tmp_path / "cut") == tmp_path / "cut" / "checkpoint-1"
    (tmp_path / "cut" / "checkpoint-7").mkdir()  # killed while it was written
    resumed = trained(tmp_path / "cut")
    assert all(torch.allclose(tensor, resumed[name], atol=1e-6) for name, tensor in whole.items())


def test_the_steps_that_fit_into_a_time_are_planned_by_the_clock() -> None:
    assert planned_steps(lambda: None, seconds=1e6, most=30) == 30
    assert planned_steps(lambda: sum(range(200_000)), seconds=0.0, most=30) == 1


def _shop(folder: Path) -> Path:
    (folder / "faq").mkdir(parents=True)
    entries = "\n\n".join(
        f"## How is the {thing} in {colour}?\nThe {colour} {thing} is {colour} and ships in two days."
        for colour in COLOURS
        for thing in THINGS
    )
    (folder / "faq" / "questions.md").write_text(f"# Questions\n\n{entries}\n")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, encoder: Path, writer: Path) -> PretrainFolder:
    """A whole run with all three objectives, a few steps each."""
    place = tmp_path_factory.mktemp("run")
    folder = begin(_given(_shop(place / "shop"), encoder, writer), place / "runs", "all")
    finish(folder, Console(quiet=True))
    return folder


def _given(content: Path, encoder: Path, writer: Path) -> dict[str, Any]:
    stages = ("masked", "contrastive", "causal")
    return {
        "content": str(content),
        "stages": stages,
        "encoder": str(encoder),
        "model": str(writer),
        "steps": 6,
        "window": 32,
        "stride": 24,
    }


@pytest.mark.slow
def test_a_run_leaves_settings_data_curve_figures_picture_and_models(run: PretrainFolder) -> None:
    names = {path.name for path in run.path.iterdir()}
    assert {"settings.json", "data.json", "metrics.jsonl", "metrics.json", "pretrain.png", "encoder", "encoder-masked", "adapter"} <= names
    assert {"head as begun", "before", "after"} <= set(run.metrics["masked"]) and {"before", "after"} <= set(run.metrics["causal"])
    assert (
        run.settings["versions"]["torch"]
        and run.data["texts"]["held_out"]["texts"] == 3
        and len(run.data["texts"]["train"]["sha256"]) == 64
    )
    assert {line["stage"] for line in run.curve()} == {"head", "masked", "contrastive", "causal"}
    assert all(line["tokens_per_second"] > 0 for line in run.curve() if "loss" in line)
    assert run.path.joinpath("pretrain.png").read_bytes().startswith(b"\x89PNG")
    assert len(table(run.metrics).rows) == 6


@pytest.mark.slow
def test_a_run_that_is_resumed_does_only_what_is_missing(run: PretrainFolder, tmp_path: Path) -> None:
    half = PretrainFolder(shutil.copytree(run.path, tmp_path / "half"))
    figures = half.metrics
    kept = {name: figures[name] for name in ("plan", "masked", "contrastive")} | {"causal": {"before": figures["causal"]["before"]}}
    (half.path / "metrics.json").write_text(json.dumps(kept))
    changed = (half.path / "encoder" / "model.safetensors").stat().st_mtime_ns
    finish(PretrainFolder.resume(half.path), Console(quiet=True))
    assert half.metrics == figures, "the last checkpoint was the end, so the same comes out"
    assert (half.path / "encoder" / "model.safetensors").stat().st_mtime_ns == changed


@pytest.mark.slow
def test_the_command_trains_prints_before_and_after_and_goes_on(encoder: Path, writer: Path, tmp_path: Path) -> None:
    shop = _shop(tmp_path / "shop")
    options = ["--content", str(shop), "--objective", "causal", "--steps", "2", "--window", "32", "--stride", "24", "--model", str(writer)]
    done = CliRunner().invoke(app, ["pretrain", *options, "--out", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output
    assert "perplexity" in done.output and "causal 2 of 2" in done.output and "tokens/s" in done.output
    (run,) = (tmp_path / "runs").iterdir()
    again = CliRunner().invoke(app, ["pretrain", "--resume", str(run)])
    assert again.exit_code == 0 and "causal 2 of 2" not in again.output and "perplexity" in again.output
    wrong = CliRunner().invoke(app, ["pretrain", *options, "--stride", "64", "--out", str(tmp_path / "none")])
    assert wrong.exit_code == 2 and "got 32 and 64" in wrong.output and not (tmp_path / "none").exists()


@pytest.mark.slow
def test_a_run_whose_texts_changed_is_not_gone_on_with(run: PretrainFolder, encoder: Path, writer: Path, tmp_path: Path) -> None:
    shop = _shop(tmp_path / "shop")
    folder = begin(_given(shop, encoder, writer), tmp_path / "runs", "all")
    (shop / "faq" / "more.md").write_text("# More\n\n## Is there a rug?\nYes, a red rug.\n")
    with pytest.raises(RunFolderError, match="not those that this run began with"):
        finish(folder, Console(quiet=True))


def test_a_line_that_a_crash_cut_off_costs_only_itself(tmp_path: Path) -> None:
    folder = PretrainFolder.begin(tmp_path, "x", {}, {})
    folder.log({"stage": "causal", "step": 1, "loss": 2.0})
    with (folder.path / "metrics.jsonl").open("a") as file:
        file.write('{"stage": "causal", "st')
    again = PretrainFolder.resume(folder.path)
    again.log({"stage": "causal", "step": 1, "loss": 1.5})
    again.log({"stage": "causal", "step": 2, "loss": 1.0})
    assert [(line["step"], line["loss"]) for line in again.curve()] == [(1, 1.5), (2, 1.0)]


def test_a_folder_without_a_run_is_refused_and_two_runs_of_a_second_get_folders_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"settings\.json"):
        PretrainFolder.resume(tmp_path)
    assert PretrainFolder.begin(tmp_path, "x", {}, {}).path != PretrainFolder.begin(tmp_path, "x", {}, {}).path


def test_a_run_that_was_only_begun_gives_a_picture_too(tmp_path: Path) -> None:
    folder = PretrainFolder.begin(tmp_path, "x", {}, {})
    folder.log({"stage": "causal", "step": 1, "loss": 2.0})
    assert plot(folder).stat().st_size > 1000
