"""What a model is asked for one sentence: its facts and nothing else, behind a constant beginning that is computed once.

The line that begins the question is the row's own, so that no two rows share more than the constant beginning: what an engine remembers of
one row's prompt then never enters the arithmetic of another's, and a row's text does not depend on the rows before it.
"""

from __future__ import annotations

from chatbot.copywriter.facts import Facts
from chatbot.copywriter.plan import Step
from chatbot.copywriter.wish import Tone
from chatbot.engine import ChatMessage, Sampling

_RULES = {
    "en": "You write one {tone} sentence about a product. It has all the facts that are given, in the same words and figures, "
    "and nothing else.",
    "zh": "请为商品写一句{tone}的话。写入给出的全部信息，用词和数字不变，不添加任何内容。",
}
_TONES = {
    "en": {"plain": "plain", "friendly": "friendly", "playful": "playful", "elegant": "elegant"},
    "zh": {"plain": "平实", "friendly": "亲切", "playful": "活泼", "elegant": "典雅"},
}
_EXAMPLES = {
    "en": (
        ("Brook Mug", "material: stoneware\ncapacity: 350 ml", "The Brook Mug is made of stoneware, with a capacity of 350 ml."),
        ("Alva Rain Jacket", "colour: navy\nfit: regular\nhood: yes", "The Alva Rain Jacket comes in navy with a regular fit and a hood."),
        ("Orbis Desk Lamp", "power: 6 W\nheight: 42 cm", "The Orbis Desk Lamp has a power of 6 W and a height of 42 cm."),
    ),
    "zh": (
        ("溪谷马克杯", "材质：陶瓷\n容量：350毫升", "溪谷马克杯采用陶瓷制成，容量为350毫升。"),
        ("阿尔瓦雨衣", "颜色：藏青色\n版型：常规", "阿尔瓦雨衣为藏青色，版型为常规。"),
    ),
}
MOST_TOKENS = 72
_LABELS = {"colour": "colour", "material": "material", "brand": "brand", "pack": "pack"}


def prompt_for(facts: Facts, step: Step, tone: Tone, tag: str) -> list[ChatMessage]:
    """The messages for one sentence. `tag` is the row's own."""
    language = "zh" if facts.language == "zh" else "en"
    rules = _RULES[language].format(tone=_TONES[language][tone])
    messages = [ChatMessage("system", rules)]
    for number, (title, lines, answer) in enumerate(_EXAMPLES[language]):
        messages += [ChatMessage("user", f"Nr. {number}\n{title}\n{lines}"), ChatMessage("assistant", answer)]
    return [*messages, ChatMessage("user", f"Nr. {tag}\n{facts.title}\n{lines_of(step)}".rstrip())]


def lines_of(step: Step) -> str:
    """The step's facts, a line each; its name is not among them."""
    return "\n".join(
        f"{fact.name or _LABELS.get(fact.kind, fact.field)}: {'yes' if fact.kind == 'flag' else fact.value}"
        for fact in step.facts
        if fact.kind != "title"
    )


def sampling_for(facts: Facts, step: Step, seed: int, attempt: int) -> Sampling:
    """Greedy at first, freer with each further attempt."""
    told = "\n".join((facts.title, *(f"{fact.name} {fact.value}" for fact in step.facts)))
    warmth = 0.0 if attempt == 0 else 0.6
    return Sampling(MOST_TOKENS, warmth, 0.9, stop=("\n",), seed=seed + attempt, figures_of=told)
