"""How well each lane and their fusion find the right document: R@1, MRR and how well the score tells "about it" from "not about it".

    python tests/bench/retrieval.py CONTENT QUESTIONS.jsonl [--model FOLDER] [--misses]

CONTENT is a content folder, or a .jsonl of records as in tests/data/retrieval. A question is {"q": …, "expect": a document id prefix},
"expect": "" for one that nothing in the shop answers. A script, not a test: it prints a table and judges nothing.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from retrieval_shops import questions_of, records_content

from knowledge_base.build import build_content, build_index
from knowledge_base.catalog import Filters, Hit
from knowledge_base.encoders import default_encoders
from knowledge_base.search import KnowledgeBase, SearchResult

_DEPTH = 20
Ranking = Callable[[SearchResult], Sequence[Hit]]


def _rank_fusion(result: SearchResult) -> Sequence[Hit]:
    """The usual reciprocal rank fusion (k = 60) of dense and keywords, for comparison."""
    scores: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for lane in ("dense", "keywords"):
        for rank, hit in enumerate(result.lanes.get(lane, ()), start=1):
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + 1 / (60 + rank)
            hits[hit.passage.id] = hit
    return [hits[name] for name in sorted(scores, key=lambda name: -scores[name])]


_RANKINGS: dict[str, Ranking] = {
    "dense": lambda result: result.lanes.get("dense", ()),
    "keywords": lambda result: result.lanes.get("keywords", ()),
    "rank fusion": _rank_fusion,
    "our fusion": lambda result: result.hits,
}


def _place(hits: Sequence[Hit], expected: str) -> int:
    """The rank of the first hit of the expected document, 0 where it is not among them."""
    return next((rank for rank, hit in enumerate(hits, start=1) if hit.passage.document_id.startswith(expected)), 0)


def main(
    content: Path,
    questions: Path,
    model: Annotated[Path | None, typer.Option(help="folder of all-MiniLM-L6-v2; without it English uses the multilingual encoder")] = None,
    misses: Annotated[bool, typer.Option(help="print every question whose answer is not first, or whose score misjudges it")] = False,
    features: Annotated[Path | None, typer.Option(help="write the lanes' evidence per candidate here, to fit the calibration")] = None,
) -> None:
    encoders = default_encoders(model)
    asked = questions_of(questions)
    with tempfile.TemporaryDirectory() as folder:
        if content.is_dir():
            build_index(content, Path(folder), encoders=encoders)
        else:
            build_content(records_content(content), Path(folder), encoders=encoders)
        base = KnowledgeBase.open(Path(folder), encoders)
        base.search(asked[0]["q"])
        started = time.perf_counter()
        results = [base.search(question["q"], limit=_DEPTH, filters=Filters()) for question in asked]
        each = (time.perf_counter() - started) / len(asked) * 1000
        base.close()
    pairs = list(zip(asked, results, strict=True))
    console = Console(width=140)
    console.print(_table([pair for pair in pairs if pair[0]["expect"]], f"{questions.name}: {each:.1f} ms a question"))
    _judge(console, pairs, show=misses)
    if features:
        _dump(features, pairs)


def _table(pairs: Sequence[tuple[dict[str, str], SearchResult]], title: str) -> Table:
    table = Table("ranking", "R@1", "R@3", "MRR", title=title)
    for name, ranking in _RANKINGS.items():
        places = [_place(ranking(result), question["expect"]) for question, result in pairs]
        first, third = (sum(1 for place in places if 0 < place <= depth) / len(places) for depth in (1, 3))
        mrr = statistics.fmean(1 / place if place else 0.0 for place in places)
        table.add_row(name, f"{first:.1%}", f"{third:.1%}", f"{mrr:.3f}")
    return table


def _judge(console: Console, pairs: Sequence[tuple[dict[str, str], SearchResult]], *, show: bool) -> None:
    top = [(question, result, result.hits[0].score if result.hits else 0.0) for question, result in pairs]
    known = [score >= 0.5 for question, _, score in top if question["expect"]]
    unknown = [score < 0.5 for question, _, score in top if not question["expect"]]
    shares = statistics.fmean(known or [True]), statistics.fmean(unknown or [True])
    console.print(f"score >= 0.5 for {shares[0]:.1%} of the answerable, < 0.5 for {shares[1]:.1%} of the unanswerable")
    for question, result, score in top if show else ():
        expected = question["expect"]
        place = _place(result.hits, expected) if expected else 0
        if (expected and (place != 1 or score < 0.5)) or (not expected and score >= 0.5):
            first = result.hits[0].passage.document_id if result.hits else "nothing"
            console.print(f"  {question['q']}  → {first} {score:.2f}; expected {expected or 'nothing'} at {place}", markup=False)


def _dump(path: Path, pairs: Sequence[tuple[dict[str, str], SearchResult]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for question, result in pairs:
            for hit in result.hits:
                relevant = bool(question["expect"]) and hit.passage.document_id.startswith(question["expect"])
                row = {"q": question["q"], "relevant": relevant, "score": hit.score, "document": hit.passage.document_id, **hit.lanes}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    typer.run(main)
