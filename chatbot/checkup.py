"""Checks of this machine and its settings: is everything a server needs here and whole?

Each check gives findings: what was looked at, what was found, and, where something is wrong, the one thing to do about it. Invariant:
looking changes nothing; no index is built, no schema migrated, no weight fetched, and a server that runs meanwhile notices nothing.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import shutil
import socket
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chatbot.errors import ChatbotError
from chatbot.settings import Settings
from knowledge_base.errors import KnowledgeBaseError

if TYPE_CHECKING:
    from sqlalchemy import URL

State = Literal["good", "note", "bad"]
OLDEST_PYTHON = (3, 11)
DISK_NEEDED, DISK_SCARCE = 200 * 10**6, 10**9


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` is what to do when it is not good; a note does not make the shop unhealthy."""

    subject: str
    state: State
    found: str
    remedy: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def checks() -> tuple[tuple[str, Check], ...]:
    """Every check with its subject, in the order in which a start would stumble over them."""
    return (
        ("Python", python),
        ("PyTorch", torch),
        ("data folder", data_folder),
        ("disk", disk),
        ("secrets", secrets),
        ("content", content),
        ("models", models),
        ("index", index),
        ("database", database),
        ("origins", origins),
        ("port", port),
    )


def python(_settings: Settings) -> Iterator[Finding]:
    here, oldest = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, OLDEST_PYTHON))
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding("Python", "good", here)
    else:
        yield Finding("Python", "bad", here, f"install Python {oldest} or newer and run `make setup` again")


def torch(settings: Settings) -> Iterator[Finding]:
    try:
        here = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        yield Finding("PyTorch", "bad", "is not installed", "run `make setup`")
        return
    if settings.device != "cuda":
        yield Finding("PyTorch", "good", here)
        return
    import torch as pytorch

    if pytorch.cuda.is_available():
        yield Finding("PyTorch", "good", f"{here} on {pytorch.cuda.get_device_name()}")
    else:
        remedy = "install the driver and a PyTorch with CUDA, or set CHATBOT_DEVICE=auto"
        yield Finding("PyTorch", "bad", f"{here} finds no GPU, but CHATBOT_DEVICE is cuda", remedy)


def data_folder(settings: Settings) -> Iterator[Finding]:
    where = nearest(settings.data)
    if not where.is_dir() or not os.access(where, os.W_OK | os.X_OK):
        what = "may not be written" if where.is_dir() else "is no folder"
        yield Finding("data folder", "bad", f"{where} {what}", "give this user the folder, or name another one in CHATBOT_DATA")
    elif where != settings.data:
        yield Finding("data folder", "good", f"{settings.data} will be made at the first start")
    else:
        yield Finding("data folder", "good", str(settings.data))


def disk(settings: Settings) -> Iterator[Finding]:
    for what, variable, folder in (("data", "CHATBOT_DATA", settings.data), ("models", "CHATBOT_CACHE", settings.cache)):
        free = shutil.disk_usage(nearest(folder)).free
        state: State = "bad" if free < DISK_NEEDED else "note" if free < DISK_SCARCE else "good"
        remedy = "" if state == "good" else f"free some space there, or name another folder in {variable}"
        yield Finding("disk", state, f"{free / 1e9:.1f} GB free for {what} in {folder}", remedy)


def secrets(settings: Settings) -> Iterator[Finding]:
    path = settings.data / "secrets.json"
    if not path.exists():
        yield Finding("secrets", "good", "will be made at the first start")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield Finding("secrets", "bad", f"{path} can be read by others (mode {mode:o})", f"chmod 600 {path}")
    elif not os.access(path, os.R_OK):
        yield Finding("secrets", "bad", f"{path} cannot be read", "start the server as the user who owns it")
    else:
        yield Finding("secrets", "good", f"{path} (only its owner may read it)")


def content(settings: Settings) -> Iterator[Finding]:
    from knowledge_base.importers import read_folder

    try:
        found = read_folder(settings.content, currency=settings.currency)
    except KnowledgeBaseError as error:
        yield Finding("content", "bad", str(error), "put the shop's files there, or name the folder in CHATBOT_CONTENT")
        return
    if found.problems:
        first = f"{len(found.problems)} rows or files cannot be used, the first: {found.problems[0]}"
        yield Finding("content", "note", first, "see import-report.txt in the data folder for all of them")
    products = {item.id.removesuffix(f"@{item.language}") for item in found.products}
    texts = {item.id.removesuffix(f"@{item.language}") for item in found.documents}
    yield Finding("content", "good", f"{len(products)} products, {len(texts)} FAQ entries and policy sections in {settings.content}")


def models(settings: Settings) -> Iterator[Finding]:
    from chatbot.weights import ENCODER_MULTI, WRITER, encoder_name, verify

    wanted = {"writer": settings.model or WRITER} if settings.engine == "local" else {}
    wanted |= ({"English encoder": encoder_name(settings)} if settings.encoder != "multilingual" else {}) | {
        "multilingual encoder": ENCODER_MULTI
    }
    for title, name in wanted.items():
        problems = verify(name, settings.cache)
        if problems:
            missing = "not fetched" in problems[0]
            remedy = "run `chatbot models fetch`" + ("" if missing else "; it fetches what is damaged again")
            yield Finding("models", "note" if missing else "bad", f"{title}: {problems[0]}", remedy)
        else:
            yield Finding("models", "good", f"{title}: every byte is as it should be")
    if settings.engine == "remote":
        yield remote(settings)


