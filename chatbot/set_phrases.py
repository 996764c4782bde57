"""Which sentences are set phrases of the assistant: they greet, offer, introduce a list or say that it does not know, and claim nothing.

Made from the phrases themselves (`phrases.say`), so that a phrase that is worded anew is still known. Knows no evidence.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from chatbot.phrases import say
from chatbot.sentences import sentences

_CLAIM_NOTHING = (
    "greeting", "thanks", "goodbye", "who", "yes_to_nothing", "no", "handoff", "angry", "unknown", "unknown_part", "unknown_field",
    "unknown_product", "nearest_each", "nearest_products", "unsure", "offer_person", "refused", "refused_private", "overloaded", "list",
    "list_one", "list_more", "list_suggest", "list_none", "catalogue", "which_one", "similar", "error",
)  # fmt: skip
_LEAD_TO_A_QUOTE = ("says", "nearest", "nearest_field", "quoted_other_language")
_FIELDS = ("part", "title", "titles", "contact")
_ANY, _QUOTE = "\x00", "\x01"


def is_set_phrase(sentence: str, language: str) -> bool:
    return any(pattern.fullmatch(sentence.strip()) for pattern in _phrases(language))


def without_lead(sentence: str, language: str) -> str:
    """What a sentence quotes, without the words that lead to it: "The shop says: …"."""
    found = (pattern.match(sentence) for pattern in _leads(language))
    return next((sentence[match.end() :] for match in found if match), sentence)


@functools.lru_cache(maxsize=8)
def _phrases(language: str) -> tuple[re.Pattern[str], ...]:
    return _patterns(sentence for sentence in _said((*_CLAIM_NOTHING, *_LEAD_TO_A_QUOTE), language) if _QUOTE not in sentence)


@functools.lru_cache(maxsize=8)
def _leads(language: str) -> tuple[re.Pattern[str], ...]:
    return _patterns(sentence.partition(_QUOTE)[0] for sentence in _said(_LEAD_TO_A_QUOTE, language) if _QUOTE in sentence)


def _said(keys: Iterable[str], language: str) -> list[str]:
    """The sentences of these phrases with marks in the place of what is filled in."""
    values = dict.fromkeys(_FIELDS, _ANY) | {"quote": _QUOTE}
    return [sentence for key in keys for sentence in sentences(say(key, language, **values))]


def _patterns(marked: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(".+".join(map(re.escape, text.split(_ANY))), re.DOTALL) for text in dict.fromkeys(marked))
