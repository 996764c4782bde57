"""From which size on an index is made differently. Numbers only; tests set them low to exercise what a million passages get."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """`exact_rows`: up to here every vector is compared, above a trained part names candidates. `ranked_passages`: up to here FTS5 ranks
    every match, above postings are read rare terms first. `recall`: the recall@10 to which a trained part is tuned.
    `amended_share`: the share of the passages up to which a change is laid beside the index; beyond, it is written anew."""

    exact_rows: int = 50_000
    ranked_passages: int = 50_000
    recall: float = 0.97
    amended_share: float = 0.05
