"""The shop's own pages and what they draw from: /v1/shop, /v1/products, /, /products/{id}, /cart, and the pictures under /media/.

The pages are files of web/shop in which three words are filled in, HTML-escaped; everything else they fetch. Reads only.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi import Path as InPath
from starlette.responses import FileResponse, HTMLResponse, Response

from chatbot.recommend.recommender import Recommendation, Wish
from chatbot.server.catalogue import PICTURES, Showcase
from chatbot.server.chapters import PRODUCTS
from chatbot.server.house import House
from chatbot.server.told_responses import told
from chatbot.server.web_files import WEB
from knowledge_base.catalog import Filters, Product

MEDIA_SECONDS = 3600
_IN_A_BOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
_MOST_FOUND = 60
Lang = Annotated[
    str,
    Query(
        max_length=35, description="Language of the texts, such as en or zh; the shop's first one when it has none in it.", examples=["en"]
    ),
]

ProductId = Annotated[str, InPath(description="Its `id` in the list of products.")]


def storefront_routes(house: House) -> APIRouter:
    """Pages and data of one shop."""
    router = APIRouter()
    store = Storefront(house)
    router.include_router(_data(store))
    router.add_api_route("/media/{path:path}", store.media, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/", store.home, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/cart", store.cart, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/products/{product_id:path}", store.product_page, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def _data(store: Storefront) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=[PRODUCTS])
    router.get(
        "/shop",
        summary="What the shop says of itself",
        response_description="Name, languages, currency, contact, categories, and the site key.",
    )(store.shop)
    router.get(
        "/products",
        summary="Products: all, of a category, or found",
        response_description="One page of them as cards, and how many there are in all. Prices are decimal strings.",
        responses=told(429),
    )(store.products)
    router.get(
        "/products/{product_id:path}",
        summary="One product",
        response_description="All that its page shows, what is like it, and what goes with it.",
        responses=told(404),
    )(store.product)
    return router


class Storefront:
    def __init__(self, house: House) -> None:
        self._house = house
        self._showcase: Showcase = house.showcase

    # -- data --------------------------------------------------------------------------------------------------------------------

    async def shop(self, lang: Lang = "") -> dict[str, Any]:
        knowledge, language = self._house.knowledge, self._language(lang)
        products = knowledge.products(language)
        documents = {passage.document_id: passage.kind for passage in knowledge.all_passages() if passage.language == language}
        profile = knowledge.profile
        ways = {"email": profile.email, "phone": profile.phone} | {name: profile.told(name, language) for name in ("hours", "address")}
        return {
            "name": self._house.shop_name,
            "language": language,
            "languages": list(knowledge.languages),
            "currency": profile.currency or next((v.price.currency for p in products for v in p.variants if v.price), ""),
            "site_key": self._house.gate.site_key,
            "about": profile.told("about", language),
            "contact": {name: text for name, text in ways.items() if text},
            "categories": list(dict.fromkeys(product.category for product in products if product.category)),
            "counts": {
                "products": len(products),
                "faq": sum(kind == "faq" for kind in documents.values()),
                "policies": sum(kind == "policy" for kind in documents.values()),
            },
        }

    async def products(
        self,
        request: Request,
        lang: Lang = "",
        category: Annotated[str, Query(max_length=300, description="A category, or the beginning of its path.")] = "",
        q: Annotated[str, Query(max_length=300, description="Words to look for.", examples=["under 200"])] = "",
        page: Annotated[int, Query(ge=1, le=100_000, description="Which page.")] = 1,
        size: Annotated[int, Query(ge=1, le=200, description="Products on a page.", examples=[12])] = 24,
    ) -> dict[str, Any]:
        language = self._language(lang)
        found: Sequence[Product] = self._house.knowledge.products(language)
        if q.strip():
            if (wait := self._house.limits.connect(request.client.host if request.client else "")) > 0:
                raise HTTPException(429, "too many searches from this address", {"Retry-After": str(round(wait) + 1)})
            found = await asyncio.to_thread(self._found, q.strip(), language, found)
        if category:
            found = [product for product in found if product.category == category or product.category.startswith(f"{category} > ")]
        start = (page - 1) * size
        return {"items": [self._showcase.item(product) for product in found[start : start + size]], "total": len(found)}

    def _found(self, words: str, language: str, products: Sequence[Product]) -> list[Product]:
        """Products that hold the words, in the shop's order; then those that mean it, the nearest first."""
        wanted = words.casefold().split()
        texts = {product.id: " ".join((product.title, product.brand, product.category, *product.tags)).casefold() for product in products}
        literal = [product for product in products if all(word in texts[product.id] for word in wanted)]
        result = self._house.knowledge.search(words, language=language, kinds=("product",), limit=_MOST_FOUND)
        own = {product.id: product for product in products}
        chosen = (
            list(result.products)
            if result.filters != Filters()
            else [hit.product for hit in result.hits if hit.product and hit.score >= 0.5]
        )
        near = [own[product.id] for product in chosen if product.id in own]
        return list({product.id: product for product in (near if result.filters != Filters() else [*literal, *near])}.values())

    async def product(self, product_id: ProductId, lang: Lang = "") -> dict[str, Any]:
        language = self._language(lang)
        found = self._house.knowledge.product(product_id, language)
        if found is None:
            raise HTTPException(404, f"product: no product {product_id[:80]!r}")
        beside, similar = await asyncio.to_thread(self._recommended, product_id, language)
        return self._showcase.details(found, similar) | {
            "goes_with": [self._showcase.item(one.product) | {"reason": one.reason} for one in beside]
        }

    def _recommended(self, product_id: str, language: str) -> tuple[list[Recommendation], list[Product]]:
        """What goes with a product, and what is like it and not told already."""
        recommend = self._house.recommender.recommend
        beside = recommend(Wish(product=product_id, want="goes_with", limit=4, language=language))
        told = {one.product.id for one in beside}
        similar = recommend(Wish(product=product_id, want="similar", limit=8, language=language))
        return beside, [one.product for one in similar if one.product.id not in told][:4]

    def _language(self, wanted: str) -> str:
        short = wanted.lower().split("-")[0].split("_")[0]
        return short if short in self._house.knowledge.languages else self._house.first_language

    # -- pages -------------------------------------------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        return self._page("index.html", request)

    async def cart(self, request: Request) -> Response:
        return self._page("cart.html", request)

    async def product_page(self, product_id: str, request: Request) -> Response:
        return self._page("product.html", request, 200 if self._house.knowledge.product(product_id) else 404)

    def _page(self, name: str, request: Request, status: int = 200) -> Response:
        words = {
            "site_key": self._house.gate.site_key,
            "shop_name": self._house.shop_name,
            "language": self._page_language(request),
        }
        return HTMLResponse(filled(WEB / "shop" / name, words), status, {"Cache-Control": "no-cache", "Vary": "Accept-Language"})

    def _page_language(self, request: Request) -> str:
        """What the address asks for, else the first of the browser's languages that the shop speaks."""
        listed = request.headers.get("accept-language", "").split(",")
        asked = [request.query_params.get("lang", ""), *(entry.split(";")[0].strip() for entry in listed)]
        short = (entry.lower().split("-")[0] for entry in asked if entry)
        return next((entry for entry in short if entry in self._house.knowledge.languages), self._house.first_language)

    async def media(self, path: str) -> Response:
        found = self._showcase.media(path)
        if found is None:
            raise HTTPException(404, "media: no such picture")
        headers = {"Cache-Control": f"public, max-age={MEDIA_SECONDS}", "Access-Control-Allow-Origin": "*"}
        return FileResponse(found, media_type=PICTURES[found.suffix.lower()], headers=headers | {"Content-Security-Policy": _IN_A_BOX})


def filled(file: Path, words: dict[str, str]) -> str:
    """The page with its `{{words}}` filled in, escaped."""
    text = file.read_text(encoding="utf-8")
    for name, value in words.items():
        text = text.replace("{{" + name + "}}", html.escape(value))
    return text
