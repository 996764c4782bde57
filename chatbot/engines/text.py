"""Token ids → text as it may be shown: whole characters only, and nothing that may yet turn out to be a stop string.

Knows nothing of models beyond a `decode` callable. Invariants: what is fed out, joined, is what decoding all ids at once gives up to the
first stop string, without U+FFFD; the work per token does not grow with the length of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Decode = Callable[[Sequence[int]], str]
BROKEN = "\ufffd"  # what decoders put for bytes that are not (yet) a character
CONTEXT = 4  # tokens before the new ones that are decoded with them, because some tokenizers drop a leading space
PATIENCE = 8  # tokens that may wait for a character to become whole; four bytes are the longest there is


class Detokeniser:
    """Feeds out the text of a growing list of tokens."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._window: list[int] = []
        self._shown = 0  # how many tokens of the window are in the text already

    def feed(self, token: int) -> str:
        self._window.append(token)
        waiting = len(self._window) - self._shown
        before = self._decode(self._window[: self._shown]) if self._shown else ""
        text = self._decode(self._window)[len(before) :]
        if text.endswith(BROKEN) and waiting < PATIENCE:
            return ""
        self._window = self._window[-CONTEXT:]
        self._shown = len(self._window)
        return text.replace(BROKEN, "")

    def finish(self) -> str:
        """What was whole among the tokens still waiting."""
        before = self._decode(self._window[: self._shown]) if self._shown else ""
        text = self._decode(self._window)[len(before) :] if len(self._window) > self._shown else ""
        self._shown = len(self._window)
        return text.replace(BROKEN, "")


class StopStrings:
    """Holds text back while it may be the beginning of a stop string; `stopped` once one was met. Neither it nor what follows is shown."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        if self.stopped:
            return ""
        self._held += text
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            return self._take(min(found), keep=False)
        return self._take(len(self._held) - self._suspicious(), keep=True)

    def finish(self) -> str:
        return self._take(len(self._held), keep=False)

    def _take(self, count: int, *, keep: bool) -> str:
        shown, rest = self._held[:count], self._held[count:]
        self._held = rest if keep else ""
        return shown

    def _suspicious(self) -> int:
        """The length of the longest end of the held text that begins a stop string."""
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for size in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-size:]) for stop in self._stops):
                return size
        return 0


class TextStream:
    """Both together: tokens in, text that may be shown out."""

    def __init__(self, decode: Decode, stops: Sequence[str] = ()) -> None:
        self._characters = Detokeniser(decode)
        self._stops = StopStrings(stops)

    @property
    def stopped(self) -> bool:
        return self._stops.stopped

    def feed(self, token: int) -> str:
        return self._stops.feed(self._characters.feed(token))

    def finish(self) -> str:
        return self._stops.feed(self._characters.finish()) + self._stops.finish()
