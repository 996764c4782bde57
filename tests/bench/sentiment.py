"""The judge of reviews beside its peers: trades it was trained on, trades it never saw, aspects, calibration and speed, in one run.

    python -m tests.bench.sentiment DATA --out FOLDER [--only shopping,tuned,clothing,transfer,aspects,speed] [--peers vader,snownlp]

DATA has the folders zh_reviews and en_reviews. "tuned" is "shopping" with an encoder tuned on the training part as well (`chatbot sentiment fit --tune`),
which takes the better part of an hour on two cores and is left out when nothing is asked for. "shopping" (online_shopping_10_cats) and "clothing" (women's clothing, recommended or not) train
on 8 of 10 parts, tune on one and score the last once, with TF-IDF and logistic regression beside it on the same parts. "transfer" takes the
shipped head as it is to sets that it was not trained on; whatever stands in the Chinese lists that it was trained on is left out there, and of what is left at most 3,000 are asked. VADER and
SnowNLP are asked where they are installed (pip install vaderSentiment snownlp), SnowNLP never on the lists that it was built on. "aspects" are the
polarities of SemEval 2014's laptop terms. Encoded texts are kept in OUT, so that a run that was cut off goes on. Writes OUT/sentiment.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from chatbot.sentiment.fit import Examples, Fitted, fit
from chatbot.sentiment.fitting import of_one_trade, with_tuned
from chatbot.sentiment.head import TUNED_NAME, Floats, Head, load_head
from chatbot.sentiment.measures import accuracy, best_cut, calibration_error, macro_f1
from tests.bench import sentiment_sets as sets
from tests.bench.sentiment_peers import snownlp, tfidf, vader
from tests.bench.sentiment_speed import speeds
from tests.bench.sentiment_tuned import tuned_part
from tests.bench.sentiment_vectors import ENGLISH, EVERYONE, Vectors

_MOST = 3_000  # reviews of a set that is not trained on, by chance: SnowNLP takes its time
console = Console(width=150)


@dataclass(frozen=True, slots=True)
class Options:
    data: Path
    out: Path
    vectors: Vectors


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="shopping,clothing,transfer,aspects,speed")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    options = Options(given.data, given.out, Vectors(given.out / "vectors"))
    file = given.out / "sentiment.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    for name in given.only.split(","):
        started = time.monotonic()
        found[name] = PARTS[name](options)
        found[name]["seconds"] = round(time.monotonic() - started)
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        _show(name, found[name])
    return 0


def shopping(options: Options) -> dict[str, Any]:
    found = sets.shopping(options.data)
    return _trained(options, "shopping", found, "zh", (EVERYONE,), sets.snownlp_beside(options.data, found))


def clothing(options: Options) -> dict[str, Any]:
    return _trained(options, "clothing", sets.clothing(options.data), "en", (EVERYONE, ENGLISH))


def tuned(options: Options) -> dict[str, Any]:
    found = sets.shopping(options.data)
    return _trained(options, "shopping", found, "zh", (EVERYONE,), sets.snownlp_beside(options.data, found), tune=True)


def _trained(
    options: Options,
    name: str,
    found: sets.Labelled,
    language: str,
    encoders: Sequence[str],
    more: sets.Labelled | None = None,
    tune: bool = False,
) -> dict[str, Any]:
    """Train on eight tenths, with `more` reviews of other shops where there are any, choose the cut on one, score the last."""
    test, valid, train = _tenths(len(found.texts))
    rows = {encoder: options.vectors.of(name, found.texts, encoder) for encoder in encoders}
    head = _fit(options, found, rows, train, language, more, tune).head
    if tune:
        rows[TUNED_NAME] = options.vectors.of(name, found.texts, TUNED_NAME)
    scores: dict[str, tuple[Floats, Floats]] = {
        "this program": tuple(_judged(head, found, rows, part, language) for part in (valid, test)),  # type: ignore[dict-item]
        "this program, words alone": tuple(_judged(head, found, {}, part, language) for part in (valid, test)),  # type: ignore[dict-item]
    }
    for peer, (on_valid, on_test) in tfidf(found.texts, found.praises, train, (valid, test), language).items():
        scores[peer] = (on_valid, on_test)
    lines = {peer: _line(on_valid, on_test, found.praises[valid], found.praises[test]) for peer, (on_valid, on_test) in scores.items()}
    return {"split": {"train": len(train), "valid": len(valid), "test": len(test)}, "systems": lines}


def _tenths(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Test, valid and train, by chance, always the same."""
    order = np.random.default_rng(0).permutation(count)
    tenth = count // 10
    return order[:tenth], order[tenth : 2 * tenth], order[2 * tenth :]


