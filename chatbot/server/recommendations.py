"""POST /v1/recommendations: what goes with a product, a cart, a history or a wish, each with its reason; open to shoppers' pages.

Ids that the shop does not have are passed over and listed in `unknown`: a page may hold a cart of last year. Limited per address as search
is. GET and POST /console/api/recommend-rules read and replace the merchant's recommend.toml, for operators alone.
"""

from __future__ import annotations

import asyncio
import os
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from chatbot.recommend.choosing import DIVERSITY
from chatbot.recommend.recommender import Recommendation, Wish
from chatbot.recommend.rules import FILE, Rules, rules_of
from chatbot.server.catalogue import Showcase
from chatbot.server.chapters import OPERATORS, PRODUCTS
from chatbot.server.console_login import Sessions
from chatbot.server.house import House
from chatbot.server.told_responses import A_PRODUCT, told
from knowledge_base.errors import ContentError

_MOST = 200
_RULES = 100_000
Id = Annotated[str, Field(min_length=1, max_length=200)]


class RecommendationsRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"product": A_PRODUCT, "limit": 3}]})

    history: list[Id] = Field([], max_length=_MOST, description="Products bought before, oldest first: ids, SKUs or titles.")
    cart: list[Id] = Field([], max_length=_MOST, description="Products in the cart.")
    product: str = Field("", max_length=200, description="The product that is looked at.")
    interests: str = Field("", max_length=500, description="What the shopper likes, in plain words.")
    limit: int = Field(6, ge=1, le=50, description="How many products at most.")
    want: Literal["any", "similar", "goes_with"] = Field("any", description="What is like the product, what goes with it, or both.")
    language: str = Field("", max_length=12, description="Language of titles and reasons; the shop's first when empty.")
    pins: bool = Field(True, description="Show the products first that the shop pinned.")
    diversity: float = Field(DIVERSITY, ge=0, le=1, description="How much it counts that products are not alike.")


class TrialRequest(RecommendationsRequest):
    """The same for operators, who may look past the rules and the stock."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"product": A_PRODUCT, "limit": 3, "blocks": False}]})

    blocks: bool = Field(True, description="Leave out what the shop blocked.")
    stock: bool = Field(True, description="Leave out what is sold out.")


class RulesText(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "pin = []\nblock = []\n"}]})

    text: str = Field(max_length=_RULES, description="The whole of recommend.toml.")


def recommendation_routes(house: House) -> APIRouter:
    """The open call."""
    router = APIRouter(prefix="/v1", tags=[PRODUCTS])

    @router.post(
        "/recommendations",
        summary="Recommend products",
        description="For a history, a cart, one product or a wish in words; each comes with its reason.",
        response_description="Products with a reason in words each; ids that the shop does not have are in `unknown`.",
        responses=told(429),
    )
    async def recommendations(body: RecommendationsRequest, request: Request) -> dict[str, Any]:
        if (wait := house.limits.connect(request.client.host if request.client else "")) > 0:
            raise HTTPException(429, "too many calls from this address", {"Retry-After": str(round(wait) + 1)})
        return await asyncio.to_thread(answer, house, wish_of(body))

    return router


def recommendation_console_routes(house: House, sessions: Sessions) -> APIRouter:
    """The explorer's calls, and the merchant's rules."""
    router = APIRouter(prefix="/console/api", tags=[OPERATORS], dependencies=[Depends(sessions.check)])
    own_page = [Depends(sessions.check_page)]

    @router.post(
        "/recommendations",
        dependencies=own_page,
        summary="Recommend, with all that counted",
        description="As shoppers get them, with what was learned, and past the rules and the stock where asked.",
        response_description="Products as shoppers would get them, what speaks for each, and what was learned from orders.",
    )
    async def trial(body: TrialRequest) -> dict[str, Any]:
        found = await asyncio.to_thread(answer, house, wish_of(body))
        return found | {"learned": house.recommender.report(), "trouble": house.recommender.trouble}

    @router.get(
        "/recommend-rules",
        summary="The merchant's recommend.toml",
        response_description="The file's text; empty where there is none.",
    )
    async def rules() -> dict[str, Any]:
        path = house.settings.content / FILE
        return {"text": path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else "", "file": FILE}

    @router.post(
        "/recommend-rules",
        dependencies=own_page,
        summary="Replace the merchant's recommend.toml",
        description="The text takes the place of the whole file: read it first and send it back changed. A fault is told with its line "
        "and changes nothing.",
        response_description="How many rules the shop has now.",
        responses=told(409),
    )
    async def replace_rules(body: RulesText) -> dict[str, Any]:
        try:
            found = await asyncio.to_thread(_replace, house, body.text)
        except ContentError as error:
            raise HTTPException(422, str(error)) from error
        except OSError as error:
            raise HTTPException(409, f"{FILE}: expected a content folder this program may write, got {error.strerror}") from error
        return {"pinned": len(found.pin), "blocked": len(found.block), "pairs": len(found.pairs)}

    return router


def wish_of(body: RecommendationsRequest) -> Wish:
    """What is asked for; the fields have the same names."""
    given = body.model_dump()
    return Wish(**given | {name: tuple(given[name]) for name in ("history", "cart")})


def answer(house: House, wish: Wish) -> dict[str, Any]:
    """Blocks."""
    found = house.recommender.recommend(wish)
    items = [shown(house.showcase, place, one) for place, one in enumerate(found, start=1)]
    return {"items": items, "unknown": list(house.recommender.unknown(wish))}


def shown(showcase: Showcase, place: int, one: Recommendation) -> dict[str, Any]:
    """A product as a card, with why it is there."""
    return showcase.item(one.product) | {
        "place": place,
        "reason": one.reason,
        "why": one.why,
        "score": round(one.score, 4),
        "shares": dict(one.shares),
    }


def _replace(house: House, text: str) -> Rules:
    """Check, then put the file in its place whole."""
    found = rules_of(text, *house.recommender.names())
    fresh = house.settings.content / f".{FILE}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(house.settings.content / FILE)
    house.recommender.look_again()
    return found
