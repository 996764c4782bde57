"""How right and how honest verdicts are: accuracy, macro-F1, and the expected calibration error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatbot.sentiment.head import Floats

_BINS = 15


def accuracy(praise: Floats, praises: NDArray[np.bool_], cut: float = 0.5) -> float:
    return float(((praise >= cut) == praises).mean())


def macro_f1(praise: Floats, praises: NDArray[np.bool_], cut: float = 0.5) -> float:
    """The mean of the F1 of praise and that of complaint, so that the rarer one counts as much."""
    said = praise >= cut
    scores = []
    for kind in (True, False):
        hits = float(((said == kind) & (praises == kind)).sum())
        scores.append(2 * hits / max(1.0, float((said == kind).sum() + (praises == kind).sum())))
    return float(np.mean(scores))


def calibration_error(praise: Floats, praises: NDArray[np.bool_], bins: int = _BINS) -> float:
    """Expected calibration error (Guo et al. 2017): how far the probability of the likelier label is from how often it is right, over
    equally wide bins, weighted by their number of reviews."""
    sure = np.maximum(praise, 1.0 - praise)
    right = (praise >= 0.5) == praises
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(float(sure[place == one].mean()) - float(right[place == one].mean())) * float((place == one).mean()) for one in np.unique(place)
    ]
    return float(sum(gaps))


def best_cut(praise: Floats, praises: NDArray[np.bool_]) -> float:
    """The probability from which on praise is said for the best macro-F1."""
    cuts = np.round(np.arange(0.2, 0.81, 0.01), 2)
    return float(max(cuts, key=lambda cut: (round(macro_f1(praise, praises, cut), 5), -abs(cut - 0.5))))
