"""Several variants of one description, the best first: how much of the row each tells, how well it is carried, and how unlike the others
it is.

Grounding: the share of sentences that trace to a field, times the share of the row's telling facts that are told. Diversity: one minus
the largest share of word pairs in common with a variant that stands before it. Chosen greedily as in maximal marginal relevance
(Carbonell and Goldstein 1998).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatbot.copywriter.facts import Facts
from chatbot.copywriter.writer import Sentence
from chatbot.terms import words

_WEIGHT = 0.7  # of grounding beside diversity
_TELLING = ("brand", "colour", "material", "measure", "origin", "pack", "option", "flag", "attribute")


@dataclass(frozen=True, slots=True)
class Variant:
    """A whole text. `grounding` and `diversity` are from 0 to 1; `told` the share of the row's telling facts."""

    text: str
    sentences: tuple[Sentence, ...]
    grounding: float = 0.0
    told: float = 0.0
    diversity: float = 1.0


def variant_of(sentences: Sequence[Sentence], facts: Facts) -> Variant:
    """The sentences as one text with its figures."""
    text = ("" if facts.language == "zh" else " ").join(sentence.text for sentence in sentences)
    carried = sum(bool(sentence.traces) or sentence.act == "close" for sentence in sentences) / max(1, len(sentences))
    told = told_share(sentences, facts)
    return Variant(text, tuple(sentences), round(carried * (0.5 + 0.5 * told), 3), round(told, 3))


def told_share(sentences: Sequence[Sentence], facts: Facts) -> float:
    """Of the facts that set the product apart, how many are told; 1 where there are none."""
    telling = {(fact.field, fact.value) for fact in facts.of(*_TELLING)}  # type: ignore[arg-type]
    told = {(trace.field, trace.value) for sentence in sentences for trace in sentence.traces}
    return len(telling & told) / len(telling) if telling else 1.0


def ranked(variants: Sequence[Variant]) -> list[Variant]:
    """The best first; each with how unlike those before it it is."""
    left, chosen = list(dict.fromkeys(variants)), list[Variant]()
    while left:
        scored = [(_WEIGHT * one.grounding + (1 - _WEIGHT) * _unlike(one, chosen), -place, one) for place, one in enumerate(left)]
        best = max(scored, key=lambda entry: entry[:2])[2]
        left.remove(best)
        chosen.append(replace(best, diversity=round(_unlike(best, chosen), 3)))
    return chosen


def _unlike(one: Variant, others: Sequence[Variant]) -> float:
    return 1.0 - max((shared(one.text, other.text) for other in others), default=0.0)


def shared(one: str, other: str) -> float:
    """The share of word pairs that two texts have in common (Jaccard)."""
    first, second = pairs(one), pairs(other)
    return len(first & second) / len(first | second) if first | second else 1.0


def pairs(text: str) -> set[tuple[str, str]]:
    found = words(text)
    return set(itertools.pairwise(found))
