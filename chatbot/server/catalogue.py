"""Products as the pages and the chat's cards show them: JSON with exact prices as strings, pictures and links that work from this server.

A picture that the shop's file names by a path is looked for beside that file and in the content folder, and served under /media/; one that
is not there is left out, so that no page shows a broken picture. Knows no request.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from chatbot.events import Reply, Sources, TurnEvent
from chatbot.messages import Conversation, SourceItem
from chatbot.running_turn import Assistant
from knowledge_base.catalog import Availability, Money, Product, Variant
from knowledge_base.search import KnowledgeBase

PICTURES = {
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
    ".avif": "image/avif",
}  # fmt: skip
_BLOCKS = ("p", "li", "div", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "ul", "ol", "br", "blockquote")
_BUYABLE = (Availability.in_stock, Availability.preorder, Availability.backorder, Availability.unknown)


class Showcase:
    """`base` is the URL shoppers reach this server under, or "" for links that are relative to it."""

    def __init__(self, knowledge: KnowledgeBase, content: Path, base: str = "") -> None:
        self._knowledge = knowledge
        self._content = content.resolve()
        self._base = base.rstrip("/")

    def item(self, product: Product) -> dict[str, Any]:
        """One product as a card."""
        shown = cheapest(product.variants)
        prices = {variant.price.amount for variant in product.variants if variant.price}
        images = self.images(product)
        return {
            "id": product.id,
            "title": product.title,
            "brand": product.brand,
            "category": product.category,
            "url": self.address(product.url),
            "image": images[0] if images else "",
            "images": images,
            "price": amount(shown.price),
            "list_price": amount(shown.list_price),
            "currency": shown.price.currency if shown.price else self._knowledge.profile.currency,
            "available": any(variant.availability in _BUYABLE for variant in product.variants),
            "on_sale": any(variant.on_sale for variant in product.variants),
            "price_from": len(prices) > 1,
            "variants": len(product.variants),
        }

    def details(self, product: Product, similar: Iterable[Product] = ()) -> dict[str, Any]:
        """One product as its page shows it."""
        options: dict[str, list[str]] = {}
        for variant in product.variants:
            for name, value in variant.options:
                values = options.setdefault(name, [])
                values += [value] if value not in values else []
        return self.item(product) | {
            "language": product.language,
            "paragraphs": paragraphs(product),
            "attributes": [list(pair) for pair in product.attributes],
            "options": [{"name": name, "values": values} for name, values in options.items()],
            "variant_list": [self._variant(product, variant) for variant in product.variants],
            "similar": [self.item(other) for other in similar],
        }

    def _variant(self, product: Product, variant: Variant) -> dict[str, Any]:
        return {
            "id": variant.id,
            "sku": variant.sku,
            "options": [list(pair) for pair in variant.options],
            "price": amount(variant.price),
            "list_price": amount(variant.list_price),
            "available": variant.availability in _BUYABLE,
            "availability": variant.availability.value,
            "quantity": variant.quantity,
            "image": self.picture(variant.image, product.source.file),
        }

    def images(self, product: Product) -> list[str]:
        """The product's pictures and its variants', each once."""
        named = (*product.images, *(variant.image for variant in product.variants))
        return list(dict.fromkeys(found for image in named if (found := self.picture(image, product.source.file))))

    def picture(self, image: str, file: str = "") -> str:
        """A URL for a picture named in `file`; "" when there is none."""
        if image.startswith(("http://", "https://")) or not image:
            return image
        if image.startswith("//"):
            return f"https:{image}"
        for folder in ((self._content / file).parent, self._content):
            path = (folder / image.lstrip("/")).resolve()
            if path.is_relative_to(self._content) and path.suffix.lower() in PICTURES and path.is_file():
                return f"{self._base}/media/{quote(path.relative_to(self._content).as_posix())}"
        return self.address(image) if image.startswith("/") else ""

    def address(self, url: str) -> str:
        """A page of the shop's own site; "" for what is no web address, whatever scheme a file may hold."""
        try:
            full = urljoin(self._knowledge.profile.url, url) if url else ""
            return full if urlsplit(full).scheme in ("http", "https") else ""
        except ValueError:  # such as an address with half an IPv6 host
            return ""

    def media(self, path: str) -> Path | None:
        """The file behind /media/<path>: a picture inside the content folder, and nothing else."""
        try:
            found = (self._content / path).resolve()
            right = found.is_relative_to(self._content) and found.suffix.lower() in PICTURES and found.is_file()
        except (OSError, ValueError):  # a name too long, or with a NUL
            return None
        return found if right else None

    def source(self, item: SourceItem) -> SourceItem:
        """A source with a picture and a link that work in the page that shows it."""
        document = self._knowledge.document(item.id)
        if document is None or document.product is None:
            return replace(item, url=self.address(item.url))
        product = document.product
        link = self.address(product.url) or f"{self._base}/products/{quote(product.id, safe='')}"
        return replace(item, url=link, image=self.picture(item.image, product.source.file))


class Shown:
    """An assistant whose sources can be drawn as cards."""

    def __init__(self, assistant: Assistant, showcase: Showcase) -> None:
        self._assistant = assistant
        self._showcase = showcase

    async def reply(self, conversation: Conversation) -> AsyncGenerator[TurnEvent, None]:
        """See Assistant.reply."""
        async with aclosing(self._assistant.reply(conversation)) as events:
            async for event in events:
                if isinstance(event, Sources):
                    yield Sources(self._drawn(event.items))
                elif isinstance(event, Reply):
                    yield replace(event, sources=self._drawn(event.sources))
                else:
                    yield event

    def _drawn(self, items: tuple[SourceItem, ...]) -> tuple[SourceItem, ...]:
        return tuple(self._showcase.source(item) for item in items)


def amount(money: Money | None) -> str | None:
    return f"{money.amount:f}" if money is not None else None


def cheapest(variants: tuple[Variant, ...]) -> Variant:
    """The variant whose price a card shows: the cheapest that can be bought, else the cheapest."""
    priced = [variant for variant in variants if variant.price is not None]
    if not priced:
        return variants[0]
    buyable = [variant for variant in priced if variant.availability in _BUYABLE]
    return min(buyable or priced, key=lambda variant: variant.price.amount if variant.price else 0)


def paragraphs(product: Product) -> list[str]:
    """The description as plain paragraphs; whatever its HTML held, no markup is left."""
    if not product.description_html:
        return [line for line in map(str.strip, product.description.splitlines()) if line]
    from bs4 import BeautifulSoup  # loaded for the first page that needs it

    soup = BeautifulSoup(product.description_html, "html.parser")
    for unwanted in soup(["script", "style", "template", "noscript"]):
        unwanted.decompose()
    for block in soup(_BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    return [line for line in (" ".join(line.split()) for line in soup.get_text().split("\n")) if line]
