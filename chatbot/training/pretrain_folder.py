"""The folder of one pretraining: `<runs>/<date-time>-<name>/` with settings.json, data.json, metrics.jsonl and metrics.json.

settings.json and data.json are written before anything is trained and say what a resumed run needs, and the versions; metrics.jsonl is
the curve, a line at a time; metrics.json is what came of it. Knows files, not models. Invariants: settings never change once they are
written; a line of the curve that was cut off by a crash is passed over; of two lines about the same step the later one holds, since a
resumed run repeats steps.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import ChatbotError

Log = Callable[[Mapping[str, Any]], None]
_SETTINGS, _DATA, _CURVE, _METRICS = "settings.json", "data.json", "metrics.jsonl", "metrics.json"


class RunFolderError(ChatbotError):
    """A folder that holds no run of this kind; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class PretrainFolder:
    """One run's files."""

    path: Path

    @classmethod
    def begin(cls, runs: Path, name: str, settings: Mapping[str, Any], data: Mapping[str, Any]) -> PretrainFolder:
        """A new folder, named by the time and `name`."""
        title = f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
        paths = (runs / (title if number == 1 else f"{title}-{number}") for number in itertools.count(1))
        path = next(path for path in paths if not path.exists())
        path.mkdir(parents=True)
        _write(path / _SETTINGS, settings)
        _write(path / _DATA, data)
        return cls(path)

    @classmethod
    def resume(cls, path: Path) -> PretrainFolder:
        """A folder that is there already. Raises RunFolderError."""
        if not (path / _SETTINGS).is_file() or not (path / _DATA).is_file():
            raise RunFolderError(f"{path}: expected the folder of a run with {_SETTINGS} and {_DATA}")
        curve = path / _CURVE
        if curve.is_file() and not curve.read_bytes().endswith(b"\n"):  # cut off by a crash: the next line begins anew
            with curve.open("a", encoding="utf-8") as file:
                file.write("\n")
        return cls(path)

    @property
    def settings(self) -> dict[str, Any]:
        return _read(self.path / _SETTINGS)

    @property
    def data(self) -> dict[str, Any]:
        return _read(self.path / _DATA)

    @property
    def metrics(self) -> dict[str, Any]:
        """What is known so far; empty before the first measurement."""
        return _read(self.path / _METRICS) if (self.path / _METRICS).is_file() else {}

    def add_metrics(self, stage: str, figures: Mapping[str, Any]) -> None:
        """Lay figures of a stage beside those that it has."""
        known = self.metrics
        _write(self.path / _METRICS, known | {stage: {**known.get(stage, {}), **figures}})

    def log(self, line: Mapping[str, Any]) -> None:
        """One more line of the curve."""
        with (self.path / _CURVE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def curve(self) -> list[dict[str, Any]]:
        """The lines of the curve, each step once, in order of stage and step."""
        if not (self.path / _CURVE).is_file():
            return []
        lines: dict[tuple[str, int, bool], dict[str, Any]] = {}
        for raw in (self.path / _CURVE).read_text("utf-8").splitlines():
            try:
                line = json.loads(raw)
            except ValueError:  # cut off by a crash
                continue
            lines[line["stage"], line["step"], "held_out" in line] = line
        return sorted(lines.values(), key=lambda line: line["step"])

    def checkpoints(self, stage: str) -> Path:
        return self.path / "checkpoints" / stage


def _write(file: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    aside = file.with_suffix(".new")
    aside.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    aside.replace(file)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{file}: cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise RunFolderError(f"{file}: expected a JSON object, got {type(content).__name__}")
    return content
