"""What the words of a reply alone tell: whether it admits not knowing, takes a side, repeats itself, how long it is and in which language.

Knows no shop and no evidence. What counts as admitting not to know is the one list of phrases here, for the evaluation and for the
benchmarks, so that "it refused" means the same everywhere. A denial of a fact ("the tent does not include pegs") is no admission.
"""

from __future__ import annotations

import re

from chatbot.terms import is_chinese, normalise

_ADMITS = re.compile(
    r"\b(?:could|can|did|was|were)(?:n't| ?not) (?:able to )?find\b|\bunable to (?:find|answer|tell|say|confirm)\b"
    r"|\b(?:do|does|did)(?:n't| not) (?:\w+ )?(?:say|tell|mention|state|specify|know)\b"
    r"|\b(?:do|does|did)(?:n't| not) have (?:\w+ )?(?:\w+ )?(?:answer|info|information|details?|data)\b"
    r"|\b(?:texts?|records?|information|descriptions?|passages?|documents?|pages?|details)\b[^.!?\n]{0,40}"
    r"\b(?:do|does|did)(?:n't| not) (?:include|contain|cover|list|give|provide|answer|explain|have|show)\b"
    r"|\b(?:is|are|was)(?:n't| not) (?:mentioned|stated|specified|told|said|described|in the (?:text|record|information|shop's))\b"
    r"|\bno (?:\w+ )?(?:information|info|mention|details?)\b|\b(?:i'm|i am|we're|we are) not (?:sure|certain|aware)\b"
    r"|\b(?:do(?:n't| not) want|rather not|wo(?:n't|uld not)) (?:to )?guess\b|\bnot aware of\b"
    r"|\bcan(?:'t|not| not) (?:answer|tell|say|confirm)\b"
    r"|(?:没有?|未)(?:找到|查到|提到|提及|说明|写明|注明|标明|提供|相关信息|这方面的信息|对应的说明)|查不到|找不到"
    r"|不(?:太)?(?:清楚|知道|确定|了解)|无法(?:确定|回答|确认|得知|判断)|不想随意猜测|资料(?:里|中)?没有",
)
_SIDES = re.compile(
    r"^\W*(?:yes|no|yeah|nope|sure|certainly|of course|unfortunately)\b|\b(?:in|out of) stock\b|\bsold out\b|\b(?:un)?available\b"
    r"|\b(?:can(?:'t|not)?|is(?:n't)?|are(?:n't)?|do(?:n't)?|does(?:n't)?) (?:you|it|they|we|not)\b"
    r"|有货|现货|售罄|缺货|没货|无货|卖完|^\W*(?:是|不是|可以|不可以|不能|能|没有|有)",
)
_UNIT = re.compile(r"[一-鿿㐀-䶿]|[^\W_一-鿿㐀-䶿]+(?:['’.,][^\W_一-鿿㐀-䶿]+)*")
GRAM = 4


def admits_not_knowing(text: str) -> bool:
    """Whether the text says that it does not know, or that the shop does not say."""
    return _ADMITS.search(normalise(text)) is not None


def takes_a_side(text: str) -> bool:
    """Whether the text says yes or no, or whether something can be had: what words cannot judge, and a person has to read."""
    return _SIDES.search(normalise(text)) is not None


def units(text: str) -> list[str]:
    """The words of a text in lower case; each Han character counts as one."""
    return _UNIT.findall(normalise(text))


def repeated_grams(text: str) -> tuple[int, int]:
    """(how many runs of four words were there before in the same text, how many there are in all)."""
    said = units(text)
    grams = [tuple(said[start : start + GRAM]) for start in range(len(said) - GRAM + 1)]
    return len(grams) - len(set(grams)), len(grams)


def fits_language(text: str, language: str) -> bool:
    """Whether a reply is in the script that `language` is written in. A reply without letters fits every language."""
    return not any(character.isalpha() for character in text) or is_chinese(text) == (language == "zh")
