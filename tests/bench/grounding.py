"""How well the grounding check agrees with people: `python -m tests.bench.grounding [BEGIN_FOLDER] [--out FILE] [--misses N]`.

BEGIN (Dziri et al. 2022), dev: a text, a reply and people's label: fully attributable to the text, not fully, or generic (claims nothing).
Our check calls a reply grounded when `chatbot.claims.judge` finds nothing against any of its sentences, as `chatbot evaluate` counts them.
Printed as one JSON object: accuracy, balanced accuracy and Cohen's kappa with "fully attributable" against the rest, and without the generic
ones; by source; why replies that people call attributable were rejected; and the same for two simple checks: always the commoner label, and
all content words of the reply in the text. The files are tokenised ("is n't", " ."), which is undone first.
"""

from __future__ import annotations

import argparse
import csv
import functools
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.claims import Evidence, judge
from chatbot.sentences import sentences
from chatbot.terms import terms

ATTRIBUTABLE, GENERIC = "Fully attributable", "Generic"
FILES = ("begin_dev_cmu.tsv.gz", "begin_dev_wow.tsv.gz")
_JOINED = re.compile(r"\s+(n't|n’t|'(?:s|re|ve|ll|d|m)\b|[.,;:!?%)\]])|([(\[])\s+")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One reply with the text it was made from. `source` names the file's dialogues, `label` is people's."""

    source: str
    text: str
    reply: str
    label: str

    @property
    def attributable(self) -> bool:
        return self.label == ATTRIBUTABLE


def joined(text: str) -> str:
    """Tokenised text as it is written: "is n't big ." → "isn't big."."""
    return _JOINED.sub(lambda match: match[1] or match[2], text).strip()


def read_begin(folder: Path) -> list[Labelled]:
    rows = []
    for name in FILES:
        text = gzip.decompress((folder / name).read_bytes()).decode("utf-8")
        for row in csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE):
            rows.append(Labelled(row["data_source"], joined(row["knowledge"]), joined(row["response"]), row["begin_label"]))
    return rows


@functools.cache
def against(row: Labelled) -> tuple[str | None, ...]:
    """For each sentence of the reply why it does not follow from the text, None where it does."""
    evidence = Evidence((row.text,))
    return tuple(wrong.reason if (wrong := judge(sentence, evidence)) is not None else None for sentence in sentences(row.reply))


def grounded(row: Labelled) -> bool:
    found = against(row)
    return bool(found) and all(reason is None for reason in found)


def covered(row: Labelled) -> bool:
    """Whether every content word of the reply stands in the text: what a check without order and polarity would ask."""
    return set(terms(row.reply)) <= set(terms(row.text))


def agreement(people: Sequence[bool], check: Sequence[bool]) -> dict[str, float]:
    """Accuracy, balanced accuracy and Cohen's kappa; precision and recall of "grounded". Figures that nothing defines are 0."""
    both, total = Counter(zip(people, check, strict=True)), len(people)
    yes, no = sum(people), total - sum(people)
    said = sum(check)
    accuracy = (both[True, True] + both[False, False]) / total
    chance = (yes * said + no * (total - said)) / total**2
    sides = [both[True, True] / yes if yes else 0.0, both[False, False] / no if no else 0.0]
    return {
        "replies": total,
        "accuracy": round(accuracy, 4),
        "balanced_accuracy": round(sum(sides) / 2, 4),
        "kappa": round((accuracy - chance) / (1 - chance), 4) if chance < 1 else 0.0,
        "precision": round(both[True, True] / said, 4) if said else 0.0,
        "recall": round(sides[0], 4),
    }


def reasons(rows: Sequence[Labelled]) -> dict[str, int]:
    """What the check has against the replies that people call attributable, sentence by sentence."""
    found = Counter(reason for row in rows if row.attributable for reason in against(row) if reason is not None)
    return dict(found.most_common())


def measure(rows: Sequence[Labelled]) -> dict[str, Any]:
    commoner = sum(row.attributable for row in rows) * 2 > len(rows)
    checks: dict[str, Callable[[Labelled], bool]] = {"ours": grounded, "all_words_in_text": covered, "commoner_label": lambda row: commoner}
    parts = {"all": list(rows), "without_generic": [row for row in rows if row.label != GENERIC]}
    parts |= {source: [row for row in rows if row.source == source] for source in sorted({row.source for row in rows})}
    said = {name: [check(row) for row in rows] for name, check in checks.items()}
    place = {id(row): number for number, row in enumerate(rows)}
    figures = {
        name: {part: agreement([row.attributable for row in found], [verdicts[place[id(row)]] for row in found]) for part, found in parts.items()}
        for name, verdicts in said.items()
    }  # fmt: skip
    called = {
        label: sum(verdict for row, verdict in zip(rows, said["ours"], strict=True) if row.label == label)
        for label in sorted({r.label for r in rows})
    }
    return {"labels": dict(Counter(row.label for row in rows)), "called_grounded": called, **figures, "against_attributable": reasons(rows)}


def misses(rows: Sequence[Labelled], most: int) -> list[dict[str, Any]]:
    """Replies on which the check and people differ, those first that it let pass."""
    wrong = [(row, grounded(row)) for row in rows]
    differ = sorted(((row, said) for row, said in wrong if said != row.attributable), key=lambda pair: not pair[1])
    return [{"check": said, "people": row.label, "reply": row.reply, "text": row.text[:400]} for row, said in differ[:most]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/begin_grounding"))
    parser.add_argument("--out", type=Path, help="also write the JSON here")
    parser.add_argument("--misses", type=int, default=0, help="list this many replies on which the check and people differ")
    options = parser.parse_args()
    rows = read_begin(options.folder)
    result = measure(rows) | ({"misses": misses(rows, options.misses)} if options.misses else {})
    text = json.dumps(result, ensure_ascii=False, indent=1)
    if options.out:
        options.out.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
