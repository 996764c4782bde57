"""Stand-ins that behave: an assistant that follows a script, and a gate with a list of its guests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from decimal import Decimal

from chatbot.errors import Unauthorized
from chatbot.events import Delta, Reply, Sources, Status, TurnEvent, Usage
from chatbot.messages import Conversation, SourceItem

Step = TurnEvent | float | asyncio.Event | Exception
SOURCE = SourceItem("product:lamp", "product", "Lamp", 0.9, url="/products/lamp", price=Decimal("12.90"), currency="EUR", available=True)


def answer_to(question: str) -> str:
    """What the scripted assistant answers: longer than one piece, with characters outside the BMP."""
    return f"You asked “{question}” 💡 and here is the answer, piece by piece, 一个字一个字."


def spoken(text: str, pause: float = 0.0, piece: int = 9) -> list[Step]:
    """The steps of an ordinary turn."""
    steps: list[Step] = [Status("searching"), Sources((SOURCE,)), Status("writing")]
    for start in range(0, len(text), piece):
        steps += [pause, Delta(text[start : start + piece])]
    return [*steps, Reply(text, "stop", ("product:lamp",), (SOURCE,), Usage(11, 7), trace={"plan": "scripted"})]


class ScriptedAssistant:
    """Follows a script per turn: yields events, sleeps for numbers, waits for asyncio events, raises exceptions. Remembers what it saw."""

    def __init__(self, script: Callable[[Conversation], Sequence[Step]] | None = None) -> None:
        self.script = script or (lambda conversation: spoken(answer_to(conversation.question)))
        self.seen: list[Conversation] = []
        self.running = 0
        self.broken_off = 0

    async def reply(self, conversation: Conversation) -> AsyncGenerator[TurnEvent, None]:
        self.seen.append(conversation)
        self.running += 1
        ended = False
        try:
            for step in self.script(conversation):
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, int | float):
                    await asyncio.sleep(step)
                else:
                    ended = isinstance(step, Reply)
                    yield step
        finally:
            self.running -= 1
            self.broken_off += 0 if ended else 1


class FakeGate:
    """Knows the site "shop", the origin https://shop.example, and identities of the form "jwt-of-NAME"."""

    def knows_site(self, key: str) -> bool:
        return key == "shop"

    def allows_origin(self, origin: str | None, host: str) -> bool:
        return origin in (None, f"http://{host}", "https://shop.example")

    def identify(self, token: str) -> str:
        if not token.startswith("jwt-of-"):
            raise Unauthorized("identity: not valid")
        return token.removeprefix("jwt-of-")
