"""From a question to the passages that may answer it, each with one score that says how sure we are that it does.

The knowledge base finds; this module judges again, on the few passages found, with what only the whole question tells: how
close it is to the passage's heading and to each of its sentences, and how many of its telling words the passage has. A word of
the question that the passage lacks weighs by its rarity in the shop, so "student discount" is not answered by "discount".
"""

from __future__ import annotations

import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.sentences import sentences
from chatbot.spelling import Speller
from chatbot.terms import is_chinese, term, terms, words
from knowledge_base.catalog import Filters, Passage, Product
from knowledge_base.encoders import CROSS_LINGUAL
from knowledge_base.search import KnowledgeBase, SearchResult

SURE = 0.62  # a passage with this score answers the question; set on the development shops, never on a test file
MAYBE = 0.50  # below SURE but from here on it is shown as the closest thing the shop says
ON_TOPIC = 0.38  # where delivery or returns are asked about, the nearest passage is worth showing from here on
_SAME_MEANING = 0.14  # a passage this far above SURE by vectors alone says the same in other words
_CACHED_VECTORS = 4096
_JUDGED = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A FAQ or policy passage with its score (0..1): `similarity` by vectors, `coverage` by words."""

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
        found = [
            self._knowledge.search(words, language=language, kinds=("faq", "policy"), limit=_JUDGED, filters=Filters())
            for words in wordings
        ]
        result = self._knowledge.search(subject, language=language, limit=_JUDGED)
        passages = list({hit.passage.id: hit.passage for written in found for hit in written.hits}.values())
        if any(known == language for known in self._knowledge.languages):  # the shop wrote in this language: no need to translate
            passages = [passage for passage in passages if passage.language == language] or passages
        scored = [max((self._judge(words, passage) for words in wordings), key=lambda found: found.score) for passage in passages]
        return LookUp(result, tuple(sorted(scored, key=lambda candidate: -candidate.score)))

    def _judge(self, question: str, passage: Passage) -> Candidate:
        parts = [passage.heading, *sentences(passage.body)[:12]]
        foreign = is_chinese(question) != is_chinese(passage.heading + passage.body)
        similarity = self.similarities(question, parts, CROSS_LINGUAL if foreign else passage.language)
        heading, body = float(similarity[0]), float(similarity[1:].max()) if len(parts) > 1 else 0.0
        close = max(heading, 0.92 * body)
        coverage = self.coverage(question, f"{passage.heading} {passage.body}")
        if foreign:  # no words in common by nature: vectors alone
            coverage = close
        score = max(0.6 * close + 0.4 * coverage, close - _SAME_MEANING)
        return Candidate(passage, round(score, 4), round(close, 4), round(coverage, 4))

    def statements(self, question: str, product: Product, language: str) -> list[Statement]:
        """The product's sentences and attributes, best first, judged without the words of its own title."""
        asked = without_title(question, product)
        texts = [*sentences(product.description), *(f"{name}: {value}" for name, value in product.attributes)]
        if not texts:
            return []
        similarity = self.similarities(asked, texts, product.language)
        found = []
        for text, close in zip(texts, similarity, strict=True):
            coverage = self.coverage(asked, text)
            found.append(Statement(text, round(0.5 * float(close) + 0.5 * coverage, 4), round(coverage, 4), round(float(close), 4)))
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
        given = set(terms(text))
        weights = [self._weight(word) for word in asked]
        return sum(weight for word, weight in zip(asked, weights, strict=True) if word in given) / sum(weights)

    def similarities(self, question: str, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        """Cosines of the question and each text, shape (len(texts),); the texts' vectors are kept."""
        query = self._knowledge.encode([question], language, "query")[0]
        missing = [text for text in dict.fromkeys(texts) if (language, text) not in self._vectors]
        made: Iterable[NDArray[np.float32]] = self._knowledge.encode(missing, language, "passage") if missing else ()
        with self._lock:
            for text, vector in zip(missing, made, strict=True):
                self._vectors[(language, text)] = vector
            rows = [self._vectors[(language, text)] for text in texts]
            while len(self._vectors) > _CACHED_VECTORS:
                self._vectors.popitem(last=False)
        cosines: NDArray[np.float32] = np.clip(np.stack(rows) @ query, 0.0, 1.0)
        return cosines

    def _weight(self, word: str) -> float:
        counts, total = self._counts()
        return math.log(1 + (total + 1) / (counts[word] + 0.5))

    @property
    def speller(self) -> Speller:
        """Sets typing mistakes right by the words of the serving version."""
        version, speller = self._speller
        if version != self._knowledge.version:
            texts = [f"{passage.heading} {passage.body} {passage.text}" for passage in self._knowledge.all_passages()]
            self._speller = (self._knowledge.version, speller := Speller(texts))
        return speller

    def _counts(self) -> tuple[Counter[str], int]:
        version, counts, total = self._frequency
        if version != self._knowledge.version:
            texts = [f"{passage.heading} {passage.body}" for passage in self._knowledge.all_passages()]
            counts = Counter(word for text in texts for word in set(terms(text)))
            total = len(texts)
            self._frequency = (self._knowledge.version, counts, total)
        return counts, total


def without_title(question: str, product: Product) -> str:
    """The question without the product's own words, so that a sentence is not chosen for naming the product."""
    title = set(terms(product.title))
    kept = [word for word in question.split() if not any(term(part) in title for part in words(word))]
    if is_chinese(question):
        return question.replace(product.title, "") or question
    return " ".join(kept) or question
