"""What a turn says while it runs. `Assistant.reply` yields these; the room numbers them and puts them on the wire.

Order of a turn: Status(searching) → Sources → Status(writing) → Delta… → Reply. The deltas joined are exactly `Reply.text`.
A turn always ends with exactly one Reply, unless its generator is closed from outside (cancel, supersede, takeover).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from chatbot.messages import Finish, HandoffReason, SourceItem

Stage = Literal["searching", "writing", "checking"]


@dataclass(frozen=True, slots=True)
class Status:
    stage: Stage


@dataclass(frozen=True, slots=True)
class Sources:
    """What the reply is based on, before the first delta."""

    items: tuple[SourceItem, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the reply, as it may be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply is complete. `citations` are ids out of `sources`, attached by code.

    `handoff` asks the room to bring a person in; `trace` is what the console shows (rewritten question, filters, hits per
    lane, prompt, what was held back, milliseconds per stage) as JSON-able values.
    """

    text: str
    finish: Finish
    citations: tuple[str, ...] = ()
    sources: tuple[SourceItem, ...] = ()
    usage: Usage = Usage()
    handoff: HandoffReason | None = None
    trace: dict[str, Any] = field(default_factory=dict, compare=False)


TurnEvent = Status | Sources | Delta | Reply