def _fit(
    options: Options,
    found: sets.Labelled,
    rows: dict[str, Floats],
    use: NDArray[np.int64],
    language: str,
    more: sets.Labelled | None,
    tune: bool,
) -> Fitted:
    """One trade, as `chatbot sentiment fit` makes a head for it; `more` reviews of other shops are always learned."""
    texts, praises, vectors = [found.texts[place] for place in use], found.praises[use], {name: row[use] for name, row in rows.items()}
    own = np.full(len(use), True)
    if more is not None:
        vectors = {name: np.vstack([row, options.vectors.of("more", more.texts, name)]) for name, row in vectors.items()}
        texts, praises = [*texts, *more.texts], np.concatenate([praises, more.praises])
        own = np.concatenate([own, np.full(len(more.texts), False)])
    ones, groups = np.ones(len(texts), dtype=np.float32), np.zeros(len(texts), dtype=np.int64)
    examples = of_one_trade(Examples(texts, praises, [language] * len(texts), groups, vectors, ones), own, tuned=tune)
    return fit(with_tuned(examples, own, partial(tuned_part, options.out, options.vectors), print) if tune else examples)


def _judged(head: Head, found: sets.Labelled, rows: dict[str, Floats], part: NDArray[np.int64], language: str) -> Floats:
    texts = [found.texts[place] for place in part]
    return head.probabilities(texts, {encoder: row[part] for encoder, row in rows.items()}, language)


def _line(on_valid: Floats, on_test: Floats, valid: NDArray[np.bool_], test: NDArray[np.bool_]) -> dict[str, float]:
    cut = best_cut(on_valid, valid)
    return {
        "accuracy": accuracy(on_test, test),
        "macro_f1": macro_f1(on_test, test),
        "macro_f1_at_cut": macro_f1(on_test, test, cut),
        "cut": cut,
        "calibration_error": calibration_error(on_test, test),
        "valid_accuracy": accuracy(on_valid, valid),
        "valid_macro_f1_at_cut": macro_f1(on_valid, valid, cut),
    }


def transfer(options: Options) -> dict[str, Any]:
    """The shipped head on what it was not trained on."""
    head, known = load_head(), sets.known(options.data)
    found: dict[str, Any] = {}
    for name, labelled, language, encoders, peers in (
        ("yelp", sets.yelp(options.data), "en", (EVERYONE, ENGLISH), {"VADER": vader}),
        ("hotel", sets.hotel(options.data), "zh", (EVERYONE,), {"SnowNLP": snownlp}),
        ("shopping", sets.shopping(options.data), "zh", (EVERYONE,), {"SnowNLP": snownlp}),
    ):
        unknown = np.array([place for place, text in enumerate(labelled.texts) if sets.bare(text) not in known])
        fresh = np.random.default_rng(2).permutation(unknown)[:_MOST]
        rows = {encoder: options.vectors.of(name, labelled.texts, encoder) for encoder in encoders}
        praises = labelled.praises[fresh]
        systems = {
            "this program": _scored(_judged(head, labelled, rows, fresh, language), praises),
            "this program, words alone": _scored(_judged(head, labelled, {}, fresh, language), praises),
        }
        texts = [labelled.texts[place] for place in fresh]
        systems |= {peer: _scored(ask(texts), praises) for peer, ask in peers.items() if ask is not None}
        found[name] = {"reviews": len(fresh), "left_out": len(labelled.texts) - len(unknown), "systems": systems}
    return {"sets": found}


def _scored(praise: Floats, praises: NDArray[np.bool_]) -> dict[str, float]:
    scores = {"accuracy": accuracy(praise, praises), "macro_f1": macro_f1(praise, praises)}
    return scores | {"calibration_error": calibration_error(praise, praises)}


def aspects(options: Options) -> dict[str, Any]:
    """Laptop terms that are praised or blamed: the clause that names the term is judged, as in the program."""
    terms = sets.laptop_terms(options.data)
    praises = np.array([term.praises for term in terms])
    pieces = [sets.clause_of(term) for term in terms]
    head = load_head()
    rows = {EVERYONE: options.vectors.of("laptop-clauses", pieces, EVERYONE)}
    systems = {"this program": _scored(head.probabilities(pieces, rows, "en"), praises)}
    systems["this program, words alone"] = _scored(head.probabilities(pieces, {}, "en"), praises)
    if vader is not None:
        systems["VADER on the clause"] = _scored(vader(pieces), praises)
        systems["VADER on the sentence"] = _scored(vader([term.sentence for term in terms]), praises)
    return {"sets": {"laptop terms": {"reviews": len(terms), "left_out": 0, "systems": systems}}}


def speed(options: Options) -> dict[str, Any]:
    chance = np.random.default_rng(3)  # the files are in order of trade and length
    chinese, english = (chance.permutation(found(options.data).texts).tolist() for found in (sets.shopping, sets.clothing))
    return speeds({"Chinese shop reviews": chinese, "English clothing reviews": english}, options.out / "kept")


PARTS: dict[str, Callable[[Options], dict[str, Any]]] = {
    "shopping": shopping,
    "tuned": tuned,
    "clothing": clothing,
    "transfer": transfer,
    "aspects": aspects,
    "speed": speed,
}


def _show(name: str, found: dict[str, Any]) -> None:
    for title, one in found.get("sets", {name: found}).items():
        if "systems" not in one:
            console.print_json(json.dumps(one))
            continue
        columns = list(next(iter(one["systems"].values())))
        table = Table("system", *columns, title=f"{title} {one.get('split', one.get('reviews', ''))}")
        for system, line in one["systems"].items():
            table.add_row(system, *(f"{line[column]:.4f}" for column in columns))
        console.print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
