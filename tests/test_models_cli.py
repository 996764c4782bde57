from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from chatbot.models_cli import models_app, progress_display
from chatbot.weights import ENCODER_MULTI

RUN = CliRunner()


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


def test_the_list_says_what_is_here_and_what_is_not() -> None:
    said = RUN.invoke(models_app, ["list"]).output
    assert "SmolLM2-135M-Instruct" in said
    assert "93 MB" in said
    rows = [line for line in said.splitlines() if "│" in line]
    assert [row.rstrip("│ ").split()[-1] for row in rows] == ["no", "no", "yes"]


def test_a_model_of_the_settings_is_listed_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_MODEL", str(tmp_path))
    assert "writer (settings)" in RUN.invoke(models_app, ["list"]).output


def test_verify_names_what_is_missing_and_fails() -> None:
    done = RUN.invoke(models_app, ["verify"])
    assert done.exit_code == 1
    assert "is not fetched; run `chatbot models fetch`" in done.output
    assert "every byte is as it should be" in done.output


def test_verify_of_what_is_right_succeeds() -> None:
    assert RUN.invoke(models_app, ["verify", ENCODER_MULTI]).exit_code == 0


def test_fetch_says_where_a_model_is(tmp_path: Path) -> None:
    done = RUN.invoke(models_app, ["fetch", str(tmp_path)])
    assert done.exit_code == 0
    assert f"is ready in {tmp_path}" in done.output


def test_fetch_of_a_wrong_name_is_a_clear_error_without_a_traceback() -> None:
    done = RUN.invoke(models_app, ["fetch", "nonsense"])
    assert done.exit_code == 1
    assert "expected a hub id" in done.output
    assert "Traceback" not in done.output


def test_the_progress_bar_shows_megabytes_and_then_the_next_stage() -> None:
    console = Console(record=True, force_terminal=True, width=120)
    with progress_display("A model", console) as report:
        report("downloading", 45_000_000, 90_000_000)
        report("downloading", 90_000_000, 90_000_000)
        report("converting", 3, 272)
    said = console.export_text()
    assert "A model: converting" in said
    assert "3 of 272 tensors" in said


def test_without_a_terminal_each_stage_is_one_line() -> None:
    console = Console(record=True, force_terminal=False, width=120)
    with progress_display("A model", console) as report:
        report("downloading", 1, 90_000_000)
        report("downloading", 2, 90_000_000)
    assert console.export_text().strip() == "A model: downloading 90.0 MB"
