"""Vectors of texts beside the index, so that a start encodes nothing that an earlier one has encoded.

For each encoder a matrix and a record of it: the encoder's fingerprint, the hash of each row's text and the hash of the matrix. What
was made by other weights, is damaged or half written is not used and made again. Knows nothing of passages; holds at most `MOST` texts
of an encoder, the last ones. Safe for several threads; of two processes that write, the last one's files count.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoders import Encoder, Vectors

MOST = 20_000
_FORMAT = 1
_Rows = dict[str, NDArray[np.float32]]  # hash of the text → its vector
log = logging.getLogger(__name__)


class KeptVectors:
    """The vectors kept in `folder`, of at most `most` texts per encoder, `MOST` where that is not given."""

    def __init__(self, folder: Path, most: int | None = None) -> None:
        self._folder = folder
        self._most = most
        self._lock = threading.Lock()
        self._rows: dict[str, _Rows] = {}
        self._unsaved: dict[str, Encoder] = {}

    def vectors(self, texts: Sequence[str], encoder: Encoder) -> Vectors:
        """One unit row per text, of the role passage; only what is not kept is encoded."""
        if not texts:
            return np.zeros((0, encoder.dimension), dtype=np.float32)
        hashes = [_hash(text) for text in texts]
        with self._lock:
            rows = self._rows_of(encoder)
            found = {key: rows[key] for key in hashes if key in rows}
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in found}
        if missing:
            fresh = dict(zip(missing, encoder.encode(list(missing.values()), role="passage"), strict=True))
            found |= fresh
            self._learn(encoder, fresh)
        return np.stack([found[key] for key in hashes])

    def has(self, texts: Sequence[str], encoder: Encoder) -> bool:
        """Whether none of them would have to be encoded."""
        with self._lock:
            rows = self._rows_of(encoder)
            return all(_hash(text) in rows for text in texts)

    def _rows_of(self, encoder: Encoder) -> _Rows:
        if encoder.name not in self._rows:
            self._rows[encoder.name] = _read(self._folder, encoder)
        return self._rows[encoder.name]

    def _learn(self, encoder: Encoder, fresh: Mapping[str, NDArray[np.float32]]) -> None:
        with self._lock:
            rows = self._rows_of(encoder)
            rows.update(fresh)
            for key in list(rows)[: max(0, len(rows) - (self._most or MOST))]:
                del rows[key]
            self._unsaved[encoder.name] = encoder

    def save(self) -> None:
        """Write what is new. A disk that cannot be written costs the next start time, and nothing else."""
        with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
            kept = {name: dict(self._rows[name]) for name in unsaved}
        for name, encoder in unsaved.items():
            try:
                _write(self._folder, encoder, kept[name])
            except OSError as error:
                log.warning("vectors cannot be kept in %s: %s", self._folder, error)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _files(folder: Path, encoder: Encoder) -> tuple[Path, Path]:
    return folder / f"kept-{encoder.name}.f32", folder / f"kept-{encoder.name}.json"


def _read(folder: Path, encoder: Encoder) -> _Rows:
    """What is kept of this very encoder; nothing where a file is missing or is not what its record says."""
    matrix_file, record_file = _files(folder, encoder)
    try:
        record, data = json.loads(record_file.read_text("utf-8")), matrix_file.read_bytes()
        about = {"format": _FORMAT, "fingerprint": encoder.fingerprint, "dimension": encoder.dimension}
        if record["about"] != about or record["sha256"] != hashlib.sha256(data).hexdigest():
            return {}
        matrix = np.frombuffer(data, dtype="<f4").reshape(len(record["texts"]), encoder.dimension)
        return dict(zip(map(str, record["texts"]), matrix.astype(np.float32), strict=True))
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(folder: Path, encoder: Encoder, rows: _Rows) -> None:
    matrix_file, record_file = _files(folder, encoder)
    data = np.stack(list(rows.values())).astype("<f4").tobytes()
    about = {"format": _FORMAT, "fingerprint": encoder.fingerprint, "dimension": encoder.dimension}
    record = {"about": about, "sha256": hashlib.sha256(data).hexdigest(), "texts": list(rows)}
    for file, content in ((matrix_file, data), (record_file, json.dumps(record).encode())):
        aside = file.with_name(f"{file.name}.{os.getpid()}.part")
        aside.write_bytes(content)
        aside.replace(file)
