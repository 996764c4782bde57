"""Follows live.json: opens the promoted model at the start, and another one beside it whenever one is promoted or rolled back.

Knows how an engine is opened and asked only through what it is given. Invariants: a model that is damaged, does not open or does not
write never takes over, the one that serves goes on; nobody waits for one that opens.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from chatbot.engine import Engine
from chatbot.engines.switching import SwitchingEngine
from chatbot.errors import EngineUnavailable, WeightsError
from chatbot.promotion import Promoted, PromotionError, check, live_file, read_live
from chatbot.settings import Settings
from chatbot.weights import adapter_folder

LOOK_SECONDS = 2.0  # between two looks at live.json
Opening = Callable[[Settings], Awaitable[Engine]]
Silence = Callable[[Engine], Awaitable[str]]  # why an engine does not write; empty when it does
log = logging.getLogger(__name__)


class LiveModel:
    """The model that live.json names, or that of the settings where there is none."""

    def __init__(self, settings: Settings, opening: Opening, silence: Silence) -> None:
        self._settings = settings
        self._opening = opening
        self._silence = silence
        self._seen = _stamp(live_file(settings.data))
        self._live: Promoted | None = None

    @property
    def name(self) -> str:
        """Of the run that is live, else of the adapter that the settings put on their model; empty where there is neither."""
        if self._live:
            return self._live.name
        adapter = adapter_folder(self._settings)
        return adapter.name if adapter else ""

    async def open(self) -> tuple[Engine, str]:
        """An engine, and what is wrong with live.json when the settings' model has to do. Raises what opening that raises."""
        try:
            self._live = await asyncio.to_thread(_checked, self._settings.data)
            if self._live is not None:
                return await self._opening(self._live.settings(self._settings)), ""
        except (PromotionError, WeightsError, EngineUnavailable) as error:
            self._live = None
            log.error("the promoted model cannot be used, the settings' model stands in: %s", error)
            return await self._opening(self._settings), f"the promoted model cannot be used, the settings' model stands in: {error}"
        return await self._opening(self._settings), ""

    async def follow(self, engine: SwitchingEngine) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look(engine)

    async def look(self, engine: SwitchingEngine) -> bool:
        """One look; True when another model serves now."""
        seen, self._seen = self._seen, _stamp(live_file(self._settings.data))
        if seen == self._seen:
            return False
        try:
            live = await asyncio.to_thread(_checked, self._settings.data)
            if _weights(live) == _weights(self._live):
                return False
            opened = await self._writing(live.settings(self._settings) if live else self._settings)
        except Exception as error:  # whatever is wrong with the new model, the old one serves
            log.error("the promoted model cannot take over, %s goes on: %s", engine.name, error or type(error).__name__)
            return False
        self._live = live
        engine.switch(opened, named(opened, self.name))
        log.info("%s writes from now on", engine.name)
        return True

    async def _writing(self, settings: Settings) -> Engine:
        """An open engine that has written a token, so that no shopper finds out that it does not. Raises EngineUnavailable and others."""
        async with AsyncExitStack() as stack:
            engine = await self._opening(settings)
            stack.push_async_callback(engine.close)
            if silent := await self._silence(engine):
                raise EngineUnavailable(silent)
            stack.pop_all()
        return engine


def named(engine: Engine, run: str) -> str:
    """What people call an engine that writes with a run's model, or with an adapter."""
    return f"{engine.name} ({run})" if run else engine.name


def _checked(data: Path) -> Promoted | None:
    """Raises PromotionError."""
    live = read_live(data)
    if live is not None:
        check(live)
    return live


def _weights(live: Promoted | None) -> object:
    return live and (live.model, live.adapter, live.sha256)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
