"""POST /v1/search: the knowledge base over HTTP, with what every lane thought of each passage."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chatbot.server.house import House
from knowledge_base.catalog import Hit


class SearchRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"query": "how long does delivery take", "limit": 3}]})

    query: str = Field(min_length=1, max_length=1000, description="The question, in plain words.")
    kind: Literal["product", "faq", "policy"] | None = Field(None, description="Only passages of this kind.")
    limit: int = Field(6, ge=1, le=50)
    language: str = Field("", max_length=12, description="Preferred language; told by the query when empty.")


def api_routes(house: House) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["knowledge"])

    @router.post("/search", summary="Passages with scores per lane and fused")
    async def search(body: SearchRequest) -> dict[str, Any]:
        kinds = (body.kind,) if body.kind else ()
        result = await asyncio.to_thread(house.knowledge.search, body.query, language=body.language, kinds=kinds, limit=body.limit)
        filters = {
            name: str(value) for name in result.filters.__slots__ if (value := getattr(result.filters, name)) not in (None, (), "", False)
        }
        return {
            "query": body.query,
            "language": result.language,
            "filters": filters,
            "hits": [_hit(hit) for hit in result.hits],
            "milliseconds": result.milliseconds,
        }

    return router


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
