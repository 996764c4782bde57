"""One score out of the lanes, calibrated so that 0.5 and more means "this passage is about the question".

Naive rank fusion lets a common word outvote meaning, so here meaning leads: the cosine decides, and the share of the question's rare
words that a passage contains may add a bounded amount. Exact finds (SKU, GTIN, full title) come first whatever the rest says. The
constants were fitted by tests/bench/retrieval.py on two held-out shops; other encoders get cautious ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far to trust a cosine: logistic in `slope * (cosine - middle) + bonus * coverage + heading * heading coverage`."""

    middle: float
    slope: float
    bonus: float
    heading: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the lanes say of one passage. `coverage` 0..1 is the weight of the question's terms that it contains."""

    cosine: float
    coverage: float = 0.0
    heading_coverage: float = 0.0
    exact: bool = False
    named: float = 0.0


OTHER = Calibration(middle=0.5, slope=12.0, bonus=1.5)
CALIBRATIONS: Mapping[tuple[str, str], Calibration] = {  # (encoder, language of question and passage; "" where they differ)
    ("minilm-l6-v2", "en"): Calibration(middle=0.43, slope=19.0, bonus=1.2),
    ("use-multilingual-v3", "en"): Calibration(middle=0.43, slope=11.0, bonus=3.3, heading=2.0),
    ("use-multilingual-v3", "zh"): Calibration(middle=0.49, slope=11.0, bonus=7.0),
    ("use-multilingual-v3", ""): Calibration(middle=0.42, slope=11.0, bonus=0.5),
}
_MOST_BONUS = 4.0
_NAMED = 2.5
EXACT_FLOOR = 0.97  # the score of an exact find, at least


def calibration_of(encoder: str, question_in: str, passage_in: str) -> Calibration:
    return CALIBRATIONS.get((encoder, question_in if question_in == passage_in else ""), OTHER)


def fuse(evidence: Evidence, calibration: Calibration) -> float:
    """The score in 0..1."""
    words = min(_MOST_BONUS, calibration.bonus * evidence.coverage + calibration.heading * evidence.heading_coverage)
    named = _NAMED * max(0.0, 2 * evidence.named - 1)
    evidence_of = calibration.slope * (evidence.cosine - calibration.middle) + words + named
    score = 1 / (1 + math.exp(-max(-30.0, min(30.0, evidence_of))))
    return EXACT_FLOOR + (1 - EXACT_FLOOR) * score if evidence.exact else min(score, EXACT_FLOOR - 0.001)


def logit(score: float) -> float:
    """The weight of evidence behind a score: what was added up before it was squeezed into 0..1."""
    inside = min(max(score, 1e-9), 1 - 1e-9)
    return math.log(inside / (1 - inside))


def coverage(weights: Mapping[str, float], contained: frozenset[str]) -> float:
    """The share of the question's term weights that `contained` holds; 0 where the question has no terms."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in contained) / total if total > 0 else 0.0
