"""Whether a message is angry: words of indignation in a text that the judge of reviews takes for a complaint, and that asks for nothing.

The words alone would take "a terrible itch" or "the worst rain" for anger, and the judge alone every mention of a broken mug; together they
are sure enough to bring in a person. By the words alone, without an encoder: it costs a millisecond and is decided before anything is
looked up."""

from __future__ import annotations

import re
from functools import lru_cache

from chatbot.errors import WeightsError
from chatbot.sentiment.judge import Judge

_SURE = 0.2  # a probability of praise up to this
_LEAST = 6  # characters; "no thanks" is no anger
_INDIGNANT = re.compile(
    r"\b(?:disgrace\w*|appall\w+|appalled|atrocious|horribl[ey]|horrendous|horrific|terribl[ey]|awful|dreadful|abysmal|"
    r"incompeten\w+|garbage|rubbish|livid|"
    r"(?:so|very|really|extremely|absolutely|i'm|i am) (?:angry|upset|mad|annoyed|frustrated)|"
    r"joke of a|what a joke|li(?:ed|ars?|es)\b|shame on|ashamed of|"
    r"nonsense|hate (?:this|your|you)|waste of (?:my )?(?:money|time)|how dare|"
    r"nobody (?:cares|answers|replies|helps)|no help at all|"
    r"money back now|extremely disappointed|the worst|worst (?:ever|company|customer)|done with (?:this|you)|"
    r"stay away|(?:you|are|bunch of|lot of|such|these|nothing but) (?:all )?(?:an? )?(?:crooks?|thieves|cheats|cheaters?)|"
    r"(?:been|was|feel|felt|got|you) cheated)\b|"
    r"生气|糟糕透|糟透|烂店|破店|恶劣|恶心|太失望|骗|敷衍|烦死|无语|没人(?:理|回|管|处理)|差到极点|可恶|混蛋|浪费(?:我|时间)|不负责任|受够",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？]|\b(?:can|could|do|does|is|are|how|what|which|where|when) (?:i|you|it|the|there|we|they|this)\b|吗|呢|怎么|能不能|可以.{0,6}吗"
)


def is_angry(text: str) -> bool:
    """Whether somebody who writes this should be answered by a person. False where the head is missing: then other signs decide."""
    if len(text.strip()) < _LEAST or not _INDIGNANT.search(text) or _ASKS.search(text):
        return False
    try:
        praise = _judge().judge([text])[0].praise
    except WeightsError:
        return False
    return praise is not None and praise <= _SURE


@lru_cache(maxsize=1)
def _judge() -> Judge:
    return Judge()
