"""The folder of one training run: what it was told, what it was fed, every figure as it came, and what came out.

    settings.json   the recipe, the command, the commit, the versions        scenes.jsonl, data.json   the data, its checksum and counts
    metrics.jsonl   a line for each step and each look at what is held out    metrics.json, curves.png  the figures at the end
    checkpoints/    what a killed run goes on from                            adapter/ or model/, README.md

Knows no torch. Invariants: what is read back is what was written (the data are checked against their checksum); metrics.jsonl is only
added to, except that a resumed run first takes back the lines behind its checkpoint; metrics.json is there only when the run is finished.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chatbot.errors import ChatbotError
from chatbot.training.recipe import Recipe, recipe_of
from chatbot.training.scenes import Scene, read_scenes, write_scenes

_PACKAGES = ("torch", "transformers", "peft", "trl", "datasets", "accelerate", "tokenizers")
_STATE = ("trainer_state.json", "optimizer.pt", "scheduler.pt", "rng_state.pth")  # the first is written last


class RunError(ChatbotError):
    """A folder that is not a run, or not one that can go on; the message names it."""


@dataclass(frozen=True, slots=True)
class Run:
    """`folder` is absolute."""

    folder: Path

    @classmethod
    def create(cls, out: Path, recipe: Recipe, scenes: Sequence[Scene]) -> Run:
        """A new folder below `out`, named after the time and the recipe. Raises RunError when it cannot be made."""
        title = re.sub(r"[^\w.-]+", "-", recipe.name).strip("-.") or "run"
        run = cls(_new_folder(out.expanduser().resolve(), f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}-{title}"))
        write_scenes(run.folder / "scenes.jsonl", scenes)
        run.write("data.json", {"sha256": run._checksum(), **counts(scenes)})
        run.write("settings.json", {"recipe": recipe.as_settings(), **circumstances()})
        return run

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Raises RunError."""
        if not (folder.expanduser() / "settings.json").is_file():
            raise RunError(f"{folder}: expected the folder of a training run, with a settings.json")
        return cls(folder.expanduser().resolve())

    @property
    def recipe(self) -> Recipe:
        """Raises RunError, RecipeError."""
        return recipe_of(self.read("settings.json").get("recipe") or {})

    @property
    def finished(self) -> bool:
        return (self.folder / "metrics.json").is_file()

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def scenes(self) -> list[Scene]:
        """The data the run was started with. Raises RunError when they are others now."""
        wanted, found = self.read("data.json").get("sha256"), self._checksum()
        if wanted != found:
            raise RunError(f"{self.folder / 'scenes.jsonl'}: expected sha256 {wanted}, but it is {found}")
        return list(read_scenes(self.folder / "scenes.jsonl"))

    def settle(self, recipe: Recipe) -> None:
        """Write down what was left open when the run began."""
        self.write("settings.json", self.read("settings.json") | {"recipe": recipe.as_settings()})

    def note(self, figures: Mapping[str, Any]) -> None:
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """What was noted so far. A last line that was not written to its end is left out."""
        file = self.folder / "metrics.jsonl"
        whole = file.read_text("utf-8").split("\n")[:-1] if file.is_file() else []
        return [json.loads(line) for line in whole]

    def take_back(self, step: int) -> float:
        """Forget what was noted behind a step; the seconds that the run had taken by then."""
        kept = [line for line in self.lines() if line["step"] <= step]
        self._replace("metrics.jsonl", "".join(json.dumps(line) + "\n" for line in kept))
        return float(kept[-1]["seconds"]) if kept else 0.0

    def checkpoint(self) -> tuple[Path, int] | None:
        """The last one that was saved to its end, and its step."""
        found = sorted(self.checkpoints.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
        for folder in found:
            if all((folder / name).is_file() for name in _STATE) and (step := _step(folder / _STATE[0])) is not None:
                return folder, step
        return None

    def read(self, name: str) -> dict[str, Any]:
        """Raises RunError."""
        try:
            found = json.loads((self.folder / name).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.folder / name}: cannot be read ({error})") from error
        if not isinstance(found, dict):
            raise RunError(f"{self.folder / name}: expected an object, got {type(found).__name__}")
        return found

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        self._replace(name, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def _replace(self, name: str, text: str) -> None:
        beside = self.folder / f"{name}.part"
        beside.write_text(text, "utf-8")
        os.replace(beside, self.folder / name)

    def _checksum(self) -> str:
        try:
            return hashlib.sha256((self.folder / "scenes.jsonl").read_bytes()).hexdigest()
        except OSError as error:
            raise RunError(f"{self.folder / 'scenes.jsonl'}: cannot be read ({error})") from error


def _new_folder(out: Path, name: str) -> Path:
    for number in itertools.count(1):
        folder = out / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise RunError(f"{out}: expected a folder this program may write ({error})") from error
        else:
            return folder
    raise AssertionError("there is always another number")


def _step(file: Path) -> int | None:
    try:
        return int(json.loads(file.read_text("utf-8"))["global_step"])
    except (ValueError, LookupError, TypeError):
        return None


def counts(scenes: Sequence[Scene]) -> dict[str, Any]:
    """How many scenes and questions, and of what."""
    return {
        "scenes": len(scenes),
        "questions": sum(len(scene.asks) for scene in scenes),
        "by_kind": _counted([ask.kind for scene in scenes for ask in scene.asks]),
        "by_language": _counted([scene.language for scene in scenes for _ in scene.asks]),
        "by_shop": _counted([scene.shop for scene in scenes for _ in scene.asks]),
    }


def _counted(names: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def circumstances() -> dict[str, Any]:
    """The command, the commit where there is one, and the versions."""
    installed = {found.metadata["Name"] for found in importlib.metadata.distributions()}
    return {
        "command": shlex.join(["chatbot", *sys.argv[1:]]),
        "commit": commit(),
        "python": sys.version.split()[0],
        "versions": {name: importlib.metadata.version(name) for name in _PACKAGES if name in installed},
    }


def commit() -> str:
    """The commit of this program's source, with a + when the working tree differs; empty when it is not a checkout."""
    here = Path(__file__).resolve().parent
    try:
        asked = [["git", "rev-parse", "HEAD"], ["git", "status", "--porcelain", "--untracked-files=no"]]
        head, changes = (subprocess.run(words, cwd=here, capture_output=True, text=True, timeout=20, check=True).stdout for words in asked)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return head.strip() + ("+" if changes.strip() else "")
