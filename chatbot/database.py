"""One database: SQLite or PostgreSQL by URL, its schema brought up to date when it is opened.

Knows transactions, not conversations. A write is one transaction that nothing interrupts: it commits or it raises, even when the
caller is cancelled meanwhile. SQLite runs in WAL mode with synchronous=FULL, so what was committed survives a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chatbot.errors import SettingsError, StorageUnavailable

T = TypeVar("T")
MIGRATIONS = Path(__file__).resolve().parent / "migrations"
BUSY_SECONDS = 5.0
_ADVISORY_LOCK = 0x53484F50  # any number that no other program on the same server uses: "SHOP"
_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
log = logging.getLogger(__name__)


class Database:
    """Transactions on one database. Make it with `open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._one_writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None
        self._running: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, url: str) -> Database:
        """Connect and migrate. Raises SettingsError for an unusable URL or a newer schema, StorageUnavailable when it does not answer."""
        database = cls(_engine_for(url))
        try:
            async with database._engine.connect() as connection:
                writing = await connection.execution_options(writes=True)
                async with writing.begin():
                    await writing.run_sync(_migrate)
        except (SQLAlchemyError, OSError) as error:
            await database.close()
            raise StorageUnavailable(f"database {_named(url)}: {_reason(error)}") from error
        except BaseException:
            await database.close()
            raise
        return database

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` in one transaction and commit. Raises StorageUnavailable, or IntegrityError when a unique key refused it."""
        task = asyncio.ensure_future(self._transaction(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        if self._one_writer is None:
            return await self._committed(work)
        async with self._one_writer:
            return await self._committed(work)

    async def _committed(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        try:
            async with self._engine.connect() as connection:
                writing = await connection.execution_options(writes=True)
                async with writing.begin():
                    return await work(writing)
        except IntegrityError:
            raise
        except (SQLAlchemyError, OSError) as error:
            log.error("the database refused a write: %s", _reason(error))
            raise StorageUnavailable(f"the database refused a write: {_reason(error)}") from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading one consistent state. Raises StorageUnavailable."""
        try:
            async with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise StorageUnavailable(f"the database cannot be read: {_reason(error)}") from error

    async def answers(self) -> bool:
        """Whether a query succeeds now; for readiness."""
        try:
            async with self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except StorageUnavailable:
            return False
        return True

    async def close(self) -> None:
        """Let running transactions end, then disconnect."""
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()


def _engine_for(url: str) -> AsyncEngine:
    try:
        parsed = make_url(url)
        driver = _ASYNC_DRIVERS.get(parsed.drivername, parsed.drivername)
        if driver == "sqlite+aiosqlite":
            return _sqlite(str(parsed.set(drivername=driver).render_as_string(hide_password=False)))
        if driver == "postgresql+asyncpg":
            options: dict[str, Any] = {"pool_size": 10, "pool_pre_ping": True, "connect_args": {"timeout": 10, "command_timeout": 10}}
            return create_async_engine(parsed.set(drivername=driver), **options)
    except (SQLAlchemyError, ValueError, TypeError) as error:
        raise SettingsError(f"database_url: not an SQLAlchemy URL: {_named(url)}") from error
    raise SettingsError(f"database_url: expected sqlite:///file or postgresql://…, got {_named(url)}")


def _sqlite(url: str) -> AsyncEngine:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_reset_on_return=None)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself; `begin` below does
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={int(BUSY_SECONDS * 1000)}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at once: a read that becomes a write later can fail without waiting for the busy timeout.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(connection).get_current_revision()
    if present == scripts.get_current_head():
        return
    if present is not None and present not in {script.revision for script in scripts.walk_revisions()}:
        raise SettingsError(
            f"database: its schema is revision {present}, which this version does not know (newest known: {scripts.get_current_head()}); "
            "it was written by a newer version: upgrade the program, or restore a backup made by this one"
        )
    command.upgrade(config, "head")


def _named(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return repr(url.split("@")[-1])


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(cause).split()) or type(cause).__name__
