"""Somebody at the shop's own pages or at the console, and what can be found wrong with a page."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from playwright.sync_api import ConsoleMessage, Page
from shopper import Shopper

PASSWORD = "open-sesame-for-tests"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_ANSWERED = ("status of 401", "status of 404")  # the browser logs these by itself; the page shows what they mean


class Visitor(Shopper):
    """A shopper or an operator, with a browser of their own."""

    def _hear(self, message: ConsoleMessage) -> None:
        if not any(status in message.text for status in _ANSWERED):
            super()._hear(message)


NewVisitor = Callable[..., Visitor]


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it is."""
    page.wait_for_timeout(450)  # colours are judged when nothing fades any more
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def is_wider_than_the_window(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth > innerWidth"))
