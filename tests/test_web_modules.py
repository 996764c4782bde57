"""The widget's modules: their own tests under Node, their size on the wire, and what they must never contain."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from web.bundle import FOLDER, widget

MODULES = sorted(FOLDER.glob("*.js"))
BUDGET = 25 * 1024
FORBIDDEN = {
    "markup from text": r"\b(innerHTML|outerHTML|insertAdjacentHTML|DOMParser|createContextualFragment|setHTMLUnsafe|srcdoc)\b",
    "a written document": r"document\.write",
    "code from text": r"\beval\(|new Function\b|setTimeout\(\s*[\"'`]",
    "an inline handler or style": r"setAttribute\(\s*[\"'](on\w+|style)[\"']",
    "a style or script element": r"createElement\(\s*[\"'](style|script|iframe|link)[\"']",
    "a module from elsewhere": r"from\s+[\"'](?!\./)|import\(",
    "a message to any origin": r"postMessage\(",
}

node = shutil.which("node")
needs_node = pytest.mark.skipif(node is None, reason="Node is not installed: the modules' own tests need it")


def code_of(module: Path) -> str:
    """The module without comments; the types in them name other modules by `import(…)`."""
    return re.sub(r"/\*.*?\*/|(?<![:\"/])//[^\n]*", "", module.read_text(encoding="utf-8"), flags=re.DOTALL)


def run_node(*arguments: str, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    assert node is not None
    return subprocess.run([node, *arguments], cwd=folder, capture_output=True, text=True, timeout=120)


@needs_node
@pytest.mark.slow
def test_the_modules_pass_their_own_tests() -> None:
    tests = [str(path.relative_to(FOLDER)) for path in sorted((FOLDER / "tests").glob("*.test.js"))]
    assert tests
    done = run_node("--test", *tests)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert int(re.findall(r"^# pass (\d+)$", done.stdout, re.MULTILINE)[0]) >= 60


def test_the_widget_is_at_most_25_kilobytes_on_the_wire() -> None:
    bundle = widget()
    assert gzip.decompress(bundle.gzipped).decode() == bundle.text
    assert len(bundle.gzipped) <= BUDGET, f"{len(bundle.gzipped)} bytes gzipped, {BUDGET} allowed"


@needs_node
def test_the_joined_widget_is_javascript_without_comments(tmp_path: Path) -> None:
    joined = tmp_path / "widget.mjs"
    joined.write_text(widget().text, encoding="utf-8")
    assert run_node("--check", str(joined)).stderr == ""
    assert not re.search(r"^\s*(//|/\*)", widget().text, re.MULTILINE)


@needs_node
def test_a_joined_module_gives_the_same_values_as_the_modules_it_was_joined_from(tmp_path: Path) -> None:
    (tmp_path / "entry.js").write_text(
        'import { fill, TEXTS } from "./texts.js";\nimport { clean as tidy } from "./session.js";\n'
        'console.log(JSON.stringify([TEXTS, fill("{a}//{b} /* c */", { a: 1 }), tidy(" x ")]));\n',
        encoding="utf-8",
    )
    for name in ("texts.js", "session.js"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "joined.mjs").write_text(widget(tmp_path, "entry.js").text, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    joined = run_node("joined.mjs", folder=tmp_path)
    assert joined.stdout
    assert joined.stdout == run_node("entry.js", folder=tmp_path).stdout


def test_an_import_that_cannot_be_joined_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import everything from "./b.js";\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.js: imports must be one line"):
        widget(tmp_path, "a.js")
    (tmp_path / "a.js").write_text('import { x } from "./b.js";\n', encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"b\.js"):
        widget(tmp_path, "a.js")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_makes_no_markup_and_no_code_from_text(module: Path) -> None:
    source = code_of(module)
    for name, pattern in FORBIDDEN.items():
        found = re.search(pattern, source)
        assert found is None, f"{module.name} has {name}: {found and found[0]!r}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_says_what_it_is_and_stays_short(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert source.startswith("// @ts-check\n/**"), f"{module.name} needs its types checked and a comment that says what it is"
    assert source.count("\n") <= 300


@pytest.mark.parametrize(("name", "owner"), [("WebSocket", "socket.js"), ("fetch(", "socket.js"), ("localStorage", "storage.js")])
def test_the_wire_and_the_memory_have_one_home(name: str, owner: str) -> None:
    assert [module.name for module in MODULES if name in code_of(module)] == [owner]
