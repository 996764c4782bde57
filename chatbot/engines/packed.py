"""Packed matrices kept in a file between starts: packing a model takes seconds, mapping the file hardly any.

One file for one model in one set of forms on one kind of processor; the name says which, and what has changed since has another name.
A file that cannot be read is made again, a folder that cannot be written to costs the packing at each start. Knows nothing of layers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from chatbot.engines.linear import MAKERS, PACKED, Form, FormName

LAYOUT = 1  # raised when a form is laid out otherwise


class PackedMatrices:
    """`home`: the file; None keeps nothing."""

    def __init__(self, home: Path | None = None) -> None:
        self._home = home
        self._file: Any = None
        self._names: frozenset[str] = frozenset()
        self._made: dict[str, Tensor] = {}
        if home is not None:
            with suppress(Exception):  # it is damaged, or not there yet
                self._file = safe_open(str(home), framework="pt")
                self._names = frozenset(self._file.keys())

    def form(self, name: FormName, matrix: str, weight: Callable[[], Tensor]) -> Form:
        """A matrix, called `matrix` in the file, in a form; `weight` gives its numbers where they have to be packed first."""
        if name not in PACKED:
            return MAKERS[name](weight())
        kind = PACKED[name]
        begin = f"{matrix}.{name}."
        parts = {each.removeprefix(begin): self._file.get_tensor(each) for each in self._names if each.startswith(begin)}
        if not parts:
            parts = kind.pack(weight())
            if self._home is not None:
                self._made |= {begin + part: tensor for part, tensor in parts.items()}
        return kind(**parts)

    def has(self, name: FormName, matrix: str) -> bool:
        """Whether the file has a matrix in this form."""
        return any(each.startswith(f"{matrix}.{name}.") for each in self._names)

    def save(self) -> None:
        """Write what had to be packed, with all the rest, and let older files of the same model go."""
        if self._home is None or not self._made:
            return
        everything = {name: self._file.get_tensor(name) for name in self._names} | self._made
        with suppress(OSError):
            self._home.parent.mkdir(parents=True, exist_ok=True)
            path = self._home.with_name(f"packing-{os.getpid()}-{self._home.name}")
            try:
                save_file({name: tensor.contiguous() for name, tensor in everything.items()}, path)
                os.replace(path, self._home)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            for older in self._home.parent.glob(self._home.name.rsplit("-", 1)[0] + "-*"):
                if older != self._home:
                    older.unlink(missing_ok=True)


def packed_file(cache: Path, folder: Path, sources: Sequence[Path], forms: Sequence[object]) -> Path:
    """Where the packed matrices of the model in `folder` are kept, made of the files `sources` in `forms`."""
    stats = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in sources]
    described = [LAYOUT, torch.__version__, torch.backends.cpu.get_cpu_capability(), stats, [str(form) for form in forms]]
    key = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:16]
    return cache / f"packed-{folder.name}-{key}.safetensors"
