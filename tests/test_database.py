"""The database: migrations, durability settings, transactions that end whole, and clear refusals."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from chatbot.archive import Archive
from chatbot.database import Database
from chatbot.errors import SettingsError, StorageUnavailable
from chatbot.ledger import Ledger, token_hash
from chatbot.migrating import MIGRATIONS
from chatbot.records import REVISION, conversations, events, metadata

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite:///{tmp_path}/deep/er/chat.db")
    yield opened
    await opened.close()


async def test_sqlite_writes_ahead_and_to_the_disk_before_it_answers(database: Database) -> None:
    async with database.read() as connection:
        values = [(await connection.execute(text(f"PRAGMA {name}"))).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert values == ["wal", 2, 1]
    assert await database.answers()


async def test_the_migrations_make_exactly_the_tables_of_the_records(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


def test_the_revision_of_the_records_is_that_of_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert scripts.get_current_head() == REVISION


async def test_opening_again_keeps_what_was_stored(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/chat.db"
    first = await Database.open(url)
    conversation, token = await Ledger(first).create("shop", "zh")
    await first.close()
    second = await Database.open(url)
    known = await Archive(second).find(conversation)
    await second.close()
    assert known is not None
    assert (known.locale, known.token_hash) == ("zh", token_hash(token))
    assert token not in (tmp_path / "chat.db").read_bytes().decode("latin-1")


@pytest.mark.slow
def test_a_process_ends_whose_readers_are_cancelled_again_and_again(tmp_path: Path) -> None:
    program = """
        import asyncio, sys
        from sqlalchemy import text
        from chatbot.database import Database
        async def reading(database):
            while True:
                async with database.read() as connection:
                    await connection.execute(text("SELECT 1"))
        async def main():
            database = await Database.open(f"sqlite:///{sys.argv[1]}/chat.db")
            readers = [asyncio.create_task(reading(database)) for _ in range(20)]
            await asyncio.sleep(0.3)
            for _ in range(3):
                for reader in readers:
                    reader.cancel()
                await asyncio.sleep(0)
            await database.close()
        asyncio.run(main())
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], cwd=ROOT, timeout=30, check=False)
    assert ended.returncode == 0


async def test_a_newer_schema_is_refused_with_the_remedy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/chat.db"
    await (await Database.open(url)).close()
    with sqlite3.connect(tmp_path / "chat.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match=r"revision 9999.*upgrade the program"):
        await Database.open(url)


@pytest.mark.slow
async def test_a_migration_that_is_killed_leaves_nothing_half_done(tmp_path: Path) -> None:
    program = """
        import asyncio, os, signal, sys
        from alembic import op
        from chatbot.database import Database
        made = []
        create = op.create_index
        def dying(*args, **options):
            os.kill(os.getpid(), signal.SIGKILL)
        op.create_index = dying
        asyncio.run(Database.open(f"sqlite:///{sys.argv[1]}/chat.db"))
    """
    ended = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], cwd=ROOT, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    opened = await Database.open(f"sqlite:///{tmp_path}/chat.db")
    assert await opened.answers()
    await opened.close()


@pytest.mark.parametrize("url", ["mysql://host/db", "not a url", "", "sqlite+pysqlite:///x.db"])
async def test_an_unusable_url_is_refused_by_name_and_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="CHATBOT_DATABASE_URL: expected"):
        await Database.open(url)


async def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with pytest.raises(StorageUnavailable) as caught:
        await Database.open("postgresql://shop:geheim@127.0.0.1:1/shop")
    assert "geheim" not in str(caught.value)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chat.db").write_bytes(os.urandom(8192))
    with pytest.raises(StorageUnavailable, match=r"chat\.db"):
        await Database.open(f"sqlite:///{tmp_path}/chat.db")


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    ledger = Ledger(database)
    conversation, _ = await ledger.create("shop", "en")

    async def work(connection: AsyncConnection) -> None:
        row = {"conversation": conversation, "seq": 1, "type": "message", "body": {}, "at": 0}
        await connection.execute(insert(events).values(row))
        raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError):
        await database.write(work)
    assert await Archive(database).transcript(conversation) == []


async def test_a_cancelled_caller_does_not_interrupt_the_transaction(database: Database) -> None:
    ledger = Ledger(database)
    conversation, _ = await ledger.create("shop", "en")
    asking = asyncio.create_task(ledger.ask(conversation, str(uuid.uuid4()), "Hello?", None))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait(database._running) if database._running else None
    assert [event["text"] for event in await Archive(database).transcript(conversation)] == ["Hello?"]


async def test_the_database_itself_refuses_a_second_message_with_an_id_and_a_second_reply_to_it(database: Database) -> None:
    ledger = Ledger(database)
    conversation, _ = await ledger.create("shop", "en")
    for column in ("message_id", "reply_to"):

        async def work(connection: AsyncConnection, column: str = column) -> None:
            for seq in (1, 2):
                row = {"conversation": conversation, "seq": seq, "type": "reply", "body": {}, "at": 0, column: "same"}
                await connection.execute(insert(events).values(row))

        with pytest.raises(IntegrityError):
            await database.write(work)


