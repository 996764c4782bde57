"""A shopper at a browser: finds things by role and name, as a person or a screen reader does."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

# What the browser itself logs while a server is away or still opening, which is what some tests are about.
_AWAY = ("net::ERR", "WebSocket connection", "status of 503")


class Shopper:
    """One browser with its own cookies and storage. `faults` collects page errors and refused policies, `requests` addresses."""

    def __init__(self, context: BrowserContext, server: str) -> None:
        self.context, self.server = context, server
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page = self._watched(context.new_page())

    def _watched(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("console", self._hear)
        page.on("request", lambda request: self.requests.append(request.url))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(trouble in message.text for trouble in _AWAY):
            self.faults.append(f"console: {message.text}")

    def visit(self, path: str) -> None:
        self.page.goto(self.server + path)

    def open(self) -> None:
        self.page.get_by_role("button", name="Chat with us").click()
        expect(self.panel).to_be_visible()

    def ask(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def ask_and_wait(self, text: str) -> Locator:
        before = self.finished.count()
        self.ask(text)
        expect(self.finished).to_have_count(before + 1, timeout=20_000)
        return self.finished.last

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def field(self) -> Locator:
        return self.panel.get_by_role("textbox")

    @property
    def replies(self) -> Locator:
        """The assistant's replies without the greeting, finished or not."""
        return self.log.locator("article.reply:not(.welcome)")

    @property
    def finished(self) -> Locator:
        return self.log.locator('article.reply[data-finish]:not([data-finish=""])')

    @property
    def questions(self) -> Locator:
        return self.log.locator("article.shopper")

    @property
    def announced(self) -> Locator:
        return self.page.get_by_role("status")

    def stored(self) -> dict[str, str]:
        """Everything that this page keeps on the device."""
        return dict(self.page.evaluate("() => ({...localStorage, ...sessionStorage})"))

    def session(self) -> str:
        kept = self.page.evaluate("() => JSON.parse(localStorage.getItem('shopchat:demo:conversation')).session")
        return str(kept)

    def room(self) -> dict[str, Any]:
        """What the fake shop has of this shopper's conversation."""
        with urllib.request.urlopen(f"{self.server}/test/rooms", timeout=5) as answer:
            rooms = json.load(answer)
        return next(room for room in rooms if room["session"] == self.session())

    def shop_says(self, event: dict[str, Any]) -> None:
        """Let the fake shop publish an event, as an operator's console would."""
        body = json.dumps(event).encode()
        urllib.request.urlopen(f"{self.server}/test/say/{self.session()}", data=body, timeout=5).close()
