"""Which sentences an engine is asked for: those that it words truly on products that nobody sells.

Twelve invented rows are written once at the start. A kind of sentence of which an engine gets six in ten right is its to write; the rest
is code's. So a small model costs no time where all that it writes would be struck, and a larger one behind the same seam writes more by
itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.copywriter.checking import Checker
from chatbot.copywriter.facts import Fact, Facts
from chatbot.copywriter.plan import Act, Step
from chatbot.copywriter.wish import Wish
from chatbot.copywriter.writer import Asked, Copywriter, faults
from chatbot.engine import Engine, Lane

_ENOUGH = 0.6
_TITLES = {
    "en": (
        "Harbour Enamel Jug",
        "Set of 2 Willow Baskets",
        "Red Kite String",
        "Night Owl Lantern",
        "Potting Shed Apron",
        "Vintage Tram Money Box",
    ),
    "zh": ("晨雾搪瓷水壶", "柳条收纳篮两件套", "红色风筝线", "夜猫子提灯", "园艺围裙", "复古电车存钱罐"),
}
_DETAILS = {
    "en": (
        (("height", "18 cm"), ("handle", "beech")),
        (("pieces", "2"), ("depth", "20 cm"), ("lining", "cotton")),
        (("length", "30 m"), ("strength", "40 kg")),
        (("display diagonal", "14 inch"), ("memory", "8 GB"), ("storage", "256 GB")),
        (("fit", "relaxed"), ("collar", "stand-up")),
        (("lock", "brass"), ("width", "9 cm")),
    ),
    "zh": (
        (("高度", "18厘米"), ("提手", "榉木")), (("件数", "2件"), ("深度", "20厘米")), (("长度", "30米"), ("承重", "40公斤")),
        (("屏幕", "14英寸"), ("内存", "8GB")), (("版型", "宽松"), ("领型", "立领")), (("锁扣", "黄铜"), ("宽度", "9厘米")),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """How many sentences of a kind an engine was asked for, and how many could be said."""

    act: Act
    asked: int
    right: int


async def try_out(engine: Engine, wish: Wish, language: str, lane: Lane = "batch") -> list[Trial]:
    """Ask for the invented rows. Nothing is asked of an engine that was tuned to read, or that only quotes. Raises EngineError."""
    if engine.tuned or engine.name == "quoting":
        return []
    spoken = "zh" if language == "zh" else "en"
    writer, found = Copywriter(engine, lane=lane), []
    for act, rows in _rows(spoken).items():
        right = 0
        for facts, step in rows:
            text = await writer.ask(Asked(facts, step, wish.tone, wish.seed))
            right += not faults(Checker(facts).check(text), step, facts)
        found.append(Trial(act, len(rows), right))
    return found


async def begin(engine: Engine, wish: Wish, language: str, lane: Lane = "batch") -> None:
    """Ask for the first invented row, as a trial does: the engine then has read the beginning of all prompts in one and the same way."""
    facts, step = _rows("zh" if language == "zh" else "en")["open"][0]
    await Copywriter(engine, lane=lane).ask(Asked(facts, step, wish.tone, wish.seed))


def trusted(trials: list[Trial]) -> frozenset[Act]:
    """The acts that are the engine's; colours, materials and the like go with the details."""
    acts = {trial.act for trial in trials if trial.right >= _ENOUGH * trial.asked}
    return frozenset(acts | ({"flags", "colour", "material"} if "details" in acts else set()))


def _rows(language: str) -> dict[Act, list[tuple[Facts, Step]]]:
    bare = [Facts(title, language, (Fact("name", "", title, "title"),)) for title in _TITLES[language]]
    rich = [
        Facts(title, language, (Fact("name", "", title, "title"), *(Fact(name, name, value, "attribute") for name, value in details)))
        for title, details in zip(_TITLES[language], _DETAILS[language], strict=True)
    ]
    return {
        "open": [(facts, Step("open", facts.known)) for facts in bare],
        "details": [(facts, Step("details", facts.known[1:])) for facts in rich],
    }
