"""POST /v1/copy and what stands around it: descriptions and marketing copy for the people of the shop, streamed as they are checked.

A session of the console is needed, as for its other calls. Everything is written in the batch lane, behind the shoppers, and one
text at a time. An accepted text becomes a correction like those of replies, and so material for a fine-tuning.
"""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, StreamingResponse

from chatbot.copywriter.accepting import keep_text
from chatbot.copywriter.campaign import Campaign, find_product, products_for
from chatbot.copywriter.describing import facts_for
from chatbot.copywriter.filing import Filing, Job
from chatbot.copywriter.journal import JournalError
from chatbot.copywriter.marketing import Marketer
from chatbot.copywriter.ranking import Variant, ranked, variant_of
from chatbot.copywriter.sheet import SheetError, open_sheet
from chatbot.copywriter.trust import trusted, try_out
from chatbot.copywriter.wish import Tone, Wish
from chatbot.copywriter.writer import Copywriter, Draft, NothingToSay
from chatbot.errors import EngineError, StorageUnavailable
from chatbot.server.chapters import COPY
from chatbot.server.console_login import Sessions
from chatbot.server.copy_bodies import Accepted, CopyRequest, FileWish
from chatbot.server.house import House
from chatbot.server.raw_body import table_body
from chatbot.server.told_responses import STREAM_TOLD, table_told, told
from knowledge_base import catalog
from knowledge_base.catalog import Product
from knowledge_base.languages import detect_language

_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_MOST_ROWS = 5_000
_MOST_BYTES = 8 << 20
_TABLE = "name,image,price\nRed Kite,kite.jpg,9.00\n"
_WRITTEN = "name,image,price,description\nRed Kite,kite.jpg,9.00,This is the Red Kite.\n"
log = logging.getLogger(__name__)


