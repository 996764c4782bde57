"""From a question to the passages that may answer it, each with one score that says how sure we are that it does.

The knowledge base finds; this module judges again, on the few passages found, with what only the whole question tells: how
close it is to the passage's heading and to each of its sentences, and how many of its telling words the passage has. A word of
the question that the passage lacks weighs by its rarity in the shop, so "student discount" is not answered by "discount".
"""

from __future__ import annotations

import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chatbot.colloquial import in_shop_words
from chatbot.sentences import sentences
from chatbot.spelling import Speller
from chatbot.statements import answered_by, clauses, own_heading, parts_of, texts_of, under_title, units_in, without_options, without_title
from chatbot.terms import is_chinese, terms
from knowledge_base.catalog import Filters, Passage, Product
from knowledge_base.encoders import CROSS_LINGUAL
from knowledge_base.search import KnowledgeBase, SearchResult

SURE = 0.62  # what scores this much answers the question; set on the questions of the development shops: tests/shops/README.md
MAYBE = 0.38  # below SURE but from here on it is shown as the closest thing the shop says
RUNNER_UP = 0.07  # a second passage this close to the closest one is shown with it
AS_SURE = 0.05  # a second passage that answers as surely as the first is quoted with it
_COVERAGE = 0.3  # what the words may add to the meaning
_MEASURED = 0.2  # what a measure of the same unit adds: "he weighs 24 kg" is answered by "up to 22 kg"
_FEW_TELLING = 2  # words; a question that was left with fewer when the product's name was taken out has said little
_FORMAL_LESS, _FORMAL_MORE = 0.05, 0.15  # what saying it in other words costs, and the most it adds to what is near already
_CACHED_VECTORS = 20_000
_JUDGED = 24
_PREPARED = 400  # passages whose sentences are encoded before the first shopper comes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A FAQ or policy passage with its score (0..1.3): `similarity` by vectors, `coverage` by words."""

    passage: Passage
    score: float
    similarity: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or attribute of a product that may answer a question about it."""

    text: str
    score: float
    coverage: float
    similarity: float
    measured: bool = False  # it states a measure in the unit of one that the question states


@dataclass(frozen=True, slots=True)
class LookUp:
    result: SearchResult
    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None


class Retriever:
    """Holds word counts and sentence vectors of the passages, per version of the index. Safe to call from several threads."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._lock = threading.Lock()
        self._vectors: OrderedDict[tuple[str, str], NDArray[np.float32]] = OrderedDict()
        self._speller: tuple[str, Speller] = ("", Speller(()))
        self._frequency: tuple[str, Counter[str], int] = ("", Counter(), 0)

    def look_up(self, wordings: Sequence[str], subject: str, language: str) -> LookUp:
        """Search for `subject` (the question and what it is about), then score the FAQ and policy passages for each of the question's
        `wordings` (with and without the product's name), best first."""
        wordings = list(dict.fromkeys(wordings))
        asked_in, formal = clauses(wordings[0]), in_shop_words(wordings[0])
        every = filter(None, dict.fromkeys([*wordings, subject, *asked_in, formal]))
        self._knowledge.encode(list(every), language, "query")  # together, they cost little more than one
        found = [
            self._knowledge.search(words, language=language, kinds=("faq", "policy"), limit=_JUDGED, filters=Filters())
            for words in filter(None, (*wordings, formal))
        ]
        result = self._knowledge.search(subject, language=language, limit=8)
        passages = list({hit.passage.id: hit.passage for written in found for hit in written.hits}.values())
        if any(known == language for known in self._knowledge.languages):  # the shop wrote in this language: no need to translate
            passages = [passage for passage in passages if passage.language == language] or passages
        scored = [self._with_formal(formal, self._best_judged(wordings, asked_in, passage)) for passage in passages]
        return LookUp(result, tuple(sorted(scored, key=lambda candidate: -candidate.score)))

    def _best_judged(self, wordings: Sequence[str], asked_in: Sequence[str], passage: Passage) -> Candidate:
        """By the wording that fits best; in a long message the clause that fits best counts as much as the whole."""
        own = self._judge(wordings[0], passage)
        best = max((own, *(self._with_less_said(words, self._judge(words, passage)) for words in wordings[1:])), key=lambda one: one.score)
        if not asked_in:
            return best
        clause = max((self._judge(words, passage) for words in asked_in), key=lambda found: found.score)
        return replace(clause, score=round((best.score + max(best.score, clause.score)) / 2, 4))

    def _with_less_said(self, words: str, found: Candidate) -> Candidate:
        """Once the product's name is taken out, a single telling word ("… of a jar …") that the passage has says little."""
        if len(set(terms(words))) >= _FEW_TELLING:
            return found
        return replace(found, score=round(found.score - _COVERAGE * found.coverage / 2, 4))

    def _with_formal(self, formal: str, found: Candidate) -> Candidate:
        """What the question means in the shop's words may make a passage the closest one; by itself it makes nobody sure."""
        if not formal:
            return found
        score = self._judge(formal, found.passage).score - _FORMAL_LESS
        most = max(found.score + _FORMAL_MORE, SURE - 0.001)
        return replace(found, score=round(max(found.score, min(score, most)), 4))

    def _judge(self, question: str, passage: Passage) -> Candidate:
        """How close the question is to the heading, to the whole and to the nearest sentence, and how many of its words are there.

        The three cosines are averaged: a passage that answers is near in more than one of these ways, one that only shares a topic is not.
        """
        foreign = is_chinese(question) != is_chinese(passage.heading + passage.body)
        cosines = self.similarities(question, parts_of(passage), CROSS_LINGUAL if foreign else passage.language)
        heading, whole = float(cosines[0]), float(cosines[1])
        close = (heading + whole + (float(cosines[2:].max()) if len(cosines) > 2 else whole)) / 3
        coverage = close if foreign else self.coverage(question, f"{own_heading(passage)} {passage.body}")  # no words in common by nature
        return Candidate(passage, round(close + _COVERAGE * coverage, 4), round(close, 4), round(coverage, 4))

    def prepare(self) -> None:
        """Encode the sentences of the first passages now, all of one language together, so that no shopper waits for it."""
        texts: dict[str, dict[str, None]] = {}
        for passage in [passage for passage in self._knowledge.all_passages() if passage.kind != "product"][:_PREPARED]:
            texts.setdefault(passage.language, {}).update(dict.fromkeys(parts_of(passage)))
        for language, parts in texts.items():
            self._encoded(list(parts), language)
        self._knowledge.keep_vectors()

    def prepare_product(self, product: Product) -> None:
        """Encode what `statements` compares a question with."""
        texts = texts_of(product)
        self._encoded([*texts, *(under_title(text, product) for text in texts)], product.language)

    def statements(self, question: str, product: Product, language: str) -> list[Statement]:
        """The product's sentences and attributes, best first: close to the question without the product's name, or with it."""
        texts = texts_of(product)
        if not texts:
            return []
        asked = without_title(question, product)
        bare = self.similarities(asked, texts, product.language)
        named = self.similarities(question, [under_title(text, product) for text in texts], product.language)
        found, units = [], units_in(without_options(question, product))
        for text, alone, under in zip(texts, bare, named, strict=True):
            coverage, close = self.coverage(asked, text), float(alone + under) / 2
            measured = bool(units & units_in(text))
            score = close + _COVERAGE * coverage + _MEASURED * measured
            found.append(Statement(text, round(score, 4), round(coverage, 4), round(close, 4), measured))
        return sorted(found, key=lambda statement: -statement.score)

    def best_sentences(self, question: str, passage: Passage, most: int) -> str:
        """The `most` sentences of a long passage that are closest to the question, in the shop's order."""
        parts = sentences(passage.body)
        if len(parts) <= most:
            return passage.body.strip()
        similarity = self.similarities(question, parts, passage.language)
        scores = [float(close) + 0.5 * self.coverage(question, part) for close, part in zip(similarity, parts, strict=True)]
        chosen = sorted(sorted(range(len(parts)), key=lambda place: -scores[place])[:most])
        gap = "" if is_chinese(passage.body) else " "
        return gap.join(parts[place] for place in chosen)

    def coverage(self, question: str, text: str) -> float:
        """The share of the question's telling words that `text` has, weighted by rarity (idf over the shop's passages)."""
        asked = [word for word in dict.fromkeys(terms(question)) if not word.replace(".", "").isdigit()]
        if not asked:
            return 0.0
        asked = [word for word in asked if word not in self._shop_name()] or asked
        given = set(terms(text)) | answered_by(text)
        weights = [self._weight(word) for word in asked]
        return sum(weight for word, weight in zip(asked, weights, strict=True) if word in given) / sum(weights)

    def _shop_name(self) -> set[str]:
        """What the shop is called says nothing of what is asked about it."""
        return set(terms(self._knowledge.profile.name))

    def similarities(self, question: str, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        """Cosines of the question and each text, shape (len(texts),); the texts' vectors are kept."""
        query = self._knowledge.encode([question], language, "query")[0]
        cosines: NDArray[np.float32] = np.clip(np.stack(self._encoded(texts, language)) @ query, 0.0, 1.0)
        return cosines

    def _encoded(self, texts: Sequence[str], language: str) -> list[NDArray[np.float32]]:
        with self._lock:
            known = {text: vector for text in texts if (vector := self._vectors.get((language, text))) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known.update(zip(missing, self._knowledge.passage_vectors(missing, language), strict=True))
        with self._lock:
            self._vectors.update({(language, text): known[text] for text in missing})
            while len(self._vectors) > _CACHED_VECTORS:
                self._vectors.popitem(last=False)
        return [known[text] for text in texts]

    def _weight(self, word: str) -> float:
        counts, total = self._counts()
        return math.log(1 + (total + 1) / (counts[word] + 0.5))

    @property
    def speller(self) -> Speller:
        """Sets typing mistakes right by the words of the serving version."""
        version, speller = self._speller
        if version != self._knowledge.version:
            passages = self._knowledge.all_passages()
            texts = [f"{passage.heading} {passage.body} {passage.text}" for passage in passages]
            titles = [passage.heading for passage in passages if passage.kind == "product"]
            self._speller = (self._knowledge.version, speller := Speller(texts, dict.fromkeys(titles)))
        return speller

    def _counts(self) -> tuple[Counter[str], int]:
        version, counts, total = self._frequency
        if version != self._knowledge.version:
            texts = [f"{passage.heading} {passage.body}" for passage in self._knowledge.all_passages()]
            counts = Counter(word for text in texts for word in set(terms(text)))
            total = len(texts)
            self._frequency = (self._knowledge.version, counts, total)
        return counts, total
