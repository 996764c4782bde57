"""Opens the heavy parts: the index of the shop's content, and whoever writes. What blocks for seconds tells how far it is.

Everything raises errors meant for people. Build and opening use the same encoders, since an index refuses vectors of others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chatbot.engine import Engine, Sampling
from chatbot.engines.switching import SwitchingEngine
from chatbot.errors import EngineUnavailable, SettingsError, WeightsError
from chatbot.messages import Conversation, Message
from chatbot.planner import Planner
from chatbot.prompts import write_prompt
from chatbot.recommend.recommender import Recommender
from chatbot.server.as_built import fingerprint, open_as_built, origin_of, write_down
from chatbot.server.live_model import LiveModel, named
from chatbot.settings import Settings
from chatbot.turn import ShopAssistant
from chatbot.weights import Progress, adapter_folder, minilm_folder, quiet, writer_folder
from knowledge_base.build import BuildReport, build_index
from knowledge_base.encoders import Encoders, default_encoders
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.search import KnowledgeBase

REPORT = "import-report.txt"
WARM_UP_SECONDS = 60.0
WARM_UP_QUESTIONS = {"en": "How long does delivery take?", "zh": "多久可以送到？"}
LOOK_AGAIN_SECONDS = 5.0  # between two looks whether a writer that was away at the start is there
_FETCHING = threading.Lock()  # one download at a time, so that a display shows one
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Index:
    """The open index, what the build said, and what was used for both. `trouble`: what had to be done without."""

    knowledge: KnowledgeBase
    report: BuildReport
    encoders: Encoders
    trouble: str = ""


def encoder_folder(settings: Settings, progress: Progress = quiet) -> Path | None:
    """The folder of the English encoder; None where the settings ask for the embedded one alone.

    Raises: WeightsError when it cannot be fetched.
    """
    if settings.encoder == "multilingual":
        return None
    with _FETCHING:
        return minilm_folder(settings, progress)


def index_folder(settings: Settings) -> Path:
    return settings.data / "index"


def build(settings: Settings, encoders: Encoders, progress: Progress = quiet) -> BuildReport:
    """Bring the index up to date and write down every problem. Blocks. Raises KnowledgeBaseError, SettingsError."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        report = build_index(settings.content, index_folder(settings), currency=settings.currency, progress=progress, encoders=encoders)
        lines = [f"{len(report.problems)} problems in {settings.content}", *map(str, report.problems)]
        (settings.data / REPORT).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"CHATBOT_DATA: expected a folder this program may write, got {settings.data} ({error})") from error
    return report


def open_index(settings: Settings, progress: Progress = quiet, fetching: Progress = quiet) -> Index:
    """Build or update the index where anything has changed, then open it. Blocks; without the English encoder everything is found
    by the embedded one. Raises SettingsError where an encoder is named that cannot be had."""
    trouble = ""
    try:
        folder = encoder_folder(settings, fetching)
    except WeightsError as error:
        if settings.encoder != "auto":  # a name that somebody wrote: another encoder would be a surprise
            raise SettingsError(f"CHATBOT_ENCODER: {error}") from error
        folder, trouble = None, f"the English encoder cannot be had, the multilingual one stands in: {error}"
    encoders, where, origin = default_encoders(folder), index_folder(settings), origin_of(settings)
    known = open_as_built(where, origin, encoders) if (settings.data / REPORT).is_file() else None
    if known is not None:
        return Index(*known, encoders, trouble)
    report = build(settings, encoders, progress)
    write_down(where, origin, report)
    return Index(KnowledgeBase.open(where, encoders), report, encoders, trouble)


def open_knowledge(settings: Settings) -> KnowledgeBase:
    """The shop's knowledge, its index brought up to date first. Blocks."""
    return open_index(settings).knowledge


async def open_engine(settings: Settings, progress: Progress = quiet) -> Engine:
    """Whoever the settings name. Raises SettingsError, WeightsError, EngineUnavailable."""
    if settings.engine == "quoting":
        from chatbot.engines.quoting import QuotingEngine

        return QuotingEngine()
    if settings.engine == "remote":
        from chatbot.engines.remote import RemoteEngine

        check_engine(settings)
        return RemoteEngine(settings.remote_url, settings.remote_model, settings.remote_key.get_secret_value())
    return await asyncio.to_thread(_local, settings, progress)


def check_engine(settings: Settings) -> None:
    """What can be known to be wrong before anything is opened. Raises SettingsError."""
    if settings.engine == "remote" and not settings.remote_url.startswith(("http://", "https://")):
        raise SettingsError(f"CHATBOT_REMOTE_URL: expected the base URL of an OpenAI-compatible server, got {settings.remote_url!r}")
    if settings.engine == "remote" and not settings.remote_model:
        raise SettingsError("CHATBOT_REMOTE_MODEL: expected the name of a model that the remote server has, got nothing")


