"""Which trained model is live: `<data>/models/live.json`, written by `chatbot models promote` and followed by running servers.

It names a base model, an adapter's folder or none, and the checksum of every file of weights that was trained; what was live before is its
history, the latest first. Knows files, not engines. Invariants: the file is replaced as a whole or not at all; a model whose files are
missing or altered is never said to be live.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from chatbot.errors import ChatbotError
from chatbot.settings import Settings
from chatbot.weights import NO_ADAPTER

_REMEMBERED = 20  # models of the history


class PromotionError(ChatbotError):
    """A model that cannot be made live, or a live.json that cannot be followed; the message names the file and what was expected."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """`model` is a name as `chatbot.weights.fetch` takes it, or the folder of a whole model; `adapter` a folder, or empty for a whole
    model. `sha256` is of the trained files, by name. `figures` are those it was promoted with."""

    name: str
    model: str
    adapter: str
    sha256: Mapping[str, str]
    when: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the trained files are."""
        return Path(self.adapter or self.model)

    def settings(self, settings: Settings) -> Settings:
        """The settings with this model in the place of theirs."""
        return settings.model_copy(update={"engine": "local", "model": self.model, "adapter": self.adapter or NO_ADAPTER})


def live_file(data: Path) -> Path:
    return data / "models" / "live.json"


def candidate(run: Path) -> Promoted:
    """What a run's folder, or an adapter's or a model's own, has to promote. Raises PromotionError."""
    run = run.expanduser().resolve()
    for folder in (run / "adapter", run):
        if (folder / "adapter_config.json").is_file():
            return Promoted(run.name, _base_of(folder), str(folder), _checksums(folder))
    for folder in (run / "model", run):
        if (folder / "config.json").is_file():
            return Promoted(run.name, str(folder), "", _checksums(folder))
    raise PromotionError(f"{run}: expected the folder of a finished training run, with an adapter or a model in it")


def read_live(data: Path) -> Promoted | None:
    """What live.json names; None where there is none, and then the settings' model is live. Raises PromotionError."""
    found = _read(data)
    return found[0] if found else None


def check(promoted: Promoted) -> None:
    """Read every trained file again. Raises PromotionError when one is missing, altered or new. Takes a second for half a gigabyte."""
    found = _checksums(promoted.folder)
    for name, wanted in promoted.sha256.items():
        if found.get(name) != wanted:
            raise PromotionError(f"{promoted.folder / name}: expected sha256 {wanted}, but it is {found.get(name, 'missing')}")
    if more := sorted(set(found) - set(promoted.sha256)):
        raise PromotionError(f"{promoted.folder}: expected {', '.join(sorted(promoted.sha256))}, but there is also {', '.join(more)}")


def promote(data: Path, promoted: Promoted, figures: Mapping[str, Any]) -> Promoted:
    """Make it live; what was live becomes the first of the history. Raises PromotionError when its files are not as they were."""
    check(promoted)
    stamped = Promoted(
        promoted.name, promoted.model, promoted.adapter, promoted.sha256, datetime.now(UTC).isoformat(timespec="seconds"), figures
    )
    with _locked(data):
        _write(data, [stamped, *_known(data)])
    return stamped


def roll_back(data: Path) -> tuple[Promoted | None, list[str]]:
    """Make live what was live before, None being the model of the settings; and why some of the history had to be passed over.

    Raises PromotionError when nothing is live that one could go back from.
    """
    with _locked(data):
        known = _read(data)
        if not known:
            raise PromotionError(f"{live_file(data)}: expected a promoted model to go back from, but none is")
        unusable = []
        for place, earlier in enumerate(known[1:], start=1):
            try:
                check(earlier)
            except PromotionError as error:
                unusable.append(str(error))
            else:
                _write(data, known[place:])
                return earlier, unusable
        live_file(data).unlink()
        return None, unusable


def worse(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether a smaller share of the facts is right. Both are summaries as `chatbot.training.compare.score` gives them."""
    shares = [found["facts_right"] for found in (new, old)]
    if not all(share["total"] for share in shares):
        raise PromotionError("expected questions about facts in the evaluation, got none; name a file with --questions")
    mine, theirs = shares
    return bool(mine["count"] * theirs["total"] < theirs["count"] * mine["total"])


def _known(data: Path) -> list[Promoted]:
    """What is live and what was; nothing where the file is damaged, which a promotion mends."""
    try:
        return _read(data)
    except PromotionError:
        return []


def _read(data: Path) -> list[Promoted]:
    file = live_file(data)
    try:
        given = json.loads(file.read_text("utf-8"))
        return [_promoted(one) for one in (given, *given["history"])]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, LookupError) as error:
        what = f"{type(error).__name__}: {error}"
        raise PromotionError(f"{file}: cannot be followed ({what}); `chatbot models promote` writes it anew") from error


def _promoted(given: Mapping[str, Any]) -> Promoted:
    texts = [given[name] for name in ("name", "model", "adapter", "when")]
    sha256 = given["sha256"]
    if not all(isinstance(text, str) for text in (*texts, *sha256, *sha256.values())) or not given["model"] or not sha256:
        raise ValueError("expected texts in name, model, adapter, when and sha256")
    return Promoted(given["name"], given["model"], given["adapter"], sha256, given["when"], given["figures"])


def _write(data: Path, models: Sequence[Promoted]) -> None:
    file = live_file(data)
    content = asdict(models[0]) | {"history": [asdict(one) for one in models[1 : 1 + _REMEMBERED]]}
    beside = file.with_suffix(".part")
    with beside.open("w", encoding="utf-8") as opened:
        opened.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    os.replace(beside, file)


def _locked(data: Path) -> FileLock:
    file = live_file(data)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PromotionError(f"{file.parent}: expected a folder this program may write, got {error}") from error
    return FileLock(f"{file}.lock")


def _base_of(folder: Path) -> str:
    file = folder / "adapter_config.json"
    try:
        base = json.loads(file.read_text("utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise PromotionError(f"{file}: expected base_model_name_or_path in it ({error})") from error
    if not isinstance(base, str) or not base:
        raise PromotionError(f"{file}: expected base_model_name_or_path to name a model, got {base!r}")
    return base


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise PromotionError(f"{folder}: expected weights in *.safetensors, got none")
    found = {}
    for file in files:
        with file.open("rb") as opened:
            found[file.name] = hashlib.file_digest(opened, "sha256").hexdigest()
    return found
