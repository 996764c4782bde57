"""The prompt a model writes from: the constant part first, so that its keys and values can be reused between turns.

Order: rules and shop name (constant), the numbered evidence, the question. The evidence is data: it is fenced and numbered, and the
engine encodes it with special tokens disabled. The prompt always fits: evidence is shortened before the question ever is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatbot.engine import ChatMessage

_RULES = (
    "You are the assistant of an online shop{name}. Answer the shopper's question in one or two short sentences, "
    "using only the facts below. "
    "Copy figures, names and conditions exactly. If the facts do not answer it, say that you do not know."
)
EVIDENCE_TOKENS = 320


def write_prompt(
    question: str, evidence: Sequence[str], *, shop: str = "", count_tokens: Callable[[str], int], budget: int = EVIDENCE_TOKENS
) -> list[ChatMessage]:
    """Rules as the system message; "[1] …" lines and the question as the user's. `budget` bounds the evidence, in tokens."""
    lines: list[str] = []
    left = budget
    for number, text in enumerate(evidence, start=1):
        line = f"[{number}] {' '.join(text.split())}"
        cost = count_tokens(line)
        if cost > left and lines:
            break
        lines.append(line if cost <= left else line[: max(80, int(len(line) * left / cost))])
        left -= cost
    name = f" called {shop}" if shop else ""
    facts = "\n".join(lines)
    return [
        ChatMessage("system", _RULES.format(name=name)),
        ChatMessage("user", f"Facts:\n{facts}\n\nQuestion: {' '.join(question.split())}"),
    ]
