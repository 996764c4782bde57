"""In which words a question is searched for: as it was put, as a FAQ would put it, and with the product that "it" stands for."""

from __future__ import annotations

import re

from chatbot.followup import Whole
from chatbot.intents import read
from chatbot.statements import without_title
from chatbot.terms import terms

_RETURN = frozenset(terms("return 退货"))
_RETURNING = frozenset(terms("return 退货 days 天 多久 duration 不喜欢 喜欢 之内 内 期限"))
_ASKS_HOW = re.compile(r"\s*(?:how (?:do|can|to|would|should|does|is|much)|when|where)\b|怎么|如何", re.IGNORECASE)


def wordings(whole: Whole, language: str) -> tuple[str, ...]:
    """The question as it was put, without the product's name and, where only a return is asked about, as the policy is called."""
    asked = _asked(whole)
    said = set(terms(whole.fragment or asked))
    if said & _RETURN and said <= _RETURNING and not _ASKS_HOW.match(asked):
        return whole.fragment or whole.question, asked, "退货政策是什么？" if language == "zh" else "What is your return policy?"
    if whole.fragment and read(whole.fragment).shipping and len(terms(whole.fragment)) >= 2:  # it says what it is about by itself
        return whole.fragment, asked
    return whole.question, asked


def _asked(whole: Whole) -> str:
    """The question as a FAQ would put it: without the name of the product, which no FAQ entry knows."""
    return without_title(whole.question, whole.products[0]) if whole.products and not whole.ambiguous else whole.question


def subject(whole: Whole) -> str:
    """What to search for: the question, with the product in focus where only "it" stands for it."""
    if whole.products and not whole.named:
        return f"{whole.question} ({whole.products[0].title})" if not whole.reading.shipping else whole.question
    return whole.question
