"""The chapters of the page about the HTTP interface, in the order a developer needs them; a route names its chapter as its tag."""

from __future__ import annotations

from typing import Final

SHOPPERS: Final = "Shoppers"
PRODUCTS: Final = "Products and recommendations"
COPY: Final = "Back office: copy"
REVIEWS: Final = "Back office: reviews"
ORDERS: Final = "Back office: orders"
OPERATORS: Final = "Operators"
OPENAI: Final = "OpenAI-compatible"
HEALTH: Final = "Health"

_SESSION = "An operator's session is needed: see **Operators**, log in."

CHAPTERS: Final[dict[str, str]] = {
    SHOPPERS: "The chat over plain HTTP, for programs and for networks that break WebSockets. Begin a conversation, keep its `session` and "
    "`token`, send messages, and read what is answered. The shop's site key is public; the token is the shopper's own.",
    PRODUCTS: "What the shop sells and says, open to everybody who may see the shop. Nothing to log in to.",
    COPY: f"Product descriptions and marketing copy, each claim with the field that it comes from. {_SESSION}",
    REVIEWS: f"What reviews say, of what, and in which words. {_SESSION}",
    ORDERS: f"What was bought, told as it happens, so that recommendations know it. {_SESSION}",
    OPERATORS: "For the people of the shop. Logging in sets a cookie that lasts 12 hours; with curl it is kept in a file, here "
    "`console.cookies`. Each `POST` carries the header `X-Console: 1` as well. The password is the one that the shop was started with.",
    OPENAI: "The same assistant behind any OpenAI client: its base URL is this server's address with `/v1`, its key may be anything.",
    HEALTH: "For whoever watches the server.",
}
