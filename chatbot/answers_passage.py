"""Plans in the shop's own words: the FAQ entry or policy section that answers, the closest thing the shop says, or an honest no."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chatbot.phrases import say
from chatbot.plan import Plan, gap
from chatbot.retriever import AS_SURE, MAYBE, RUNNER_UP, Candidate, LookUp, Retriever
from chatbot.sentences import YES_NO_START, without_yes_no
from chatbot.terms import is_chinese, terms
from knowledge_base.catalog import Passage
from knowledge_base.search import KnowledgeBase

_ASKS_MORE = re.compile(r"\b(?:how|what|when|where|which|who|why)\b|怎么|如何|多少|什么|哪|几", re.IGNORECASE)
_NEAR = 0.5  # a passage this close, with this share of the telling words, may well be the answer; another is only the closest
_SECOND = 0.5  # what a second passage must score to be quoted with the first
_LIKE_QUESTION = 0.6  # a question this similar to a heading asks about the same thing
WHOLE_QUOTE = 480  # characters of a passage that are quoted whole


class PassageAnswers:
    def __init__(self, knowledge: KnowledgeBase, retriever: Retriever) -> None:
        self._knowledge = knowledge
        self._retriever = retriever

    def quote(self, question: str, candidate: Candidate, language: str, *, hedge: bool = False) -> Plan:
        """The passage in the shop's own words; with `hedge` as the closest thing to what was asked, not as the answer."""
        passage = candidate.passage
        text = self.words_of(question, passage)
        if YES_NO_START.search(text) and not self._same_question(question, passage):
            text = f"“{passage.heading}” {text}"
        if is_chinese(passage.heading + passage.body) != (language == "zh"):
            text = say("quoted_other_language", language, quote=text)
        plan = Plan(text, "stop", "passage", passages=(passage,), scores=((passage.id, candidate.score),))
        return replace(self.nearest(question, [candidate], language), answered_by="passage") if hedge else plan

    def answer(self, question: str, looked: LookUp, language: str) -> Plan:
        """The passage that answers, with the next one where it answers as surely."""
        best, *others = looked.candidates
        plan = self.quote(question, best, language)
        if not others or others[0].score < max(_SECOND, best.score - AS_SURE):
            return plan
        second = self.quote(question, others[0], language)
        return replace(
            plan, text=f"{plan.text}\n{second.text}", passages=plan.passages + second.passages, scores=plan.scores + second.scores
        )

    def words_of(self, question: str, passage: Passage) -> str:
        """All of a short passage, the telling sentences of a long one."""
        text = passage.body.strip()
        return text if len(text) <= WHOLE_QUOTE else self._retriever.best_sentences(question, passage, 3)

    def nearest(self, question: str, candidates: Sequence[Candidate], language: str) -> Plan:
        """That the shop does not say it, and the closest that it does say."""
        near = candidates[0].score >= _NEAR and candidates[0].coverage >= _NEAR
        text = say("unsure" if near else "unknown", language) + gap(language) + self._nearest_words(question, candidates, language, near)
        return Plan(
            text,
            "unknown",
            "unknown",
            passages=tuple(candidate.passage for candidate in candidates),
            scores=tuple((candidate.passage.id, candidate.score) for candidate in candidates),
            near=near,
        )

    def beside(self, plan: Plan, between: str, question: str, candidate: Candidate, language: str) -> Plan:
        """`plan` with the closest passage told and named behind it; `between` parts the two."""
        quote = self._nearest_words(question, [candidate], language)
        pair = (candidate.passage.id, candidate.score)
        brief = plan.brief and plan.brief + between + quote
        return replace(plan, text=plan.text + between + quote, brief=brief, passages=(candidate.passage,), scores=(pair,))

    def _nearest_words(self, question: str, candidates: Sequence[Candidate], language: str, near: bool = False) -> str:
        """The closest that the shop says, as a sentence that may stand behind another."""
        quotes = [quoted(self._beside_the_question(question, candidate.passage)) for candidate in candidates]
        return say("says" if near else "nearest", language, quote=(gap(language) or "；").join(quotes))

    def _beside_the_question(self, question: str, passage: Passage) -> str:
        """A yes or a no stays only under the question it answers; before another question it would be a false promise."""
        text = self.words_of(question, passage)
        if not YES_NO_START.search(text):
            return text
        close = float(self._retriever.similarities(question, [passage.heading], passage.language)[0])
        return f"{passage.heading} {text}" if close >= _LIKE_QUESTION else without_yes_no(text)

    def _same_question(self, question: str, passage: Passage) -> bool:
        """Whether a bare yes or no answers this very question: it asks for one, and for nothing that the heading does not ask."""
        if _ASKS_MORE.search(question):
            return False
        close = float(self._retriever.similarities(question, [passage.heading], passage.language)[0])
        return close >= 0.8 and set(terms(question)) <= set(terms(passage.heading))

    def contact(self, question: str, language: str) -> Plan | None:
        """E-mail, telephone, hours and address from the shop's profile, when they are asked for."""
        profile, asked = self._knowledge.profile, set(terms(question))
        wanted = asked & {"contact", "联系", "hour", "营业时间", "locat", "address", "地址", "shop"}
        ways = [way for way in (profile.email, profile.phone, profile.told("hours", language), profile.told("address", language)) if way]
        if not wanted or not ways or len(asked) > 4:
            return None
        return Plan(say("shop_contact", language, ways=("，" if language == "zh" else "; ").join(ways)), "stop", "record")

    def unknown(self, question: str, looked: LookUp, language: str) -> Plan:
        """That the shop does not say it, with the closest that it does say, where anything is close."""
        near = [candidate for candidate in looked.candidates[:2] if candidate.score >= MAYBE]
        near = [candidate for candidate in near if candidate.score >= near[0].score - RUNNER_UP]
        plan = self.nearest(question, near, language) if near else Plan(say("unknown", language), "unknown", "unknown")
        return replace(plan, text=plan.text + gap(language) + say("offer_person", language))


def quoted(text: str) -> str:
    return f"“{text}”"
