"""POST /v1/explain and /v1/explain/heat: why a reply is what it is, and what its words rest on, for the people of the shop alone.

Both take a reply as it was shown, or only a question, which is then answered first. The second reads the reply again with the model, which
is loaded for that and given back afterwards, one reading at a time and behind the shoppers. Nothing is held between two calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from chatbot.engine import ChatMessage
from chatbot.errors import ChatbotError, EngineError, EngineUnavailable, WeightsError
from chatbot.events import Reply
from chatbot.explain import Explainer, Explanation, Told, told_of
from chatbot.heat import HeatMap, NothingToRead, heat_map, reading_of
from chatbot.messages import Conversation, Message
from chatbot.promotion import PromotionError
from chatbot.protocol import MAX_TEXT_POINTS
from chatbot.server.chapters import OPERATORS
from chatbot.server.console_login import Sessions
from chatbot.server.house import House
from chatbot.server.reading import NoReader, read_again
from chatbot.server.told_responses import told

_MOST_SOURCES = 40
_MOST_MESSAGES = 40
_PROMPT_POINTS = 20_000
_REPLY: dict[str, Any] = {"text": "Delivery takes 3 to 5 working days.", "citations": ["faq:how-long-does-delivery-take"]}
_EXAMPLES: list[Any] = [{"question": "How long does delivery take?"}, {"question": "How long does delivery take?", "reply": _REPLY}]
_STATUS: dict[type[ChatbotError], int] = {
    NothingToRead: 409,
    NoReader: 409,
    WeightsError: 503,
    PromotionError: 503,
    EngineUnavailable: 503,
    EngineError: 422,  # the prompt is too long
}


class Prompted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str = Field(max_length=_PROMPT_POINTS)


class Source(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str = Field(max_length=300)


class Trace(BaseModel):
    """What is read of a reply's trace; the rest is accepted and has no effect."""

    model_config = ConfigDict(extra="ignore")

    rewritten: str = Field("", max_length=MAX_TEXT_POINTS)
    language: str = Field("en", max_length=12)
    answered_by: str = Field("", max_length=40)
    prompt: list[Prompted] = Field(default=[], max_length=_MOST_MESSAGES)
    lanes: dict[str, list[dict[str, Any]]] = {}
    hits: list[dict[str, Any]] = []
    held_back: list[dict[str, Any]] = []


class Shown(BaseModel):
    """A reply as the console showed it; other fields of a reply are accepted and have no effect."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(max_length=2 * MAX_TEXT_POINTS)
    citations: list[Annotated[str, Field(max_length=300)]] = Field(default=[], max_length=_MOST_SOURCES)
    sources: list[Source] = Field(default=[], max_length=_MOST_SOURCES)
    trace: Trace = Trace()


class ExplainRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _EXAMPLES})

    question: str = Field(min_length=1, max_length=MAX_TEXT_POINTS, description="What was asked.")
    locale: str = Field("", max_length=35, description="The shopper's language, where the question is to be answered first.")
    reply: Shown | None = Field(None, description="The reply to explain; without it the question is answered first.")


def explaining_routes(house: House, sessions: Sessions) -> APIRouter:
    """Both calls; each needs a session of the console and comes from its own page, as the console's other calls do."""
    router = APIRouter(prefix="/v1", tags=[OPERATORS], dependencies=[Depends(sessions.check), Depends(sessions.check_page)])
    explainer, one_at_a_time = Explainer(house.knowledge), asyncio.Lock()

    @router.post(
        "/explain",
        summary="Why a reply is what it is",
        description="What each lane found, the line that each sentence rests on, and what was held back.",
        response_description="Each sentence of the reply with the lines that it rests on.",
    )
    async def explain(body: ExplainRequest) -> dict[str, Any]:
        return _plain(await _explained(house, explainer, body))

    @router.post(
        "/explain/heat",
        summary="What a reply's words rest on",
        description="How much each word rests on each word of the evidence. The shop's own model reads the reply again, which takes "
        "seconds; without a model on this machine it is a 409.",
        response_description="One row of weights, 0 to 1, for each word of the reply.",
        responses=told(409),
    )
    async def heat(body: ExplainRequest) -> dict[str, Any]:
        explanation = await _explained(house, explainer, body)
        try:
            async with one_at_a_time:
                return asdict(await _heat(house, explanation))
        except tuple(_STATUS) as error:
            status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
            raise HTTPException(status, f"explain: {error}") from error

    return router


async def _explained(house: House, explainer: Explainer, body: ExplainRequest) -> Explanation:
    told, trace = _shown(body.question, body.reply) if body.reply is not None else await _answered(house, body)
    return await asyncio.to_thread(explainer.explain, told, trace)


def _shown(question: str, reply: Shown) -> tuple[Told, Mapping[str, Any]]:
    trace = reply.trace
    prompt = tuple(ChatMessage(message.role, message.content) for message in trace.prompt)
    sources = (*reply.citations, *(source.id for source in reply.sources))
    return Told(trace.rewritten or question, reply.text, trace.language, sources, trace.answered_by, prompt), trace.model_dump()


async def _answered(house: House, body: ExplainRequest) -> tuple[Told, Mapping[str, Any]]:
    conversation = Conversation("explain", (Message("shopper", body.question),), locale=body.locale)
    async with aclosing(house.assistant.reply(conversation)) as events:
        reply = [event async for event in events][-1]
    assert isinstance(reply, Reply)
    return told_of(reply), reply.trace


async def _heat(house: House, explanation: Explanation) -> HeatMap:
    messages = reading_of(explanation)
    return heat_map(explanation, await asyncio.to_thread(read_again, house.settings, messages, explanation.told.text))


def _plain(explanation: Explanation) -> dict[str, Any]:
    """As JSON: the reply first, then what it rests on."""
    told = explanation.told
    head = {"question": told.question, "text": told.text, "language": told.language, "by_model": told.by_model}
    rest = {name: getattr(explanation, name) for name in ("lanes", "found", "held_back")}
    lines, sentences = ([asdict(one) for one in some] for some in (explanation.lines, explanation.sentences))
    return head | {"lines": lines, "sentences": sentences} | rest