def remote(settings: Settings) -> Finding:
    import httpx

    key = settings.remote_key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(f"{settings.remote_url.rstrip('/')}/models", headers=headers, timeout=5)
        answer.raise_for_status()
        names = [str(model["id"]) for model in answer.json()["data"]]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError) as error:
        remedy = "check CHATBOT_REMOTE_URL and CHATBOT_REMOTE_KEY, and that the server runs; until then passages are quoted"
        return Finding("models", "bad", f"remote server {settings.remote_url!r}: {error or type(error).__name__}", remedy)
    if settings.remote_model not in names:
        remedy = f"set CHATBOT_REMOTE_MODEL to one of: {', '.join(names[:5]) or 'none there'}"
        return Finding("models", "bad", f"remote server {settings.remote_url}: has no model {settings.remote_model!r}", remedy)
    return Finding("models", "good", f"remote server {settings.remote_url}: has {settings.remote_model}")


def index(settings: Settings) -> Iterator[Finding]:
    from knowledge_base.errors import IndexUnusable
    from knowledge_base.versions import open_current

    folder = settings.data / "index"
    if not folder.exists():
        yield Finding("index", "good", "will be built at the first start")
        return
    try:
        version = open_current(folder)
    except IndexUnusable as error:
        yield Finding("index", "bad", str(error).split(";")[0], f"remove {folder} and run `chatbot index build`")
        return
    manifest = version.manifest
    version.close()
    rows = sum(vectors.rows for vectors in manifest.vectors)
    yield Finding("index", "good", f"version {manifest.version}, {rows} vectors, all {len(manifest.files)} files as they were written")


def database(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(settings.database_url or f"sqlite:///{settings.data / 'chat.db'}")
    except ArgumentError:
        yield Finding(
            "database", "bad", "CHATBOT_DATABASE_URL is no URL", "expected sqlite:///FILE or postgresql://NAME:PASSWORD@HOST/DATABASE"
        )
        return
    if url.drivername.startswith("sqlite"):
        yield sqlite_file(Path(url.database or ""))
    else:
        yield asyncio.run(postgres(url))


def sqlite_file(path: Path) -> Finding:
    """Reads the whole file, without a lock that a running server would wait for."""
    if not path.exists():
        return Finding("database", "good", "will be made at the first start")
    resting = not path.with_name(f"{path.name}-wal").exists()  # then nobody has it open, and reading must leave no files beside it
    mode = "mode=ro&immutable=1" if resting else "mode=ro"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=5)) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.Error as error:
        said = [str(error)]
    if said == ["ok"]:
        return Finding("database", "good", f"{path}: whole ({path.stat().st_size / 1e6:.1f} MB)")
    remedy = f'stop the server, then `sqlite3 {path} ".recover" | sqlite3 whole.db` and put whole.db in its place, or restore a backup'
    return Finding("database", "bad", f"{path}: {'; '.join(said)}", remedy)


async def postgres(url: URL) -> Finding:
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import create_async_engine

    shown = url.render_as_string(hide_password=True)
    engine = create_async_engine(url.set(drivername="postgresql+asyncpg"), connect_args={"timeout": 5})
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        remedy = "check CHATBOT_DATABASE_URL and that the database server runs and lets this user in"
        return Finding("database", "bad", f"{shown}: {' '.join(str(error).split()) or type(error).__name__}", remedy)
    finally:
        await engine.dispose()
    return Finding("database", "good", f"{shown}: answers")


def origins(settings: Settings) -> Iterator[Finding]:
    from chatbot.server.auth import Gate

    try:
        Gate(site_key="x", allowed_origins=settings.allowed_origins, identity_secret=b"x" * 32, console_password_hash="")
    except ChatbotError as error:
        yield Finding("origins", "bad", str(error), "for example CHATBOT_ALLOWED_ORIGINS='[\"https://shop.example\"]'")
        return
    if settings.allowed_origins:
        yield Finding("origins", "good", f"pages of {', '.join(settings.allowed_origins)} and of this server may open the chat")
    else:
        remedy = "to put the chat on other pages, list them in CHATBOT_ALLOWED_ORIGINS"
        yield Finding("origins", "note", "only this server's own pages may open the chat", remedy)


def port(settings: Settings) -> Iterator[Finding]:
    address = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, settings.port))
        except OSError as error:
            if is_ours(address):
                yield Finding("port", "good", f"{address}: this program serves there already")
            else:
                remedy = "stop what listens there, or choose another port with --port or CHATBOT_PORT"
                yield Finding("port", "bad", f"{address}: {error.strerror or error}", remedy)
            return
    yield Finding("port", "good", f"{address} is free")


def is_ours(address: str) -> bool:
    import httpx

    try:
        return httpx.get(f"http://{address}/healthz", timeout=1).json().get("alive") is True
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError):
        return False


def nearest(folder: Path) -> Path:
    """The folder, or the first one above it that is there."""
    folder = folder.expanduser()
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
