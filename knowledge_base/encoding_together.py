"""Questions of several shoppers through an encoder in one pass, and the vectors of the last ones kept.

Whoever comes while the encoder is at work waits and is then encoded together with all others that wait, by the first of them: no
thread of its own, and no delay for one who comes alone. Knows nothing of which encoder it is. Invariants: a text that several ask for
at once is encoded once; what fails, fails for the callers of that pass and leaves nothing behind; at most `_KEPT` questions are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from knowledge_base.encoders import Encoder, Role, Vectors

_KEPT = 1_024
_MOST_TOGETHER = 64  # texts of one pass; who brings more goes alone


@dataclass(eq=False)
class _Asked:
    """What one caller wants, and what came of it."""

    texts: tuple[str, ...]
    found: dict[str, Vectors] = field(default_factory=dict)
    failure: BaseException | None = None
    done: bool = False


class EncoderForAll:
    """`encoder` for any number of threads. Passages pass through one caller at a time; they are not kept."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._turn = threading.Lock()  # who has it encodes, for all who wait
        self._lists = threading.Lock()
        self._waiting: list[_Asked] = []
        self._kept: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """See Encoder.encode."""
        if role == "passage" or not texts:
            return self._encoder.encode(texts, role=role)
        with self._lists:
            known = self._known(texts)
            asked = _Asked(tuple(text for text in dict.fromkeys(texts) if text not in known))
            if asked.texts:
                self._waiting.append(asked)
        if asked.texts:
            self._wait_for(asked)
            known.update(asked.found)
        return np.stack([known[text] for text in texts])

    def _known(self, texts: Sequence[str]) -> dict[str, Vectors]:
        known = {text: self._kept[text] for text in texts if text in self._kept}
        for text in known:
            self._kept.move_to_end(text)
        return known

    def _wait_for(self, asked: _Asked) -> None:
        with self._turn:
            if not asked.done:  # nobody took it along while we waited, so it is our turn to encode
                self._encode(self._take(asked))
        if asked.failure is not None:
            raise asked.failure

    def _take(self, first: _Asked) -> list[_Asked]:
        """The caller's own and as many others that wait as go into one pass; what was kept meanwhile is not asked for again."""
        with self._lists:
            taken, count = [first], len(first.texts)
            for other in self._waiting:
                if other is not first and count + len(other.texts) <= _MOST_TOGETHER:
                    taken.append(other)
                    count += len(other.texts)
            self._waiting = [other for other in self._waiting if other not in taken]
        return taken

    def _encode(self, taken: Sequence[_Asked]) -> None:
        texts = list(dict.fromkeys(text for asked in taken for text in asked.texts))
        found: dict[str, Vectors] = {}
        failure: BaseException | None = None
        try:
            with self._lists:
                found = self._known(texts)
            fresh = [text for text in texts if text not in found]
            if fresh:
                found.update(zip(fresh, self._encoder.encode(fresh, role="query"), strict=True))
        except BaseException as error:
            failure = error
        self._keep(found)
        for asked in taken:
            asked.found = {text: found[text] for text in asked.texts if text in found}
            asked.failure = failure
            asked.done = True

    def _keep(self, vectors: dict[str, Vectors]) -> None:
        with self._lists:
            for text, vector in vectors.items():
                self._kept[text] = vector
                self._kept.move_to_end(text)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
