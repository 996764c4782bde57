"""Text into sentences, in English and Chinese, without losing a character: joined again they are the text.

Knows decimals ("2.5 kg"), abbreviations ("e.g.", "approx."), initials, ellipses, list lines and closing quotes. Used where
a claim is judged or a passage is quoted, so a wrong split must never cut a figure in two.
"""

from __future__ import annotations

import re

_ABBREVIATIONS = frozenset(
    "e.g i.e etc vs approx max min no nr dr mr mrs ms st inc ltd co dept est fig vol al jan feb mar apr jun jul aug sep sept oct nov dec cf".split()
)
_END = re.compile(r"[。！？!?]+[”’」』）)\"']*|\.+[”’)\"']*(?=\s|$)|\n+")

_LEAST_LEFT = 20  # characters that must remain of a text whose yes or no is left out
YES_NO_START = re.compile(
    r"^(?:sorry,? ?(?:but )?)?(?:yes|no|yep|nope|sure|of course|certainly|absolutely|afraid not|i'm afraid not|"
    r"是的?|可以|不可以|不能|能|会|不会|有|没有|支持|不支持|当然)[\s,，.。!！;；—–-]",
    re.IGNORECASE,
)


def split_sentences(text: str) -> list[str]:
    """Pieces whose concatenation is `text`; every piece but the last ends where a sentence ends."""
    pieces: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match.start() < start or _is_abbreviation(text, match):
            continue
        end = match.end()
        while end < len(text) and text[end] in " \t":
            end += 1
        pieces.append(text[start:end])
        start = end
    if start < len(text):
        pieces.append(text[start:])
    return [piece for piece in pieces if piece]


def sentences(text: str) -> list[str]:
    """The sentences without surrounding white space and list marks; empty ones are dropped."""
    found = (piece.strip().lstrip("-*•·").strip() for piece in split_sentences(text))
    return [sentence for sentence in found if sentence]


def _is_abbreviation(text: str, match: re.Match[str]) -> bool:
    if not match.group().startswith(".") or match.group().startswith(".."):
        return False
    words = text[: match.start()].rsplit(None, 1)
    word = words[-1].lower().lstrip("(\"'“") if words else ""
    if word in _ABBREVIATIONS:
        # "No. 5" is an abbreviation, "The answer is no." is an end: look at what follows.
        after = text[match.end() :].lstrip()
        return word not in {"no", "min", "max"} or after[:1].isdigit()
    return len(word) == 1 and word.isalpha() and text[match.end() : match.end() + 2].strip().islower()


def without_yes_no(text: str) -> str:
    """A passage's answer to its own question, without the yes or no that would answer another one."""
    rest = YES_NO_START.sub("", text, count=1).lstrip(" ,，.。!！")
    return rest[:1].upper() + rest[1:] if len(rest) >= _LEAST_LEFT else text
