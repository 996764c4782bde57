"""Many passages out of few real rows, for measuring the index at size: texts, and an encoder that gives them vectors.

The rows are products of the Chorus/Icecat catalogue. The titles of `distinct` of them are encoded for real, once, and kept in a folder;
200 further ones are held out, to be asked for. Passage n is a product made from row n mod distinct: a tenth of the words of its title are
left out and some change places, it has a brand, up to eight real attributes, a colour and a model number of its own, so no two texts are
alike. Its vector is the row's real one, plus 0.2 to 0.6 of another real row's, plus noise of length 0.2 in all directions, scaled to
length 1: neighbours lie at cosines of about 0.6 to 0.9, as those of real titles do. A product without a description is one passage with
one vector.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.catalog import Document, Product, Variant
from knowledge_base.encoders import Encoder, Encoders, Role, Vectors, unit
from knowledge_base.passages import product_document

HELD_OUT = 200
_SEED = 1
_TITLE = 160
_ATTRIBUTES = 8
_COLOURS = ("Black", "White", "Silver", "Blue", "Red", "Grey", "Green", "Graphite", "Rose", "Navy")
_NUMBER = re.compile(r"\bZX(\d{8})\b")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Real rows with the vectors of their titles; questions (held-out titles and real searches) with theirs."""

    rows: list[dict[str, Any]]
    vectors: Vectors
    questions: list[str]
    asked: Vectors


def catalogue_of(data: Path, distinct: int, encoder: Encoder, cache: Path) -> Catalogue:
    """Read `data` (icecat_products.jsonl.gz and Broad_Query_Set_rated.csv) and encode what the cache has not."""
    with gzip.open(data / "icecat_products.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    random.Random(_SEED).shuffle(rows)
    distinct = min(distinct, len(rows) - HELD_OUT)
    with (data / "Broad_Query_Set_rated.csv").open(encoding="utf-8", newline="") as file:
        searches = sorted({row["query"] for row in csv.DictReader(file)})
    questions = searches + [title_of(row) for row in rows[-HELD_OUT:]]
    vectors = _kept(cache, encoder, [title_of(row) for row in rows[:distinct]])
    return Catalogue(rows[:distinct], vectors, questions, _kept(cache, encoder, questions))


def title_of(row: dict[str, Any]) -> str:
    """What of a row is encoded."""
    return str(row["title"])[:_TITLE]


def _kept(cache: Path, encoder: Encoder, texts: Sequence[str]) -> Vectors:
    path = cache / (hashlib.sha256("\n".join([encoder.fingerprint, *texts]).encode()).hexdigest()[:16] + ".npy")
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, encoder.encode(texts, role="passage"))
    return np.asarray(np.load(path), dtype=np.float32)


def documents(catalogue: Catalogue, numbers: range) -> Iterator[Document]:
    """One product a number, made as it is asked for."""
    for number in numbers:
        product = product_of(catalogue, number)
        yield product_document(product, f"product:{product.id}")


def product_of(catalogue: Catalogue, number: int) -> Product:
    """Passage `number` as a product."""
    chance = random.Random(number)
    row = catalogue.rows[number % len(catalogue.rows)]
    words = [word for word in title_of(row).split() if chance.random() > 0.1]
    if len(words) > 3:
        place = chance.randrange(len(words) - 1)
        words[place], words[place + 1] = words[place + 1], words[place]
    stated = [(name[7:].replace("_", " ").strip(), str(value)) for name, value in row.items() if name.startswith("attr_t_")]
    attributes = (*chance.sample(stated, min(_ATTRIBUTES, len(stated))), ("colour", chance.choice(_COLOURS)))
    title = f"{' '.join(words)} ZX{number:08d}"
    variant = Variant(f"v{number}", sku=f"ZX{number:08d}")
    return Product(f"p{number}", title, "en", (variant,), brand=str(row.get("supplier") or ""), attributes=attributes)


class MadeEncoder:
    """Vectors for made texts, by the model number in them, and for the questions, by their words."""

    name = "made"

    def __init__(self, catalogue: Catalogue) -> None:
        self._vectors = catalogue.vectors
        self._asked = dict(zip(catalogue.questions, catalogue.asked, strict=True))
        self.dimension = int(catalogue.vectors.shape[1])
        self.fingerprint = hashlib.sha256(catalogue.vectors.tobytes()).hexdigest()

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        if role == "query":
            return np.stack([self._asked[text] for text in texts])
        numbers = [int(found[1]) for text in texts if (found := _NUMBER.search(text))]
        return unit(np.stack([self._made(number) for number in numbers]))

    def _made(self, number: int) -> Vectors:
        chance = np.random.default_rng((_SEED, number))
        noise = chance.standard_normal(self.dimension, dtype=np.float32) * np.float32(0.2 / self.dimension**0.5)
        other = self._vectors[chance.integers(len(self._vectors))]
        made: Vectors = self._vectors[number % len(self._vectors)] + np.float32(chance.uniform(0.2, 0.6)) * other + noise
        return made


def encoders_of(encoder: Encoder) -> Encoders:
    """One encoder for everything."""
    return lambda _language: encoder
