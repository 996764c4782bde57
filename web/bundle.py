"""The widget as one file: its modules joined in the order they need each other, without comments and indentation.

A shop's page then makes one request instead of one for every module. Nothing is built ahead: the files in this folder run as they are, and
`widget()` joins them when the server starts. It relies on how these files are written: imports are single lines of names from `./x.js`,
exports are declarations, templates are not nested. A line break inside a template loses the spaces after it.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ENTRY = "widget.js"

_IMPORT = re.compile(r'^import \{ ([^}]+) \} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
# Strings, templates and regular expressions are matched to be kept, so that what looks like a comment inside them stays.
_COMMENT = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(,=:\[!&|?{}; ])/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/)"""
    r"""|[ \t]*/\*.*?\*/[ \t]?|[ \t]*//[^\n]*""",
    re.DOTALL,
)
_SPACE = re.compile(r"\n\s*")


@dataclass(frozen=True, slots=True)
class Bundle:
    """One file ready to be sent: the text, its gzipped bytes and its strong ETag."""

    text: str
    gzipped: bytes
    etag: str


def widget(folder: Path = FOLDER, entry: str = ENTRY) -> Bundle:
    """Join `entry` and what it imports from `folder`.

    Raises:
        FileNotFoundError: a module imports a file that is not there.
        ValueError: an import is written in a way that this module does not read.
    """
    parts: dict[str, str] = {}
    _collect(folder, entry, parts)
    text = "\n".join(parts.values()) + "\n"
    data = text.encode()
    return Bundle(text, gzip.compress(data, 9, mtime=0), f'"{hashlib.sha256(data).hexdigest()[:32]}"')


def _collect(folder: Path, name: str, parts: dict[str, str]) -> None:
    """Put the module into `parts` after all that it imports, each once."""
    if name in parts:
        return
    source = (folder / name).read_text(encoding="utf-8")
    for match in _IMPORT.finditer(source):
        _collect(folder, match[2], parts)
    if re.search(r"^import |\bexport (?:default|\{|\*)", _IMPORT.sub("", source), re.MULTILINE):
        raise ValueError(f'{name}: imports must be one line like `import {{ a, b }} from "./c.js";` and exports declarations')
    parts[name] = _scoped(name, source)


def _scoped(name: str, source: str) -> str:
    """The module as a function's body, so that its private names stay private; its exports become the properties of one constant."""
    taken = [f"const {{ {match[1].replace(' as ', ': ')} }} = {_constant(match[2])};" for match in _IMPORT.finditer(source)]
    given = _EXPORT.findall(source)
    body = _lean(_EXPORT.sub("", _IMPORT.sub("", source)))
    return "\n".join([f"const {_constant(name)} = (() => {{", *taken, body, f"return {{ {', '.join(given)} }};", "})();"])


def _constant(name: str) -> str:
    return f"{name.removesuffix('.js').replace('-', '_')}_js"


def _lean(source: str) -> str:
    """Without comments, blank lines and indentation. Line ends stay, because JavaScript may need them."""
    return _SPACE.sub("\n", _COMMENT.sub(lambda match: match[1] or "", source)).strip()
