"""Whether a sentence says only what the facts state, word by word, and which field each claim comes from.

A sentence of a description is no copy of a sentence of the evidence, as an answer in chat is, so `claims.judge` alone would refuse all of
them. Here every word must be the facts' own, in any of its forms, or a word that claims nothing; every figure must be the facts' with its
unit (`figures`); a no, a condition or a superlative must stand in the facts (`claims`); a relation ("made of", "weighs") must be about a
fact of that kind; and a name must come with its own value. One-sided like `claims`: what is refused costs a regenerated sentence, what is
let pass wrongly a false promise.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatbot.claims import Evidence, conditions, is_absolute, judge, negations
from chatbot.copywriter.facts import Fact, Facts
from chatbot.copywriter.glue import glue
from chatbot.figures import FigureIndex
from chatbot.terms import normalise, term, words

_RELATIONS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"\b(?:made|crafted|built|woven|knitted|sewn) (?:of|from|out of|with)\b|\bmaterial\b|材质|制成|材料|面料"), ("material",)),
    (re.compile(r"\bmade in\b|\borigin\b|产地"), ("origin",)),
    (re.compile(r"\bweighs?\b|\bmeasures\b|\b(?:wide|tall|long|deep|heavy)\b"), ("measure",)),
    (re.compile(r"\bcolou?rs?\b|颜色"), ("colour", "option")),
    (re.compile(r"\b(?:costs?|prices?|pay)\b|价格|售价"), ("price",)),
    (re.compile(r"\bchoose\b|\bchoice\b|可选|任选"), ("option",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trace:
    """A claim and where it comes from: the field of the row, and the value that states it."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence with what carries it. `struck` are the words for which it was refused; empty when it may be said."""

    text: str
    traces: tuple[Trace, ...] = ()
    struck: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.struck


class Checker:
    """Checks sentences against the facts of one product."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._figures = FigureIndex(facts.texts)
        self._evidence = Evidence(facts.texts, (facts.title,))
        self._own = frozenset(term(word) for text in facts.texts for word in words(text))
        self._values = sorted({normalise(part) for fact in facts.known for part in (fact.value, fact.name) if part}, key=len, reverse=True)
        self._text = " ".join(facts.texts)

    def check(self, sentence: str) -> Checked:
        """What of the sentence the facts do not state."""
        traces = tuple(self._traces(sentence))
        if judge(sentence, self._evidence) is None:
            return Checked(sentence, traces)
        struck = [figure.text for figure in self._figures.unsupported(sentence)] + self._strange(sentence) + self._unrelated(sentence)
        if negations(sentence) > negations(self._said_by(traces)) and not struck:
            struck.append("negation")
        if is_absolute(sentence) and not is_absolute(self._text):
            struck.append("superlative")
        return Checked(sentence, traces, tuple(dict.fromkeys(struck)) or self._mixed(sentence))

    def _said_by(self, traces: Iterable[Trace]) -> str:
        return " ".join(trace.value for trace in traces)

    def _strange(self, sentence: str) -> list[str]:
        """Words that are neither the facts' nor free of claims."""
        rest = self._without_values(sentence)
        free = glue(self._facts.language)
        kept = conditions(rest) - conditions(self._text)
        return [word for word in words(rest) if term(word) not in self._own and (word not in free or word in kept - free)]

    def _without_values(self, sentence: str) -> str:
        rest = normalise(sentence)
        for value in self._values:
            rest = re.sub(_whole(value), " ", rest)
        return rest

    def _unrelated(self, sentence: str) -> list[str]:
        """Relations that are claimed of no fact of their kind, unless they are the facts' own words."""
        plain = self._without_values(sentence)
        told = {fact.kind for fact in self._facts.known if self._tells(sentence, fact)}
        return [match.group() for pattern, kinds in _RELATIONS for match in pattern.finditer(plain) if not told & set(kinds) and term(match.group().split()[0]) not in self._own]  # fmt: skip

    def _mixed(self, sentence: str) -> tuple[str, ...]:
        """Names whose own value the sentence does not have beside them, in the order in which it has them."""
        plain = normalise(sentence)
        named = [fact for fact in self._facts.known if fact.name and fact.kind != "flag" and _found(plain, fact.name) is not None]
        named = [
            fact
            for fact in named
            if not any(other is not fact and normalise(fact.name) in normalise(other.name) and other in named for other in named)
        ]
        wrong = [fact.name for fact in named if not self._tells(sentence, fact) and not any(_inside(fact.name, other) for other in self._facts.known if other is not fact)]  # fmt: skip
        if wrong:
            return tuple(wrong)
        places = [(place := _found(plain, fact.name), _beside(plain, fact.value, place)) for fact in named]
        known = [(name, value) for name, value in places if name is not None and value is not None]
        swapped = [value for _, value in sorted(known)] != sorted(value for _, value in known)
        return (named[0].name,) if swapped and len({value for _, value in known}) == len(known) else ()

    def _tells(self, sentence: str, fact: Fact) -> bool:
        return _found(normalise(sentence), fact.value) is not None or self._in_words(sentence, fact)

    def _in_words(self, sentence: str, fact: Fact) -> bool:
        wanted = {term(word) for word in words(fact.value)}
        return len(wanted) > 1 and wanted <= {term(word) for word in words(sentence)}

    def _traces(self, sentence: str) -> Iterable[Trace]:
        for fact in self._facts.known:
            if self._tells(sentence, fact):
                yield Trace(fact.field, fact.value)


def _inside(name: str, other: Fact) -> bool:
    return normalise(name) in normalise(f"{other.value} {other.name}")


def _found(plain: str, value: str) -> int | None:
    match = re.search(_whole(normalise(value)), plain)
    return match.start() if match else None


def _beside(plain: str, value: str, name: int | None) -> int | None:
    """Where the value stands that belongs to a name: the first one behind it, else the last one before it."""
    places = [match.start() for match in re.finditer(_whole(normalise(value)), plain)]
    behind = [place for place in places if place >= (name or 0)]
    return behind[0] if behind else places[-1] if places else None


@functools.lru_cache(maxsize=4_000)
def _whole(value: str) -> str:
    """A pattern for the value as whole words."""
    start = r"(?<![a-z0-9])" if re.match(r"[a-z0-9]", value) else ""
    end = r"(?![a-z0-9])" if re.search(r"[a-z0-9]$", value) else ""
    return start + re.escape(value) + end


def told_of(checked: Sequence[Checked]) -> frozenset[Trace]:
    """All that sentences tell together."""
    return frozenset(trace for one in checked for trace in one.traces)