async def test_numbers_have_no_holes_however_many_write_at_once(database: Database) -> None:
    ledger = Ledger(database)
    conversation, _ = await ledger.create("shop", "en")
    asked = await asyncio.gather(*(ledger.ask(conversation, str(uuid.uuid4()), f"{n}", None) for n in range(50)))
    assert all(one.fresh for one in asked)
    rows = await Archive(database).transcript(conversation)
    assert [row["seq"] for row in rows] == list(range(1, 100))
    assert len(await Archive(database).open_turns()) == 1


async def test_a_full_disk_is_told_and_over_when_there_is_room_again(database: Database) -> None:
    ledger = Ledger(database)
    conversation, _ = await ledger.create("shop", "en")

    async def pages(connection: AsyncConnection, most: str) -> None:
        await connection.execute(text(f"PRAGMA max_page_count = {most}"))

    async with database._engine.connect() as connection:
        used = (await connection.execute(text("PRAGMA page_count"))).scalar()
        await pages(connection, str(used))

    async def fill() -> None:
        for number in range(200):
            await ledger.ask(conversation, str(uuid.uuid4()), f"{number} " + "x" * 3000, None)

    with pytest.raises(StorageUnavailable, match="full"):
        await fill()
    before = len(await Archive(database).transcript(conversation))
    async with database._engine.connect() as connection:
        await pages(connection, "1000000")
    asked = await ledger.ask(conversation, str(uuid.uuid4()), "Room again?", None)
    assert asked.message.seq >= before + 1


async def test_a_locked_database_makes_writers_wait_and_then_say_so_while_others_read(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(database)
    conversation, _ = await ledger.create("shop", "en")
    async with database._engine.connect() as connection:
        await connection.execute(text("PRAGMA busy_timeout = 200"))
    holder = sqlite3.connect(tmp_path / "deep/er/chat.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        writing = asyncio.create_task(ledger.ask(conversation, str(uuid.uuid4()), "Hello?", None))
        longest = 0.0
        for _ in range(10):
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            longest = max(longest, time.perf_counter() - began)
        assert await Archive(database).find(conversation) is not None
        with pytest.raises(StorageUnavailable, match="locked"):
            await writing
        assert longest < 0.15, "the event loop was blocked"
    finally:
        holder.close()


@pytest.mark.slow
async def test_every_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    program = """
        import asyncio, sys, uuid
        from chatbot.database import Database
        from chatbot.ledger import Ledger
        async def main():
            ledger = Ledger(await Database.open(f"sqlite:///{sys.argv[1]}/chat.db"))
            conversation, _ = await ledger.create("shop", "en")
            while True:
                message = str(uuid.uuid4())
                await ledger.ask(conversation, message, "Hello?", None)
                print(message, flush=True)
        asyncio.run(main())
    """
    acknowledged: list[str] = []
    for _ in range(4):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(program), str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        assert process.stdout is not None
        for _ in range(25):
            acknowledged.append((await process.stdout.readline()).decode().strip())
        process.kill()
        acknowledged += [line for line in (await process.stdout.read()).decode().split("\n") if len(line) == 36]
        await process.wait()
    opened = await Database.open(f"sqlite:///{tmp_path}/chat.db")
    async with opened.read() as connection:
        stored = set((await connection.execute(select(events.c.message_id))).scalars())
        assert (await connection.execute(text("PRAGMA integrity_check"))).scalar() == "ok"
        heads = (await connection.execute(select(conversations.c.head))).scalars().all()
    await opened.close()
    assert set(acknowledged) <= stored
    assert len(heads) == 4


async def test_works_that_share_a_commit_do_not_share_their_faults(database: Database) -> None:
    ledger = Ledger(database)
    known, text_of = str(uuid.uuid4()), "Hello?"
    conversation, _ = await ledger.create("shop", "en")
    await ledger.ask(conversation, known, text_of, None)

    async def bug(connection: AsyncConnection) -> None:
        await connection.execute(insert(events).values(conversation=conversation, seq=77, type="message", body={}, at=0))
        raise ZeroDivisionError

    async def twice(connection: AsyncConnection) -> None:
        await connection.execute(insert(events).values(conversation=conversation, seq=1, type="message", body={}, at=0))

    outcomes = await asyncio.gather(
        ledger.ask(conversation, str(uuid.uuid4()), "First?", None),
        database.write(bug),
        ledger.ask(conversation, known, "Another text", None),
        database.write(twice),
        ledger.ask(conversation, str(uuid.uuid4()), "Second?", None),
        return_exceptions=True,
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["Asked", "ZeroDivisionError", "Conflict", "IntegrityError", "Asked"]
    rows = await Archive(database).transcript(conversation)
    assert [row["seq"] for row in rows] == list(range(1, 6))
    assert [row["text"] for row in rows if row["type"] == "message"] == ["Hello?", "First?", "Second?"]
