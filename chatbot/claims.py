"""Whether what a sentence claims follows from the evidence: figures, names, polarity, permission and conditions.

Deliberately strict and one-sided: a sentence follows only when it is a compression of one or two neighbouring sentences of the
evidence. Its content words stand there in the same order, no negation is added or lost, no condition ("only", "unless",
"up to", "if") is dropped, and no yes or no is put in front. What a small model writes freely rarely passes; what it copies with
fewer words does. Being wrong in the strict direction costs a quote, in the other direction a false promise.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chatbot.figures import FigureIndex
from chatbot.sentences import sentences
from chatbot.terms import is_chinese, normalise, terms

_NEGATIONS = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|nothing|nobody|unable|unavailable|sold out|out of stock|excluded?|refuse[sd]?|\w+n['’]t)\b|不|没|無|无|未|非|勿|禁|别|售罄|缺货",
    re.IGNORECASE,
)
_CONDITIONS = re.compile(
    r"\b(?:only|unless|except|excluding|if|provided|until|before|after|within|up to|at least|at most|maximum|minimum|max|min|over|under|above|below|from|free|"
    r"first|some|all|every|any|most|per|selected|may|might|must|should|required?|optional)\b"
    r"|仅|只|除|除非|如果|若|须|必须|之前|之后|以内|内|起|至少|最多|超过|不超过|以上|以下|部分|所有|全部|每|免费|满|限",
    re.IGNORECASE,
)  # fmt: skip
_YES_NO = re.compile(
    r"^\s*(?:yes|no|yeah|nope|sure|certainly|of course|absolutely|definitely|correct|right|unfortunately|是的?|不是|可以|不可以|不能|能|对|没错|当然|有|没有)[,，.!。！\s]",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"(?:it|its|they|this|these|them|he|she|we|you|your)\b|它|其|该|本|此|这", re.IGNORECASE)
_LEAST_KEPT = 0.85  # of the content words of the evidence sentence
_ABSOLUTE = re.compile(
    r"\b(?:guarantee[sd]?|promise|always|best|perfect|ideal|recommend(?:ed)?|definitely)\b|保证|绝对|一定", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Violation:
    """What was held back and why: `reason` is figure, name, polarity, condition, yes_no or unsupported."""

    text: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one reply may rely on. `texts` are passages and record facts; `subjects` are names that may stand for "it" (titles)."""

    texts: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    statements: tuple[str, ...] = field(init=False)
    index: FigureIndex = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "statements", tuple(dict.fromkeys(s for text in self.texts for s in sentences(text))))
        object.__setattr__(self, "index", FigureIndex((*self.texts, *self.subjects)))


def judge(sentence: str, evidence: Evidence) -> Violation | None:
    """None when the sentence follows from the evidence, else why it does not."""
    unsupported = evidence.index.unsupported(sentence)
    if unsupported:
        return Violation(sentence, "figure", unsupported[0].text)
    if any(_same(sentence, statement) for statement in evidence.statements):
        return None
    if _YES_NO.search(sentence + " "):
        return Violation(sentence, "yes_no", sentence.split()[0] if sentence.split() else sentence)
    claimed = terms(sentence)
    if not claimed:
        return Violation(sentence, "unsupported")
    subjects = set(terms(" ".join(evidence.subjects)))
    reasons = [_against(sentence, claimed, support, subjects) for support in _supports(evidence.statements)]
    if not reasons or None in reasons:
        return None if reasons else Violation(sentence, "unsupported")
    return Violation(sentence, min(reasons, key=_severity) or "unsupported")


def _severity(reason: str | None) -> int:
    return ("condition", "polarity", "order", "unsupported").index(reason or "unsupported")


def _supports(statements: Sequence[str]) -> Iterable[str]:
    yield from statements
    for first, second in itertools.pairwise(statements):
        yield f"{first} {second}"


def _against(sentence: str, claimed: Sequence[str], support: str, subjects: set[str]) -> str | None:
    """Why `support` does not carry `sentence`; None when it does."""
    given = terms(support)
    if _drops_too_much(claimed, given, support, subjects):
        return "unsupported"
    if any(word not in given and word not in subjects for word in claimed) or all(word in subjects for word in claimed):
        return "unsupported"
    if is_absolute(sentence) and not is_absolute(support):
        return "unsupported"
    if negations(sentence) != negations(support):
        return "polarity"
    if conditions(support) != conditions(sentence):
        return "condition"
    if not _in_order([word for word in claimed if word not in subjects or word in given], given, subjects):
        return "order"
    return None


def _drops_too_much(claimed: Sequence[str], given: Sequence[str], support: str, subjects: set[str]) -> bool:
    """Leaving out what a sentence is about ("the lid is …") or most of what it says makes another claim of it."""
    about = given[0] if given else ""
    if about not in claimed and about not in subjects and not _PRONOUN.match(support):
        return True
    kept = sum(word in claimed for word in given)
    return kept < _LEAST_KEPT * len(given)


def conditions(text: str) -> set[str]:
    """The words of a text that set a condition or a bound, lower case."""
    return {match.lower() for match in _CONDITIONS.findall(text)}


def negations(text: str) -> int:
    """How often a text says no."""
    return len(_NEGATIONS.findall(text))


def is_absolute(text: str) -> bool:
    """Whether a text promises or praises without measure ("guaranteed", "best")."""
    return _ABSOLUTE.search(text) is not None


def _in_order(claimed: Sequence[str], given: Sequence[str], subjects: set[str]) -> bool:
    """The claimed words come in the order of the evidence, the subject's own words aside."""
    place = 0
    for word in claimed:
        if word in subjects:
            continue
        try:
            place = given.index(word, place) + 1
        except ValueError:
            return False
    return True


def _same(sentence: str, statement: str) -> bool:
    return _bare(sentence) == _bare(statement)


def _bare(text: str) -> str:
    bare = re.sub(r"[^\w]+", "" if is_chinese(text) else " ", normalise(text))
    return bare.strip()
