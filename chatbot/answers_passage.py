"""Plans in the shop's own words: the FAQ entry or policy section that answers, the closest thing the shop says, or an honest no."""

from __future__ import annotations

import re
from dataclasses import replace

from chatbot.phrases import say
from chatbot.plan import Plan, gap
from chatbot.retriever import MAYBE, Candidate, LookUp, Retriever
from chatbot.terms import is_chinese, terms
from knowledge_base.catalog import Passage
from knowledge_base.search import KnowledgeBase

_ASKS_MORE = re.compile(r"\b(?:how|what|when|where|which|who|why)\b|怎么|如何|多少|什么|哪|几", re.IGNORECASE)
NEAR = 0.5  # a passage this similar is shown as the closest, even when it lacks the question's telling words
WHOLE_QUOTE = 480  # characters of a passage that are quoted whole
_YES_NO_START = re.compile(
    r"^(?:yes|no|yep|nope|sure|of course|certainly|absolutely|"
    r"是的?|可以|不可以|不能|能|会|不会|有|没有|支持|不支持|当然)[\s,，.。!！;；—–-]",
    re.IGNORECASE,
)


class PassageAnswers:
    def __init__(self, knowledge: KnowledgeBase, retriever: Retriever) -> None:
        self._knowledge = knowledge
        self._retriever = retriever

    def quote(self, question: str, candidate: Candidate, language: str, *, hedge: bool = False) -> Plan:
        passage = candidate.passage
        text = passage.body.strip()
        if len(text) > WHOLE_QUOTE:
            text = self._retriever.best_sentences(question, passage, 3)
        if _YES_NO_START.search(text) and not self._same_question(question, passage):
            text = f"“{passage.heading}” {text}"
        if is_chinese(passage.heading + passage.body) != (language == "zh"):
            text = say("quoted_other_language", language, quote=text)
        plan = Plan(text, "stop", "passage", passages=(passage,), scores=((passage.id, candidate.score),))
        if not hedge:
            return plan
        return replace(plan, text=say("unknown", language) + gap(language) + say("nearest", language, quote=quoted(text)), finish="unknown")

    def _same_question(self, question: str, passage: Passage) -> bool:
        """Whether a bare yes or no answers this very question: it asks for one, and for nothing that the heading does not ask."""
        if _ASKS_MORE.search(question):
            return False
        close = float(self._retriever.similarities(question, [passage.heading], passage.language)[0])
        return close >= 0.8 and set(terms(question)) <= set(terms(passage.heading))

    def contact(self, question: str, language: str) -> Plan | None:
        """E-mail, telephone, hours and address from the shop's profile, when they are asked for."""
        profile, asked = self._knowledge.profile, set(terms(question))
        wanted = asked & {"reach", "联系", "hour", "营业时间", "locat", "address", "地址", "shop"}
        ways = [way for way in (profile.email, profile.phone, profile.hours, profile.address) if way]
        if not wanted or not ways or len(asked) > 4:
            return None
        return Plan(say("shop_contact", language, ways=("，" if language == "zh" else "; ").join(ways)), "stop", "record")

    def unknown(self, looked: LookUp, language: str) -> Plan:
        best = looked.best
        if best is not None and (best.score >= MAYBE or best.similarity >= NEAR):
            plan = self.quote("", best, language)
            nearest = say("nearest", language, quote=quoted(plan.text))
            text = gap(language).join([say("unknown", language), nearest, say("offer_person", language)])
            return replace(plan, text=text, finish="unknown", answered_by="unknown")
        return Plan(say("unknown", language) + gap(language) + say("offer_person", language), "unknown", "unknown")


def quoted(text: str) -> str:
    return f"“{text}”"
