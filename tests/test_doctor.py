import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from chatbot import checkup
from chatbot.checkup import Finding
from chatbot.doctor import examine
from chatbot.settings import Settings
from tests.open_shop import OpenShop, shop_settings, write_content


def said(settings: Settings, url: str = "") -> tuple[int, list[str]]:
    paper = io.StringIO()
    code = examine(settings, url, Console(file=paper, width=80))
    return code, paper.getvalue().splitlines()


def test_a_machine_that_is_well_gets_a_zero(tmp_path: Path) -> None:
    write_content(tmp_path / "content")
    code, lines = said(shop_settings(tmp_path, port=0))
    assert (code, lines[-1]) == (0, "all well")
    assert any(line.startswith("ok   Python") for line in lines)
    assert any(line.startswith("note content") for line in lines)


def test_what_is_bad_comes_with_its_remedy_and_a_one(tmp_path: Path) -> None:
    code, lines = said(shop_settings(tmp_path, port=0))
    assert (code, lines[-1]) == (1, "1 to mend")
    bad = next(number for number, line in enumerate(lines) if line.startswith("bad  content"))
    assert lines[bad + 1].strip().startswith("→ put the shop's files there")


def test_a_check_that_itself_fails_is_bad_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbling(_settings: Settings) -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied", "/somewhere")
        yield

    monkeypatch.setattr("chatbot.doctor.checks", lambda: (("disk", stumbling), ("Python", checkup.python)))
    code, lines = said(shop_settings(tmp_path))
    assert code == 1
    assert lines[0].startswith("bad  disk         PermissionError: [Errno 13] Permission denied")
    assert any(line.startswith("ok   Python") for line in lines)


def test_what_was_found_is_shown_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "chatbot.doctor.checks", lambda: (("odd", lambda _: iter([Finding("odd", "good", "[red]name[/red] " + "x" * 200)])),)
    )
    assert said(shop_settings(tmp_path))[1][0].endswith("[red]name[/red] " + "x" * 200)


def test_a_running_server_is_visited_at_its_address(shop: OpenShop, tmp_path: Path) -> None:
    code, lines = said(shop_settings(tmp_path), shop.url.removeprefix("http://"))
    assert (code, lines[-1]) == (0, "all well")
    assert any(line.startswith("ok   websocket") for line in lines)


def test_an_address_without_a_server_gets_a_one(tmp_path: Path) -> None:
    assert said(shop_settings(tmp_path), "http://127.0.0.1:1")[0] == 1
