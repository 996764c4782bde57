"""Which attribution tells what an answer rests on: `python -m tests.bench.attribution [--cases N] [--from M] [--kept FILE]`.

A deletion test. Each case is a question about the sample shop, lines of its texts (a third of them right) and an answer that is in them. The
words of the lines that a method weighs heaviest are taken out of the text, and the answer is scored again: the log-probability of a token of
the answer falls more, the better the method. Beside it as many words taken out at random. Once for the whole answer, once for single words of
it, whose own heaviest words go. And, where a telling word of the answer stands once in the text: is it the heaviest word for itself? Where
the whole answer stands in the text: how much of the weights is there (`--quick` measures this alone, in seconds)?

Cases are appended to the file as they are done, so that a machine in use can do some at a time; the table is made of all in the file.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.attribution import by_words, homes, pieces, shares, without_background
from chatbot.engine import ChatMessage
from chatbot.engines.attribution import Reader
from chatbot.prompts import training_prompt
from chatbot.sentences import sentences
from chatbot.settings import Settings
from chatbot.statements import texts_of
from chatbot.terms import terms
from chatbot.weights import writer_folder
from knowledge_base.importers import read_folder
from tests.bench.attribution_methods import METHODS, Matrix, likelihoods

TAKEN = (1, 3, 6)  # words that are taken out of the text, for the whole answer
TAKEN_FOR_A_WORD = 2
DRAWS = 2  # of as many words at random
WORDS = 2  # of an answer that are looked at alone
SHORTEST, LONGEST = 5, 22  # words of an answer


@dataclass(frozen=True, slots=True)
class Case:
    facts: tuple[str, ...]
    question: str
    answer: str


def cases(seed: int = 4) -> list[Case]:
    """FAQ entries and policies whose first sentence answers, and attributes of products, in turn; the same for the same seed."""
    dice, found = random.Random(seed), read_folder(Settings().content)
    texts = [(one.title, sentences(one.text)) for one in found.documents if one.language == "en"]
    told = [(title, said[:4]) for title, said in texts if said and SHORTEST <= len(said[0].split()) <= LONGEST]
    described = [product for product in found.products if product.language == "en" and product.attributes]
    asked = [Case(_among(said, told, dice), title, said[0]) for title, said in dice.sample(told, 20)]
    for product in dice.sample(described, 20):
        name, value = dice.choice(product.attributes)
        said = [f"{product.title}.", *texts_of(product)[:8]]
        told_by = f"{name}: {value}"
        asked.append(Case(tuple(dict.fromkeys([*said, told_by])), f"What is the {name} of the {product.title}?", f"The {name} is {value}."))
    dice.shuffle(asked)
    return asked


def _among(said: Sequence[str], others: Sequence[tuple[str, Sequence[str]]], dice: random.Random) -> tuple[str, ...]:
    lines = [" ".join(said), *(" ".join(other[:3]) for _, other in dice.sample(list(others), 2) if other is not said)]
    dice.shuffle(lines)
    return tuple(lines)


class Trial:
    """One case as the model reads it, and how it reads it with some words taken out."""

    def __init__(self, reader: Reader, case: Case) -> None:
        self.reader, self.case = reader, case
        self.messages = training_prompt(case.facts, case.question)
        self.laid = reader.lay(self.messages, case.answer)
        decode = reader.tokens.decode
        self.words, self.said = pieces(decode(self.laid.text)), pieces(decode(self.laid.answer))
        self.at_text = homes(self.laid.text, decode, self.words)
        self.at_answer = homes(self.laid.answer, decode, self.said)
        end = "".join(self.words).index("\n\nQuestion:")
        starts = np.cumsum([0, *(len(word) for word in self.words)])
        self.evidence = [place for place, start in enumerate(starts[:-1]) if 6 <= start < end]  # after "Text:\n"
        self.whole = likelihoods(reader, self.laid).numpy()
        self._seen: dict[frozenset[int], Matrix] = {}

    def without(self, taken: Sequence[int]) -> Matrix:
        """The answer's log-probabilities when these words are gone."""
        key = frozenset(taken)
        if key not in self._seen:
            kept = "".join("\n" * word.count("\n") if place in key else word for place, word in enumerate(self.words))
            messages = [*self.messages[:-1], ChatMessage("user", kept)]
            self._seen[key] = likelihoods(self.reader, self.reader.lay(messages, self.case.answer)).numpy()
        return self._seen[key]

    def heaviest(self, weights: Mapping[int, float] | Matrix, count: int) -> list[int]:
        return sorted(self.evidence, key=lambda place: -weights[place])[:count]

    def on_what_was_copied(self, name: str, by_share: Matrix) -> dict[str, float]:
        """The share of the weights that is on the words that the answer says word for word, where they stand in a row."""
        said, text = [word.strip() for word in self.said], [self.words[place].strip() for place in self.evidence]
        starts = [at for at in range(len(text) - len(said) + 1) if text[at : at + len(said)] == said]
        if len(starts) != 1:
            return {}
        return {name: float(by_share[:, starts[0] : starts[0] + len(said)].sum() / (by_share.sum() or 1.0))}

    def looked_at(self) -> list[int]:
        """The first words of the answer that mean something."""
        return [place for place, word in enumerate(self.said) if terms(word)][:WORDS]


