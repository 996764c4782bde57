"""One review read: its verdict, the aspects it speaks of with the verdict on each, what it says in so many words, and which words decided.

An aspect's verdict is that of the clause that names it, by the same head, or by a saying about it ("runs small", "早到"). What decided is
told as spans of the review's text with what each adds to the verdict, the strongest first, and never two that overlap.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatbot.sentiment.aspects import named_in
from chatbot.sentiment.clauses import Clause, clauses
from chatbot.sentiment.found_aspects import where
from chatbot.sentiment.head import Head
from chatbot.sentiment.judge import BATCH, MOST_POINTS, Judge, Judgement, Label
from chatbot.sentiment.sayings import Saying, said_in

MOST_WORDS = 5
_LATIN = re.compile(r"[a-z']+")
_SMALL = frozenset(
    """a an the it its it's this that these those i me my we us our you your he she his her they them their is are was were be been am do
    does did have has had and or of to in on at by for from with as so if then than there here one would will about into over again s t
    """.split()
)
_PLAIN = 0.85  # how sure a verdict is that reviewers state in so many words
_SLIGHT = 0.15  # what adds less to a verdict did not decide it


@dataclass(frozen=True, slots=True)
class Word:
    """A span of the text and what it adds: above 0 for praise, below for complaint."""

    text: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """An aspect that a review speaks of: `start` and `end` of the clause in the text, `term` as the review names it."""

    aspect: str
    term: str
    label: Label
    praise: float
    start: int
    end: int
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A saying's name, and where the text says it."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ReadReview:
    text: str
    judgement: Judgement
    aspects: tuple[Spoken, ...]
    sayings: tuple[Said, ...]
    words: tuple[Word, ...]


class _Cut(NamedTuple):
    """A clause, what it says in so many words, and the aspects it names."""

    clause: Clause
    said: list[tuple[Saying, int, int]]
    named: list[tuple[str, int, int]]


def read_reviews(judge: Judge, texts: Sequence[str], languages: Sequence[str] = (), found: Sequence[str] = ()) -> list[ReadReview]:
    """Each text read; `found` are further words that count as aspects. Texts are judged in batches, so any number may come."""
    told = languages or [""] * len(texts)
    pieces = range(0, len(texts), BATCH)
    return [read for at in pieces for read in _read_batch(judge, texts[at : at + BATCH], told[at : at + BATCH], found)]


def _read_batch(judge: Judge, texts: Sequence[str], languages: Sequence[str], found: Sequence[str]) -> list[ReadReview]:
    texts = [text[:MOST_POINTS] for text in texts]
    judgements = judge.judge(texts, languages)
    cut = [[_Cut(clause, said_in(clause), _named(clause, found)) for clause in clauses(text)] if verdict.praise is not None else []
           for text, verdict in zip(texts, judgements, strict=True)]  # fmt: skip
    speaking = {(one.clause.text, verdict.language) for ones, verdict in zip(cut, judgements, strict=True) for one in ones if one.named}
    asked = sorted(speaking)
    clause_verdicts = judge.judge_clauses([text for text, _ in asked], [language for _, language in asked])
    praises = {text: verdict.praise for (text, _), verdict in zip(asked, clause_verdicts, strict=True)}
    return [_whole(judge, text, verdict, ones, praises) for text, verdict, ones in zip(texts, judgements, cut, strict=True)]


def _spoken(judge: Judge, one: _Cut, praise: float) -> Iterator[Spoken]:
    """What a clause says of each aspect that it names."""
    for aspect, start, end in one.named:
        sure, told = _with_sayings(praise, aspect, one)
        words = told or deciding(judge.head, one.clause.text, sure >= judge.head.cut, one.clause.start)
        yield Spoken(aspect, one.clause.text[start:end], judge.label(sure), sure, one.clause.start, one.clause.end, words)


def _with_sayings(praise: float, aspect: str, one: _Cut) -> tuple[float, tuple[Word, ...]]:
    """The verdict on an aspect: where its clause says of it in so many words what is plainly praise or complaint, that decides."""
    mine = [(saying, start, end) for saying, start, end in one.said if saying.aspect == aspect]
    if len({saying.praises for saying, *_ in mine}) != 1:
        return praise, ()
    saying, start, end = mine[0]
    sure = max(praise, _PLAIN) if saying.praises else min(praise, 1.0 - _PLAIN)
    text = one.clause.text[start - one.clause.start : end - one.clause.start]
    return sure, (Word(text, start, end, 1.0 if saying.praises else -1.0),)


def _named(clause: Clause, found: Sequence[str]) -> list[tuple[str, int, int]]:
    """(aspect, start and end of the word in the clause) of each aspect that a clause names, the known ones first."""
    return [*named_in(clause.text), *((word, *span) for word in found if (span := where(word, clause.text)) is not None)]


def _whole(judge: Judge, text: str, judgement: Judgement, cut: Sequence[_Cut], praises: Mapping[str, float | None]) -> ReadReview:
    if judgement.praise is None:
        return ReadReview(text, judgement, (), (), ())
    said = {saying.name: Said(saying.name, start, end) for one in reversed(cut) for saying, start, end in one.said}
    known = [(one, praise) for one in cut if (praise := praises.get(one.clause.text)) is not None]
    spoken = tuple(spoken for one, praise in known for spoken in _spoken(judge, one, praise))
    return ReadReview(text, judgement, spoken, tuple(said.values()), deciding(judge.head, text, judgement.praise >= judge.head.cut))


def _tells(span: str) -> bool:
    """Whether a span has a word that means something by itself: "it" and "in the" decide nothing that a reader would see."""
    words = _LATIN.findall(span.lower())
    return any(word not in _SMALL for word in words) or (not words and span.strip("的了是我很就也都还在有这那和与") != "")


def deciding(head: Head, text: str, praises: bool, offset: int = 0) -> tuple[Word, ...]:
    """The spans that speak most for the verdict, strongest first; `offset` is added to where they stand."""
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for (_, start, end), weight in head.telling(text):
        if weight:
            weights[start, end] += weight
    sign = 1.0 if praises else -1.0
    kept: list[Word] = []
    strong = [(span, weight) for span, weight in weights.items() if sign * weight >= _SLIGHT]
    for (start, end), weight in sorted(strong, key=lambda item: (-sign * item[1], item[0])):
        if len(kept) == MOST_WORDS:
            break
        if _tells(text[start:end]) and all(end + offset <= word.start or start + offset >= word.end for word in kept):
            kept.append(Word(text[start:end], start + offset, end + offset, round(weight, 3)))
    return tuple(kept)
