"""What was learned, as a folder: the log and its sums in one file of plain arrays, the ranker, and what the fit measured.

A new fit is written beside the old one and switched to by one rename, so that a reader finds the one or the other whole. Nothing in it
names a person: shoppers are hashes by a key that is made here and kept beside.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from chatbot.recommend.counts import Counts
from chatbot.recommend.purchases import Floats, Purchases
from chatbot.recommend.ranker import Ranker
from knowledge_base.errors import IndexUnusable

SHIPPED = Path(__file__).resolve().parent / "shipped"
_FORMAT = 1
_FILE, _KEY, _REPORT = "learned.safetensors", "key", "report.json"
_SPARSE = ("together", "after")
_DENSE = ("bought", "recent", "carts", "again")


@dataclass(frozen=True, slots=True)
class Fitted:
    """`ranker` is None where there was too little to learn one from; then the shipped one weighs. `report` is what the fit measured, and
    `arrived` the place of the last order that arrived one by one and is in the log (see `arrivals`)."""

    log: Purchases
    counts: Counts
    vectors: Floats
    ranker: Ranker | None
    report: Mapping[str, Any]
    arrived: int = 0


def shipped(name: str) -> Ranker:
    """`warm` weighs where there are orders, `cold` where there are none."""
    return Ranker.read(SHIPPED / f"{name}.json")


def key_of(folder: Path) -> bytes:
    """The key by which shoppers are hashed; made at the first call."""
    path = folder / _KEY
    folder.mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        fresh = folder / f"{_KEY}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):  # a server and a fit may both make one; the first holds
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes()


def version_of(folder: Path) -> int:
    """A number that changes with every fit; 0 where there is none."""
    try:
        return (folder / _FILE).stat().st_mtime_ns
    except OSError:
        return 0


def write(folder: Path, fitted: Fitted) -> None:
    """Put it in place of what the folder holds."""
    log, counts = fitted.log, fitted.counts
    texts = {"products": log.products, "shoppers": log.shoppers, "names": log.names, "report": fitted.report, "format": _FORMAT}
    texts["arrived"] = fitted.arrived
    texts["ranker"] = fitted.ranker.plain() if fitted.ranker is not None else None
    arrays: dict[str, Any] = {"who": log.who, "moments": log.moments, "starts": log.starts, "items": log.items}
    arrays |= {name: getattr(counts, name) for name in _DENSE} | {"as_of": np.array([counts.as_of]), "vectors": fitted.vectors}
    for name in _SPARSE:
        matrix = getattr(counts, name)
        arrays |= {f"{name}_data": matrix.data, f"{name}_indices": matrix.indices, f"{name}_indptr": matrix.indptr}
    arrays["texts"] = np.frombuffer(json.dumps(texts, ensure_ascii=False).encode(), dtype=np.uint8)
    fresh = folder / f"{_FILE}.new"
    with fresh.open("wb") as file:
        file.write(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))
        file.flush()
        os.fsync(file.fileno())
    (folder / _REPORT).write_text(json.dumps(fitted.report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(folder / _FILE)


def read(folder: Path) -> Fitted | None:
    """What the folder holds; None where nothing was fitted. Raises IndexUnusable for a file that is damaged or of another format."""
    path = folder / _FILE
    if not path.is_file():
        return None
    try:
        return _fitted(load(path.read_bytes()), path)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise IndexUnusable(f"{path}: cannot be read ({error}); run `chatbot recommend fit --fresh`") from error


def _fitted(arrays: Mapping[str, NDArray[Any]], path: Path) -> Fitted:
    texts = json.loads(arrays["texts"].tobytes().decode())
    if texts["format"] != _FORMAT:
        raise ValueError(f"expected format {_FORMAT}, got {texts['format']}")
    size = len(texts["products"])
    matrices = {
        name: sparse.csr_matrix((arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"]), shape=(size, size))
        for name in _SPARSE
    }
    products, shoppers, names = (tuple(texts[name]) for name in ("products", "shoppers", "names"))
    counts = Counts(as_of=float(arrays["as_of"][0]), **matrices, **{name: arrays[name] for name in _DENSE})
    log = Purchases(products, shoppers, arrays["who"], arrays["moments"], arrays["starts"], arrays["items"], names)
    ranker = _ranker(texts["ranker"], path)
    return Fitted(log, counts, arrays["vectors"], ranker, texts["report"], int(texts.get("arrived", 0)))


def _ranker(said: dict[str, Any] | None, path: Path) -> Ranker | None:
    return None if said is None else Ranker.of_plain(said, str(path))