def judge(trial: Trial, matrix: Matrix, quick: bool) -> dict[str, float]:
    """What a method's weights are worth in one case; `quick`: only what needs no word taken out."""
    words = by_words(matrix, trial.at_answer, trial.at_text, (len(trial.said), len(trial.words)))
    by_share = shares(words[:, trial.evidence])
    found = trial.on_what_was_copied("copied", by_share) | trial.on_what_was_copied("copied, cleared", without_background(by_share))
    if quick:
        return found
    return found | {
        "answer": _of_answer(trial, words.sum(0)),
        "shares": _of_answer(trial, by_share.sum(0), trial.evidence),
        "cleared": _of_answer(trial, without_background(by_share).sum(0), trial.evidence),
        **_of_words(trial, words),
    }


def _of_answer(trial: Trial, total: Matrix, places: Sequence[int] = ()) -> float:
    """How far a token's log-probability falls, the mean of several numbers of words taken out; `places` are the words of the weights."""
    weights = dict(zip(places or range(len(total)), total, strict=True))
    falls = [trial.whole - trial.without(trial.heaviest(weights, count)) for count in TAKEN]
    return statistics.mean(float(fall.mean()) for fall in falls)


def _of_words(trial: Trial, words: Matrix) -> dict[str, float]:
    falls, hits = [], []
    for place in trial.looked_at():
        tokens = [token for token, owner in enumerate(trial.at_answer) if owner == place]
        row = words[place]
        falls.append(float((trial.whole - trial.without(trial.heaviest(row, TAKEN_FOR_A_WORD)))[tokens].sum()))
        same = [other for other in trial.evidence if terms(trial.words[other]) == terms(trial.said[place])]
        if len(same) == 1:
            hits.append(float(trial.heaviest(row, 1) == same))
    return {"word": statistics.mean(falls), **({"itself": statistics.mean(hits)} if hits else {})}


def at_random(trial: Trial, dice: random.Random, quick: bool) -> dict[str, float]:
    found = [judge(trial, _noise(trial, dice), quick) for _ in range(DRAWS)]
    return {name: statistics.mean(one[name] for one in found) for name in found[0]}


def _noise(trial: Trial, dice: random.Random) -> Matrix:
    shape = (len(trial.laid.answer), len(trial.laid.text))
    return np.array([[dice.random() for _ in range(shape[1])] for _ in range(shape[0])], dtype=np.float32)


def measure(reader: Reader, case: Case, names: Sequence[str], quick: bool) -> dict[str, dict[str, float]]:
    """Each method's figures in one case, with its seconds of processor time."""
    trial = Trial(reader, case)
    found = {"random words": at_random(trial, random.Random(1), quick)}
    for name in names:
        started = time.process_time()
        matrix = METHODS[name](reader, trial.laid, trial.at_answer, trial.at_text)
        seconds = time.process_time() - started
        found[name] = judge(trial, matrix, quick) | {"seconds": seconds}
    return found


_COLUMNS = ("answer", "shares", "cleared", "word", "itself", "copied", "copied, cleared", "seconds")


def table(rows: Sequence[dict[str, dict[str, float]]]) -> Iterator[str]:
    """Means over the cases. answer and word: the fall in nats, with its standard error for answer; shares: the same with each word of the
    answer counting as much as any other; cleared: and less what most of them rest on; itself: how often a telling word is its own
    heaviest; copied: the share of the weights on the words that were copied, then the same cleared; seconds of the processor."""
    heads = (f"{name:>8}" for name in ("shares", "cleared", "word", "itself", "copied", "cleared", "seconds"))
    yield f"{len(rows)} cases{'':22} {'answer':>14} {' '.join(heads)}"
    for name in {name: None for row in rows for name in row}:
        given = [row[name] for row in rows if name in row]
        means = {key: statistics.mean([one[key] for one in given if key in one] or [0.0]) for key in _COLUMNS}
        falls = [one["answer"] for one in given if "answer" in one]
        error = statistics.stdev(falls) / len(falls) ** 0.5 if len(falls) > 1 else 0.0
        told = f"{means['shares']:8.2f} {means['cleared']:8.2f} {means['word']:8.2f} {means['itself']:8.0%} {means['copied']:8.0%} {means['copied, cleared']:8.0%} {means['seconds']:8.1f}"
        yield f"{name:30} {means['answer']:7.2f} ±{error:5.2f} {told}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--adapter", type=Path, default=None)
    parser.add_argument("--kept", type=Path, default=Path("reports/attribution.jsonl"))
    parser.add_argument("--quick", action="store_true", help="take no words out")
    options = parser.parse_args()
    settings = Settings()
    reader = Reader(writer_folder(settings), options.adapter)
    options.kept.parent.mkdir(parents=True, exist_ok=True)
    for case in cases()[options.first : options.first + options.cases]:
        row: dict[str, Any] = measure(reader, case, options.methods.split(","), options.quick)
        with options.kept.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(row) + "\n")
    print("\n".join(table([json.loads(line) for line in options.kept.read_text("utf-8").splitlines()])))


if __name__ == "__main__":
    main()
