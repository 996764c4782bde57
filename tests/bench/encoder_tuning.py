"""What contrastive tuning brings to retrieval: Bitext's canned answers, Chorus' product search, and what it costs elsewhere.

    python -m tests.bench.encoder_tuning DATA --out FOLDER [--only bitext,chorus] [--minutes 8] [--pairs 12000] [--device cpu]

DATA has the folders bitext_customer_support and chorus_icecat. Each part tunes the encoder for about `--minutes` on what it may be tuned on,
then measures the tuned one, the untuned one and what needs no encoder in the same run, and writes OUT/PART.json. How the requests are split
is told in tuning_bitext.py, how product search is measured in tuning_chorus.py. "elsewhere" are the questions of tests/data/retrieval about a
shop that was never seen: right passage first, and the share of questions that the score judges rightly as answered or not by that shop.
Tuned encoders, indexes and checkpoints stay in OUT, so that a run that was cut off goes on.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from chatbot.settings import Settings
from chatbot.training.contrastive import Contrast, Tuning, some
from chatbot.training.lessons import Lessons, Moment, Watch, planned_steps
from chatbot.training.mining import Mining
from chatbot.training.pairs import Pair, pairs_of
from chatbot.weights import minilm_folder
from knowledge_base.build import build_content
from knowledge_base.catalog import Filters
from knowledge_base.encoders import MiniLMEncoder
from knowledge_base.keywords import terms
from knowledge_base.passages import documents_of
from knowledge_base.search import KnowledgeBase
from tests.bench import tuning_bitext as bitext
from tests.bench import tuning_chorus as chorus
from tests.retrieval_shops import FOLDER as SHOPS
from tests.retrieval_shops import questions_of, toy_shop

_RATE = 5e-5
_BATCH = 64
_EPOCHS = 6
console = Console(width=140)


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    parts = {"bitext": bitext_part, "chorus": chorus_part}
    for name in options.only.split(","):
        started = time.monotonic()
        found = parts[name](options)
        found |= {"seconds": round(time.monotonic() - started), "options": {key: str(value) for key, value in vars(options).items()}}
        (options.out / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        console.print(f"Written: {options.out / name}.json ({found['seconds']} s)", highlight=False)
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="bitext,chorus")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--steps", type=int, default=0, help="instead of minutes")
    parser.add_argument("--pairs", type=int, default=12_000)
    parser.add_argument("--blend", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="where it is tuned: cpu or cuda; what is measured takes a GPU where there is one")
    parser.add_argument("--encoder", type=Path, default=None, help="folder of the untuned encoder; all-MiniLM-L6-v2 when not given")
    return parser.parse_args(arguments)


def bitext_part(options: argparse.Namespace) -> dict[str, Any]:
    requests = bitext.requests_of(options.data)
    answers, halves = sorted({request.answer for request in requests}), bitext.halves_of(requests)
    console.print(
        f"Bitext: {len(halves.tune)} to tune on, {len(halves.held_out)} held out, {halves.left_out} too like one that is held out"
    )
    pairs = [Pair(request.text, request.answer, request.answer) for request in halves.tune]
    source, tuned = _source(options), _tuned(options, "bitext", pairs, Tuning(longest=64, blend=options.blend))
    found = {
        "TF-IDF, words": bitext.by_tfidf(halves.held_out, answers),
        "TF-IDF, letters": bitext.by_tfidf(halves.held_out, answers, letters=True),
        "untuned": bitext.by_encoder(MiniLMEncoder(source), halves.held_out, answers),
        "tuned": bitext.by_encoder(MiniLMEncoder(tuned), halves.held_out, answers),
    }
    result: dict[str, Any] = {"split": {"tune": len(halves.tune), "held_out": len(halves.held_out), "left_out": halves.left_out}}
    result["held_out"] = {name: bitext.figures(places) for name, places in found.items()}
    result["all_requests"] = {
        f"TF-IDF, {unit}": bitext.figures(bitext.by_tfidf(requests, answers, letters=unit == "letters")) for unit in ("words", "letters")
    }
    result["tuned_by_likeness"] = bitext.by_likeness(found["tuned"], halves.nearest)
    result["untuned_by_likeness"] = bitext.by_likeness(found["untuned"], halves.nearest)
    result["elsewhere"] = {"untuned": elsewhere(source), "tuned": elsewhere(tuned)}
    _print("Bitext: canned answers, held-out half", result["held_out"])
    _print("Tuned, by likeness to the nearest request tuned on", result["tuned_by_likeness"])
    _print("Elsewhere", result["elsewhere"])
    return result


def chorus_part(options: argparse.Namespace) -> dict[str, Any]:
    content, searches = chorus.catalogue_of(options.data), chorus.searches_of(options.data)
    words = {"BM25, plain words": chorus.plain_words, "BM25, our terms": terms}
    orders = {name: chorus.bm25(content, searches, analyse) for name, analyse in words.items()}
    _print("Chorus, no encoder", {name: chorus.figures(order, searches) for name, order in orders.items()})
    pairs = some(pairs_of(documents_of(content), each=3, seed=options.seed), options.pairs, options.seed)
    tuning = Tuning(longest=64, blend=options.blend, mining=Mining(count=1, seed=options.seed))
    making = {"untuned": lambda: _source(options), "tuned": lambda: _tuned(options, "chorus", pairs, tuning)}
    for name, make in making.items():
        encoder = MiniLMEncoder(make())
        base = chorus.indexed(content, options.out / f"index-{name}", encoder, _building(name))
        found = chorus.lanes(base, searches)
        base.close()
        orders |= {f"{lane}, {name}": order for lane, order in found.items() if lane != "keywords"}
        orders["keyword lane"] = found["keywords"]
        _print(f"Chorus, {name}", {lane: chorus.figures(order, searches) for lane, order in found.items()})
    result: dict[str, Any] = {"ndcg": {name: chorus.figures(order, searches) for name, order in orders.items()}}
    result["elsewhere"] = {name: elsewhere(make()) for name, make in making.items()}
    result["pairs"] = len(pairs)
    _print("Chorus: product search", result["ndcg"])
    _print("Elsewhere", result["elsewhere"])
    return result


def _source(options: argparse.Namespace) -> Path:
    return options.encoder or minilm_folder(Settings())


def _tuned(options: argparse.Namespace, name: str, pairs: Sequence[Pair], tuning: Tuning) -> Path:
    """The encoder tuned on these pairs; the one in OUT where it is there already."""
    out = Path(options.out) / f"encoder-{name}"
    if out.is_dir():
        console.print(f"{out}: taken as it is", highlight=False)
        return out
    contrast = Contrast(_source(options), tuning, options.device)
    batch = min(_BATCH, len({pair.passage for pair in pairs}))
    planned = Path(options.out) / f"steps-{name}.json"
    if not planned.is_file():
        most = -(-len(pairs) * _EPOCHS // batch)
        steps = options.steps or planned_steps(lambda: contrast.step(pairs[:batch]), 60 * options.minutes, most)
        planned.write_text(json.dumps(steps))
    steps = int(json.loads(planned.read_text()))
    console.print(f"{name}: {len(pairs)} pairs, {steps} steps of {batch}", highlight=False)
    watch = Watch(name, lambda _: None, _telling(name))
    folder = Path(options.out) / f"checkpoints-{name}"
    contrast.learn(pairs, Lessons(folder, steps, batch, _RATE, options.seed, options.device, watch=watch))
    return contrast.write(out)


def _telling(name: str) -> Any:
    def tell(moment: Moment) -> None:
        if moment.step % max(1, moment.steps // 20) == 0:
            left = moment.seconds / moment.step * (moment.steps - moment.step)
            console.print(
                f"{name} {moment.step}/{moment.steps} loss {moment.loss:.3f} {moment.tokens_per_second:.0f} tokens/s {left:.0f} s left"
            )

    return tell


def _building(name: str) -> Any:
    def tell(stage: str, done: int, total: int) -> None:
        if stage == "embedding" and (done == total or done % 4096 == 0):
            console.print(f"index, {name}: {done} of {total} texts", highlight=False)

    return tell


def elsewhere(folder: Path) -> dict[str, float]:
    """The encoder on a shop that it was not tuned on, through the product's own search."""
    encoder = MiniLMEncoder(folder)
    asked = questions_of(SHOPS / "en.questions.jsonl")
    with tempfile.TemporaryDirectory() as index:
        build_content(toy_shop("en"), Path(index), encoders=lambda _language: encoder)
        base = KnowledgeBase.open(Path(index), lambda _language: encoder)
        results = [base.search(question["q"], language="en", limit=10, filters=Filters()) for question in asked]
        base.close()
    known = [(question, result) for question, result in zip(asked, results, strict=True) if question["expect"]]
    first = [bool(result.hits) and result.hits[0].passage.document_id.startswith(question["expect"]) for question, result in known]
    judged = [(bool(r.hits) and r.hits[0].score >= 0.5) == bool(q["expect"]) for q, r in zip(asked, results, strict=True)]
    return {"r1": statistics.fmean(first), "judged_rightly": statistics.fmean(judged), "questions": len(asked)}


def _print(title: str, rows: dict[str, dict[str, float]]) -> None:
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    table = Table("", *names, title=title)
    for name, row in rows.items():
        table.add_row(name, *(f"{row[key]:.3f}" if isinstance(row.get(key), float) else str(row.get(key, "")) for key in names))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
