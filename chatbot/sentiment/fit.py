"""Training a head: which features and which directions of the encoders' vectors go with praise, and how sure a verdict may be.

The parts are logistic regressions: over the features, scaled by their naive-Bayes log-count ratio (NB-SVM, Wang & Manning 2012) and normed,
and over each encoder's vectors. Their blend and calibration are fitted on scores of reviews whose group (their trade) the parts had not
seen in training, because a head is used on shops that it never saw; with groups drawn by chance the same code makes a head for one trade.
Knows numbers and texts; where they come from is the caller's. The same examples and seed give the same head.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.sentiment.head import Blend, Floats, Head, key_of
from chatbot.sentiment.ngrams import BITS, buckets

Flags = NDArray[np.bool_]
Told = Callable[[str], None]
_RARE = 2  # a feature of fewer reviews is not learned
_GRAM_C, _VECTOR_C = 4.0, 3.0
_LEVELS = 127
ALWAYS = -1  # the group of examples that are always trained on and neither blended nor calibrated on


@dataclass(frozen=True, slots=True)
class Examples:
    """Reviews with verdicts: `praises`, `languages` and `groups` have one entry per text, `vectors` per encoder one row.

    A row of zeros says that this encoder does not read the text's language. `weights`: how much each counts.
    `balanced`: praise and complaint count alike however many there are of each, as a head needs that does not know the next shop.
    `directions`: weights and bias of vectors whose encoder was tuned to judge, on the examples of group ALWAYS alone."""

    texts: Sequence[str]
    praises: Flags
    languages: Sequence[str]
    groups: NDArray[np.int64]
    vectors: Mapping[str, Floats]
    weights: Floats
    balanced: bool = True
    directions: Mapping[str, tuple[Floats, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the parts say of every text, by name ("grams" or an encoder's), shape [number of texts]."""

    table: Floats
    vectors: Mapping[str, tuple[Floats, float]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The head, and for every example the probability of praise by parts that had not seen its group."""

    head: Head
    unseen: Floats


def fit(examples: Examples, tell: Told = lambda _: None) -> Fitted:
    """A head for these examples. Raises ValueError where there is no praise or no complaint among them."""
    if examples.praises.all() or not examples.praises.any():
        raise ValueError("expected reviews that praise and reviews that complain, got one kind alone")
    matrix = matrix_of(examples.texts)
    unseen = {name: np.zeros(len(examples.texts), dtype=np.float64) for name in ("grams", *examples.vectors)}
    for group in np.unique(examples.groups[examples.groups != ALWAYS]):
        tell(f"without group {group}")
        there = examples.groups == group
        for name, scores in _scores(_fit_parts(examples, matrix, ~there), matrix, examples, there).items():
            unseen[name][there] = scores
    tell("with all")
    parts = _fit_parts(examples, matrix, np.ones(len(examples.texts), dtype=bool))
    top = float(np.abs(parts.table).max()) or 1.0
    table = np.round(parts.table / top * _LEVELS).astype(np.int8)
    head = Head(table, top / _LEVELS, parts.vectors, _blends(examples, unseen))
    return Fitted(head, _blended(head, examples, unseen))


def matrix_of(texts: Sequence[str]) -> Any:
    """Which features each text has: a sparse matrix of ones, [len(texts), 2^BITS]."""
    from scipy.sparse import csr_matrix

    places, ends = [], [0]
    for text in texts:
        places += buckets(text)
        ends.append(len(places))
    return csr_matrix((np.ones(len(places), dtype=np.float32), np.array(places), np.array(ends)), shape=(len(texts), 1 << BITS))


def _fit_parts(examples: Examples, matrix: Any, use: Flags) -> _Parts:
    praises, weights = examples.praises[use], examples.weights[use]
    vectors = dict(examples.directions)
    for name, rows in examples.vectors.items():
        if name in vectors:
            continue
        reads = np.abs(rows[use]).sum(axis=1) > 0
        vectors[name] = _regression(rows[use][reads], praises[reads], weights[reads], _VECTOR_C)
    return _Parts(_gram_weights(matrix[use], praises, weights), vectors)


def _gram_weights(matrix: Any, praises: Flags, weights: Floats) -> Floats:
    """One weight per feature; a text's score is their sum over the root of their number."""
    from scipy.sparse import diags

    ratio = _log_ratio(matrix, praises)
    lengths = np.sqrt(np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1.0))
    used = np.flatnonzero(ratio)
    scaled = (diags(1.0 / lengths) @ matrix[:, used]).multiply(ratio[used]).tocsr()
    direction, _ = _regression(scaled, praises, weights, _GRAM_C)
    table = np.zeros(1 << BITS, dtype=np.float32)
    table[used] = direction * ratio[used]
    return table


