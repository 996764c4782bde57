"""Why a reply is what it is: the line of the evidence that each sentence rests on, what each lane found, what was held back.

Plain values, made from a finished reply and what the shop knows; no model is asked (`heat.py` says what one looked at). Invariant: a
sentence with a figure that no line of the evidence states never counts as resting on something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from chatbot.engine import ChatMessage
from chatbot.events import Reply
from chatbot.figures import Figure, FigureIndex, figures
from chatbot.retriever import Retriever
from chatbot.sentences import sentences
from chatbot.set_phrases import is_set_phrase, without_lead
from chatbot.source_lines import Line, lines_of
from chatbot.terms import is_chinese, term, terms, words
from knowledge_base.encoders import CROSS_LINGUAL
from knowledge_base.search import KnowledgeBase

Rests = Literal["evidence", "phrase", "nothing"]

# A line scored as much carries a sentence. Of 278 sentences of planned replies about the sample shop, in both languages, 276 rest on their
# own evidence; on the evidence of another reply 6 of 243 do, most of which says the same (opening hours, the address).
RESTS = 0.5
RESTS_TOGETHER = 0.65  # several lines have more words in common with anything
_BESIDE = 0.15  # another line this close to the best is told too
_AROUND = ' “”"「」.!?。！？'
_MOST, _MOST_TOGETHER = 3, 9  # lines told for one sentence
_FIGURES, _WORDS, _MEANING = 0.35, 0.4, 0.25  # what the three say of a sentence that has figures; else the last two share all


@dataclass(frozen=True, slots=True)
class Told:
    """A reply as it was shown, and what is known of how it came about. `sources` are ids of the documents that it may rest on; `prompt` is
    empty where no model was asked."""

    question: str
    text: str
    language: str
    sources: tuple[str, ...] = ()
    answered_by: str = ""
    prompt: tuple[ChatMessage, ...] = ()

    @property
    def by_model(self) -> bool:
        return self.answered_by == "model"


@dataclass(frozen=True, slots=True)
class Link:
    """How far a line carries a sentence, 0 to 1: `figures` is the share of its figures that the line states (None: it has none), `words`
    that of its telling words, weighted by rarity, `similarity` a cosine. `line` is the line's place among the explanation's."""

    line: int
    score: float
    figures: float | None
    words: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """`links` are the lines that it rests on, best first; for one that rests on nothing, the closest. `missing`: figures nobody states."""

    text: str
    rests: Rests
    links: tuple[Link, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """`lanes`, `found` and `held_back` are the turn's own, as its trace has them."""

    told: Told
    lines: tuple[Line, ...]
    sentences: tuple[Sentence, ...]
    lanes: Mapping[str, Sequence[Mapping[str, Any]]]
    found: Sequence[Mapping[str, Any]]
    held_back: Sequence[Mapping[str, Any]]

    @property
    def carrying(self) -> frozenset[str]:
        """The ids of the documents that sentences rest on."""
        resting = (sentence for sentence in self.sentences if sentence.rests == "evidence")
        return frozenset(self.lines[link.line].source for sentence in resting for link in sentence.links)

    @property
    def grounded(self) -> tuple[int, int]:
        """How many sentences rest on the evidence, and how many claim something."""
        claiming = [sentence.rests for sentence in self.sentences if sentence.rests != "phrase"]
        return claiming.count("evidence"), len(claiming)


def told_of(reply: Reply) -> Told:
    """A reply of this process, by its own trace."""
    trace = reply.trace
    prompt = tuple(ChatMessage(message["role"], message["content"]) for message in trace.get("prompt", ()))
    question, language = trace.get("rewritten") or trace.get("question", ""), trace.get("language", "en")
    sources = (*reply.citations, *(item.id for item in reply.sources))
    return Told(question, reply.text, language, sources, trace.get("answered_by", ""), prompt)


