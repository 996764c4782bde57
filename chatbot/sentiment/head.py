"""The trained head: a linear judge over a text's features and its encoded vectors, whose verdict is a calibrated probability.

logit = c + a·(sum of the features' weights / √number of features) + Σ b_e·(w_e · vector of encoder e + bias_e), per language, where a, b
and c are Platt scaling (Platt 1999) over the parts, fitted on reviews of trades that the parts had not seen (`fit`). One file of
safetensors holds it all: the features' table in eight bits with one scale, the vectors' weights, and the settings as JSON. Knows no
encoder and no reviews."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import WeightsError
from chatbot.sentiment.ngrams import BITS, Gram, buckets, grams, places

SHIPPED = Path(__file__).parent / "head"
FILE = "head.safetensors"
TUNED, TUNED_NAME = "encoder", "tuned-on-reviews"  # the folder beside it, where an encoder was tuned for the head, and that encoder's name
_FORMAT = "review-sentiment-1"
_STEEPEST = 30.0  # a logit further out than this is no surer
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Blend:
    """How the parts are weighed for one language: `grams` and, by encoder's name, `vectors`; `bias` is added."""

    grams: float
    vectors: Mapping[str, float]
    bias: float


@dataclass(frozen=True, slots=True)
class Head:
    """`table` has a weight per feature, `vectors` per encoder its weights and bias, `blends` per language and set of encoders a Blend.

    `cut`: from this probability of praise on a review counts as praising."""

    table: NDArray[np.int8]
    scale: float
    vectors: Mapping[str, tuple[Floats, float]]
    blends: Mapping[str, Blend]
    cut: float = 0.5

    def gram_score(self, text: str) -> float:
        found = buckets(text)
        return self.scale * float(self.table[found].sum(dtype=np.int32)) / float(np.sqrt(len(found))) if found else 0.0

    def vector_scores(self, rows: Floats, encoder: str) -> Floats:
        weights, bias = self.vectors[encoder]
        return np.asarray(rows @ weights + bias, dtype=np.float32)

    def probabilities(self, texts: Sequence[str], rows: Mapping[str, Floats], language: str) -> Floats:
        """The probability of praise of each text, shape [len(texts)]; `rows` by encoder's name, [len(texts), its dimension]."""
        blend = self.blend(language, rows)
        logits = np.full(len(texts), blend.bias, dtype=np.float64)
        logits += blend.grams * np.array([self.gram_score(text) for text in texts], dtype=np.float64)
        for encoder, weight in blend.vectors.items():
            logits += weight * self.vector_scores(rows[encoder], encoder)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -_STEEPEST, _STEEPEST))), dtype=np.float32)

    def blend(self, language: str, encoders: Collection[str]) -> Blend:
        """That of the language with as many of these encoders as it was fitted with; of an unknown language that of English, else of one
        that was fitted. Raises KeyError for encoders never fitted."""
        fitted = sorted(key.partition(" ")[0] for key in self.blends)
        for spoken in (language, "zh" if language == "zh" else "en", *fitted):
            usable = [blend for key, blend in self.blends.items() if key.split()[0] == spoken and set(blend.vectors) <= set(encoders)]
            if usable:
                return max(usable, key=lambda blend: len(blend.vectors))
        raise KeyError(f"no blend for {sorted(encoders)}")

    def telling(self, text: str) -> list[tuple[Gram, float]]:
        """Each feature of the text with what it adds to the verdict, positive for praise; of one that occurs twice both places."""
        found = grams(text)
        weights = (self.scale * self.table[places(text)]).tolist() if found else []
        return list(zip(found, weights, strict=True))

    def save(self, folder: Path) -> None:
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, NDArray[Any]] = {"grams": self.table}
        tensors |= {f"vectors.{name}": weights for name, (weights, _) in self.vectors.items()}
        about = {
            "format": _FORMAT,
            "bits": BITS,
            "scale": self.scale,
            "cut": self.cut,
            "biases": {name: bias for name, (_, bias) in self.vectors.items()},
            "blends": {key: [blend.grams, dict(blend.vectors), blend.bias] for key, blend in self.blends.items()},
        }
        save_file(tensors, str(folder / FILE), {"about": json.dumps(about)})


def key_of(language: str, encoders: Sequence[str]) -> str:
    return " ".join([language, *sorted(encoders)])


def load_head(folder: Path = SHIPPED) -> Head:
    """Raises WeightsError when the folder has no head that this program reads."""
    file = folder / FILE
    try:
        changed = file.stat().st_mtime_ns
    except OSError as error:
        raise WeightsError(f"{file}: expected the head that `chatbot sentiment fit` writes, got no such file") from error
    return _load(file, changed)


@lru_cache(maxsize=4)
def _load(file: Path, _changed: int) -> Head:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(file), "numpy") as opened:
            about = json.loads((opened.metadata() or {}).get("about", "{}"))
            if about.get("format") != _FORMAT or about.get("bits") != BITS:
                raise WeightsError(f"{file}: expected a head of the format {_FORMAT} with {BITS} bits, got {about.get('format')!r}")
            vectors = {name: (opened.get_tensor(f"vectors.{name}"), float(bias)) for name, bias in about["biases"].items()}
            blends = {
                key: Blend(float(a), {name: float(b) for name, b in by.items()}, float(c)) for key, (a, by, c) in about["blends"].items()
            }
            return Head(opened.get_tensor("grams"), float(about["scale"]), vectors, blends, float(about["cut"]))
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise WeightsError(f"{file}: expected a head as `chatbot sentiment fit` writes it, got a damaged file ({error})") from error
