"""The file tree at the end of README.md, made from what git tracks and from the first sentence of each module.

    python -m tests.readme_tree           rewrite the tree in README.md
    python -m tests.readme_tree --check   exit code 1 when README.md would change

Invariant: every tracked file is either a line of the tree or inside a folder that is one. `tests/test_readme.py` holds README.md to it.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- tree: python -m tests.readme_tree -->", "<!-- end of tree -->"
_WIDTH = 32
_LONG = 104

# Folders that are one line, whatever is in them.
FOLDERS = {
    ".ci/": "what the checks on every change run",
    "chatbot/training/bank/": "facts of invented shops in many wordings, and questions about them, to train on",
    "chatbot/shop_reader/": "the adapter that comes with the default model, and its card",
    "chatbot/recommend/shipped/": "the weights that come with recommendations, and their card",
    "chatbot/sentiment/head/": "the trained head that judges reviews, and its card",
    "chatbot/migrations/": "the database schema, step by step (Alembic)",
    "docs/": "pages on content, settings, protocol, widget, proxies; the AsyncAPI document",
    "knowledge_base/sample_shop/": "a whole shop in English and Chinese: products, pictures, FAQ, policies, reviews, orders",
    "tests/": "one file per module; contracts/, model/ (weights), browser/ (Chromium), chaos/ (kill -9), bench/, questions/",
    "web/vendor/": "what others made: uPlot for the console's charts, RapiDoc for the page about the HTTP interface, with their licences",
    "web/tests/": "the widget's logic under node's test runner",
}
# Files that cannot say themselves what they are.
FILES = {
    ".dockerignore": "what does not go into the image",
    ".gitignore": "what git leaves out",
    ".pre-commit-config.yaml": "the checks before a commit",
    "ARCHITECTURE.md": "how it is built, and why",
    "CHANGELOG.md": "what changed, version by version",
    "CONTRIBUTING.md": "how to change it",
    "Dockerfile": "the image: CPU by default, GPU by a build argument",
    "LICENSE": "Apache-2.0",
    "Makefile": "serve, test, check, bench",
    "README.md": "this page",
    "compose.yaml": "one service, two volumes",
    "constraints.txt": "the exact version of every package",
    "pyproject.toml": "the package and the settings of its tools",
    "web/console/index.html": "the console's page",
    "chatbot/server/api_answers.json": "answers of a small shop that the page about the HTTP interface shows",
    "web/docs/index.html": "the page about the HTTP interface",
    "web/shop/cart.html": "the cart's page",
    "web/shop/icon.svg": "the icon in the browser's tab",
    "web/shop/index.html": "the grid's page",
    "web/shop/product.html": "a product's page",
}
PACKAGES = {
    "chatbot/engines/": "who writes: the model here, a server elsewhere, or nobody but the shop",
    "chatbot/server/": "everything that is HTTP, and the one place where the parts are put together",
    "chatbot/training/": "what a model is trained on, and how good the replies are, measured",
    "web/console/": "the operators' console: try a question, read conversations",
    "web/docs/": "the page about the HTTP interface, drawn by RapiDoc",
    "web/pages/": "what the shop's pages and the console share",
    "web/shop/": "the shop's own pages: grid, product, cart",
    "web/": "the widget and the pages: plain ES modules, no build, no dependency",
}


def tracked(root: Path = ROOT) -> list[str]:
    """Every path that git tracks and that is there, relative to the root."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in found.split("\0") if name and (root / name).is_file())


def tree(paths: Iterable[str], root: Path = ROOT) -> str:
    """The tree as text: one line a file, or a folder that stands for its files."""
    lines: dict[str, str] = {}
    for path in paths:
        for folder in _parents(path):
            lines.setdefault(folder, "")
        if not (_folder_of(path) or path.endswith("/__init__.py")):
            lines.setdefault(path, "")
    return "\n".join(_line(name, _words(name, root)) for name in _ordered(lines))


def _parents(path: str) -> Iterator[str]:
    """The folders above a path, down to the first that stands for its files."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        folder = "/".join(parts[:depth]) + "/"
        yield folder
        if folder in FOLDERS:
            return


def _folder_of(path: str) -> str:
    return next((folder for folder in FOLDERS if path.startswith(folder)), "")


def _ordered(names: Iterable[str]) -> list[str]:
    """Folders before files at each level, by name."""

    def key(name: str) -> list[tuple[int, str]]:
        parts = name.rstrip("/").split("/")
        kinds = [0] * (len(parts) - 1) + [0 if name.endswith("/") else 1]
        return list(zip(kinds, parts, strict=True))

    return sorted(names, key=key)


def _line(name: str, words: str) -> str:
    shown = "  " * (name.rstrip("/").count("/")) + name.rstrip("/").rsplit("/", 1)[-1] + ("/" if name.endswith("/") else "")
    return f"{shown:<{_WIDTH}} {words}".rstrip()


def _words(name: str, root: Path) -> str:
    known = FOLDERS.get(name) or FILES.get(name) or PACKAGES.get(name)
    if known:
        return known
    if name.endswith("/"):
        package = root / name / "__init__.py"
        return first_sentence(package) if package.is_file() else ""
    return first_sentence(root / name)


def first_sentence(path: Path) -> str:
    """What a Python module or a script says of itself in its first sentence; empty when it says nothing."""
    text = path.read_text("utf-8").removeprefix("// @ts-check\n")
    if path.suffix == ".py":
        said = ast.get_docstring(ast.parse(text)) or ""
    else:
        match = re.match(r"\s*(?:<!doctype[^>]*>\s*)?(?:/\*\*?(.*?)\*/|<!--(.*?)-->|((?://[^\n]*\n)+))", text, re.DOTALL | re.IGNORECASE)
        said = re.sub(r"(?m)^\s*(?:\*|//)+ ?", "", next(filter(None, match.groups()), "")) if match else ""
    said = " ".join(said.strip().split("\n\n")[0].split())
    said = re.split(r"(?<=[.!?])\s+(?=[A-Z@`])", said)[0].removesuffix(".")
    return _shortened(said)


def _shortened(said: str) -> str:
    """A long sentence without what follows its last colon or semicolon."""
    while len(said) > _LONG and (cut := max(said.rfind(": "), said.rfind("; "))) > 20:
        said = said[:cut]
    return said


def rewritten(readme: str, drawn: str) -> str:
    """README.md with this tree in place of the one it has. Raises ValueError when the two marks are not there."""
    before, mark, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"README.md: expected the lines {BEGIN!r} and {END!r} around the tree")
    return f"{before}{BEGIN}\n```text\n{drawn}\n```\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    page = ROOT / "README.md"
    text = page.read_text("utf-8")
    wanted = rewritten(text, tree(tracked()))
    if options.check:
        raise SystemExit(0 if wanted == text else "README.md: the tree is not current; run python -m tests.readme_tree")
    page.write_text(wanted, "utf-8")


if __name__ == "__main__":
    main()
