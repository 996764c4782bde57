"""One shop's running parts, opened in an order in which each stage can say what it is doing, and closed in reverse.

The one place that names a concrete engine, database and knowledge base. Where the model cannot be had, the house opens all the same and
answers from the record and with the shop's own passages; `Health.degraded` says so. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chatbot.database import Database
from chatbot.engine import Engine
from chatbot.engines.switching import SwitchingEngine
from chatbot.errors import StorageUnavailable
from chatbot.phrases import say
from chatbot.planner import Planner
from chatbot.recommend.recommender import Recommender
from chatbot.rooms import Rooms
from chatbot.running_turn import Assistant
from chatbot.secrets_file import Secrets, load_secrets, make_data_folder
from chatbot.server.auth import Gate, origin_of
from chatbot.server.catalogue import Showcase, Shown
from chatbot.server.health import Health
from chatbot.server.limits import Limits
from chatbot.server.metrics import Measured
from chatbot.server.opening import Index, Rebuild, check_engine, engine_or_quotes, open_index, until_it_writes, warm_planner, warm_up
from chatbot.server.reading_ahead import keep_reading_ahead
from chatbot.server.reading_reviews import ReviewReader
from chatbot.settings import Settings
from chatbot.turn import ShopAssistant
from chatbot.weights import Progress, quiet
from knowledge_base.build import BuildReport
from knowledge_base.catalog import ShopProfile
from knowledge_base.search import KnowledgeBase

T = TypeVar("T")
WATCH_SECONDS = 3.0
PROBE_SECONDS = 2.0
_SUGGESTED = 3


@dataclass
class House:
    """Everything that serves one shop. Make it with `open_house`, give it back with `close`."""

    settings: Settings
    secrets: Secrets
    gate: Gate
    knowledge: KnowledgeBase
    report: BuildReport
    engine: Engine
    assistant: Assistant
    database: Database
    rooms: Rooms
    showcase: Showcase
    health: Health
    recommender: Recommender
    reviews: ReviewReader
    limits: Limits = field(default_factory=Limits)
    new_password: str = ""
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack, repr=False)

    @property
    def first_language(self) -> str:
        return self.knowledge.languages[0] if self.knowledge.languages else "en"

    @property
    def shop_name(self) -> str:
        return self.knowledge.profile.name or ("商店" if self.first_language == "zh" else "Shop")

    async def close(self) -> None:
        """Give everything back, the last first."""
        self.health.close()
        await self._stack.aclose()


@dataclass(frozen=True, slots=True)
class Displays:
    """Where progress is shown: what is fetched, and what is built."""

    fetching: Progress = quiet
    building: Progress = quiet


async def open_house(settings: Settings, health: Health | None = None, displays: Displays = Displays()) -> House:
    """Open everything; not yet ready: whoever serves it says `health.open()`.

    Raises: SettingsError, StorageUnavailable, KnowledgeBaseError when this shop cannot be served at all.
    """
    health = health or Health()
    check_engine(settings)
    async with AsyncExitStack() as stack:
        make_data_folder(settings.data)
        gate_of(settings, Secrets("", "x" * 32, ""))  # a wrong origin is told now, not after minutes of building
        health.stage = "opening the database"
        database = await Database.open(database_url(settings))
        stack.push_async_callback(database.close)
        index, planner, engine, trouble = await _index_and_engine(settings, health, displays)
        stack.callback(index.knowledge.close)
        stack.push_async_callback(engine.close)
        health.serve_index(index.knowledge.version)
        health.engine = engine.name
        health.stage = "warming up"
        answering = ShopAssistant(index.knowledge, engine, planner)
        silent = await warm_up(answering, engine)
        health.doing_without(trouble, index.trouble, silent)
        if isinstance(engine, SwitchingEngine):
            engine.on_switch(lambda _: health.doing_without(index.trouble))
        showcase = Showcase(index.knowledge, settings.content, settings.public_url)
        assistant = Shown(Measured(answering, health.metrics), showcase)
        room = settings.slots + settings.queue_limit
        rooms = Rooms(database, assistant, greeting=lambda locale: greeting(index.knowledge, locale), most_turns=room)
        await rooms.start()
        health.probe = lambda: _database_trouble(database)
        secrets, new_password = load_secrets(  # last: a password that is made is shown only when the shop opens
            settings.data, site_key=settings.site_key, console_password=settings.console_password.get_secret_value()
        )
        gate = gate_of(settings, secrets)
        reviews = ReviewReader(settings, index.encoders, planner.reviews, lambda: rooms.active_turns == 0)
        house = House(
            settings,
            secrets,
            gate,
            index.knowledge,
            index.report,
            engine,
            assistant,
            database,
            rooms,
            showcase,
            health,
            planner.recommender,
            reviews,
        )
        house.new_password = new_password
        _keep(stack, health.metrics.watch_lag())
        _keep(stack, _follow(house, index))
        _keep(stack, reviews.keep_reading())
        _keep(stack, keep_reading_ahead(answering, engine, index.knowledge, lambda: rooms.active_turns == 0))
        if silent:
            _keep(stack, _writing_again(health, engine, trouble, index.trouble))
        house._stack = stack.pop_all()
        return house


async def _index_and_engine(settings: Settings, health: Health, displays: Displays) -> tuple[Index, Planner, Engine, str]:
    """The index with a planner that is warm, the engine, and the engine's trouble, if any. All are opened at once: one reads and encodes
    while the other loads weights. Where one of them cannot be had, the other is given back."""
    health.stage = "reading the shop's content"
    loading = asyncio.create_task(engine_or_quotes(settings, displays.fetching))
    try:
        index, planner = await in_thread(lambda: _index_and_planner(settings, _telling(health, displays.building), displays.fetching))
    except asyncio.CancelledError:
        loading.cancel()
        raise
    except BaseException:
        with contextlib.suppress(Exception):  # what is told is why there is no index
            engine, _ = await loading
            await engine.close()
        raise
    health.stage = "loading the model"
    try:
        engine, trouble = await loading
    except BaseException:
        index.knowledge.close()
        raise
    return index, planner, engine, trouble


def _index_and_planner(settings: Settings, building: Progress, fetching: Progress) -> tuple[Index, Planner]:
    index = open_index(settings, building, fetching)
    try:
        return index, warm_planner(index.knowledge, Recommender(index.knowledge, settings.data / "recommend", settings.content))
    except BaseException:
        index.knowledge.close()
        raise


def gate_of(settings: Settings, secrets: Secrets) -> Gate:
    return Gate(
        site_key=secrets.site_key,
        allowed_origins=[*settings.allowed_origins, *([origin_of(settings.public_url)] if settings.public_url else [])],
        identity_secret=secrets.identity_secret.encode(),
        console_password_hash=secrets.console_hash,
    )


def database_url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{(settings.data / 'chat.db').resolve()}"


def greeting(knowledge: KnowledgeBase, locale: str) -> tuple[str, list[str]]:
    """What the widget opens with, in the shopper's language: the shop's own words, else ours and the shop's first questions."""
    profile: ShopProfile = knowledge.profile
    language = "zh" if locale.lower().startswith("zh") else locale.split("-")[0].split("_")[0].lower()
    spoken = language if language in (*dict(profile.greeting), *knowledge.languages, "en", "zh") else "en"
    words = dict(profile.greeting).get(spoken) or say("greeting", "zh" if spoken == "zh" else "en")
    suggested = dict(profile.suggestions).get(spoken)
    return words, list(suggested if suggested is not None else _first_questions(knowledge, spoken))


