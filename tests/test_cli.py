"""The command line in this process: quick help, settings, asking, generated pages, errors as one line with exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chatbot.__main__ import app
from chatbot.command_pages import command_page
from chatbot.settings_cli import settings_page
from tests.open_shop import write_content

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "transformers", "faiss", "fastapi", "sqlalchemy", "pydantic", "numpy", "knowledge_base")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a shop's content, which is the working folder; no setting comes from outside."""
    for name in list(os.environ):
        if name.startswith("CHATBOT_"):
            monkeypatch.delenv(name)
    given = {"data": "data", "cache": "cache", "content": "content", "engine": "quoting", "encoder": "multilingual", "port": "0"}
    for name, value in given.items():
        monkeypatch.setenv(f"CHATBOT_{name.upper()}", value)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    write_content(tmp_path / "content")
    return tmp_path


def test_help_is_shown_without_loading_what_the_commands_need() -> None:
    asked = "import sys; from chatbot.__main__ import main; sys.argv = ['chatbot', '--help']\ntry: main()\nexcept SystemExit: pass\n"
    told = f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", asked + told], cwd=ROOT, capture_output=True, text=True, timeout=60)
    for name in ("serve", "ask", "index", "models", "settings", "evaluate", "explain", "pretrain", "finetune", "corrections", "doctor"):
        assert name in ended.stdout
    assert ended.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize(
    "words",
    [
        ["serve"],
        ["index"],
        ["index", "build"],
        ["models"],
        ["models", "promote"],
        ["evaluate"],
        ["explain"],
        ["pretrain"],
        ["finetune"],
        ["corrections"],
        ["doctor"],
        ["ask"],
    ],
)
def test_every_command_explains_itself(words: list[str], place: Path) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert not (place / "data").exists()


@pytest.mark.slow
def test_asking_prints_the_reply_and_what_it_is_based_on(place: Path) -> None:
    result = CliRunner().invoke(app, ["ask", "How long does delivery take?"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "3 to 5 working days" in lines[0]
    assert "(faq:how-long-does-delivery-take" in lines[1]


@pytest.mark.slow
def test_the_index_is_built_and_searched_where_the_server_looks(place: Path) -> None:
    built = CliRunner().invoke(app, ["index", "build"])
    assert built.exit_code == 0
    assert "3 products" in built.output
    assert (place / "data" / "index").is_dir()
    found = CliRunner().invoke(app, ["index", "search", "delivery time"])
    assert "faq:how-long-does-delivery-take" in found.output
    assert CliRunner().invoke(app, ["index", "status"]).exit_code == 0


def test_settings_show_what_holds_now_but_no_secret(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_CONSOLE_PASSWORD", "swordfish")
    monkeypatch.setenv("CHATBOT_CURRENCY", "JPY")
    shown = CliRunner().invoke(app, ["settings"]).output
    assert "CHATBOT_CURRENCY" in shown
    assert "JPY" in shown
    assert "(set)" in shown
    assert "swordfish" not in shown


def test_the_page_of_settings_is_current(place: Path) -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_page(), "run: chatbot settings --markdown > docs/settings.md"
    assert CliRunner().invoke(app, ["settings", "--markdown"]).output == settings_page()


def test_the_page_of_commands_is_current() -> None:
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == command_page(), "run: python -m chatbot.command_pages > docs/cli.md"


def test_a_fault_of_the_program_keeps_its_traceback(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("chatbot.ask_cli.ask_shop", broken)
    assert isinstance(CliRunner().invoke(app, ["ask", "Hi"]).exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("options", "changes", "said"),
    [
        (["--engine", "magic"], {}, "CHATBOT_ENGINE: expected 'local', 'remote' or 'quoting', got 'magic'"),
        ([], {"CHATBOT_PORT": "http"}, "CHATBOT_PORT: expected a valid integer"),
        ([], {"CHATBOT_ALLOWED_ORIGINS": "https://a.example, b.example"}, "CHATBOT_ALLOWED_ORIGINS: expected origins such as"),
        ([], {"CHATBOT_ALLOWED_ORIGINS": "[half"}, "CHATBOT_ALLOWED_ORIGINS: expected origins separated by commas, or a JSON list"),
        ([], {"CHATBOT_PUBLIC_URL": "chat.shop.example"}, "CHATBOT_PUBLIC_URL: expected a URL such as https://chat.shop.example, got"),
        ([], {"CHATBOT_ENGINE": "remote"}, "CHATBOT_REMOTE_URL: expected"),
        ([], {"CHATBOT_ALLOWED_ORIGINS": '["shop.example"]'}, "CHATBOT_ALLOWED_ORIGINS"),
        ([], {"CHATBOT_DATABASE_URL": "nonsense"}, "CHATBOT_DATABASE_URL: expected sqlite:///file or postgresql://…, got"),
        (["--content", "nowhere"], {}, "nowhere"),
        ([], {"CHATBOT_DATA": "in-the-way"}, "CHATBOT_DATA: expected a folder this program may write, got in-the-way"),
        ([], {"CHATBOT_HOST": "203.0.113.9"}, "203.0.113.9"),
    ],
)
@pytest.mark.slow
def test_settings_that_cannot_be_used_end_with_code_two_and_one_line(
    options: list[str], changes: dict[str, str], said: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "in-the-way").write_text("a file where a folder is wanted")
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["serve", *options])
    assert result.exit_code == 2
    complaint = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(complaint) == 1
    assert said in complaint[0]
