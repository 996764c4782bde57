"""Vectors of the sets' texts, kept between runs: encoding the clothing reviews alone takes minutes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chatbot.sentiment.fitting import encoded
from chatbot.sentiment.head import Floats
from chatbot.settings import Settings
from chatbot.weights import minilm_folder
from knowledge_base.encoders import Encoder, MiniLMEncoder, UseEncoder

EVERYONE, ENGLISH = "use-multilingual-v3", "minilm-l6-v2"


class Vectors:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._encoders: dict[str, Encoder] = {}

    def of(self, name: str, texts: Sequence[str], encoder: str) -> Floats:
        """One row per text, in half precision on disk."""
        digest = hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:12]
        weights = f".{self._encoders[encoder].fingerprint[:12]}" if encoder not in (EVERYONE, ENGLISH) else ""
        file = self._folder / f"{name}.{encoder}{weights}.{digest}.npy"
        if not file.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            rows = encoded(texts, np.ones(len(texts), dtype=bool), self._encoder(encoder), print)
            np.save(file, rows.astype(np.float16))
        return np.asarray(np.load(file), dtype=np.float32)

    def know(self, encoder: Encoder) -> None:
        """One more encoder, by its name; its vectors are kept by its weights."""
        self._encoders[encoder.name] = encoder

    def _encoder(self, name: str) -> Encoder:
        if name not in self._encoders:
            self._encoders[name] = UseEncoder() if name == EVERYONE else MiniLMEncoder(minilm_folder(Settings()))
        return self._encoders[name]
