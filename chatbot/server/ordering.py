"""POST /v1/orders: orders from the shop's back end as they come in, so that recommendations know them within seconds.

For the people of the shop alone, with a session of the console. A call is kept whole or not at all, and is on disk when it is answered; an
order that is known is passed over, so a call may be sent again. Who bought is hashed before anything is kept, and nothing else is kept.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints
from starlette.responses import Response

from chatbot.recommend.orders import bought_at, hashed, no_formula, undone
from chatbot.recommend.purchases import Order
from chatbot.server.chapters import ORDERS
from chatbot.server.console_login import Sessions
from chatbot.server.house import House
from chatbot.server.told_responses import A_PRODUCT, told
from knowledge_base.errors import IndexUnusable

MOST_ORDERS = 1_000
_MOST_LINES = 500
_TOLD = 20  # faults of one call
_EXAMPLE: dict[str, JsonValue] = {
    "orders": [
        {
            "order_id": "1001",
            "shopper_id": "ana@example.com",
            "date": "2026-03-02T10:15:00Z",
            "status": "paid",
            "items": [{"sku": A_PRODUCT, "quantity": 1}],
        }
    ]
}


def _said(text: str) -> str:
    return no_formula(text)


def _dated(text: str) -> str:
    bought_at(text)
    return text


def _text(most: int) -> Any:
    return StringConstraints(strip_whitespace=True, max_length=most)


Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_said)]


class BoughtItem(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    sku: Code = Field(description="SKU, id, GTIN or title of a product of the shop.")
    quantity: float = Field(1, description="What is not above 0 was not bought.")


class PlacedOrder(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    order_id: Code = Field(description="The order's number: each is counted once.")
    shopper_id: Annotated[str, _text(200)] = Field("", description="Number or e-mail of the shopper; only a keyed hash is kept.")
    date: Annotated[str, _text(40), AfterValidator(_dated)] = Field(description="Such as 2026-03-02 or 2026-03-02T10:15:00Z.")
    status: Annotated[str, _text(60)] = Field("", description="Cancelled, refunded and returned orders do not count.")
    items: list[BoughtItem] = Field(min_length=1, max_length=_MOST_LINES)


class OrdersRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    orders: list[PlacedOrder] = Field(min_length=1, max_length=MOST_ORDERS)


class OrdersAnswer(BaseModel):
    """How many orders are counted, were known, and do not count (undone, or without a product of this shop)."""

    counted: int
    known: int
    left_out: int
    unknown: list[str] = Field(description="What names no product of the shop, each once.")


class _Naming(APIRoute):
    """A refusal names the order by its number and the field, not by its place alone."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handling(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise HTTPException(422, _faults(error)) from error

        return handling


def ordering_routes(house: House, sessions: Sessions) -> APIRouter:
    """The call; it needs a session of the console and the console's header."""
    guards = [Depends(sessions.check), Depends(sessions.check_page)]
    router = APIRouter(prefix="/v1", tags=[ORDERS], dependencies=guards, route_class=_Naming)

    @router.post(
        "/orders",
        summary="Hand in orders",
        description="As they come in: each is counted once, told by its number, within seconds. All of a call count or none.",
        response_description="How many are counted now, were known, and do not count; and what names no product of the shop.",
        responses=told(503),
    )
    async def orders(body: OrdersRequest) -> OrdersAnswer:
        twice = [name for name, times in Counter(order.order_id for order in body.orders).items() if times > 1]
        if twice:
            raise HTTPException(422, f"orders: order {_shown(twice[0])}: order_id: expected each order once, got it twice in one call")
        try:
            return await asyncio.to_thread(_taken, house, body.orders)
        except IndexUnusable as error:
            raise HTTPException(503, f"orders: {error}", {"Retry-After": "5"}) from error

    return router


def _taken(house: House, placed: Sequence[PlacedOrder]) -> OrdersAnswer:
    """Blocks."""
    codes, _ = house.recommender.names()
    key = house.recommender.key()
    unknown: dict[str, None] = {}
    kept: list[Order] = []
    for order in placed:
        bought = [] if undone(order.status) else [item.sku for item in order.items if item.quantity > 0]
        unknown.update((sku, None) for sku in bought if sku.casefold() not in codes)
        if products := dict.fromkeys(codes[sku.casefold()] for sku in bought if sku.casefold() in codes):
            who = hashed(order.shopper_id or order.order_id, key)  # an order of nobody is a shopper of its own
            kept.append(Order(order.order_id, who, bought_at(order.date), tuple(products)))
    fresh = house.recommender.take(kept) if kept else 0
    return OrdersAnswer(counted=fresh, known=len(kept) - fresh, left_out=len(placed) - len(kept), unknown=list(unknown))


def _faults(error: RequestValidationError) -> str:
    """In one text, each fault with the order's number and the field."""
    faults = error.errors()
    if faults[0]["type"] == "json_invalid":
        return f"orders: expected JSON, got a fault at character {faults[0]['loc'][-1]}: {faults[0].get('ctx', {}).get('error', '')}"
    return "; ".join(_fault(one["loc"], str(one["msg"]), error.body) for one in faults[:_TOLD])


def _fault(place: Sequence[str | int], message: str, body: Any) -> str:
    """`place` is where it lies in `body`: ("body", "orders", 3, "date")."""
    message = message.removeprefix("Value error, ")
    if len(place) < 3 or not isinstance(place[2], int):
        return ": ".join(("orders", *map(str, place[1:]), message))
    order, field = body["orders"][place[2]], ".".join(map(str, place[3:]))
    number = _shown(order["order_id"]) if isinstance(order, dict) and "order_id" in order else f"no. {place[2] + 1}"
    return f"orders: order {number}: {f'{field}: ' if field else ''}{message.removeprefix(f'{field}: ')}"


def _shown(name: object) -> str:
    """As it may stand in a message, whatever it holds."""
    return str(name)[:60].encode("utf-8", "backslashreplace").decode()
