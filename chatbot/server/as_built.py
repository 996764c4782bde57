"""The index as the last start left it, where neither the content nor the program has changed since: then there is nothing to read.

Beside the index lies what it was built from: path, size and time of every file of the content and of this program's own code, and the
settings that matter. Knows how to compare, not how to build. Where anything differs or cannot be read, the answer is "not known".
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

import knowledge_base
from chatbot.settings import Settings
from knowledge_base.build import BuildReport
from knowledge_base.encoders import Encoders
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.search import KnowledgeBase

RECORD = "built-from.json"


def fingerprint(folder: Path, pattern: str = "*") -> frozenset[tuple[str, int, int]]:
    """Every file below a folder with its size and time of change; files that vanish while we look are left out."""
    found = set()
    for path in folder.rglob(pattern):
        with contextlib.suppress(OSError):
            if path.is_file():
                status = path.stat()
                found.add((str(path), status.st_size, status.st_mtime_ns))
    return frozenset(found)


def origin_of(settings: Settings) -> str:
    """A hash of all that an index is built from but for the encoders, which it checks itself. Take it before the content is read."""
    program = fingerprint(Path(knowledge_base.__file__).parent, "*.py")
    parts = (str(settings.content.resolve()), settings.currency, sorted(fingerprint(settings.content)), sorted(program))
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()


def write_down(index: Path, origin: str, report: BuildReport) -> None:
    """Where the disk refuses, the next start reads the content again."""
    counts = [report.products, report.documents, report.passages]
    aside = index / f"{RECORD}.part"
    with contextlib.suppress(OSError):
        aside.write_text(json.dumps({"origin": origin, "version": report.version, "counts": counts}), encoding="utf-8")
        aside.replace(index / RECORD)


def open_as_built(index: Path, origin: str, encoders: Encoders) -> tuple[KnowledgeBase, BuildReport] | None:
    """The open index and what its build said; None where it was built from something else, by someone else, or cannot be opened."""
    try:
        record = json.loads((index / RECORD).read_text("utf-8"))
        if record["origin"] != origin:
            return None
        products, documents, passages = map(int, record["counts"])
        knowledge = KnowledgeBase.open(index, encoders)
    except (OSError, ValueError, LookupError, TypeError, KnowledgeBaseError):
        return None
    if knowledge.version != record.get("version"):
        knowledge.close()
        return None
    return knowledge, BuildReport(products, documents, passages, 0, 0, knowledge.problems, 0.0, knowledge.version)
