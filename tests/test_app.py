"""The whole house over real sockets: opening, chatting, following the content folder, doing without a model, starting again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chatbot.errors import SettingsError
from chatbot.protocol import CLOSE_RESTART
from chatbot.server import house as houses
from chatbot.server import opening
from chatbot.server.app import Door, open_engine, open_knowledge
from chatbot.server.as_built import fingerprint
from chatbot.server.health import Health
from chatbot.server.house import greeting, open_house
from chatbot.server.opening import REPORT, engine_or_quotes
from chatbot.server.serving import listen, running
from knowledge_base.errors import ContentError
from tests.chat_server import Shopper
from tests.open_shop import OpenShop, open_shop, shop_settings, write_content
from tests.scripted_engine import ScriptedEngine


async def asked(shop: OpenShop, question: str, locale: str = "en") -> Shopper:
    """One question over the WebSocket; everything that was seen."""
    async with connect(f"{shop.url.replace('http', 'ws')}/v1/chat?site={shop.house.gate.site_key}", compression=None) as wire:
        shopper = Shopper(wire)
        await shopper.send(type="hello", locale=locale)
        await shopper.until("ready")
        await shopper.ask(question)
        await shopper.until("reply")
    return shopper


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - nothing tells when it holds
            await asyncio.sleep(0.01)


# -- before it is open -----------------------------------------------------------------------------------------------------------


async def test_who_comes_before_the_shop_is_open_is_asked_to_come_back() -> None:
    health = Health()
    health.stage = "embedding the shop's content: 64 of 128"
    with listen("127.0.0.1", 0) as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        async with running(Door(health), sock), httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/healthz")).status_code == 200
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["stage"]) == (503, health.stage)
            call = await client.post("/v1/search", json={"query": "tent"})
            assert (call.status_code, call.headers["retry-after"], call.json()["error"]["code"]) == (503, "2", "starting")
            page = await client.get("/", headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
            assert (page.status_code, page.headers["refresh"]) == (503, "2")
            assert "店铺正在开门" in page.text
            async with connect(f"{url.replace('http', 'ws')}/v1/chat?site=x", compression=None) as wire:
                with pytest.raises(ConnectionClosed):
                    await wire.recv()
                assert wire.close_code == CLOSE_RESTART


# -- open ------------------------------------------------------------------------------------------------------------------------


async def test_a_shopper_is_greeted_answered_and_shown_a_card_that_can_be_drawn(shop: OpenShop) -> None:
    shopper = await asked(shop, "How much is the Otter Kettle?")
    assert shopper.ready["suggestions"] == ["How long do I have to return something?", "How long does delivery take?"]
    reply = shopper.seen[-1]
    assert "49" in reply["text"]
    card = next(item for item in reply["sources"] if item["kind"] == "product")
    assert (card["image"], card["price"]) == ("/media/pictures/kettle.svg", "49")
    assert shop.client.get(card["image"]).status_code == 200
    assert shop.client.get(card["url"]).status_code == 200
    assert next(event for event in shopper.seen if event["type"] == "sources")["items"] == reply["sources"]


async def test_a_product_with_an_address_of_its_own_is_linked_there(shop: OpenShop) -> None:
    reply = (await asked(shop, "How much is the Heron Tent?")).seen[-1]
    assert next(item["url"] for item in reply["sources"] if item["kind"] == "product") == "https://otter.example/heron"


async def test_a_chinese_shopper_is_served_in_chinese(shop: OpenShop) -> None:
    shopper = await asked(shop, "多久可以送到？", "zh-CN")
    assert shopper.ready["suggestions"] == ["多久可以送到？"]
    assert "您好" in shopper.ready["greeting"]
    assert "三到五个工作日" in shopper.seen[-1]["text"]


def test_a_locale_the_shop_does_not_speak_is_greeted_in_english(shop: OpenShop) -> None:
    assert greeting(shop.house.knowledge, "fr-CA")[0].startswith("Hello")


def test_every_problem_of_the_content_is_written_down(shop: OpenShop) -> None:
    lines = (shop.folder / "data" / REPORT).read_text("utf-8").splitlines()
    assert lines[0].startswith("1 problem")
    assert "products.csv:5" in lines[1]


@pytest.mark.slow
def test_a_change_of_the_content_is_taken_up_while_serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(houses, "WATCH_SECONDS", 0.1)

    def price() -> str:
        return str(next(item["price"] for item in shop.client.get("/v1/products").json()["items"] if item["title"] == "Otter Kettle"))

    with open_shop(tmp_path) as shop:
        before = shop.client.get("/readyz").json()["index"]
        assert price() == "49"
        file = tmp_path / "content" / "products.csv"
        time.sleep(0.3)  # until the watcher has had its first look
        file.write_text(file.read_text("utf-8").replace("kettle.svg,49", "kettle.svg,54"), "utf-8")
        until = time.monotonic() + 15
        while price() != "54" and time.monotonic() < until:
            time.sleep(0.1)
        assert price() == "54"
        assert shop.client.get("/readyz").json()["index"] != before
        (tmp_path / "content").rename(tmp_path / "moved away")
        time.sleep(0.6)
        assert price() == "54"  # content that cannot be used changes nothing


@pytest.mark.slow
async def test_a_message_and_the_console_password_survive_a_restart(tmp_path: Path) -> None:
    changes = {"console_password": ""}
    with open_shop(tmp_path, **changes) as shop:
        password, site = shop.house.new_password, shop.house.gate.site_key
        shopper = await asked(shop, "How long does delivery take?")
    assert password
    with open_shop(tmp_path, **changes) as shop:
        assert (shop.house.new_password, shop.house.gate.site_key) == ("", site)
        assert shop.house.gate.check_console(password)
        async with connect(f"{shop.url.replace('http', 'ws')}/v1/chat?site={site}", compression=None) as wire:
            again = Shopper(wire)
            await again.send(type="hello", **(shopper.resuming | {"after": 0}))
            assert (await again.until("ready"))["resume"] == "ok"
            assert (await again.until("reply"))["text"] == shopper.seen[-1]["text"]


# -- what may be missing ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_without_a_model_the_shop_answers_all_the_same_and_says_so(tmp_path: Path) -> None:
    with open_shop(tmp_path, engine="local", model=str(tmp_path / "no-model-here")) as shop:
        said = shop.client.get("/readyz").json()
        assert said["ready"] is True
        assert "no-model-here" in said["degraded"]
        assert "3 to 5 working days" in (await asked(shop, "How long does delivery take?")).seen[-1]["text"]


@pytest.mark.slow
async def test_a_writer_that_fails_at_the_start_is_reported_and_does_not_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_content(tmp_path / "content")

    async def broken(*_: object) -> tuple[ScriptedEngine, str]:
        return ScriptedEngine(error=RuntimeError("no kernel")), ""

    monkeypatch.setattr(houses, "engine_or_quotes", broken)
    house = await open_house(shop_settings(tmp_path))
    try:
        assert house.health.degraded == "scripted does not write yet: no kernel"
    finally:
        await house.close()


async def test_an_engine_is_given_back_when_there_is_nothing_to_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "content").mkdir()
    closed = asyncio.Event()

    class Closing(ScriptedEngine):
        async def close(self) -> None:
            closed.set()

    async def opened(*_: object) -> tuple[ScriptedEngine, str]:
        await asyncio.sleep(0.2)  # the content was read long before
        return Closing(), ""

    monkeypatch.setattr(houses, "engine_or_quotes", opened)
    with pytest.raises(ContentError):
        await open_house(shop_settings(tmp_path))
    assert closed.is_set()


@pytest.mark.slow
async def test_an_index_is_given_back_when_the_engine_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_content(tmp_path / "content")

    async def refused(*_: object) -> tuple[ScriptedEngine, str]:
        raise SettingsError("no such device")

    monkeypatch.setattr(houses, "engine_or_quotes", refused)
    with pytest.raises(SettingsError, match="no such device"):
        await open_house(shop_settings(tmp_path))  # an index left open would be a warning, and warnings are errors


@pytest.mark.slow
async def test_a_writer_that_was_away_at_the_start_is_missed_until_it_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_content(tmp_path / "content")
    engine = ScriptedEngine("Hello.", error=RuntimeError("no server"))

    async def away(*_: object) -> tuple[ScriptedEngine, str]:
        return engine, "another trouble"

    monkeypatch.setattr(houses, "engine_or_quotes", away)
    monkeypatch.setattr(opening, "LOOK_AGAIN_SECONDS", 0.01)
    house = await open_house(shop_settings(tmp_path))
    try:
        asked_already = len(engine.prompts)
        await until(lambda: len(engine.prompts) >= asked_already + 3)
        assert house.health.degraded == "another trouble; scripted does not write yet: no server"
        engine.error = None
        await until(lambda: house.health.degraded == "another trouble")
        assert engine.open_streams == 0
    finally:
        await house.close()


async def test_a_remote_engine_needs_its_address_and_a_model(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"CHATBOT_REMOTE_URL: expected .* got ''"):
        await open_engine(shop_settings(tmp_path, engine="remote"))
    with pytest.raises(SettingsError, match="CHATBOT_REMOTE_MODEL"):
        await open_engine(shop_settings(tmp_path, engine="remote", remote_url="http://127.0.0.1:9/v1"))
    engine, trouble = await engine_or_quotes(shop_settings(tmp_path, engine="remote", remote_url="http://127.0.0.1:9/v1", remote_model="m"))
    assert (engine.name, trouble) == ("m", "")
    await engine.close()


async def test_a_shop_without_usable_content_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    with pytest.raises(ContentError):
        await open_house(shop_settings(tmp_path))
    with pytest.raises(ContentError):
        await open_house(shop_settings(tmp_path, content=tmp_path / "none"))


@pytest.mark.slow
def test_the_knowledge_alone_can_be_opened(tmp_path: Path) -> None:
    write_content(tmp_path / "content")
    knowledge = open_knowledge(shop_settings(tmp_path))
    try:
        assert [product.title for product in knowledge.products()] == ["Otter Kettle", "Heron Tent", "Badger Dome Tent"]
    finally:
        knowledge.close()


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    write_content(tmp_path / "content")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="CHATBOT_DATA"):
        open_knowledge(shop_settings(tmp_path, data=tmp_path / "file"))


def test_a_fingerprint_changes_with_every_file(tmp_path: Path) -> None:
    first = fingerprint(tmp_path)
    (tmp_path / "a.md").write_text("x")
    second = fingerprint(tmp_path)
    (tmp_path / "a.md").write_text("xy")
    assert len({first, second, fingerprint(tmp_path)}) == 3
    assert fingerprint(tmp_path / "none") == frozenset()


async def test_work_in_a_thread_gives_its_result_and_its_error() -> None:
    assert await houses.in_thread(lambda: 42) == 42
    with pytest.raises(json.JSONDecodeError):
        await houses.in_thread(lambda: json.loads("{"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await houses.in_thread(lambda: time.sleep(0.3))
    await asyncio.sleep(0.4)  # its late result finds nobody and disturbs nobody
