"""When a person is brought in. A typed decision made by code; nothing is ever parsed out of generated text."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.intents import Reading
from chatbot.messages import HandoffReason, Message
from chatbot.phrases import say
from chatbot.sentiment.anger import is_angry
from chatbot.terms import terms
from knowledge_base.catalog import ShopProfile

_OFFERS = (say("offer_person", "en"), say("offer_person", "zh"))


def offered_person(messages: Sequence[Message]) -> bool:
    """Whether the last thing the assistant said was the offer of a person, so that "yes" takes it up."""
    last = next((message for message in reversed(messages) if message.speaker == "assistant"), None)
    return last is not None and any(offer in last.text for offer in _OFFERS)


def reason(reading: Reading, messages: Sequence[Message]) -> HandoffReason | None:
    """Why this turn goes to a person, or None. `messages` end with the question."""
    if reading.person or (reading.social == "yes" and offered_person(messages[:-1])):
        return "shopper_asked"
    if reading.angry or is_angry(messages[-1].text):
        return "angry"
    return "repeated_question" if _repeated_without_answer(messages) else None


def _repeated_without_answer(messages: Sequence[Message]) -> bool:
    """The same question a third time, with nothing but "unknown" before."""
    asked = set(terms(messages[-1].text))
    earlier = [message for message in messages[:-1] if message.speaker == "shopper"][-2:]
    replies = [message for message in messages[:-1] if message.speaker == "assistant"][-2:]
    same = len(earlier) == 2 and bool(asked) and all(set(terms(message.text)) == asked for message in earlier)
    return same and len(replies) == 2 and all(message.finish == "unknown" for message in replies)


def handoff_text(why: HandoffReason, profile: ShopProfile, language: str) -> str:
    """What the shopper is told, with the ways to reach the shop that its profile names."""
    text = say("angry" if why == "angry" else "handoff", language)
    ways = [way for way in (profile.email, profile.phone) if way]
    if ways:
        gap = "" if language == "zh" else " "
        text += gap + say("handoff_contact", language, contact=(" 或 " if language == "zh" else " or ").join(ways))
    return text