class CopyDesk:
    """Writes for the console, one text at a time; what the engine is fit for is found out once per language and tone."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.turn = asyncio.Lock()
        self._writers: dict[tuple[str, str, str], Copywriter] = {}

    async def writer(self, language: str, tone: Tone) -> Copywriter:
        key = (self._house.engine.name, language, tone)
        if key not in self._writers:
            try:
                trials = await try_out(self._house.engine, Wish(tone=tone), language)
            except EngineError as error:
                log.warning("the engine could not be tried out for copy, code writes: %s", error)
                return Copywriter(self._house.engine)
            self._writers[key] = Copywriter(self._house.engine, trusted(trials))
        return self._writers[key]

    async def events(self, body: CopyRequest) -> AsyncIterator[dict[str, Any]]:
        async with self.turn:
            async for event in self._campaign(body) if body.theme else self._description(body):
                yield event

    async def _campaign(self, body: CopyRequest) -> AsyncIterator[dict[str, Any]]:
        campaign = campaign_of(body)
        offered = await asyncio.to_thread(products_for, campaign, self._house.knowledge)
        yield {"type": "products", "items": [asdict(product) for product in offered]}
        pieces = []
        async for piece in Marketer(campaign, offered, await self.writer(campaign.spoken, campaign.tone)).pieces():
            pieces.append(asdict(piece))
            yield {"type": "piece", **pieces[-1]}
        yield {"type": "copy", "pieces": pieces, "products": [asdict(product) for product in offered]}

    async def _description(self, body: CopyRequest) -> AsyncIterator[dict[str, Any]]:
        wish = wish_of(body)
        facts = facts_for(await asyncio.to_thread(product_of, self._house, body), wish)
        writer, variants = await self.writer(facts.language, wish.tone), list[Variant]()
        left_out: tuple[str, ...] = ()
        for number in range(wish.variants):
            draft, said = Draft(facts, wish, number), []
            left_out = draft.plan.keywords_left_out
            async for sentence in writer.sentences(draft):
                said.append(sentence)
                yield {"type": "sentence", "variant": number, **asdict(sentence)}
            variants.append(variant_of(said, facts))
        told = {"title": facts.title, "language": facts.language, "facts": [asdict(fact) for fact in facts.known]}
        left = {"keywords_left_out": list(left_out), "left_out": list(facts.left_out)}
        yield {"type": "copy", **told, **left, "variants": [asdict(one) for one in ranked(variants)]}


def copying_routes(house: House, sessions: Sessions) -> APIRouter:
    """The calls; each needs a session of the console and comes from its own page."""
    router = APIRouter(prefix="/v1", tags=[COPY], dependencies=[Depends(sessions.check), Depends(sessions.check_page)])
    desk = CopyDesk(house)

    @router.post(
        "/copy",
        summary="Write a description or marketing copy",
        description="Every claim comes with the field that it rests on. With `stream` as Server-Sent Events, each once it is checked.",
        response_description="The variants of a description, the best first, or the pieces of marketing copy. With `stream` as events.",
        responses=STREAM_TOLD | told(404),
    )
    async def copy(body: CopyRequest) -> Any:
        await asyncio.to_thread(_checked, house, body)
        if body.stream:
            return StreamingResponse(_sse(desk.events(body)), media_type="text/event-stream", headers=_STREAM)
        try:
            return [event async for event in desk.events(body)][-1]
        except EngineError as error:
            raise HTTPException(503, f"copy: {error}", {"Retry-After": "5"}) from error

    @router.post(
        "/copy/accept",
        summary="Take a text",
        description="Changed or not; a changed one becomes material for a fine-tuning.",
        response_description="What was kept.",
        responses=told(404),
    )
    async def accept(body: Accepted) -> dict[str, Any]:
        product = await asyncio.to_thread(product_of, house, CopyRequest(row=body.row, product=body.product))
        facts = facts_for(product, Wish(language=body.language))
        try:
            kept = await keep_text(house.database, facts, body.written, body.text, body.operator)
        except StorageUnavailable as error:
            raise HTTPException(503, f"copy: {error}", {"Retry-After": "2"}) from error
        return asdict(kept)

    @router.post(
        "/copy/file",
        summary="Describe a catalogue",
        description="A file is the body, up to 8 MB and 5,000 products; it comes back in its own dialect with descriptions. "
        "The totals are in the header `X-Copy-Totals`.",
        response_class=FileResponse,
        response_description="The file in its own dialect, with descriptions.",
        responses=table_told(_WRITTEN),
        openapi_extra={"requestBody": table_body(_TABLE)},
    )
    async def file(
        request: Request,
        name: Annotated[str, Query(max_length=120, description="The file's name.", examples=["products.csv"])] = "products.csv",
        wish: Annotated[
            str,
            Query(
                max_length=4_000,
                description="tone, length, language, keywords, seed, with_price, overwrite as JSON",
                examples=['{"tone": "friendly"}'],
            ),
        ] = "{}",
    ) -> FileResponse:
        try:
            wanted = FileWish.model_validate_json(wish)
        except ValidationError as error:
            raise HTTPException(422, f"wish: {error.errors(include_url=False)[0]['msg']}") from error
        content = await _read(request)  # before the desk's turn, which a slow upload would keep from the others
        async with desk.turn:
            return await _filed(house, content, Path(name).name or "products.csv", wanted)

    return router


def wish_of(body: CopyRequest) -> Wish:
    return Wish(body.tone, body.length, body.language, tuple(body.keywords), body.variants, body.with_price, body.seed)


def campaign_of(body: CopyRequest) -> Campaign:
    return Campaign(body.theme, tuple(body.keywords), tuple(body.channels), body.language, body.tone, tuple(body.products), body.seed)


def product_of(house: House, body: CopyRequest) -> Product:
    """The product of the catalogue, or the row as one. Raises HTTPException 404, 422."""
    if body.product:
        try:
            return find_product(house.knowledge, body.product, body.language)
        except ValueError as error:
            raise HTTPException(404, f"product: {error}") from error
    if body.row is None:
        raise HTTPException(422, "row: expected a row, a product or a theme, got none of them")
    row = body.row
    said = " ".join((row.name, row.description, *row.attributes.values()))
    attributes = tuple((name, value) for name, value in row.attributes.items() if value)
    images = (row.image,) if row.image else ()
    variants = (catalog.Variant("row"),)
    named = Product("row", row.name, detect_language(said), variants, row.description, brand=row.brand, category=row.category)
    return replace(named, images=images, attributes=attributes)


def _checked(house: House, body: CopyRequest) -> None:
    """What can be known to be wrong before anything is written. Raises HTTPException 422."""
    try:
        if body.theme:
            products_for(campaign_of(body), house.knowledge)
        else:
            Draft(facts_for(product_of(house, body), wish_of(body)), wish_of(body), 0)
    except (NothingToSay, ValueError) as error:
        raise HTTPException(422, f"copy: {error}") from error


async def _sse(events: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    try:
        async for event in events:
            yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n"
    except Exception as error:
        log.exception("copy failed")
        yield f"data: {json.dumps({'type': 'error', 'message': str(error) or type(error).__name__})}\n\n"


async def _read(request: Request) -> bytes:
    """The body. Raises HTTPException 413."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > _MOST_BYTES:
            raise HTTPException(413, f"file: expected up to {_MOST_BYTES >> 20} MB, got more; `chatbot copy` takes any size")
    return data


async def _filed(house: House, data: bytes, name: str, wanted: FileWish) -> FileResponse:
    """The file with descriptions, out of a folder that goes when it has been sent. Raises HTTPException 413, 422, 503."""
    folder = tempfile.TemporaryDirectory(prefix="copy-")
    source, out = Path(folder.name) / f"in-{name}", Path(folder.name) / name
    try:
        source.write_bytes(data)
        sheet = await asyncio.to_thread(open_sheet, source, currency=house.knowledge.profile.currency)
        if len(sheet) > _MOST_ROWS:
            raise HTTPException(413, f"file: expected up to {_MOST_ROWS} products, got {len(sheet)}; `chatbot copy` takes any number")
        given = wanted.model_dump()
        overwrite = bool(given.pop("overwrite"))
        totals = await Filing(sheet, house.engine, Job(out, Wish(**{**given, "keywords": tuple(given["keywords"])}), overwrite)).run()
    except (SheetError, JournalError) as error:
        folder.cleanup()
        raise HTTPException(422, f"file: {str(error).replace('in-' + name, name)}") from error
    except EngineError as error:
        folder.cleanup()
        raise HTTPException(503, f"copy: {error}", {"Retry-After": "5"}) from error
    except BaseException:
        folder.cleanup()
        raise
    failed = [[row.line, row.reason[:200]] for row in totals.failed[:20]]
    told = {"rows": totals.rows, "sentences": totals.sentences, "struck": totals.struck, "failed": failed}
    headers = {"X-Copy-Totals": json.dumps(told), "Cache-Control": "no-store"}
    return FileResponse(
        out, filename=name, media_type="application/octet-stream", headers=headers, background=BackgroundTask(folder.cleanup)
    )


__all__ = ["copying_routes"]
