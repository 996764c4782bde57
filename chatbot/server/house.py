"""One shop's running parts, opened in an order in which each stage can say what it is doing, and closed in reverse.

Where the model cannot be had, the house opens all the same and answers with the shop's own passages; `degraded` says so. A change
in the content folder is taken up while it serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

from chatbot.database import Database
from chatbot.engine import ChatMessage, Engine, Sampling
from chatbot.engines.quoting import QuotingEngine
from chatbot.errors import EngineError, SettingsError, WeightsError
from chatbot.phrases import say
from chatbot.rooms import Rooms
from chatbot.secrets_file import load_secrets
from chatbot.server.auth import Gate
from chatbot.settings import Settings
from chatbot.turn import ShopAssistant
from chatbot.weights import minilm_folder, writer_folder
from knowledge_base.build import BuildReport, build_index
from knowledge_base.encoders import Encoders, default_encoders
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.search import KnowledgeBase

WATCH_SECONDS = 3.0
Progress = Callable[[str, int, int], None]
log = logging.getLogger(__name__)


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


class House:
    """`stage` is what is being done until `ready`. The parts exist once their stage is over."""

    knowledge: KnowledgeBase
    engine: Engine
    assistant: ShopAssistant
    database: Database
    rooms: Rooms
    report: BuildReport

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stage = "starting"
        self.ready = False
        self.degraded = ""
        self.started = time.time()
        password = settings.console_password.get_secret_value()
        secrets, self.console_password = load_secrets(settings.data, site_key=settings.site_key, console_password=password)
        self.gate = Gate(
            site_key=secrets.site_key,
            allowed_origins=settings.allowed_origins,
            identity_secret=secrets.identity_secret.encode(),
            console_password_hash=secrets.console_hash,
        )
        self._watching: asyncio.Task[None] | None = None

    async def open(self, progress: Progress = quiet) -> None:
        """Open everything.

        Raises: ContentError, IndexUnusable, SettingsError, StorageUnavailable when the shop cannot be served at all.
        """
        self.stage = "indexing the shop's content"
        self.knowledge, self.report = await asyncio.to_thread(open_knowledge_with_report, self.settings, progress)
        self.stage = "opening the database"
        self.database = await Database.open(database_url(self.settings))
        self.stage = "loading the model"
        self.engine, self.degraded = await _engine_or_quotes(self.settings, progress)
        self.stage = "warming up"
        self.assistant = ShopAssistant(self.knowledge, self.engine)
        await warm(self.knowledge, self.engine)
        self.rooms = Rooms(self.database, self.assistant, greeting=self.greeting)
        await self.rooms.start()
        self._watching = asyncio.create_task(self._watch())
        self.stage, self.ready = "ready", True

    def greeting(self, locale: str) -> tuple[str, list[str]]:
        """What the widget opens with: the shop's own words, else ours."""
        language = locale.split("-")[0].lower() or "en"
        profile = self.knowledge.profile
        shown = language if language in dict(profile.greeting) or language == "zh" else "en"
        return dict(profile.greeting).get(shown, say("greeting", shown)), list(dict(profile.suggestions).get(shown, ()))

    async def close(self) -> None:
        """Give back what was opened, the last first."""
        self.ready = False
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        for name in ("engine", "database"):
            if name in self.__dict__:
                await self.__dict__[name].close()
        if "knowledge" in self.__dict__:
            self.knowledge.close()

    async def _watch(self) -> None:
        """Take up changes of the content folder, and of the index by another process."""
        seen = await asyncio.to_thread(fingerprint, self.settings.content)
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                now = await asyncio.to_thread(fingerprint, self.settings.content)
                if now != seen:
                    seen = now
                    self.report = await asyncio.to_thread(build, self.settings, quiet, self._encoders())
                await asyncio.to_thread(self.knowledge.reload_if_changed)
            except (KnowledgeBaseError, OSError) as error:
                log.warning("the changed content cannot be used, the old one goes on serving: %s", error)

    def _encoders(self) -> Encoders:
        return encoders_for(self.settings)[0]


def index_folder(settings: Settings) -> Path:
    return settings.data / "index"


def database_url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{(settings.data / 'chat.db').resolve()}"


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the content files; pictures do not count."""
    files = (path for path in folder.rglob("*") if path.suffix.lower() not in (".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif"))
    return tuple(sorted((str(path), stat.st_size, stat.st_mtime_ns) for path in files if path.is_file() and (stat := path.stat())))


_encoders_made: dict[Path | None, Encoders] = {}


def encoders_for(settings: Settings, progress: Progress = quiet) -> tuple[Encoders, str]:
    """The encoders, and why the English one is missing if it is: then the embedded multilingual one serves all languages."""
    try:
        folder: Path | None = minilm_folder(settings, progress)
        trouble = ""
    except WeightsError as error:
        folder, trouble = None, str(error)
        log.warning("the English encoder cannot be had, the multilingual one serves: %s", error)
    if folder not in _encoders_made:
        _encoders_made[folder] = default_encoders(folder)
    return _encoders_made[folder], trouble


def build(settings: Settings, progress: Progress, encoders: Encoders) -> BuildReport:
    return build_index(settings.content, index_folder(settings), currency=settings.currency, progress=progress, encoders=encoders)


def open_knowledge_with_report(settings: Settings, progress: Progress = quiet) -> tuple[KnowledgeBase, BuildReport]:
    """Bring the index up to date and open it; what could not be used stands in DATA/import-report.txt. Blocking."""
    encoders, _ = encoders_for(settings, progress)
    report = build(settings, progress, encoders)
    lines = [str(problem) for problem in report.problems]
    (settings.data / "import-report.txt").write_text("\n".join([f"{len(lines)} rows or files could not be used", *lines, ""]), "utf-8")
    return KnowledgeBase.open(index_folder(settings), encoders), report


async def open_engine(settings: Settings, progress: Progress = quiet) -> Engine:
    """The engine the settings ask for.

    Raises: SettingsError, WeightsError, EngineUnavailable.
    """
    if settings.engine == "quoting":
        return QuotingEngine()
    if settings.engine == "remote":
        from chatbot.engines.remote import RemoteEngine

        if not settings.remote_url:
            raise SettingsError("CHATBOT_REMOTE_URL: expected the base URL of an OpenAI-compatible server for engine=remote, got nothing")
        return RemoteEngine(settings.remote_url, settings.remote_model, settings.remote_key.get_secret_value())
    from chatbot.engines.local import LocalEngine

    folder = await asyncio.to_thread(writer_folder, settings, progress)
    return await asyncio.to_thread(
        LocalEngine, folder, device=settings.device, threads=settings.threads, slots=settings.slots, queue_limit=settings.queue_limit
    )


async def _engine_or_quotes(settings: Settings, progress: Progress) -> tuple[Engine, str]:
    try:
        return await open_engine(settings, progress), ""
    except (WeightsError, EngineError) as error:
        log.error("no model: %s. The assistant answers from the record and with the shop's own passages.", error)
        return QuotingEngine(), f"no model: {error}"


async def warm(knowledge: KnowledgeBase, engine: Engine) -> None:
    """What the first shopper would otherwise wait for: encoders, word lists, and the model's constant prompt."""
    from chatbot.prompts import write_prompt

    for text in ("how long does delivery take", "多久能送到"):
        await asyncio.to_thread(knowledge.search, text)
    prompt: list[ChatMessage] = write_prompt("Hello", ["Hello."], count_tokens=engine.count_tokens)
    with contextlib.suppress(EngineError):
        async with contextlib.aclosing(engine.stream(prompt, Sampling(max_tokens=2))) as stream:
            async for _ in stream:
                pass
