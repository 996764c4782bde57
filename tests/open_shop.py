"""A small shop with everything real: content files, index, SQLite, uvicorn on a free port; replies are quoted, so nothing is fetched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from chatbot.server.app import Door, create_app
from chatbot.server.health import Health
from chatbot.server.house import House, open_house
from chatbot.server.limits import Limits
from chatbot.server.serving import listen, running
from chatbot.settings import Settings
from tests.chat_server import generous

PASSWORD = "a console password"
FILES = {
    "shop.toml": (
        'name = "Otter & Heron <outdoor>"\ncurrency = "EUR"\nlanguages = ["en", "zh"]\n'
        'about = "Kettles and tents."\nemail = "hello@otter.example"\n'
    ),
    "products.csv": (
        "name,image,price,list price,brand,category,description,sku,stock,url\n"
        'Otter Kettle,pictures/kettle.svg,49,,Hearthware,Kitchen > Kettles,"A kettle that whistles.",OK-1,5,\n'
        'Heron Tent,https://cdn.example/tent.jpg,199,249,Fellmark,Outdoor > Tents,"A tent for two people.",HT-1,3,https://otter.example/heron\n'
        'Badger Dome Tent,pictures/gone.png,129,,Fellmark,Outdoor > Tents,"A dome tent for three people.",BD-1,0,\n'
        "Broken Lamp,x.png,cheap,,,,,BL-1,1,\n"
    ),
    "faq.md": (
        "# Questions\n\n## How long do I have to return something?\n\nYou have 30 days from delivery to send back unused items.\n\n"
        "## How long does delivery take?\n\nDelivery takes 3 to 5 working days.\n"
    ),
    "faq.zh.md": "# 常见问题\n\n## 多久可以送到？\n\n一般三到五个工作日送达。\n",
    "pictures/kettle.svg": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "secret.txt": "not a picture",
}


def write_content(folder: Path) -> Path:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def shop_settings(folder: Path, **changes: Any) -> Settings:
    """Settings that read no environment file and fetch nothing."""
    given: dict[str, Any] = {
        "data": folder / "data",
        "content": folder / "content",
        "cache": folder / "cache",
        "engine": "quoting",
        "encoder": "multilingual",
        "console_password": PASSWORD,
        "allowed_origins": ["https://otter.example"],
    }
    return Settings(_env_file=None, **(given | changes))


@dataclass
class OpenShop:
    """A running server and the house behind it. `client` talks to it; `call` runs something on its event loop."""

    url: str
    house: House
    client: httpx.Client
    loop: asyncio.AbstractEventLoop
    folder: Path

    def call(self, work: Any, seconds: float = 20.0) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)


@contextmanager
def open_shop(folder: Path, limits: Limits | None = None, **changes: Any) -> Iterator[OpenShop]:
    """Serve the small shop from a thread of its own until the block ends."""
    write_content(folder / "content")
    ready, stop, kept = threading.Event(), asyncio.Event(), {}

    async def serve() -> None:
        try:
            sock = listen("127.0.0.1", 0)
            settings = shop_settings(folder, **changes, port=sock.getsockname()[1])
            door = Door(health := Health())
            async with running(door, sock):
                house = await open_house(settings, health)
                house.limits = limits or generous()
                door.inside = create_app(house)
                health.open()
                kept.update(house=house, loop=asyncio.get_running_loop(), url=f"http://127.0.0.1:{settings.port}")
                ready.set()
                await stop.wait()
                health.close()
                await house.rooms.drain(0.2)
            await house.close()
        except BaseException as error:
            kept["error"] = error
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="shop")
    thread.start()
    try:
        assert ready.wait(60)
        if "error" in kept:
            raise kept["error"]
        with httpx.Client(base_url=kept["url"], timeout=10) as client:
            yield OpenShop(kept["url"], kept["house"], client, kept["loop"], folder)
    finally:
        if "loop" in kept:
            kept["loop"].call_soon_threadsafe(stop.set)
        thread.join(20)
    if "error" in kept:
        raise kept["error"]
