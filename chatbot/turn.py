"""One turn: a conversation in, a stream of typed events out. Knows no socket, no database and no GPU.

Plan (refusal, follow-up made whole, retrieval) → sources → the text: a plan's own words go out as they are, after a last check
against their evidence; a model's words go through the watcher. Whatever the model does (nothing, nonsense, an error, too slow),
the shopper gets a true text and the turn ends with exactly one Reply.

A model that was fine-tuned for it says what the shop's text answers in place of the whole passage; the record's own answers and lists
need no model. `watched=False` is for measuring the model alone: it writes whatever has evidence, and nothing is withheld.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import replace
from typing import Any

from chatbot.claims import Evidence, Violation
from chatbot.engine import ChatMessage, Engine, Sampling, standing_back
from chatbot.errors import EngineError, Overloaded
from chatbot.events import Delta, Reply, Sources, Status, TurnEvent, Usage
from chatbot.evidence import evidence_of, lines_to_read, rests_on, under
from chatbot.guard import Unwatched, Watcher
from chatbot.messages import Conversation, Finish, Message, SourceItem
from chatbot.phrases import say
from chatbot.plan import Plan
from chatbot.planner import Planned, Planner
from chatbot.prompts import write_prompt
from chatbot.sentences import split_sentences
from chatbot.terms import is_chinese
from knowledge_base.catalog import Passage, Product
from knowledge_base.search import KnowledgeBase

TOKEN_SECONDS = 25.0  # more than an engine waits by itself (20), so that it is the engine that notices and remembers a server that hangs
_SAMPLING = Sampling(max_tokens=120, repetition_penalty=1.05)
_TUNED = Sampling(max_tokens=200)  # it copies, and a penalty on what was read makes it stray
_CODES = re.compile(r"[A-Za-z-]*\d[A-Za-z0-9-]*")
_PIECES = re.compile(r"\S+\s*|\s+|[一-鿿]{1,4}")
log = logging.getLogger(__name__)


class ShopAssistant:
    """The assistant of one shop."""

    def __init__(self, knowledge: KnowledgeBase, engine: Engine, planner: Planner | None = None, *, watched: bool = True) -> None:
        self._knowledge = knowledge
        self._engine = engine
        self._planner = planner or Planner(knowledge)
        self._watched = watched

    async def prepare_product(self, product: Product) -> None:
        """Encode what the product's record says, so that no question about it waits for that."""
        await asyncio.to_thread(self._planner.prepare_product, product)

    async def read_ahead(self, product: Product, question: str) -> bool:
        """Have the model read what it would answer this question about a product from, so that its first word comes sooner when somebody
        asks. False when the model would not be asked. Raises EngineError."""
        language = product.language
        if not self._can_write(language):
            return False
        conversation = Conversation("read ahead", (Message("shopper", question),))
        planned = await asyncio.to_thread(self._planner.plan, conversation, language)
        if not self._is_for_model(planned):
            return False
        prompt = self._prompt(planned, self._lines(planned))
        async with aclosing(self._engine.stream(prompt, Sampling(max_tokens=1), lane="batch")) as chunks:
            async for _ in chunks:
                pass
        return True

    async def reply(self, conversation: Conversation) -> AsyncGenerator[TurnEvent, None]:
        """Answer the last message. Closing the generator stops the engine at once. Until the first word batch work stands back."""
        with ExitStack() as waiting:
            waiting.enter_context(standing_back(self._engine))
            async with aclosing(self._reply(conversation)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        waiting.close()
                    yield event

    async def _reply(self, conversation: Conversation) -> AsyncGenerator[TurnEvent, None]:
        started = time.perf_counter()
        yield Status("searching")
        spoken = self._knowledge.languages
        language = reply_language(conversation if conversation.locale or not spoken else replace(conversation, locale=spoken[0]))
        planned = await asyncio.to_thread(self._planner.plan, conversation, language)
        writing = _Writing(planned, conversation, started)
        for_model = self._is_for_model(planned) and self._can_write(language)
        yield Sources(writing.look_at(self._nearby(planned) if for_model else ()))
        yield Status("writing")
        if for_model:
            async with aclosing(self._by_model(writing)) as pieces:  # closing the turn must close the engine's stream now, not at GC
                async for piece in pieces:
                    yield writing.sent(piece)
        if not writing.text or writing.trouble:
            for piece in self._own_words(writing):
                yield writing.sent(piece)
                await asyncio.sleep(0)
        yield writing.reply()

    def _own_words(self, writing: _Writing) -> list[str]:
        """The plan's text in pieces, its figures checked against its evidence; after a reply that broke off, what is not said yet."""
        plan = writing.planned.plan
        text = unsaid(plan.text, writing.text)
        wrong = self._evidence(writing.planned).index.unsupported(text)
        if wrong:  # a template that says what the record does not: our fault, never the shopper's
            log.error("a planned reply states %s, which its evidence does not", [figure.text for figure in wrong])
            writing.held_back.append(Violation(text, "figure", wrong[0].text))
            writing.finish = "unknown"
            text = say("unknown", writing.planned.language)
        return re.findall(r"[一-鿿]{1,4}|[^\s一-鿿]+\s*|\s+", text)

    def _is_for_model(self, planned: Planned) -> bool:
        """Whether the model writes it: a description, with a tuned one what passages answer for sure, and alone whatever there is evidence
        for. Where the search is in doubt, the shop's words stand as they are: a model would say them without the doubt."""
        plan = planned.plan
        if not self._watched:
            return bool(plan.products or plan.passages or planned.nearby)
        return plan.by_model or (self._engine.tuned and plan.sure)

    def _evidence(self, planned: Planned, read: Sequence[str] = ()) -> Evidence:
        """What a text may rely on; `read` is what a model has read, and may say again. Code's own words stand in that, so they are held
        against the record without it."""
        plan = planned.plan
        own = (plan.text,) if plan.by_model else ()
        passages = (*plan.passages, *self._nearby(planned))
        return evidence_of(plan.products, passages, self._knowledge.profile, planned.language, *own, *read)

    def _lines(self, planned: Planned) -> list[str]:
        """What the model reads. An untuned one gets no more than it can copy from."""
        plan = planned.plan
        if not self._engine.tuned and self._watched:
            return _prompt_evidence(plan)
        looked_up = plan.looked_up
        told = sum(passage.kind != "product" for passage in plan.passages)
        sure, near = (told, 0) if plan.sure else (0, 0 if looked_up else told)
        return lines_to_read(plan.products, (*plan.passages, *self._nearby(planned)), looked_up, planned.language, sure=sure, near=near)

    def _nearby(self, planned: Planned) -> Sequence[Passage]:
        """What is read besides the plan's own evidence: nothing where the search is sure, which saves reading it, and nothing for an
        untuned model, which would be led astray."""
        return () if planned.plan.sure or (self._watched and not self._engine.tuned) else planned.nearby

    def _prompt(self, planned: Planned, lines: Sequence[str]) -> list[ChatMessage]:
        question = str(planned.trace.get("rewritten") or planned.whole.question) if self._engine.tuned else planned.whole.question
        return write_prompt(question, lines, count_tokens=self._engine.count_tokens, tuned=self._engine.tuned)

    def _can_write(self, language: str) -> bool:
        """Whether the model's vocabulary carries the language: one that spells Chinese in bytes cannot write it."""
        if language != "zh":
            return True
        sample = "这款商品支持七天无理由退货"
        return self._engine.count_tokens(sample) <= len(sample)

    async def _by_model(self, writing: _Writing) -> AsyncGenerator[str, None]:
        """What the watcher lets out of the model's text. On any trouble it ends, and the plan's own text stands in."""
        lines = self._lines(writing.planned)
        writing.prompt = self._prompt(writing.planned, lines)
        watcher = Watcher(self._evidence(writing.planned, lines)) if self._watched else Unwatched()
        sampling = replace(_TUNED if self._engine.tuned else _SAMPLING, figures_of="\n".join(lines))
        stream = self._engine.stream(writing.prompt, sampling)
        try:
            async with asyncio.timeout(TOKEN_SECONDS) as patience:
                async for chunk in stream:
                    patience.reschedule(asyncio.get_running_loop().time() + TOKEN_SECONDS)
                    writing.count(chunk.tokens, chunk.prompt_tokens)
                    if piece := watcher.feed(chunk.text):
                        yield piece
                    if watcher.violation is not None or chunk.finish is not None:
                        break
            if piece := watcher.finish():
                yield piece
        except Overloaded as error:
            writing.engine_error(f"overloaded: {error}")
        except (EngineError, TimeoutError) as error:
            writing.engine_error(str(error) or type(error).__name__)
            if piece := watcher.break_off():
                yield piece
        finally:
            await stream.aclose()
            writing.held_back.extend(watcher.held_back)
            writing.by_model(alone=not self._watched)


class _Writing:
    """What is known of a reply while it is written."""

    def __init__(self, planned: Planned, conversation: Conversation, started: float) -> None:
        self.planned = planned
        self.conversation = conversation
        self.text = ""
        self.finish: Finish = planned.plan.finish
        self.answered_by = planned.plan.answered_by
        self.held_back: list[Violation] = []
        self.sources: tuple[SourceItem, ...] = ()
        self.prompt: list[ChatMessage] = []
        self.usage = Usage()
        self.trouble = ""
        self._started = started
        self._planned_at = time.perf_counter()
        self._first_at: float | None = None

    def look_at(self, nearby: Sequence[Passage]) -> tuple[SourceItem, ...]:
        """What the reply may rest on: the plan's sources, and the passages that a model reads besides."""
        others = replace(self.planned.plan, products=(), passages=tuple(nearby)).sources()
        self.sources = tuple({item.id: item for item in (*self.planned.plan.sources(), *others)}.values())
        return self.sources

    def cited(self) -> tuple[str, ...]:
        """The plan's sources, or those that the model's own words rest on."""
        planned, plan = self.planned, self.planned.plan
        ids = tuple(item.id for item in plan.sources())
        if self.answered_by != "model" or self.finish != "stop":
            return ids
        products, passages = rests_on(self.text, plan.products, (*plan.passages, *planned.nearby), planned.language)
        found = replace(plan, products=tuple(products), passages=tuple(passages)).sources()
        return tuple(item.id for item in self.sources if item.id in {each.id for each in found}) or ids

    def sent(self, piece: str) -> Delta:
        self._first_at = self._first_at or time.perf_counter()
        self.text += piece
        return Delta(piece)

    def count(self, completion: int, prompt: int) -> None:
        self.usage = Usage(max(self.usage.prompt_tokens, prompt), self.usage.completion_tokens + completion)

    def engine_error(self, message: str) -> None:
        log.warning("the engine could not write: %s", message)
        self.trouble = message

    def by_model(self, *, alone: bool = False) -> None:
        """Settle the finish once the model is done: its words, or the shop's in their place. Alone, its not knowing counts as such."""
        if self.text:
            self.answered_by = "model"
        if self.trouble or (not self.text and self.planned.plan.finish == "stop"):
            self.finish = "fallback"
        elif self.text:
            self.finish = "unknown" if alone and self.text.startswith(say("unknown", self.planned.language)) else "stop"

    def reply(self) -> Reply:
        return Reply(
            text=self.text,
            finish=self.finish,
            citations=self.cited(),
            sources=self.sources,
            usage=self.usage,
            handoff=self.planned.plan.handoff,
            trace=self._trace(),
        )

    def _trace(self) -> dict[str, Any]:
        now = time.perf_counter()
        return {
            "question": self.conversation.question,
            "rewritten": self.planned.whole.question,
            "language": self.planned.language,
            "plan": self.planned.plan.answered_by,
            "answered_by": self.answered_by,
            **self.planned.trace,
            "prompt": [{"role": message.role, "content": message.content} for message in self.prompt],
            "held_back": [{"text": found.text, "reason": found.reason, "detail": found.detail} for found in self.held_back],
            "trouble": self.trouble,
            "milliseconds": {
                "searching": round(1000 * (self._planned_at - self._started), 1),
                "first_word": round(1000 * ((self._first_at or now) - self._started), 1),
                "total": round(1000 * (now - self._started), 1),
            },
        }


def unsaid(text: str, said: str) -> str:
    """The sentences of a text that were not said yet, as a paragraph of their own."""
    if not said:
        return text
    rest = "".join(sentence for sentence in split_sentences(text) if sentence.strip() not in said).strip()
    return f"\n\n{rest}" if rest else ""


def _prompt_evidence(plan: Plan) -> list[str]:
    return [passage.body for passage in plan.passages] or [under(product.title, product.description) for product in plan.products[:1]]


def reply_language(conversation: Conversation) -> str:
    """The language of the shopper's last message; one without words ("?", "42", "SC-CG30") takes that of the one before, or the locale."""
    for message in reversed(conversation.messages):
        if message.speaker == "shopper" and any(character.isalpha() for character in _CODES.sub("", message.text)):
            return "zh" if is_chinese(message.text) else "en"
    return "zh" if conversation.locale.lower().startswith("zh") else "en"
