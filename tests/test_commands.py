"""`index build | status | search` from a command line."""

from pathlib import Path

import pytest
from fakes_knowledge import camping_shop
from typer.testing import CliRunner

from knowledge_base.build import build_content
from knowledge_base.commands import Places, index_app


@pytest.mark.slow
def test_status_and_search_tell_what_the_index_holds(tmp_path: Path) -> None:
    build_content(camping_shop(), tmp_path)
    status = CliRunner().invoke(index_app, ["status", "--index", str(tmp_path)])
    assert status.exit_code == 0
    assert "Trial shop" in status.output
    assert "use-multilingual-v3" in status.output
    found = CliRunner().invoke(index_app, ["search", "tents under 200", "--index", str(tmp_path)])
    assert found.exit_code == 0
    assert "product:nimbus-2#0" in found.output
    assert "Nimbus 2 Tent" in found.output


@pytest.mark.slow
def test_an_outer_program_says_where_things_are(tmp_path: Path) -> None:
    build_content(camping_shop(), tmp_path)
    assert CliRunner().invoke(index_app, ["status"], obj=Places(index=tmp_path)).exit_code == 0


def test_an_unusable_index_is_one_line_and_exit_code_two(tmp_path: Path) -> None:
    result = CliRunner().invoke(index_app, ["search", "tent", "--index", str(tmp_path / "none")])
    assert result.exit_code == 2
    assert "no index here" in result.stderr


def test_a_missing_folder_option_is_named() -> None:
    result = CliRunner().invoke(index_app, ["status"])
    assert result.exit_code == 2
    assert "--index is needed" in result.stderr


@pytest.mark.slow
def test_a_folder_of_files_is_built_and_asked(tmp_path: Path) -> None:
    content, index = tmp_path / "content", tmp_path / "index"
    content.mkdir()
    rows = "name,image,price\nRed Lamp,a.jpg,20\nBlue Chair,b.jpg,55\nBroken,c.jpg,cheap\n"
    (content / "products.csv").write_text(rows, encoding="utf-8")
    (content / "faq.md").write_text("# FAQ\n\n## How long is delivery?\n\nTwo days.\n", encoding="utf-8")
    built = CliRunner().invoke(index_app, ["build", "--content", str(content), "--index", str(index), "--currency", "USD"])
    assert built.exit_code == 0
    assert "problems" in built.output
    found = CliRunner().invoke(index_app, ["search", "chairs under 60", "--index", str(index)])
    assert "products: Blue Chair" in found.output
