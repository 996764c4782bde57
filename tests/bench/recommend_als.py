"""The child process of the ALS peer: tunes `implicit` on the tuning period and writes its ten products for each customer that tests.

    python recommend_als.py FOLDER      with FOLDER/in.npz; writes FOLDER/out.json

Runs in the peer's own environment and imports nothing of this program.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy.sparse as sparse

FACTORS, REGULARIZATIONS, ALPHAS = (32, 64, 128), (0.1, 1.0, 10.0), (1.0, 10.0, 40.0)
TOP = 10


def main(folder: Path) -> None:
    with np.load(folder / "in.npz") as file:
        arrays = {name: file[name] for name in file.files}
    tuning, testing = matrix(arrays, "tuning"), matrix(arrays, "testing")
    tried: dict[str, list[tuple[float, tuple[int, float, float]]]] = {"all": [], "new": []}
    for settings in itertools.product(FACTORS, REGULARIZATIONS, ALPHAS):
        model = fitted(tuning, settings)
        for name in tried:
            tried[name].append((ndcg(lists(model, tuning, arrays["tuning_users"], name == "new"), tuning, arrays, name == "new"), settings))
    out = {}
    for name, results in tried.items():
        best, settings = max(results)
        shown = lists(fitted(testing, settings), testing, arrays["testing_users"], name == "new")
        out[name] = {"settings": {"factors": settings[0], "regularization": settings[1], "alpha": settings[2], "tuning_ndcg": best}}
        out[name]["lists"] = shown
    (folder / "out.json").write_text(json.dumps(out))


def matrix(arrays: dict[str, Any], name: str) -> sparse.csr_matrix:
    parts = (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"])
    return sparse.csr_matrix(parts, shape=tuple(arrays["shape"]))


def fitted(counts: sparse.csr_matrix, settings: tuple[int, float, float]) -> Any:
    from implicit.als import AlternatingLeastSquares

    factors, regularization, alpha = settings
    model = AlternatingLeastSquares(
        factors=factors, regularization=regularization, alpha=alpha, iterations=15, random_state=1, num_threads=1
    )
    model.fit(counts, show_progress=False)
    return model


def lists(model: Any, counts: sparse.csr_matrix, users: Any, new: bool) -> list[list[int]]:
    ids, _ = model.recommend(users, counts[users], N=TOP, filter_already_liked_items=new)
    return ids.tolist()


def ndcg(shown: list[list[int]], counts: sparse.csr_matrix, arrays: dict[str, Any], new: bool) -> float:
    ends = np.cumsum(arrays["tuning_sizes"])
    gains = []
    for user, row, end, size in zip(arrays["tuning_users"], shown, ends, arrays["tuning_sizes"], strict=True):
        wanted = set(arrays["tuning_wanted"][end - size : end].tolist())
        if new:
            wanted -= set(counts.indices[counts.indptr[user] : counts.indptr[user + 1]].tolist())
        if wanted:
            ideal = (1 / np.log2(np.arange(min(TOP, len(wanted))) + 2)).sum()
            gains.append(sum(1 / np.log2(place + 2) for place, product in enumerate(row) if product in wanted) / ideal)
    return float(np.mean(gains))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
