"""Open the shops that are to be asked, one after the other, with one engine for all, and ask each its questions.

Each index goes into a folder that is gone afterwards, so that an evaluation never touches a running shop.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chatbot.engine import Engine
from chatbot.errors import SettingsError
from chatbot.settings import Settings
from chatbot.training.evaluate import Answered, ask_all
from chatbot.training.questions import Question
from chatbot.weights import NO_ADAPTER

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ShopToAsk:
    """A content folder and what it is asked. `group` is the row of the generalisation table, such as "unseen"."""

    content: Path
    questions: tuple[Question, ...]
    group: str = ""

    @property
    def name(self) -> str:
        return self.content.resolve().name


@dataclass(frozen=True, slots=True)
class Setup:
    """With what the shops are asked. `alone`: the model writes every answer, and nothing that it writes is withheld."""

    settings: Settings
    alone: bool = False

    @property
    def title(self) -> str:
        """Such as "SmolLM2-135M-Instruct + shop-adapter, model alone"."""
        model = {"remote": self.settings.remote_model, "quoting": "passages alone"}.get(self.settings.engine, self.settings.model)
        parts = [_short(model) if model else "default model"]
        if self.settings.adapter:
            parts.append("no adapter" if self.settings.adapter == NO_ADAPTER else Path(self.settings.adapter).name)
        return " + ".join(parts) + (", model alone" if self.alone else "")

    def told(self) -> dict[str, Any]:
        """JSON-able: what a reader needs to run the same again."""
        names = ("engine", "model", "adapter", "precision", "encoder", "remote_model")
        return {"title": self.title, "alone": self.alone, **{name: getattr(self.settings, name) for name in names}}


def _short(model: str) -> str:
    """The last part of a folder's or a hub's name, without a wheel's checksum."""
    return model.partition("#")[0].rstrip("/").rpartition("/")[2]


async def ask_shops(setup: Setup, shops: Sequence[ShopToAsk], progress: Progress | None = None) -> list[Answered]:
    """The replies of every shop, in order. `progress` gets the number of questions done over all shops.

    Raises SettingsError, WeightsError, EngineUnavailable, KnowledgeBaseError.
    """
    from chatbot.server.app import open_engine

    for shop in shops:
        if not shop.content.is_dir():
            raise SettingsError(f"{shop.content}: expected a folder with a shop's content, but there is none")
    engine = await open_engine(setup.settings)
    answered: list[Answered] = []
    try:
        for shop in shops:
            answered += await _ask_shop(setup, shop, engine, _counting_on(len(answered), progress))
    finally:
        await engine.close()
    return answered


def _counting_on(done: int, progress: Progress | None) -> Progress:
    """The progress of one shop, on top of what others have done."""

    def counted(number: int) -> None:
        if progress is not None:
            progress(done + number)

    return counted


async def _ask_shop(setup: Setup, shop: ShopToAsk, engine: Engine, progress: Progress) -> list[Answered]:
    from chatbot.server.app import open_knowledge
    from chatbot.turn import ShopAssistant

    alone: dict[str, Any] = {"watched": False} if setup.alone else {}
    with tempfile.TemporaryDirectory() as folder:
        settings = setup.settings.model_copy(update={"data": Path(folder), "content": shop.content})
        knowledge = await asyncio.to_thread(open_knowledge, settings)
        try:
            found = await ask_all(ShopAssistant(knowledge, engine, **alone), knowledge, shop.questions, progress=progress)
        finally:
            knowledge.close()
    return [replace(item, shop=shop.name, group=shop.group) for item in found]
