"""The toy shop as an open knowledge base with the embedded multilingual encoder (no weights to fetch), built once per run."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import replace
from pathlib import Path

from chatbot.engine import Engine
from chatbot.events import Delta, Reply, Sources, Status, TurnEvent
from chatbot.messages import Conversation, Message, Page
from chatbot.turn import ShopAssistant
from knowledge_base.build import build_content
from knowledge_base.catalog import Product
from knowledge_base.encoders import UseEncoder
from knowledge_base.search import KnowledgeBase
from tests.toy_shop import CONTENT


@functools.cache
def toy_knowledge(*more: Product) -> KnowledgeBase:
    """With `more` products beside those of the toy shop."""
    folder = Path(tempfile.mkdtemp(prefix="toy-shop-"))
    encoder = UseEncoder()
    build_content(replace(CONTENT, products=(*CONTENT.products, *more)), folder, encoders=lambda _: encoder)
    return KnowledgeBase.open(folder, lambda _: encoder)


async def turn_events(engine: Engine, *said: str, page: Page | None = None, watched: bool = True) -> list[TurnEvent]:
    """All events of the turn that answers the last of `said`; the ones before are answered first."""
    assistant = ShopAssistant(toy_knowledge(), engine, watched=watched)
    messages: tuple[Message, ...] = ()
    events: list[TurnEvent] = []
    for text in said:
        messages = (*messages, Message("shopper", text))
        events = [event async for event in assistant.reply(Conversation("toy", messages, page=page))]
        reply = events[-1]
        assert isinstance(reply, Reply)
        assert "".join(event.text for event in events if isinstance(event, Delta)) == reply.text
        assert isinstance(events[0], Status)
        assert sum(isinstance(event, Sources) for event in events) == 1
        messages = (*messages, Message("assistant", reply.text, reply.sources, reply.finish))
    return events


async def reply_to(engine: Engine, *said: str, page: Page | None = None, watched: bool = True) -> Reply:
    last = (await turn_events(engine, *said, page=page, watched=watched))[-1]
    assert isinstance(last, Reply)
    return last
