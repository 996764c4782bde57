"""A step into a sentence, by code: frames drawn at random from the row's own seed, so that a thousand rows do not read alike.

What is said is the facts of the step and nothing else; English agrees with a name in the plural. Knows no model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from chatbot.copywriter import wording_en, wording_zh
from chatbot.copywriter.facts import Fact, Facts
from chatbot.copywriter.plan import Step
from chatbot.copywriter.wish import Tone

_MANY = (
    (re.compile(r"\bThe product here is\b"), "The products here are"), (re.compile(r"\bThis product is\b"), "These products are"),
    (re.compile(r"\bThe item is\b"), "The items are"), (re.compile(r"\b(How|how) does it\b"), r"\1 do they"), (re.compile(r"\bWhat it looks\b"), "What they look"), (re.compile(r"\bWhat is it\? The\b"), "What are they? The"),
    (re.compile(r"\bThis is\b"), "These are"), (re.compile(r"\bthis is\b"), "these are"), (re.compile(r"\bHere is\b"), "Here are"), (re.compile(r"\bHere it is\b"), "Here they are"), (re.compile(r"\bIt is\b"), "They are"),
    (re.compile(r"\bit is\b"), "they are"), (re.compile(r"\bIts\b"), "Their"), (re.compile(r"\bits\b"), "their"), (re.compile(r"\bIt (come|belong|cost|carrie|goe)s\b"), lambda m: "They " + {"carrie": "carry", "goe": "go"}.get(m[1], m[1])),
    (re.compile(r"\bIt has\b"), "They have"), (re.compile(r"\bit has\b"), "they have"), (re.compile(r"(?<=\{t\}) is\b"), " are"), (re.compile(r"(?<=\{t\}) comes\b"), " come"), (re.compile(r"(?<=\{t\}) carries\b"), " carry"),
    (re.compile(r"\bis the \{t\}"), "are the {t}"), (re.compile(r"\bThis one is\b"), "These are"), (re.compile(r"\bthat the \{t\}\? It is"), "that the {t}? Yes"), (re.compile(r"\bIs it made\b"), "Are they made"),
    (re.compile(r"\bis it made of\b"), "are they made of"), (re.compile(r"\bit\b"), "them"),
)  # fmt: skip
_TRAILING = re.compile(r"^(?:large|small|medium|mini|jumbo|assorted|black|white|red|blue|green|pink|\W+|\d+\w*)$", re.IGNORECASE)
_PICTURED = re.compile(r"pictur|图|[Ss]hown|\bpeek\b|\blook(?:ing)? at\b|[Hh]ave a look|Take a look|Picture")
_QUALITY = re.compile(r"(?:[a-z](?:able|ible|proof|resistant)|-(?:free|safe|friendly))$")
_IN_CLAUSES = 0.45  # of the sentences about several attributes
_VOICED = {"colour": "COLOUR", "material": "MATERIAL", "origin": "ORIGIN", "pack": "PACK", "category": "CATEGORY", "picture": "PICTURE", "caption": "CAPTION", "price": "PRICE"}  # fmt: skip


class Realiser:
    """Writes the sentences of one variant. Draws without putting back, so that no frame comes twice while others are left."""

    def __init__(self, facts: Facts, tone: Tone, draw: random.Random, *, closes: bool = False) -> None:
        """`closes`: whether a last sentence will point at the picture, so that the first need not."""
        self._facts, self._tone, self._draw, self._closes = facts, tone, draw, closes
        self._chinese = facts.language == "zh"
        self._wording = wording_zh if self._chinese else wording_en
        self._used: set[str] = set()
        self._many = not self._chinese and is_plural(facts.title)
        self._pictured = facts.pictured

    def sentence(self, step: Step) -> str:
        """The step in words."""
        if step.act == "said":
            return _ended(step.facts[0].value, self._chinese)
        text = self._fill(*self._frame(step))
        return text[:1].upper() + text[1:] if not self._chinese else text

    def _frame(self, step: Step) -> tuple[str, dict[str, str]]:
        values = [fact.value for fact in step.facts]
        if step.act == "open":
            branded, kind = (next((fact.value for fact in step.facts if fact.kind == wanted), "") for wanted in ("brand", "category"))
            frames = (self._wording.BRANDED if branded else self._wording.OPENINGS)[self._tone]
            return self._pick([frame for frame in frames if not self._closes or not _PICTURED.search(frame)]), {
                "t": self._facts.title + (("（{}）" if self._chinese else " ({})").format(kind) if kind else ""),
                "b": branded,
            }
        if step.act == "close":
            return self._pick(self._wording.CLOSINGS[self._tone]), {}
        if step.act == "flags":
            qualities = not self._chinese and all(_QUALITY.search(value) for value in values)
            return self._pick(wording_en.QUALITIES if qualities else self._wording.FLAGS), {"v": self._joined(values)}
        if step.act == "choice":
            return self._pick(self._wording.CHOICE), {"n": step.facts[0].name, "v": values[0]}
        if step.act in _VOICED:
            slot = "c" if step.act == "category" else "v"
            return self._pick(getattr(self._wording, _VOICED[step.act])), {slot: values[0]}
        return self._details(step.facts)

    def _details(self, facts: Sequence[Fact]) -> tuple[str, dict[str, str]]:
        if len(facts) == 1:
            weight = not self._chinese and facts[0].name in ("weight", "net weight")
            return self._pick(wording_en.WEIGHT if weight else self._wording.ONE), {"n": _named(facts[0]), "v": facts[0].value}
        if not self._chinese and self._draw.random() < _IN_CLAUSES:
            return self._in_clauses(facts)
        if len(facts) == 2:
            first, second = facts
            return self._pick(self._wording.TWO), {"n": _named(first), "v": first.value, "m": _named(second), "w": second.value}
        gap = self._draw.choice(("为", "：")) if self._chinese else self._draw.choice((" ", ": "))
        parts = [f"{_named(fact)}{gap}{fact.value}" for fact in facts]
        return self._pick(self._wording.MORE), {"l": self._joined(parts, gap)}

    def _in_clauses(self, facts: Sequence[Fact]) -> tuple[str, dict[str, str]]:
        """ "Its fit is relaxed, its collar stand-up", "It has a memory of 4 GB and a height of 20 cm"."""
        names = [_named(fact) for fact in facts]
        many = any(_is(name) == "are" for name in names)
        frames = self._draw.choice((wording_en.ITS, wording_en.THE) if many else (wording_en.ITS, wording_en.OF, wording_en.THE))
        if frames is wording_en.OF:
            parts = [f"{_article(name)} {name} of {fact.value}" for name, fact in zip(names, facts, strict=True)]
        else:
            word = ("their" if self._many else "its") if frames is wording_en.ITS else "the"
            parts = [f"{word} {name} {_is(name)} {fact.value}" for name, fact in zip(names, facts, strict=True)]
            parts[0] = parts[0].removeprefix(f"{word} ")
        return self._pick(frames), {"l": self._joined(parts)}

    def _joined(self, parts: Sequence[str], gap: str = " ") -> str:
        if self._chinese:
            return ("，" if gap != " " else "、").join(parts)
        separator = "; " if any("," in part for part in parts) or gap == ": " else ", "
        last = separator if separator == "; " else " and "
        return separator.join(parts[:-1]) + last + parts[-1] if len(parts) > 1 else parts[0]

    def _pick(self, frames: Sequence[str]) -> str:
        fitting = [frame for frame in frames if self._pictured or not _PICTURED.search(frame)] or list(frames)
        fresh = [frame for frame in fitting if frame not in self._used] or fitting
        chosen = self._draw.choice(fresh)
        self._used.add(chosen)
        return chosen

    def _fill(self, frame: str, slots: dict[str, str]) -> str:
        frame = frame if self._chinese else _agreeing(frame, slots)
        if self._many:
            for pattern, into in _MANY:
                frame = pattern.sub(into, frame)
        capitals = {name.upper(): value[:1].upper() + value[1:] for name, value in slots.items()}
        text = re.sub(r"\{(\w)\}", lambda match: (slots | capitals)[match[1]], frame)
        return _tidy(re.sub(r"\b([Tt])he (?:the|The) ", r"\1he ", text))


def is_plural(title: str) -> bool:
    """Whether an English name names several things: "Pink Cherry Lights"; a set of them is one."""
    if re.match(r"(?:set|pack|box|pair)\b", title, re.IGNORECASE):
        return False
    parts = [word for word in re.split(r"\s*[,(–:]|\s+-\s|\b(?:with|for|in|of)\b", title)[0].split() if not _TRAILING.match(word)]
    last = parts[-1].lower() if parts else ""
    return last.isalpha() and last.endswith("s") and not last.endswith(("ss", "us", "is", "ous")) and len(last) > 3


def _named(fact: Fact) -> str:
    return fact.name or {"pack": "pack", "colour": "colour", "material": "material", "origin": "origin"}.get(fact.kind, fact.field)


def _is(name: str) -> str:
    head = name.split(" of ")[0]
    return "are" if head.endswith("s") and not head.endswith(("ss", "us", "is")) else "is"


def _agreeing(frame: str, slots: dict[str, str]) -> str:
    """A frame whose verbs agree with the names in it: "the processor cores are 4"."""
    for name in ("n", "m"):
        if _is(slots.get(name, "")) == "are":
            frame = re.sub(rf"(\{{{name}\}}|\{{{name.upper()}\}}) is\b", r"\1 are", frame)
            frame = re.sub(rf"\bis the \{{{name}\}}", f"are the {{{name}}}", frame)
    return frame


def _article(name: str) -> str:
    return "an" if re.match(r"[aeio]|u[^ns]", name, re.IGNORECASE) else "a"


def _ended(text: str, chinese: bool) -> str:
    return text if text.endswith(tuple(".!?。！？…")) else text + ("。" if chinese else ".")


def _tidy(text: str) -> str:
    """One end mark: a value may end in its own ("Inc.")."""
    return re.sub(r"([.!?。！？])[.。](?=\s|$)", r"\1", " ".join(text.split()))
