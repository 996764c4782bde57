"""Every reply on the evaluation's page: a line each that opens, and filters by verdict, kind, language and shop that need no script.

Everything that came from a question or a reply is escaped here. Knows no figures of the run.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatbot.training.compare import Comparison, Pair
from chatbot.training.evaluate import Answered
from chatbot.training.measures_of_text import takes_a_side
from chatbot.training.report_style import filter_rules
from chatbot.training.scores import MEASURES, answerable, over_refused

_PEEK = 240  # characters of a reply in a closed line
_MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of a filter; `name` is also the class of the replies that it shows."""

    name: str
    title: str
    has: Callable[[Answered], bool]


VERDICTS = (
    Choice("wrong", "wrong", lambda item: not item.right),
    Choice("right", "right", lambda item: item.right),
    Choice("invented", "invented figures", lambda item: bool(item.invented_before or item.unsupported)),
    Choice("ungrounded", "not grounded", lambda item: bool(item.ungrounded)),
    Choice("fallback", "fallback", lambda item: item.finish == "fallback"),
    Choice("refused", "over-refused", lambda item: answerable(item) and over_refused(item)),
    Choice("language", "wrong language", lambda item: not MEASURES["language_match"].has(item)),
    Choice("side", "to read: yes, no and stock", lambda item: answerable(item) and takes_a_side(item.reply)),
)


def replies_section(answered: Sequence[Answered]) -> str:
    """The filters and the list, wrong replies first."""
    filters = _filters(answered)
    inputs = "".join(_inputs(group, choices) for group, choices in filters.items())
    chips = "".join(_chips(group, choices, answered) for group, choices in filters.items())
    names = [choice.name for choices in filters.values() for choice in choices]
    rules = filter_rules(names, [f"all-{group}" for group in filters])
    rows = "".join(_row(item, [choice for choices in filters.values() for choice in choices]) for item in _worst_first(answered))
    return f'<style>{rules}</style><div class="replies">{inputs}{chips}<div class="list">{rows}</div></div>'


def _filters(answered: Sequence[Answered]) -> dict[str, list[Choice]]:
    """Those that divide anything: verdicts that occur, and kinds, languages and shops where there is more than one."""
    found = {"verdict": [choice for choice in VERDICTS if any(map(choice.has, answered))]}
    keys: dict[str, Callable[[Answered], str]] = {
        "kind": lambda item: item.kind, "language": lambda item: item.language, "shop": lambda item: item.shop,
    }  # fmt: skip
    for group, key in keys.items():
        values = sorted({key(item) for item in answered})
        choices = [Choice(f"{group}-{place}", value or "–", _equals(key, value)) for place, value in enumerate(values)]
        found |= {group: choices} if len(values) > 1 else {}
    return found


def _equals(key: Callable[[Answered], str], value: str) -> Callable[[Answered], bool]:
    return lambda item: key(item) == value


def _inputs(group: str, choices: Sequence[Choice]) -> str:
    names = [f"all-{group}", *(choice.name for choice in choices)]
    return "".join(
        f'<input class="pick" type="radio" name="{group}" id="f-{name}"{" checked" if place == 0 else ""}>'
        for place, name in enumerate(names)
    )


def _chips(group: str, choices: Sequence[Choice], answered: Sequence[Answered]) -> str:
    labels = [f'<label for="f-all-{group}">all <b>{len(answered)}</b></label>']
    for choice in choices:
        labels.append(f'<label for="f-{choice.name}">{html.escape(choice.title)} <b>{sum(map(choice.has, answered))}</b></label>')
    return f'<div class="chips"><span>{group}</span>{"".join(labels)}</div>'


def _worst_first(answered: Sequence[Answered]) -> list[Answered]:
    return sorted(answered, key=lambda item: (item.right, not item.unsupported, not item.ungrounded))


def _row(item: Answered, choices: Sequence[Choice]) -> str:
    classes = " ".join(choice.name for choice in choices if choice.has(item))
    of = " · ".join(part for part in (item.kind, item.shop, f"{item.first_word:,.0f} ms") if part)
    pill = '<span class="pill good">right</span>' if item.right else '<span class="pill bad">wrong</span>'
    peek = html.escape(" ".join(item.reply.split())[:_PEEK])
    line = f'{pill}<span class="q">{html.escape(item.q)}</span><span class="of">{html.escape(of)}</span><span class="peek">{peek}</span>'
    body = _earlier(item) + said("Reply", item.reply) + _notes(item)
    return f'<details class="{classes}"><summary>{line}</summary><div class="body">{body}</div></details>'


def _earlier(item: Answered) -> str:
    return said("Said before", "\n".join(item.earlier)) if item.earlier else ""


def said(title: str, text: str) -> str:
    """A text as it was said, line breaks included."""
    return f'<p class="said"><b>{html.escape(title)}</b>{html.escape(text)}</p>'


def _notes(item: Answered) -> str:
    withheld = [figure for figure in item.invented_before if figure not in item.unsupported]
    notes = [
        *(("bad", "missing", text) for text in item.missing),
        *(("bad", "must not say", text) for text in item.forbidden),
        *(("bad", "figure that the sources do not state", text) for text in item.unsupported),
        *(("mild", "figure that the watcher withheld", text) for text in withheld),
        *(("mild", "sentence that does not follow from the sources", text) for text in item.ungrounded),
        ("soft", "answered by", f"{item.answered_by}, finish {item.finish}"),
        ("soft", "sentences judged, milliseconds in all", f"{item.claims}, {item.total:,.0f}"),
    ]  # fmt: skip
    lines = "".join(f'<li><span class="{tone}">{what}:</span> {html.escape(text)}</li>' for tone, what, text in notes if text)
    return f'<ul class="notes">{lines}</ul>'


def changes_section(comparison: Comparison) -> str:
    """The questions that one run answered rightly and the other did not, and those that were only worded otherwise, with both replies."""
    parts = []
    for how, title in (("worse", "Wrong now, right before"), ("better", "Right now, wrong before"), ("reworded", "Worded otherwise")):
        pairs = comparison.changed(how)
        shown = "".join(_change(pair, comparison) for pair in pairs[:_MOST_CHANGES])
        more = f'<p class="soft">and {len(pairs) - _MOST_CHANGES} more in evaluation.json</p>' if len(pairs) > _MOST_CHANGES else ""
        if pairs:
            opened = " open" if how == "worse" else ""
            parts.append(
                f'<details class="changes"{opened}><summary>{title}: {len(pairs)}</summary><div class="body">{shown}{more}</div></details>'
            )
    return "".join(parts) or '<p class="sub">Every reply is the same in both.</p>'


def _change(pair: Pair, comparison: Comparison) -> str:
    both = said(comparison.new, pair.new.reply) + said(comparison.old, pair.old.reply)
    asked = f'<p>{html.escape(pair.new.q)} <span class="pill">{html.escape(pair.new.kind)}</span></p>'
    return f'{asked}{_earlier(pair.new)}<div class="two">{both}</div>'