class Explainer:
    """Explains replies of one shop. Safe to call from several threads."""

    def __init__(self, knowledge: KnowledgeBase, retriever: Retriever | None = None) -> None:
        self._knowledge = knowledge
        self._retriever = retriever or Retriever(knowledge)

    def explain(self, told: Told, trace: Mapping[str, Any]) -> Explanation:
        """Blocks: the sentences are encoded."""
        lines = tuple(lines_of(self._knowledge, told.sources, told.language))
        found = tuple(self._sentence(sentence, lines, told.language) for sentence in sentences(told.text))
        return Explanation(told, lines, found, trace.get("lanes", {}), trace.get("hits", ()), trace.get("held_back", ()))

    def _sentence(self, text: str, lines: Sequence[Line], language: str) -> Sentence:
        said = without_lead(text, language)
        if is_set_phrase(said, language):
            return Sentence(text, "phrase")
        links = self._links(said, lines, language)
        for carrying in (_kept(links, said, lines), self._together(links, said, lines)):
            if carrying and not _missing(said, [lines[link.line] for link in carrying]):
                return Sentence(text, "evidence", tuple(carrying))
        return Sentence(text, "nothing", tuple(links[:1]), tuple(_missing(said, lines)))

    def _links(self, text: str, lines: Sequence[Line], language: str) -> list[Link]:
        """Every line with its scores, best first."""
        if not lines:
            return []
        foreign = any(is_chinese(line.text) != is_chinese(text) for line in lines)
        close = self._retriever.similarities(text, [line.under_title for line in lines], CROSS_LINGUAL if foreign else language)
        found = [self._link(place, text, line, float(cosine)) for place, (line, cosine) in enumerate(zip(lines, close, strict=True))]
        return sorted(found, key=lambda link: -link.score)

    def _together(self, links: Sequence[Link], text: str, lines: Sequence[Line]) -> list[Link]:
        """Lines of one source that carry a sentence together where none does alone, as for a list of a product's fields; else none."""
        chosen: list[Link] = []
        for link in links:
            line, joined = lines[link.line], _joined([lines[one.line] for one in chosen])
            same = not chosen or line.source == lines[chosen[0].line].source
            if same and len(chosen) < _MOST_TOGETHER and _adds(line, joined, text):
                chosen.append(link)
        if len(chosen) < 2:
            return []
        whole = self._link(0, text, _joined([lines[link.line] for link in chosen]), max(link.similarity for link in chosen))
        return chosen if whole.score >= RESTS_TOGETHER else []

    def _link(self, place: int, text: str, line: Line, similarity: float) -> Link:
        stated = _share_stated(_own_figures(text, line), line)
        if _verbatim(text, line):
            return Link(place, 1.0, stated, 1.0, round(similarity, 4))
        shared = self._shared(text, line, stated)
        score = _WORDS * shared + _MEANING * similarity
        score = score / (_WORDS + _MEANING) if stated is None else score + _FIGURES * stated
        rounded = (round(value, 4) for value in (score, shared, similarity))
        score, shared, similarity = rounded
        return Link(place, score, stated, shared, similarity)

    def _shared(self, text: str, line: Line, stated: float | None) -> float:
        """The share of the telling words; where figures are all that is told, of those; a name alone rests on every line under it."""
        said = _beyond(text, line.title)
        if any(not word.replace(".", "").isdigit() for word in terms(said)):
            return self._retriever.coverage(said, line.text)
        return stated if stated is not None else float(bool(terms(text)))


def _verbatim(text: str, line: Line) -> bool:
    """Whether the line is the sentence, whatever marks stand around them. A part of a line may leave a condition out."""
    said, whole = (" ".join(one.split()).strip(_AROUND) for one in (text, line.text))
    return bool(said) and said == whole


def _joined(lines: Sequence[Line]) -> Line:
    first = lines[0] if lines else Line("", "", "", "")
    return replace(first, text="\n".join(line.text for line in lines))


def _adds(line: Line, known: Line, text: str) -> bool:
    """Whether the line has words or figures of the text that are not there yet."""
    wanted = set(terms(_beyond(text, line.title)))
    return bool(wanted & set(terms(line.text)) - set(terms(known.text)))


def _beyond(text: str, title: str) -> str:
    """What is said of a thing: the words without those of its name, which every line under it has."""
    named = set(terms(title))
    return " ".join(word for word in words(text) if term(word) not in named)


def _own_figures(text: str, line: Line) -> list[Figure]:
    """The figures of a sentence that are not in the name of what it is about ("Ridgeline 2")."""
    named = FigureIndex((line.title,))
    return [figure for figure in figures(text) if not named.supports(figure)]


def _share_stated(stated: Sequence[Figure], line: Line) -> float | None:
    if not stated:
        return None
    index = FigureIndex((line.text,))
    return round(sum(index.supports(figure) for figure in stated) / len(stated), 4)


def _kept(links: Sequence[Link], text: str, lines: Sequence[Line]) -> list[Link]:
    """The lines that carry the sentence: the best, those as good, and those that state figures the others do not."""
    kept: list[Link] = []
    for link in links:
        if link.score < RESTS and not kept:
            break
        as_good = link.score >= max(RESTS, links[0].score - _BESIDE)
        before, after = ([lines[one.line] for one in some] for some in (kept, [*kept, link]))
        if not kept or as_good or len(_missing(text, after)) < len(_missing(text, before)):
            kept.append(link)
        if len(kept) == _MOST:
            break
    return kept


def _missing(text: str, lines: Sequence[Line]) -> list[str]:
    """The figures of a sentence that none of these lines states, nor the name of what it is about."""
    index = FigureIndex(tuple(part for line in lines for part in (line.title, line.text)))
    return list(dict.fromkeys(figure.text for figure in index.unsupported(text)))