def _local(settings: Settings, progress: Progress) -> Engine:
    with _FETCHING:
        folder = writer_folder(settings, progress)
    from chatbot.engines.local import LocalEngine
    from chatbot.engines.model import Loading
    from chatbot.engines.worker import Limits

    how = Loading(settings.device, settings.precision, adapter=adapter_folder(settings), cache=settings.cache / "machine")
    return LocalEngine(folder, how, Limits(settings.slots, settings.queue_limit, settings.threads, settings.prefix_cache << 20))


async def engine_or_quotes(settings: Settings, progress: Progress = quiet) -> tuple[Engine, str]:
    """The engine, and what is wrong when another than the promoted model, or the shop's own words, have to do.

    Where the model is here, the engine follows what is promoted until it is closed.
    """
    from chatbot.engines.quoting import QuotingEngine

    live, local = LiveModel(settings, lambda chosen: open_engine(chosen, progress), silence), settings.engine == "local"
    try:
        engine, trouble = await live.open() if local else (await open_engine(settings, progress), "")
        name = named(engine, live.name)
    except (WeightsError, EngineUnavailable) as error:
        log.error("no model can write, passages are quoted instead: %s", error)
        engine, trouble = QuotingEngine(), f"no model can write, passages are quoted instead: {error}"
        name = engine.name
    if not local:
        return engine, trouble
    switching = SwitchingEngine(engine, name)
    switching.keep_beside(live.follow(switching))
    return switching, trouble


def warm_planner(knowledge: KnowledgeBase, recommender: Recommender | None = None) -> Planner:
    """A planner that has planned an answer in each language, so that no shopper waits for encoders and word lists to load. Blocks for
    seconds, in which a model can load beside it."""
    planner = Planner(knowledge, recommender)
    planner.prepare()
    for language, question in WARM_UP_QUESTIONS.items():
        planner.plan(Conversation("warm-up", (Message("shopper", question),)), language)
    return planner


async def warm_up(assistant: ShopAssistant, engine: Engine) -> str:
    """One token and one turn per language, so that no shopper waits for what is slow only once; what is wrong with the engine.

    The model reads the constant beginning of every prompt with the token.
    """
    if silent := await silence(engine):
        log.error("no model writes yet, passages are quoted until it does: %s", silent)
    for question in WARM_UP_QUESTIONS.values():
        async with contextlib.aclosing(assistant.reply(Conversation("warm-up", (Message("shopper", question),)))) as events:
            async for _ in events:
                pass
    return silent


async def silence(engine: Engine) -> str:
    """Why the engine does not write one token now; empty when it does."""
    prompt = write_prompt("How long does delivery take?", ["Delivery takes two days."], count_tokens=engine.count_tokens)
    try:
        async with asyncio.timeout(WARM_UP_SECONDS):
            async with contextlib.aclosing(engine.stream(prompt, Sampling(max_tokens=1))) as chunks:
                async for _ in chunks:
                    pass
    except Exception as error:  # whatever an engine does now, it may be better later
        return f"{engine.name} does not write yet: {error or type(error).__name__}"
    return ""


async def until_it_writes(engine: Engine) -> None:
    """Return when an engine that was silent writes: a server of a model may be up later than the shop."""
    while await silence(engine):  # noqa: ASYNC110 - the server is asked, nothing here can tell
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    log.info("%s writes now", engine.name)


class Rebuild:
    """Follows the content folder: rebuilds when its files have changed and come to rest, and serves what another process built."""

    def __init__(self, settings: Settings, index: Index, changed: Callable[[str], None]) -> None:
        self._settings = settings
        self._index = index
        self._changed = changed
        self.report = index.report
        self._built = self._seen = fingerprint(settings.content)

    def look(self) -> bool:
        """One look; True when another version serves now. Blocks while it builds. Never raises: what cannot be read stays as it was."""
        try:
            found = fingerprint(self._settings.content)
            settled, self._seen = found == self._seen, found
            if settled and found != self._built:
                self._built = found  # also when it fails: the same files would fail again
                report = self.report = build(self._settings, self._index.encoders)
                log.info("content changed: %d texts embedded, %d problems, %.1f s", report.embedded, len(report.problems), report.seconds)
            if self._index.knowledge.reload_if_changed():
                self._changed(self._index.knowledge.version)
                return True
        except (KnowledgeBaseError, SettingsError, OSError) as error:
            log.error("the content cannot be taken over, the last good index goes on: %s", error)
        return False
