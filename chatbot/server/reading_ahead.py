"""Encodes the shop's records and has the model read about them while nobody asks, so that who does waits for the answer alone.

What the model reads stays in the engine's memory of prompts and goes from there as anything else does, least recently used first; so it
reads no more than a share of that memory. Whoever asks comes first: nothing is begun while a turn runs, and what was begun is in the
batch lane.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from chatbot.engine import Engine
from chatbot.errors import EngineError
from chatbot.turn import ShopAssistant
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.search import KnowledgeBase

SHARE = 0.75  # of the memory of prompts; the rest is for the conversations
MOST = 400  # products of a language that are looked at, for the model is not asked about all
_QUESTIONS = {"en": "Describe the {}.", "zh": "介绍一下{}"}
_PAUSE = 0.5  # seconds between two looks whether somebody asks
_BREATH = 0.02  # seconds between two products
_LOOK_AGAIN = 5.0  # seconds between two looks whether the shop's content is another
log = logging.getLogger(__name__)


@runtime_checkable
class Remembering(Protocol):
    """An engine that keeps what it read of prompts."""

    @property
    def remembered(self) -> float:
        """The share of its memory for prompts that is used, 0 to 1."""
        ...


async def keep_reading_ahead(assistant: ShopAssistant, engine: Engine, knowledge: KnowledgeBase, idle: Callable[[], bool]) -> None:
    """Read about the products now and whenever the content has changed; for ever."""
    version = ""
    while True:
        if knowledge.version != version:
            version = knowledge.version
            await read_ahead(assistant, engine, knowledge, idle)
        await asyncio.sleep(_LOOK_AGAIN)


async def read_ahead(assistant: ShopAssistant, engine: Engine, knowledge: KnowledgeBase, idle: Callable[[], bool]) -> int:
    """One round over the products in the shop's order, language by language; how many the model read about."""
    read = 0
    for language in knowledge.languages:
        for product in knowledge.products(language)[:MOST]:
            while not idle():  # noqa: ASYNC110 - nothing tells when the last turn has ended
                await asyncio.sleep(_PAUSE)
            try:
                await assistant.prepare_product(product)
                if isinstance(engine, Remembering) and engine.remembered < SHARE:
                    read += await assistant.read_ahead(product, _QUESTIONS["zh" if language == "zh" else "en"].format(product.title))
            except (EngineError, KnowledgeBaseError) as error:  # it will be done when somebody asks
                log.info("not read ahead: %s", error)
            await asyncio.sleep(_BREATH)
    await asyncio.to_thread(knowledge.keep_vectors)
    return read
