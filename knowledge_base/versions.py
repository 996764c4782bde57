"""Versions of an index on disk: one folder each, a manifest over every file, and a pointer that is switched atomically.

`<index>/versions/<n>/` holds files and `manifest.json` with the SHA-256 of each; `<index>/current.json` names the version that serves
and the SHA-256 of its manifest. A version is written aside, synced, renamed into place and only then pointed at, so a crash at any
moment leaves the old one serving. Nothing is handed out before its hash was checked; a large file once per process, since its bytes never
change and an amended version shares them through a hard link. Knows nothing of what the files mean.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge_base.errors import IndexUnusable

FORMAT = 3
REMEDY = "run `chatbot index build` to build it again"
_POINTER = "current.json"
_MANIFEST = "manifest.json"
_BUILDING = ".building"
_LARGE = 16 * 1024 * 1024  # bytes from which a file is hashed once per process

_Model = TypeVar("_Model", bound=BaseModel)


class VectorFile(BaseModel):
    """One FAISS file: which encoder made it and for the passages of which language. With a trained part also how many lists it has, how
    many are looked into, and the recall@10 that this had against exact search when it was built."""

    model_config = ConfigDict(frozen=True)
    file: str
    language: str
    encoder: str
    dimension: int
    fingerprint: str
    rows: int
    kind: str = "flat"
    lists: int = 0
    effort: int = 0
    recall: float = 1.0


class Manifest(BaseModel):
    """What a version is made of. `files` maps each file name to its SHA-256."""

    model_config = ConfigDict(frozen=True)
    format: int
    version: str
    built_at: str
    analyser: str
    content_hash: str
    vectors: tuple[VectorFile, ...]
    files: dict[str, str]
    amended: int = 0  # passages laid beside what was built whole, or gone from it


class _Pointer(BaseModel):
    version: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class Version:
    """A verified version. `hold` keeps its folder from being swept while it is read."""

    folder: Path
    manifest: Manifest
    hold: IO[bytes]

    def read(self, name: str) -> bytes:
        """The bytes of a file, checked against the manifest at this very read."""
        data = (self.folder / name).read_bytes()
        _compare(self.folder / name, hashlib.sha256(data).hexdigest(), self.manifest.files.get(name, ""))
        return data

    def close(self) -> None:
        self.hold.close()


def open_current(index_folder: Path, *, verified: bool = True) -> Version:
    """The version that serves, every file of it verified, or only its manifest (for who links to its files and leaves the verifying to
    whoever reads them). Raises IndexUnusable."""
    for _attempt in range(3):  # a build may sweep the version between reading the pointer and holding it
        pointer = _read_pointer(index_folder)
        folder = index_folder / "versions" / pointer.version
        try:
            hold = (folder / _MANIFEST).open("rb")
            fcntl.flock(hold, fcntl.LOCK_SH)
            return _verified(folder, hold, pointer, files=verified)
        except FileNotFoundError as error:
            missing = error.filename
        except OSError as error:
            raise IndexUnusable(f"{error.filename or folder}: cannot be read ({error.strerror}); {REMEDY}") from error
    raise IndexUnusable(f"{missing}: a file of the index is missing; {REMEDY}")


def lanes_of(index_folder: Path) -> tuple[VectorFile, ...]:
    """The vector files of the version that serves, as its manifest tells them. Raises IndexUnusable."""
    version = open_current(index_folder, verified=False)
    version.close()
    return version.manifest.vectors


def current_name(index_folder: Path) -> str:
    """The name of the version the pointer names, or "" where there is none that can be read."""
    try:
        return _read_pointer(index_folder).version
    except IndexUnusable:
        return ""


def _verified(folder: Path, hold: IO[bytes], pointer: _Pointer, *, files: bool) -> Version:
    try:
        raw = hold.read()
        if hashlib.sha256(raw).hexdigest() != pointer.manifest_sha256:
            raise IndexUnusable(f"{folder / _MANIFEST}: is not the manifest that was written; {REMEDY}")
        manifest = _parse(Manifest, raw, folder / _MANIFEST)
        if manifest.format != FORMAT:
            raise IndexUnusable(f"{folder}: written in format {manifest.format}, this program reads format {FORMAT}; {REMEDY}")
        for name, digest in manifest.files.items() if files else ():
            _compare(folder / name, _digest_of(folder / name), digest)
    except BaseException:
        hold.close()
        raise
    return Version(folder, manifest, hold)


def _read_pointer(index_folder: Path) -> _Pointer:
    path = index_folder / _POINTER
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise IndexUnusable(f"{index_folder}: no index here ({_POINTER} cannot be read); {REMEDY}") from error
    pointer = _parse(_Pointer, raw, path)
    if not pointer.version.isalnum():
        raise IndexUnusable(f"{path}: names an impossible version {pointer.version!r}; {REMEDY}")
    return pointer


def _parse(model: type[_Model], raw: bytes, path: Path) -> _Model:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise IndexUnusable(f"{path}: damaged, {error.error_count()} fields cannot be read; {REMEDY}") from error


def _compare(path: Path, found: str, written: str) -> None:
    if found != written:
        raise IndexUnusable(f"{path}: damaged, its contents are not what was written; {REMEDY}")


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        state = os.fstat(file.fileno())
        if state.st_size < _LARGE:
            return hashlib.file_digest(file, "sha256").hexdigest()
    same = _Same(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
    if same not in _digests():
        with path.open("rb") as file:
            _digests()[same] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests()[same]


class _Same(NamedTuple):
    """What makes a file the same file, whatever it is called: hard links share it."""

    device: int
    inode: int
    size: int
    changed: int


@lru_cache(maxsize=1)
def _digests() -> dict[_Same, str]:
    """The large files that this process has hashed."""
    return {}


@contextmanager
def building(index_folder: Path) -> Iterator[Path]:
    """An empty folder to write the next version into; only one build at a time. Whatever is left of it at the end is removed."""
    (index_folder / "versions").mkdir(parents=True, exist_ok=True)
    with (index_folder / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexUnusable(f"{index_folder}: another build is running; wait until it has finished") from error
        folder = index_folder / "versions" / _BUILDING
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def publish(index_folder: Path, built: Path, facts: Mapping[str, Any], linked: Mapping[str, str] | None = None) -> Manifest:
    """Seal the folder `built` with a manifest, move it into place, point at it and sweep versions nobody reads. `linked` are files that
    another version has synced and sealed already, with their SHA-256."""
    versions = index_folder / "versions"
    name = str(1 + max((int(path.name) for path in versions.iterdir() if path.name.isdigit()), default=0))
    sealed = linked or {}
    files = {path.name: sealed.get(path.name) or _synced_digest(path) for path in sorted(built.iterdir())}
    manifest = Manifest(format=FORMAT, version=name, files=files, **facts)
    raw = manifest.model_dump_json(indent=1).encode()
    _write_synced(built / _MANIFEST, raw)
    _sync_folder(built)
    built.rename(versions / name)
    _sync_folder(versions)
    _switch(index_folder, _Pointer(version=name, manifest_sha256=hashlib.sha256(raw).hexdigest()))
    _sweep(index_folder, keep=name)
    return manifest


def _switch(index_folder: Path, pointer: _Pointer) -> None:
    aside = index_folder / (_POINTER + ".new")
    _write_synced(aside, json.dumps(pointer.model_dump()).encode())
    aside.replace(index_folder / _POINTER)
    _sync_folder(index_folder)


def _sweep(index_folder: Path, keep: str) -> None:
    for folder in (index_folder / "versions").iterdir():
        if folder.name not in (keep, _BUILDING) and not _in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _in_use(folder: Path) -> bool:
    try:
        with (folder / _MANIFEST).open("rb") as hold:
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _synced_digest(path: Path) -> str:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
