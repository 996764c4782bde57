"""Headline, body and call to action for each channel, streamed part by part, each within the channel's limit and carried by the campaign's
facts.
"""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal

from chatbot.copywriter import wording_en, wording_zh
from chatbot.copywriter.campaign import Campaign, Offered, facts_of_campaign
from chatbot.copywriter.channels import CHANNELS, Channel, ChannelName, cut, joined, measured
from chatbot.copywriter.checking import Checker
from chatbot.copywriter.facts import Facts
from chatbot.copywriter.plan import Step
from chatbot.copywriter.realise import is_plural
from chatbot.copywriter.wish import Wish
from chatbot.copywriter.writer import Asked, Copywriter, Sentence, seed_of

Part = Literal["headline", "body", "call"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a channel's copy. `length` and `limit` in the channel's unit; `sentences` with what carries each."""

    channel: ChannelName
    part: Part
    text: str
    length: int
    limit: int
    unit: str
    sentences: tuple[Sentence, ...]


class Marketer:
    """Writes one campaign. Draws its frames from the campaign's seed, so that the same campaign reads the same again."""

    def __init__(self, campaign: Campaign, offered: Sequence[Offered], writer: Copywriter) -> None:
        self._campaign, self._offered, self._writer = campaign, offered, writer
        self._facts: Facts = facts_of_campaign(campaign, offered)
        self._checker = Checker(self._facts)
        self._chinese = campaign.spoken == "zh"
        self._wording = wording_zh if self._chinese else wording_en
        self._seed = seed_of(self._facts, Wish(tone=campaign.tone, seed=campaign.seed))
        self._draw = random.Random(self._seed)

    async def pieces(self) -> AsyncIterator[Piece]:
        """Every part of every channel as soon as it is there. Raises EngineError."""
        for name in dict.fromkeys(self._campaign.channels):
            channel = CHANNELS[name]
            headline = self._headline(channel)
            yield headline
            call = self._call(channel)
            left = channel.whole - headline.length - call.length - 2 if channel.whole else channel.body  # two line ends between the three
            yield await self._body(channel, min(channel.body, left))
            yield call

    def _headline(self, channel: Channel) -> Piece:
        return self._piece(channel, "headline", self._short(self._wording.HEADLINES[self._campaign.tone], channel, channel.headline))

    def _call(self, channel: Channel) -> Piece:
        return self._piece(channel, "call", self._short(self._wording.CALLS[self._campaign.tone], channel, channel.call))

    def _short(self, frames: Sequence[str], channel: Channel, limit: int) -> list[Sentence]:
        """A line that fits and holds, drawn from those that do; where none does, the theme's first words."""
        lines = [self._fill(frame, self._offered[0] if self._offered else None) for frame in frames]
        fitting = [line for line in lines if line and measured(line, channel.unit) <= limit and self._checker.check(line).holds]
        plain = fitting or [cut(self._facts.title, limit, channel.unit)]
        line = self._draw.choice(plain)
        return [Sentence(line, "open", "code", self._checker.check(line).traces)] if line else []

    async def _body(self, channel: Channel, limit: int) -> Piece:
        told = [sentence async for sentence in self._sentences(channel)]
        gap = "" if self._chinese else " "
        kept = joined([sentence.text for sentence in told], limit, channel.unit, gap)
        return self._piece(channel, "body", [sentence for sentence in told if sentence.text in kept], limit)

    async def _sentences(self, channel: Channel) -> AsyncIterator[Sentence]:
        theme = self._facts.known[0]
        tags = self._facts.of("tag")
        intro = Step("open", (theme,))
        wanted = [(intro, lambda _: self._drawn(self._wording.INTROS[self._campaign.tone]))]
        if tags:
            wanted.append((Step("details", tuple(tags)), lambda _: self._drawn(self._wording.ABOUT)))
        for number, (step, by_code) in enumerate(wanted):
            asked = Asked(self._facts, step, self._campaign.tone, self._seed + 7 * number + measured(channel.name, "characters"))
            if (sentence := await self._writer.sentence(asked, self._checker, by_code)) is not None:
                yield sentence
        for product in self._offered[: channel.products]:
            for text in self._told(product, channel):
                if (checked := self._checker.check(text)).holds:
                    yield Sentence(text, "price" if product.price else "open", "code", checked.traces)

    def _told(self, product: Offered, channel: Channel) -> list[str]:
        line = self._drawn(self._wording.OFFERED if product.price else self._wording.NAMED, product)
        return [line, product.said] if channel.name == "email" and product.said else [line]

    def _drawn(self, frames: Sequence[str], product: Offered | None = None) -> str:
        fitting = [line for frame in frames if (line := self._fill(frame, product))]
        return self._draw.choice(fitting)

    def _fill(self, frame: str, product: Offered | None) -> str:
        """The frame with its slots filled; "" where it asks for what there is not."""
        keywords = [fact.value for fact in self._facts.of("tag")]
        if ("{p}" in frame and product is None) or ("{k}" in frame and not keywords):
            return ""
        if product is not None and not self._chinese and is_plural(product.title):
            frame = re.sub(r"(?<=\{p\}) is\b", " are", frame)
        theme = self._facts.title if self._chinese or frame.startswith("{h}") else _within(self._facts.title)
        slots = {
            "h": theme,
            "k": _list(keywords, self._chinese),
            "p": product.title if product else "",
            "a": product.price if product else "",
        }
        text = re.sub(r"\{(\w)\}", lambda match: slots[match[1]], frame)
        return re.sub(r"\b(our|Our|the|The) (?:our|the|a|an)\b ", r"\1 ", text, flags=re.IGNORECASE)

    def _piece(self, channel: Channel, part: Part, said: Sequence[Sentence], limit: int = 0) -> Piece:
        text = ("" if self._chinese else " ").join(sentence.text for sentence in said)
        allowed = limit or getattr(channel, part)
        return Piece(channel.name, part, text, measured(text, channel.unit), allowed, channel.unit, tuple(said))


def _within(theme: str) -> str:
    """A theme inside a sentence, as it is written: only its end mark goes."""
    return theme.rstrip(".!。！")


def _list(parts: Sequence[str], chinese: bool) -> str:
    if chinese:
        return "、".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)
