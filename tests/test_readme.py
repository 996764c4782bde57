"""README.md holds what a newcomer needs and a file tree that is true: nothing tracked is missing, nothing is listed that is gone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.readme_tree import BEGIN, END, FOLDERS, ROOT, first_sentence, rewritten, tracked, tree

PAGES = [path for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))) if path.is_file()]


@pytest.fixture(scope="module")
def paths() -> list[str]:
    try:
        found = tracked()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    if "README.md" not in found:
        pytest.skip("not a git checkout")
    return found


def listed() -> set[str]:
    """Every path that the tree in README.md shows, folders with a slash at the end."""
    text = (ROOT / "README.md").read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    found: set[str] = set()
    above: list[str] = []
    for line in text.strip().splitlines()[1:-1]:
        depth = (len(line) - len(line.lstrip())) // 2
        above = [*above[:depth], line.split()[0]]
        found.add("".join(above))
    return found


def test_every_tracked_file_is_in_the_tree_or_in_a_folder_of_it(paths: list[str]) -> None:
    shown = listed()
    expected = {path for path in paths if not path.startswith(tuple(FOLDERS)) and not path.endswith("__init__.py")}
    expected |= {folder for folder in FOLDERS if any(path.startswith(folder) for path in paths)}
    assert not expected - shown, "run: python -m tests.readme_tree"


def test_nothing_in_the_tree_is_gone(paths: list[str]) -> None:
    gone = [name for name in listed() if not (name in paths or (name.endswith("/") and any(path.startswith(name) for path in paths)))]
    assert not gone, "run: python -m tests.readme_tree"


def test_every_line_of_the_tree_says_what_the_file_is() -> None:
    text = (ROOT / "README.md").read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    silent = [line for line in text.strip().splitlines()[1:-1] if len(line.split()) < 2]
    assert not silent


def test_the_two_commands_and_the_embed_snippet_are_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make serve" in text
    assert "make test" in text
    assert '<script type="module" src="https://YOUR-HOST/web/widget.js" data-site="YOUR-SITE-KEY"></script>' in text
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"(?m)^serve:", makefile)
    assert re.search(r"(?m)^test:", makefile)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text("utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_a_new_module_would_be_missed_without_its_line(tmp_path: Path) -> None:
    (tmp_path / "chatbot").mkdir()
    (tmp_path / "chatbot/new.py").write_text('"""Does a new thing. And more."""\n')
    (tmp_path / "chatbot/__init__.py").write_text('"""The talk."""\n')
    drawn = tree(["chatbot/new.py", "chatbot/__init__.py", "tests/test_new.py"], tmp_path)
    assert "  new.py                         Does a new thing" in drawn
    assert drawn.splitlines()[0].endswith("The talk")
    assert "test_new" not in drawn
    page = f"# Top\n\n{BEGIN}\nold\n{END}\n"
    assert rewritten(page, drawn) == f"# Top\n\n{BEGIN}\n```text\n{drawn}\n```\n{END}\n"


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="expected the lines"):
        rewritten("# Top\n", "x")


def test_a_script_says_what_it_is_in_its_first_comment(tmp_path: Path) -> None:
    script = tmp_path / "x.js"
    script.write_text("// @ts-check\n/**\n * The look, as one\n * sheet: small. More.\n */\nexport {};\n")
    assert first_sentence(script) == "The look, as one sheet: small"
