"""The prompt a model writes from: the constant part first, so that its keys and values can be reused between turns.

Order: rules and examples (the same for every shop and every question), the evidence, the question. The examples show what is wanted
of a small model: to say the shop's sentences, not to write its own; on the sample shop's descriptions the untrained 135M model
copies a true answer for 18 of 22 products with them; without them for 1 of 11. The evidence is data: the engine encodes it with
special tokens disabled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatbot.engine import TRAINED_RULES, ChatMessage

_RULES = "You are a shop assistant. Answer with sentences copied exactly from the text. Do not add anything."
_EXAMPLES = (
    (
        "A mug for slow mornings: the walls are double, so tea stays warm for two hours. The lid is made of cork. It holds 350 ml.",
        "tell me about the Brook Mug",
        "A mug for slow mornings: the walls are double, so tea stays warm for two hours. It holds 350 ml.",
    ),
    (
        "A rain jacket for long days out, with taped seams and a hood that fits over a helmet. It packs into its own pocket. "
        "Wash it at 30 degrees.",
        "describe the Alva Jacket",
        "A rain jacket for long days out, with taped seams and a hood that fits over a helmet. It packs into its own pocket.",
    ),
    (
        "Forged from one piece of steel, with a handle of olive wood that sits well in small hands. It comes in a wooden box. "
        "Sharpen it twice a year.",
        "what is the Kestrel Knife like?",
        "Forged from one piece of steel, with a handle of olive wood that sits well in small hands. It comes in a wooden box.",
    ),
)
EVIDENCE_TOKENS = 320
TUNED_TOKENS = 420  # of evidence for a model that was tuned, whose prompt has no examples


def write_prompt(
    question: str, evidence: Sequence[str], *, count_tokens: Callable[[str], int], budget: int = 0, tuned: bool = False
) -> list[ChatMessage]:
    """Rules, examples (not for a model that was `tuned` to do without), then "…" lines and the question. `budget` bounds the evidence, in
    tokens, where the usual one is not wanted; the question is never cut."""
    lines = fitting(evidence, count_tokens, budget or (TUNED_TOKENS if tuned else EVIDENCE_TOKENS))
    if tuned:
        return training_prompt(lines, question)
    return [ChatMessage("system", _RULES), *_shown(), _asked("\n".join(lines), " ".join(question.split()))]


def fitting(evidence: Sequence[str], count_tokens: Callable[[str], int], budget: int) -> list[str]:
    """The first lines that fit; the first one is cut where it alone is too long."""
    lines: list[str] = []
    left = budget
    for text in evidence:
        line = " ".join(text.split())
        cost = count_tokens(line)
        if cost > left and lines:
            break
        lines.append(line if cost <= left else line[: max(80, int(len(line) * left / cost))])
        left -= cost
    return lines


def training_prompt(facts: Sequence[str], question: str) -> list[ChatMessage]:
    """What a model that was trained for it reads: no examples, a line for each fact, the question last."""
    return [ChatMessage("system", TRAINED_RULES), _asked("\n".join(facts), " ".join(question.split()))]


def _shown() -> list[ChatMessage]:
    messages = []
    for facts, question, answer in _EXAMPLES:
        messages += [_asked(facts, question), ChatMessage("assistant", answer)]
    return messages


def _asked(facts: str, question: str) -> ChatMessage:
    return ChatMessage("user", f"Text:\n{facts}\n\nQuestion: {question}")
