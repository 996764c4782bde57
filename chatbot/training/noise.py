"""How shoppers really type: greetings in front, thanks behind, lower case, missing punctuation, slips of the finger.

What carries meaning (figures, names with capitals inside a word, short words) is never touched. All chance comes from the generator given.
"""

from __future__ import annotations

import random
import re

_BEFORE = (
    "hi", "hello", "hey", "hi there", "good morning", "quick question", "sorry to bother you", "hey guys", "hello team", "question",
    "just wondering", "hiya", "ok so", "before I order", "I've been looking at your site", "can you help me", "excuse me", "one more thing",
)  # fmt: skip
_AFTER = ("thanks", "thank you", "thx", "cheers", "please", "thanks in advance", "pls", "ta", "much appreciated", "asap please")
_SHORTER = {
    "you": "u", "your": "ur", "are": "r", "please": "pls", "because": "cos", "do not": "dont", "does not": "doesnt", "what is": "whats",
    "what's": "whats", "i am": "im", "i'm": "im", "don't": "dont", "can't": "cant", "it's": "its", "want to": "wanna", "going to": "gonna",
}  # fmt: skip
_WORD = re.compile(r"\b[a-z]{5,}\b")
_NEAR = {
    "a": "s", "b": "v", "c": "x", "d": "s", "e": "r", "f": "g", "g": "h", "h": "j", "i": "o", "j": "k", "k": "l", "l": "k", "m": "n", "n": "m",
    "o": "i", "p": "o", "q": "w", "r": "t", "s": "a", "t": "y", "u": "i", "v": "b", "w": "e", "x": "c", "y": "t", "z": "x",
}  # fmt: skip


_TALK = (
    "My husband is a big lad.", "It's a present for my mum.", "We've just moved house.", "I ordered from you last year and loved it.", "My neighbour swears by hers.",
    "I've been going back and forth on this for days.", "Sorry, long message.", "My old one finally gave up.", "I live on the third floor and the lift is broken.",
    "The birthday is on Saturday.", "I saw it in a magazine.", "I'm not very technical.", "My daughter told me about your shop.", "We're having guests next week.",
    "I'm on a bit of a budget.", "I never buy this kind of thing online.", "My last one came from somewhere else and it was rubbish.", "I'm writing from my phone.",
    "It's for the two of us.", "I know it's a silly question.", "My sister has the same one.", "I can't find my glasses, so excuse the typing.", "It has to last, that's all I ask.",
    "I was about to put it in the basket.", "The kids are driving me mad.", "I have an allotment and not much time.", "We run a small guest house.", "Nobody answered my call.",
    "I've had it for five weeks.", "I tried to find this on the site and gave up.", "Last winter was a nightmare.", "My boss wants to know.", "I'm quite tall.", "It's my first one.",
)  # fmt: skip


def as_typed(question: str, source: random.Random) -> str:
    """The question as one of many people would type it; about a third stay as they are."""
    if source.random() < 0.12:
        question = f"{source.choice(_TALK)} {question}" if source.random() < 0.8 else f"{question} {source.choice(_TALK)}"
    if source.random() < 0.4:
        return question
    for change, chance in ((_greeted, 0.25), (_thanked, 0.15), (_shortened, 0.2), (_slipped, 0.3), (_careless, 0.45)):
        if source.random() < chance:
            question = change(question, source)
    return question


def _greeted(question: str, source: random.Random) -> str:
    word = source.choice(_BEFORE)
    rest = question if question[:2] == "I " or question[:2].isupper() else question[:1].lower() + question[1:]
    return f"{word[:1].upper() + word[1:] if source.random() < 0.5 else word}{source.choice((', ', ' - ', '! ', '. ', ' '))}{rest}"


def _thanked(question: str, source: random.Random) -> str:
    return f"{question}{source.choice((' ', ', ', '. '))}{source.choice(_AFTER)}"


def _shortened(question: str, source: random.Random) -> str:
    for long, short in _SHORTER.items():
        if source.random() < 0.7:
            question = re.sub(rf"\b{long}\b", short, question)
    return question


def _careless(question: str, source: random.Random) -> str:
    """Lower case, no mark at the end, or several."""
    question = question.lower() if source.random() < 0.7 else question
    end = source.choice(("", "", "??", " ?", "..."))
    return question.rstrip("?.! ") + end


def _slipped(question: str, source: random.Random) -> str:
    """One slip in one or two longer words: a letter lost, swapped with the next, or its neighbour on the keyboard."""
    places = [match.start() for match in _WORD.finditer(question)]
    chosen = set(source.sample(places, min(len(places), source.choice((1, 1, 2)))))
    return _WORD.sub(lambda match: _one_slip(match.group(), source) if match.start() in chosen else match.group(), question)


def _one_slip(word: str, source: random.Random) -> str:
    place = source.randint(1, len(word) - 2)
    kind = source.choice(("lose", "swap", "near"))
    if kind == "lose":
        return word[:place] + word[place + 1 :]
    if kind == "swap":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + _NEAR[word[place]] + word[place + 1 :]
