"""The wire: one pydantic model per frame, in both directions.

These models parse what shoppers send, write what the server answers and generate docs/asyncapi.json, so the contract cannot drift
from the code. Knows no socket and no database. How bytes become a shopper's frame, strictly, is in `chatbot/frames.py`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chatbot.events import Stage
from chatbot.messages import Finish, HandoffReason

MAX_FRAME_BYTES = 16 * 1024
MAX_TEXT_POINTS = 4_000
MAX_DEPTH = 8
MAX_BAD_FRAMES = 5
HELLO_SECONDS = 5.0
MAX_SEQ = 2**53 - 1

ErrorCode = Literal[
    "bad_frame",
    "too_large",
    "too_long",
    "conflict",
    "rate_limited",
    "overloaded",
    "storage_unavailable",
    "unauthorized",
    "forbidden_origin",
    "internal",
]
HandlerState = Literal["assistant", "waiting", "operator", "closed"]
Resume = Literal["new", "ok", "reload"]

CLOSE_SLOW = 4002
CLOSE_TOKEN_EXPIRED = 4004
CLOSE_BAD_FRAMES = 4500
CLOSE_UNAUTHORIZED = 4501
CLOSE_NO_HELLO = 4502
CLOSE_ERASED = 4503
CLOSE_TOO_MANY_SOCKETS = 4504
CLOSE_ABUSE = 4505
CLOSE_RESTART = 1012
CLOSE_TOO_LARGE = 1009

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
MessageId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
Locale = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")]
CartLine = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Incoming(BaseModel):
    """What every shopper frame has in common: exact types and no field beyond those named."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PageFields(Incoming):
    """The page the shopper is on."""

    url: str = Field("", max_length=2048)
    title: str = Field("", max_length=300)
    product_id: str = Field("", max_length=200)


class HelloFrame(Incoming):
    """The first frame. `session`, `token` and `after` together resume a conversation; `identity` is a signed JWT."""

    type: Literal["hello"]
    locale: Locale | None = None
    session: Identifier | None = None
    token: Identifier | None = None
    after: int | None = Field(None, ge=0, le=MAX_SEQ)
    identity: str | None = Field(None, min_length=1, max_length=4096)
    page: PageFields | None = None


class MessageFrame(Incoming):
    """One shopper message. `id` is chosen by the client and answered once, for ever."""

    type: Literal["message"]
    id: MessageId
    text: str


class CancelFrame(Incoming):
    """Stop generating this turn."""

    type: Literal["cancel"]
    turn: Identifier


class FeedbackFrame(Incoming):
    """A rating of one reply."""

    type: Literal["feedback"]
    turn: Identifier
    rating: Literal["up", "down"]
    comment: str | None = Field(None, max_length=2000)


class HandoffFrame(Incoming):
    """Ask for a person. `reason` is in the shopper's words."""

    type: Literal["handoff"]
    reason: str | None = Field(None, max_length=500)


class ContextFrame(Incoming):
    """The shopper moved to another page or changed the cart."""

    type: Literal["context"]
    page: PageFields | None = None
    cart: list[CartLine] | None = Field(None, max_length=100)


class TypingFrame(Incoming):
    """The shopper is typing."""

    type: Literal["typing"]


ShopperFrame = Annotated[
    HelloFrame | MessageFrame | CancelFrame | FeedbackFrame | HandoffFrame | ContextFrame | TypingFrame, Field(discriminator="type")
]


class Outgoing(BaseModel):
    """What every server frame has in common. Fields that are None are left out on the wire."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def wire(self) -> str:
        """The frame as JSON text."""
        return self.model_dump_json(exclude_none=True)


class SourceFields(Outgoing):
    """One thing a reply rests on; a product card is drawn from it. Prices are decimal strings."""

    id: str
    kind: str
    title: str
    score: float
    url: str | None = None
    price: Decimal | None = None
    list_price: Decimal | None = None
    currency: str | None = None
    image: str | None = None
    available: bool | None = None


class UsageFields(Outgoing):
    """Tokens read and written."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class ReadyEvent(Outgoing):
    """The answer to hello. `seq` is the last durable event; `reload` means: fetch the transcript over HTTP."""

    type: Literal["ready"] = "ready"
    session: str
    token: str
    seq: int
    resume: Resume
    locale: str
    greeting: str | None = None
    suggestions: list[str] | None = None


class MessageEvent(Outgoing):
    """Durable: the shopper's message is committed. This is the acknowledgement."""

    type: Literal["message"] = "message"
    seq: int
    id: str
    turn: str
    text: str


class StatusEvent(Outgoing):
    """Ephemeral: what the assistant is doing."""

    type: Literal["status"] = "status"
    turn: str
    stage: Stage


class SourcesEvent(Outgoing):
    """What the reply is based on, before the first delta."""

    type: Literal["sources"] = "sources"
    turn: str
    items: list[SourceFields]


class DeltaEvent(Outgoing):
    """The next piece of the reply. `offset`: code points of the reply before it."""

    type: Literal["delta"] = "delta"
    turn: str
    offset: int
    text: str


class SnapshotEvent(Outgoing):
    """The running turn's whole text so far. `offset`: code points of `text`, where the next delta goes on."""

    type: Literal["snapshot"] = "snapshot"
    turn: str
    offset: int
    text: str
    sources: list[SourceFields]


class ReplyEvent(Outgoing):
    """Durable: the reply is complete."""

    type: Literal["reply"] = "reply"
    seq: int
    turn: str
    text: str
    citations: list[str]
    sources: list[SourceFields]
    finish: Finish
    usage: UsageFields


class OperatorEvent(Outgoing):
    """Durable: a message by a person of the shop."""

    type: Literal["operator"] = "operator"
    seq: int
    text: str
    name: str


class HandlerEvent(Outgoing):
    """Durable: who answers from now on. `ahead`: shoppers waiting in front."""

    type: Literal["handler"] = "handler"
    seq: int
    state: HandlerState
    reason: HandoffReason
    name: str | None = None
    ahead: int | None = None


class TypingEvent(Outgoing):
    """Ephemeral: somebody on the shop's side is writing."""

    type: Literal["typing"] = "typing"
    who: Literal["assistant", "operator"]


class ErrorEvent(Outgoing):
    """Something went wrong. `retryable`: the same frame may succeed later; `retry_after`: seconds."""

    type: Literal["error"] = "error"
    code: ErrorCode
    message: str
    retryable: bool
    id: str | None = None
    retry_after: float | None = None


DurableEvent = MessageEvent | ReplyEvent | OperatorEvent | HandlerEvent
ServerEvent = DurableEvent | ReadyEvent | StatusEvent | SourcesEvent | DeltaEvent | SnapshotEvent | TypingEvent | ErrorEvent

SHOPPER_FRAMES: tuple[type[Incoming], ...] = (
    HelloFrame,
    MessageFrame,
    CancelFrame,
    FeedbackFrame,
    HandoffFrame,
    ContextFrame,
    TypingFrame,
)
SERVER_EVENTS: tuple[type[Outgoing], ...] = (
    ReadyEvent,
    MessageEvent,
    StatusEvent,
    SourcesEvent,
    DeltaEvent,
    SnapshotEvent,
    ReplyEvent,
    OperatorEvent,
    HandlerEvent,
    TypingEvent,
    ErrorEvent,
)