def _log_ratio(matrix: Any, praises: Flags) -> Floats:
    """log of how much likelier a feature is in praise than in complaint, one count added; 0 for a rare one."""
    here, there = (1.0 + np.asarray(matrix[mask].sum(axis=0)).ravel() for mask in (praises, ~praises))
    ratio = np.log((here / here.sum()) / (there / there.sum()))
    return np.asarray(np.where(here + there - 2.0 >= _RARE, ratio, 0.0), dtype=np.float32)


def _regression(rows: Any, praises: Flags, weights: Floats, strength: float, *, balanced: bool = True) -> tuple[Floats, float]:
    """Weights and bias of a logistic regression; `balanced`: praise and complaint count alike."""
    from sklearn.linear_model import LogisticRegression

    sparse = not isinstance(rows, np.ndarray)
    model = LogisticRegression(
        C=strength, solver="liblinear" if sparse else "lbfgs", class_weight="balanced" if balanced else None, max_iter=400, random_state=0
    )
    model.fit(rows, praises, sample_weight=weights)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _scores(parts: _Parts, matrix: Any, examples: Examples, use: Flags) -> dict[str, NDArray[np.float64]]:
    some = matrix[use]
    lengths = np.sqrt(np.maximum(np.asarray(some.sum(axis=1)).ravel(), 1.0))
    scores = {"grams": np.asarray(some @ parts.table, dtype=np.float64) / lengths}
    return scores | {name: examples.vectors[name][use] @ weights + bias for name, (weights, bias) in parts.vectors.items()}


def _blends(examples: Examples, unseen: Mapping[str, NDArray[np.float64]]) -> dict[str, Blend]:
    """Per language: with each choice of the encoders that read it, none of them included."""
    languages = np.array(examples.languages)
    blends = {}
    for language in sorted(set(examples.languages)):
        there = (languages == language) & (examples.groups != ALWAYS)
        if not examples.praises[there].any() or examples.praises[there].all():
            continue  # too little to be weighed with: another language's blend stands in
        readers = sorted(name for name, rows in examples.vectors.items() if np.abs(rows[there]).sum() > 0)
        for encoders in (some for count in range(len(readers) + 1) for some in combinations(readers, count)):
            blends[key_of(language, encoders)] = _blend(examples, unseen, there, encoders)
    return blends


def _blended(head: Head, examples: Examples, unseen: Mapping[str, NDArray[np.float64]]) -> Floats:
    """The probability of praise of each example, of its language's parts with all encoders that read it."""
    praise = np.zeros(len(examples.texts), dtype=np.float32)
    languages = np.array(examples.languages)
    for language in sorted(set(examples.languages)):
        there = languages == language
        blend = head.blend(language, [name for name, rows in examples.vectors.items() if np.abs(rows[there]).sum() > 0])
        logits = blend.bias + blend.grams * unseen["grams"][there]
        logits = logits + sum(weight * unseen[name][there] for name, weight in blend.vectors.items())
        praise[there] = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
    return praise


def _blend(examples: Examples, unseen: Mapping[str, NDArray[np.float64]], there: Flags, encoders: Sequence[str]) -> Blend:
    names = ["grams", *encoders]
    rows = np.stack([unseen[name][there] for name in names], axis=1)
    direction, bias = _regression(rows, examples.praises[there], examples.weights[there], 100.0, balanced=examples.balanced)
    return Blend(float(direction[0]), {name: float(weight) for name, weight in zip(encoders, direction[1:], strict=True)}, bias)
