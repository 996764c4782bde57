"""The watcher: sees every piece of a model's text before the shopper does, and lets out only what the evidence carries.

A sentence is let out as soon as it is known to be true: word by word while it is the beginning of a sentence of the evidence,
else when it is complete and `claims.judge` finds nothing against it. A sentence that began as the shop's words and then departs
from them is finished in the shop's words. The first sentence that does not follow ends the text (`violation`): what a model says
after an invention is not worth reading. Synchronous and pure; it knows no engine and no socket.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.claims import Evidence, Violation, judge
from chatbot.sentences import split_sentences
from chatbot.terms import terms

_SHORTEST_PREFIX = 12  # characters that must agree before a sentence counts as begun in the shop's words
_UNFINISHED = re.compile(r"[^\s，。；：、,;:!?！？]*$")


class Watcher:
    """Feed it the pieces as they are made; send what it returns. After `violation` is set it returns nothing more."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._vocabulary = frozenset(terms(" ".join((*evidence.texts, *evidence.subjects))))
        self._buffer = ""  # the sentence that is being written
        self._released = 0  # how much of it the shopper has seen
        self._source: str | None = None  # the evidence sentence that the released part is a beginning of
        self.violation: Violation | None = None
        self.held_back: list[Violation] = []

    def feed(self, text: str) -> str:
        """What may be sent now."""
        out = ""
        self._buffer += text
        while self.violation is None:
            pieces = split_sentences(self._buffer)
            if len(pieces) < 2:
                break
            self._buffer = pieces[0]
            out += self._close_sentence()
            self._buffer = "".join(pieces[1:])
        if self.violation is None:
            out += self._early()
        if self.violation is None and not self._source:
            self._give_up_early()
        return out

    def finish(self) -> str:
        """The end of the text: what of the last sentence may still be sent."""
        if self.violation is not None or not self._buffer.strip():
            return ""
        return self._close_sentence()

    def break_off(self) -> str:
        """The end of a text that broke off: what was begun in the shop's words is finished in them, half a sentence of others dropped."""
        sentence, released, source = self._buffer, self._released, self._source
        self._buffer, self._released, self._source = "", 0, None
        return source[len(sentence[:released].lstrip()) :] if source is not None else ""

    def _close_sentence(self) -> str:
        sentence, released, source = self._buffer, self._released, self._source
        self._buffer, self._released, self._source = "", 0, None
        found = judge(sentence.strip().lstrip("-*•").strip(), self._evidence) if sentence.strip() else None
        if found is None:
            return sentence[released:]
        self.held_back.append(found)
        self.violation = found
        if source is not None:  # begun in the shop's words: finish it in them
            return source[len(sentence[:released].lstrip()) :]
        return ""

    def _give_up_early(self) -> None:
        """A sentence with a word that the evidence does not have can no longer follow from it: there is no need to hear its end."""
        whole_words = self._buffer[: len(self._buffer) - len(_UNFINISHED.search(self._buffer).group())]  # type: ignore[union-attr]
        strange = next((word for word in terms(whole_words) if word not in self._vocabulary), None)
        if strange is not None:
            self.violation = Violation(whole_words.strip(), "unsupported", strange)
            self.held_back.append(self.violation)

    def _early(self) -> str:
        """As much of a sentence in the making as is the beginning of a sentence of the evidence, up to the last whole word."""
        text = self._buffer.lstrip()
        lead = len(self._buffer) - len(text)
        safe = text[: len(text) - len(_UNFINISHED.search(text).group())] if text else ""  # type: ignore[union-attr]
        if len(safe) < _SHORTEST_PREFIX or lead + len(safe) <= self._released:
            return ""
        source = next((statement for statement in self._evidence.statements if statement.startswith(safe)), None)
        if source is None:
            return ""
        out = self._buffer[self._released : lead + len(safe)]
        self._released, self._source = lead + len(safe), source
        return out


class Unwatched:
    """Lets everything out; for measuring what a model writes by itself. Nothing that a shopper reads comes through it."""

    violation: Violation | None = None
    held_back: Sequence[Violation] = ()

    def feed(self, text: str) -> str:
        return text

    def finish(self) -> str:
        return ""

    def break_off(self) -> str:
        return ""


def unsupported_figures(text: str, evidence: Evidence) -> list[str]:
    """The figures of a finished text that the evidence does not state; for checks and for `chatbot evaluate`."""
    return [figure.text for figure in evidence.index.unsupported(text)]
