"""Corrections over HTTP, for operators: say what a reply should have been, take it back, list corrections, download them for fine-tuning.

Needs a session of the console; a POST needs its header and origin too. Keeps that a shopper never sees anything of it: nothing is
written to the conversation. With each correction goes what the shop's content says about its question at that moment.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, JsonValue, StringConstraints

from chatbot.copywriter.accepting import taken_copy
from chatbot.corrections import Correction, Given, find_reply, how_many, store, stored, withdraw
from chatbot.errors import StorageUnavailable
from chatbot.evidence import lines_to_read
from chatbot.protocol import MAX_TEXT_POINTS, Identifier
from chatbot.server.chapters import OPERATORS
from chatbot.server.console_login import Sessions
from chatbot.server.house import House
from chatbot.server.told_responses import told
from chatbot.training.corrections import scenes_from, unsupported
from knowledge_base.search import KnowledgeBase

FOUND = 6  # passages that are looked up for a question
MOST_CHARACTERS = 6_000  # of the facts that are stored with one correction
_PREFIX = "/console/api/corrections"
_STORABLE = r"^[^\x00]*$"  # PostgreSQL stores no NUL
_REFERENCE: dict[str, JsonValue] = {"conversation": "5f0c", "turn": "9a1b"}
_WANTED: dict[str, JsonValue] = {**_REFERENCE, "text": "You can return anything unused within 30 days.", "operator": "Ana"}


class Reference(BaseModel):
    """Which reply."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_REFERENCE]})

    conversation: Identifier
    turn: Identifier


class Wanted(Reference):
    """Which reply, what it should have said, and who says so."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_WANTED]})

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT_POINTS, pattern=_STORABLE)]
    operator: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=_STORABLE)]


def correcting_routes(house: House, sessions: Sessions) -> APIRouter:
    """The API of the console's corrections, for those who are logged in."""
    router = APIRouter(tags=[OPERATORS], dependencies=[Depends(sessions.check), Depends(_storage)])
    router.include_router(_reading(house))
    router.include_router(_writing(house), dependencies=[Depends(sessions.check_page)])
    return router


async def _storage() -> AsyncIterator[None]:
    try:
        yield
    except StorageUnavailable as error:
        raise HTTPException(503, f"console: {error}", {"Retry-After": "2"}) from error


def _reading(house: House) -> APIRouter:
    router = APIRouter(prefix=_PREFIX)

    @router.get(
        "",
        summary="Corrections, the latest first",
        response_description="Each with what was asked, what was replied and what it should have been.",
    )
    async def corrections(
        conversation: Annotated[str | None, Query(max_length=128, description="Only those of this conversation.")] = None,
        before: Annotated[int | None, Query(ge=0, description="`at` of the last one seen.")] = None,
        limit: Annotated[int, Query(ge=1, le=500, description="How many at most.", examples=[20])] = 100,
    ) -> dict[str, Any]:
        found = await stored(house.database, conversation=conversation, before=before, limit=limit)
        return {"items": await asyncio.to_thread(_shown, found), "count": await how_many(house.database)}

    @router.get(
        "/export",
        summary="What a fine-tuning reads",
        response_class=Response,
        response_description="One JSON object a line, for `chatbot finetune --corrections`.",
        responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
    )
    async def export() -> Response:
        found = [*await stored(house.database), *await taken_copy(house.database)]
        scenes, _ = await asyncio.to_thread(scenes_from, found)
        lines = "".join(json.dumps(asdict(scene), ensure_ascii=False) + "\n" for scene in scenes)
        headers = {"Content-Disposition": 'attachment; filename="corrections.jsonl"', "Cache-Control": "no-store"}
        return Response(lines, media_type="application/x-ndjson", headers=headers)

    return router


def _writing(house: House) -> APIRouter:
    router = APIRouter(prefix=_PREFIX)

    @router.post(
        "",
        summary="Correct a reply",
        description="In place of an earlier correction of it.",
        response_description="The correction as it is kept.",
        responses=told(404),
    )
    async def correct(body: Wanted) -> dict[str, Any]:
        given = await find_reply(house.database, body.conversation, body.turn)
        if given is None:
            raise HTTPException(404, f"console: no reply to turn {body.turn!r} in conversation {body.conversation!r}")
        if body.text == given.reply.strip():
            raise HTTPException(422, "text: expected another text than that of the reply")
        facts = await asyncio.to_thread(facts_about, house.knowledge, given)
        correction = await store(house.database, replace(given, facts=facts), body.text, body.operator)
        if correction is None:
            raise HTTPException(404, f"console: no conversation {body.conversation!r}")
        return _shown([correction])[0]

    @router.post("/withdraw", summary="Forget the correction of a reply", response_description="`withdrawn` is false where there was none.")
    async def forget(body: Reference) -> dict[str, bool]:
        return {"withdrawn": await withdraw(house.database, body.conversation, body.turn)}

    return router


def _shown(corrections: Sequence[Correction]) -> list[dict[str, Any]]:
    """Without the facts, but with what they lack: `found` tells whether there are any, `unsupported` the figures that they do not state."""
    return [
        {name: value for name, value in asdict(one).items() if name not in ("facts", "whole")}
        | {"found": bool(one.facts), "unsupported": unsupported(one)}
        for one in corrections
    ]


def facts_about(knowledge: KnowledgeBase, given: Given) -> tuple[str, ...]:
    """What the shop says about a question, in lines: what a model read for it, what the reply names, what is found now. Blocks."""
    hits = knowledge.search(given.whole[:1000], language=given.language, limit=FOUND).hits
    found = {hit.passage.id for hit in hits}
    lines = list(given.facts)
    for document in dict.fromkeys((*given.sources, *(hit.passage.document_id for hit in hits))):
        lines += _lines(knowledge, document, found, given.language)
    return _within(lines)


def _lines(knowledge: KnowledgeBase, document: str, found: set[str], language: str) -> list[str]:
    """A product's record as a model reads it; of another document its passages that were found, or all."""
    kind, _, name = document.partition(":")
    product = knowledge.product(name, language) if kind == "product" else None
    passages = knowledge.passages(document)
    chosen = [passage for passage in passages if passage.id in found] or passages
    return lines_to_read([product] if product else [], chosen, "", language)


def _within(lines: Sequence[str]) -> tuple[str, ...]:
    """Each line once, as many as may be stored."""
    kept: list[str] = []
    size = 0
    for line in dict.fromkeys(lines):
        size += len(line)
        if size > MOST_CHARACTERS and kept:
            break
        kept.append(line)
    return tuple(kept)