def _first_questions(knowledge: KnowledgeBase, language: str) -> list[str]:
    asked = (passage.heading for passage in knowledge.all_passages() if passage.kind == "faq" and passage.language == language)
    return [question for question in dict.fromkeys(asked) if len(question) <= 60][:_SUGGESTED]


def _telling(health: Health, display: Progress) -> Progress:
    def tell(stage: str, done: int, total: int) -> None:
        health.stage = f"{stage} the shop's content" + (f": {done} of {total}" if total > 1 else "")
        display(stage, done, total)

    return tell


async def _database_trouble(database: Database) -> str:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return "" if await database.answers() else "the database does not answer"
    except (StorageUnavailable, TimeoutError):
        return "the database does not answer"


async def _writing_again(health: Health, engine: Engine, *others: str) -> None:
    await until_it_writes(engine)
    health.doing_without(*others)


async def _follow(house: House, index: Index) -> None:
    rebuild = await asyncio.to_thread(Rebuild, house.settings, index, house.health.serve_index)
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        await in_thread(rebuild.look)
        house.report = rebuild.report
        await in_thread(house.recommender.renew)


def _keep(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    """Run until the stack unwinds."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)


async def in_thread(work: Callable[[], T]) -> T:
    """Like asyncio.to_thread, but in a thread that does not keep the process alive: a long build must not delay an end."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, failed = None, None
        try:
            result = work()
        except BaseException as error:
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, result, failed)

    threading.Thread(target=run, name="opening", daemon=True).start()
    return await outcome
