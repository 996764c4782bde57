"""One database: SQLite or PostgreSQL by URL, its schema brought up to date when it is opened.

Knows transactions, not conversations. A write is whole and nothing interrupts it: it is committed or it raises, even when the caller is
cancelled meanwhile. SQLite runs in WAL mode with synchronous=FULL, so what was committed survives a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chatbot.errors import SettingsError, StorageUnavailable
from chatbot.records import REVISION

T = TypeVar("T")
BUSY_SECONDS = 5.0
_MOST_TOGETHER = 64
_ADVISORY_LOCK = 0x53484F50  # any number that no other program on the same server uses: "SHOP"
_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
log = logging.getLogger(__name__)


class _Asked(Generic[T]):
    """One work that waits for its commit, and its outcome."""

    def __init__(self, work: Callable[[AsyncConnection], Awaitable[T]], answer: asyncio.Future[T]) -> None:
        self.answer = answer
        self._work = work
        self._result: T | None = None
        self._error: Exception | None = None

    async def run(self, connection: AsyncConnection, *, alone: bool) -> None:
        """Raises what the work raises when it is alone; among others only a database that refuses stops them all."""
        if alone:
            self._result = await self._work(connection)
            return
        try:
            async with connection.begin_nested():
                self._result = await self._work(connection)
        except OperationalError:
            raise
        except Exception as error:
            self._error = error

    def tell(self) -> None:
        if self.answer.done():
            return
        if self._error is not None:
            self.answer.set_exception(self._error)
            self.answer.exception()  # nobody may be waiting any more
        else:
            self.answer.set_result(self._result)  # type: ignore[arg-type]


def _fail(batch: list[_Asked[Any]], error: Exception, cause: BaseException | None = None) -> None:
    for asked in batch:
        if not asked.answer.done():
            error.__cause__ = cause or error.__cause__
            asked.answer.set_exception(error)
            asked.answer.exception()


class Database:
    """Transactions on one database. Make it with `open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._one_writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None
        self._waiting: list[_Asked[Any]] = []
        self._running: set[asyncio.Task[None]] = set()

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
        """Run `work` whole or not at all and return after its commit. Raises StorageUnavailable, or IntegrityError from a unique key.

        On SQLite, works that wait for the same lock share one commit, each in a savepoint of its own: a commit costs a disk flush.
        """
        asked: _Asked[T] = _Asked(work, asyncio.get_running_loop().create_future())
        if self._one_writer is None:
            self._keep(self._together([asked]))
        else:
            self._waiting.append(asked)
            if len(self._waiting) == 1:
                self._keep(self._next_batch(self._one_writer))
        return await asyncio.shield(asked.answer)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _next_batch(self, one_writer: asyncio.Lock) -> None:
        async with one_writer:
            batch, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            if self._waiting:
                self._keep(self._next_batch(one_writer))
            await self._together(batch)

    async def _together(self, batch: list[_Asked[Any]]) -> None:
        """One transaction for all; nobody is answered before the commit."""
        try:
            async with self._engine.connect() as connection:
                writing = await connection.execution_options(writes=True)
                async with writing.begin():
                    for asked in batch:
                        await asked.run(writing, alone=len(batch) == 1)
        except IntegrityError as error:
            _fail(batch, error)
        except (SQLAlchemyError, OSError) as error:
            log.error("the database refused a write: %s", _reason(error))
            _fail(batch, StorageUnavailable(f"the database refused a write: {_reason(error)}"), error)
        except Exception as error:
            _fail(batch, error)
        except BaseException:
            _fail(batch, StorageUnavailable("the write was broken off"))
            raise
        else:
            for asked in batch:
                asked.tell()

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
        while self._running:
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
        raise SettingsError(f"CHATBOT_DATABASE_URL: expected sqlite:///file or postgresql://…, got {_named(url)}") from error
    raise SettingsError(f"CHATBOT_DATABASE_URL: expected sqlite:///file or postgresql://…, got {_named(url)}")


def _sqlite(url: str) -> AsyncEngine:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_reset_on_return=None)
    # A connection whose reader is cancelled is closed, not stopped: aiosqlite never answers what is asked of a stopped one, and SQLAlchemy
    # asks it to close as well, so the end of the process would wait for that answer for ever.
    engine.sync_engine.dialect.do_terminate = engine.sync_engine.dialect.do_close  # type: ignore[method-assign]

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
    if not _is_current(connection):
        from chatbot.migrating import migrate  # Alembic takes half a second to load, and there is rarely anything to do

        migrate(connection)


def _is_current(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [REVISION]


def _named(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return repr(url.split("@")[-1])


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(cause).split()) or type(cause).__name__
