"""GET /pulse: five ticks, a tenth of a second apart. Whoever gets them in one piece sits behind a proxy that holds streams back.

Only for `chatbot doctor --url` and for people who set up a proxy; nothing of the shop is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from chatbot.server.chapters import HEALTH
from chatbot.server.told_responses import STREAM_TOLD

TICKS, APART = 5, 0.1
PATH = "/pulse"


def pulse_routes() -> APIRouter:
    router = APIRouter(tags=[HEALTH])

    @router.get(
        PATH,
        summary="A stream of five ticks",
        description="Who gets them in one piece sits behind a proxy that holds streams back.",
        response_class=StreamingResponse,
        response_description="Five events, a tenth of a second apart.",
        responses=STREAM_TOLD,
    )
    async def pulse() -> StreamingResponse:
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-cache, no-transform"}
        return StreamingResponse(_ticks(), media_type="text/event-stream", headers=headers)

    return router


async def _ticks() -> AsyncIterator[str]:
    for tick in range(TICKS):
        if tick:
            await asyncio.sleep(APART)
        yield f"data: {tick}\n\n"
