"""POST /v1/search: the knowledge base over HTTP, with what every lane thought of each passage."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from decimal import Decimal
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from chatbot.server.chapters import PRODUCTS
from chatbot.server.house import House
from chatbot.server.told_responses import told
from knowledge_base.catalog import Filters, Hit


class SearchRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"query": "how long does delivery take", "limit": 3}]})

    query: str = Field(
        min_length=1, max_length=1000, description="The question, in plain words; price limits, sizes and stock are understood."
    )
    kind: Literal["product", "faq", "policy"] | None = Field(None, description="Only passages of this kind.")
    limit: int = Field(6, ge=1, le=50, description="How many passages at most.")
    language: str = Field("", max_length=12, description="Preferred language; told by the query when empty.")


def api_routes(house: House) -> APIRouter:
    """Search, open to everybody who may see the shop; limited per address."""
    router = APIRouter(prefix="/v1", tags=[PRODUCTS])

    @router.post(
        "/search",
        summary="Search what the shop says",
        description="Passages about products, questions and policies, with what every lane thought of each and the fused score.",
        response_description="The passages that fit best, the best first; what was understood as a condition is in `filters`.",
        responses=told(429),
    )
    async def search(body: SearchRequest, request: Request) -> dict[str, Any]:
        if (wait := house.limits.connect(request.client.host if request.client else "")) > 0:
            raise HTTPException(429, "too many searches from this address", {"Retry-After": str(round(wait) + 1)})
        kinds = (body.kind,) if body.kind else ()
        result = await asyncio.to_thread(house.knowledge.search, body.query, language=body.language, kinds=kinds, limit=body.limit)
        return {
            "query": body.query,
            "language": result.language,
            "filters": _filters(result.filters),
            "hits": [_hit(hit) for hit in result.hits],
            "milliseconds": {stage: round(value, 2) for stage, value in result.milliseconds.items()},
        }

    return router


def _filters(filters: Filters) -> dict[str, Any]:
    """The conditions that were asked for, and only those."""
    asked = {field.name: getattr(filters, field.name) for field in fields(filters) if getattr(filters, field.name) != field.default}
    return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in asked.items()}


def _hit(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "id": passage.id,
        "document": passage.document_id,
        "kind": passage.kind,
        "heading": passage.heading,
        "text": passage.body,
        "language": passage.language,
        "url": passage.url,
        "score": round(hit.score, 4),
        "lanes": {lane: round(score, 4) for lane, score in hit.lanes.items()},
    }
