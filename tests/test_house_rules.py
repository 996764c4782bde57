"""Rules of the house that no linter knows: how long a module may be, which names and calls stay out, and that nothing knows one machine.

Each rule is a function from sources to offences, and each is shown to find an offence before it is trusted to find none.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 300
PACKAGES = ("chatbot", "knowledge_base")
BLAND = frozenset(["utils", "util", "helpers", "helper", "common", "manager", "service", "base", "core", "misc"])
# Spelled in pieces, so that this file does not break its own rules.
MOCKS = re.compile(r"\bunittest" + r"\.mock\b|\bfrom unittest import " + r"mock\b|\bMagic" + r"Mock\b")
MACHINE = re.compile(
    "|".join(["/wo" + "rk/", r"/ro" + r"ot/(?!\.ssh)", r"/home/(?!shop\b)[a-z]", "/Us" + r"ers/[A-Za-z]", r"[A-Z]:\\Us" + "ers"])
)
MARKUP = re.compile(r"\binner" + r"HTML\b|\bouter" + r"HTML\b|\binsertAdjacent" + r"HTML\b|\bdocument\.write\(|\beval\(|\bnew Function\(")

SCRIPT = r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)[^>]*>"
INLINE = re.compile(SCRIPT + r"|<style\b|\son[a-z]+=[\"']|\sstyle=[\"']", re.IGNORECASE)


def sources(*folders: str, suffixes: Sequence[str]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and "__pycache__" not in path.parts and "node_modules" not in path.parts:
                yield path


def product_modules() -> list[Path]:
    found = [path for path in sources(*PACKAGES, suffixes=[".py"]) if path.parent != ROOT / "chatbot/migrations/versions"]
    assert len(found) > 50, "the rules would hold for nothing"
    return found


def offences(found: Callable[[str], Sequence[object]], paths: Iterable[Path]) -> dict[str, Sequence[object]]:
    """File → what is wrong in it, for the files in which something is."""
    return {name_of(path): wrong for path in paths if (wrong := found(path.read_text("utf-8")))}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls_that_run_data(text: str) -> list[str]:
    """Calls that turn bytes into code: pickle, torch.load, yaml.load, eval and exec. `model.eval()` is none of them."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
            found += [name for name in names if name.split(".")[0] in ("pickle", "cPickle", "dill", "marshal", "shelve")]
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in ("eval", "exec", "torch.load", "yaml.load", "yaml.unsafe_load", "numpy.load", "np.load"):
                safe = called in ("numpy.load", "np.load") and not any(word.arg == "allow_pickle" for word in node.keywords)
                found += [] if safe else [called]
    return found


def lines_with(pattern: re.Pattern[str], text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), start=1) if pattern.search(line)]


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    long = {name_of(path): count for path in product_modules() if (count := len(path.read_text("utf-8").splitlines())) > LONGEST}
    assert not long, f"at most {LONGEST} lines: split before the feature goes in"


def test_every_module_says_what_it_is() -> None:
    modules = [path for path in product_modules() if path.name != "__init__.py"]
    assert not [name_of(path) for path in modules if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]


def test_fakes_not_mocks() -> None:
    assert not offences(partial(lines_with, MOCKS), sources(*PACKAGES, "tests", "web", suffixes=[".py"]))


def test_no_data_is_ever_run() -> None:
    assert not offences(calls_that_run_data, product_modules())


def test_nothing_in_the_pages_parses_text_as_markup() -> None:
    pages = list(sources("web", suffixes=[".js", ".html", ".py"]))
    assert len(pages) > 10
    assert not offences(partial(lines_with, MARKUP), pages)


def test_pages_carry_no_inline_script_handler_or_style() -> None:
    assert not offences(partial(lines_with, INLINE), sources("web", suffixes=[".html"]))


def test_a_file_is_named_after_what_it_holds() -> None:
    paths = sources(*PACKAGES, "web", "tests", suffixes=[".py", ".js"])
    assert not [name_of(path) for path in paths if set(re.split(r"[_.-]", path.stem)) & BLAND]


def test_nothing_knows_the_machine_it_was_written_on() -> None:
    assert not offences(partial(lines_with, MACHINE), [ROOT / name for name in tracked_texts()])


def tracked_texts() -> list[str]:
    try:
        found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    texts = [".py", ".js", ".html", ".css", ".md", ".toml", ".yaml", ".yml", ".txt", ".json", ".jsonl", ".csv", ".sh", ""]
    return [name for name in found if name and (ROOT / name).is_file() and Path(name).suffix in texts]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import pickle", ["pickle"]),
        ("from pickle import loads", ["loads", "pickle"][1:]),
        ("torch.load(path)", ["torch.load"]),
        ("yaml.load(text)", ["yaml.load"]),
        ("eval('1')", ["eval"]),
        ("np.load(path, allow_pickle=True)", ["np.load"]),
        ("model.eval()", []),
        ("np.load(path)", []),
        ("safetensors.torch.load_file(path)", []),
    ],
)
def test_the_rule_against_running_data_finds_what_it_should(text: str, found: list[str]) -> None:
    assert calls_that_run_data(text) == found


@pytest.mark.parametrize(
    ("pattern", "bad", "good"),
    [
        (MARKUP, "node.inner" + "HTML = text", "node.textContent = text"),
        (MOCKS, "from unittest." + "mock import patch", "from tests.fakes import FakeEngine"),
        (MACHINE, "open('/wo" + "rk/main/x')", "open('/data/chat.db')"),
        (INLINE, "<button onclick='go()'>", "<script type='module' src='/web/shop/grid.js'></script>"),
        (MACHINE, "/home/" + "anna/shop", "/home/shop"),
    ],
)
def test_the_rules_about_words_find_what_they_should(pattern: re.Pattern[str], bad: str, good: str) -> None:
    assert lines_with(pattern, bad) == [1]
    assert lines_with(pattern, good) == []
