"""An explanation as a page in one HTML file without scripts, and its heat map as a picture of the matrix.

Everything that came from a question, a reply or a shop is escaped. Knows no model and no terminal.
"""

from __future__ import annotations

import html
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chatbot.explain import Explanation, Link, Sentence
from chatbot.explain_map import STYLE as MAP_STYLE
from chatbot.explain_map import heat_section, shown
from chatbot.heat import HeatMap

_HITS = 6
_FONTS = ("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei")
_STYLE = """
:root{color-scheme:light dark;--ink:#1c201e;--soft:#5a625e;--line:#e4e0d6;--page:#f6f5f1;--card:#fff;--tint:#e3eeea;--tone:#14503f;
--accent:#17594a;--warn:#855300;--warn-tint:#fbf0d9;--bad:#a32f1a;--bad-tint:#fbeae5;--heat:#e8770e}
@media(prefers-color-scheme:dark){:root{--ink:#eef1ee;--soft:#a7afaa;--line:#2e3431;--page:#101311;--card:#191d1b;--tint:#1c322b;
--tone:#86d0ba;--accent:#23735f;--warn:#eabf6b;--warn-tint:#352a14;--bad:#ff9d86;--bad-tint:#3a211b;--heat:#c2620c}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;overflow-wrap:anywhere}
main{max-width:960px;margin:0 auto;padding:36px 20px 80px;display:grid;gap:16px;grid-template-columns:minmax(0,1fr)}
h1{font-size:26px;line-height:1.3;margin:2px 0 8px;letter-spacing:-.01em}h2{font-size:16px;margin:0 0 12px}
h3{font-size:13px;color:var(--soft);margin:18px 0 6px;font-weight:600}
section{background:var(--card);border:1px solid var(--line);border-radius:16px;padding:20px 22px;min-width:0}
p{margin:0}.soft{color:var(--soft);font-size:13px}.reply{font-size:17px;white-space:pre-line}ol,ul{margin:0;padding:0;list-style:none}
.told-by{display:flex;flex-wrap:wrap;gap:8px;margin-top:16px}
.tag{display:inline-block;border-radius:99px;padding:2px 11px;font-size:12.5px;font-weight:600;background:var(--tint);color:var(--tone)}
.tag.bad,.tag.nothing{background:var(--bad-tint);color:var(--bad)}.tag.warn{background:var(--warn-tint);color:var(--warn)}
.tag.phrase,.tag.quiet{background:var(--page);color:var(--soft)}
.sentences>li{display:grid;grid-template-columns:24px minmax(0,1fr);gap:12px;padding:16px 0;border-top:1px solid var(--line)}
.sentences>li:first-child{border:0;padding-top:0}.sentences>li:last-child{padding-bottom:0}.said{font-weight:550}
.phrase .said{color:var(--soft);font-weight:400}
.mark{width:24px;height:24px;border-radius:50%;display:grid;place-items:center;font-size:13px;font-weight:700;background:var(--tint);color:var(--tone)}
.nothing>.mark{background:var(--bad-tint);color:var(--bad)}.phrase>.mark{background:var(--page);color:var(--soft)}
.links{margin-top:10px;display:grid;gap:10px}
.links li{display:grid;grid-template-columns:84px minmax(0,1fr);gap:14px;align-items:start}
.bar{display:block;width:100%;height:9px;margin-top:8px}.bar .way{fill:var(--line)}.bar .fill{fill:var(--tone)}
.lanes{columns:2 340px;column-gap:32px}.lanes>div{break-inside:avoid}
@media(max-width:600px){main{padding:20px 12px 60px}section{padding:16px}h1{font-size:22px}
.links li{grid-template-columns:44px minmax(0,1fr);gap:10px}.sentences>li{gap:10px}}
"""
_MARKS = {"evidence": "✓", "phrase": "·", "nothing": "✗"}
_SAID = {"evidence": "rests on the evidence", "phrase": "set phrase, claims nothing", "nothing": "rests on nothing"}
_LANES = {"exact": "Exact: names, SKUs, codes", "keywords": "Keywords", "dense": "Meaning"}


def write_page(path: Path, explanation: Explanation, found: HeatMap | str) -> None:
    """Write the page to `path`, folders included. `found`: the heat map, or why there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_page(explanation, found), "utf-8")


def _page(explanation: Explanation, found: HeatMap | str) -> str:
    told = explanation.told
    parts = [
        f'<section><h2>Reply</h2><p class="reply" dir="auto">{_text(told.text)}</p>{_summary(explanation)}</section>',
        f'<section><h2>What each sentence rests on</h2><ol class="sentences">{"".join(_sentences(explanation))}</ol></section>',
        heat_section(found) if isinstance(found, HeatMap) else _no_heat(found),
        _found(explanation),
        f"<section><h2>Held back</h2>{''.join(_held(explanation)) or '<p class=soft>Nothing was held back.</p>'}</section>",
    ]
    title = _text(told.question)
    return (
        f'<!doctype html><html lang="{html.escape(told.language)}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}{MAP_STYLE}</style>"
        f'<main><header><p class="soft">Why this answer?</p><h1>{title}</h1></header>{"".join(parts)}</main></html>'
    )


def _summary(explanation: Explanation) -> str:
    """What counts most, as labels: how much of it is grounded, what was held back, who wrote."""
    told, (resting, claiming), held = explanation.told, explanation.grounded, len(explanation.held_back)
    on_evidence = f"{resting} of {claiming} {'sentence rests' if claiming == 1 else 'sentences rest'} on the evidence"
    labels = [_label("" if resting == claiming else "bad", on_evidence) if claiming else _label("quiet", "claims nothing")]
    if held:
        labels.append(_label("warn", f"{held} {'sentence' if held == 1 else 'sentences'} held back"))
    who = "the model" if told.by_model else f"the program ({told.answered_by or 'no model was asked'})"
    return f'<p class="told-by">{"".join(labels)}{_label("quiet", f"written by {who}")}</p>'


def _label(kind: str, text: str) -> str:
    return f'<span class="tag {kind}">{_text(text)}</span>'


def _sentences(explanation: Explanation) -> Iterator[str]:
    for sentence in explanation.sentences:
        kind = sentence.rests
        links = "".join(_link(link, explanation) for link in sentence.links if kind != "phrase")
        tag = f'<span class="unseen">{_SAID[kind]}</span>' if kind == "evidence" else f" {_tag(sentence)}"
        closest = '<p class="soft">The closest line:</p>' if kind == "nothing" and links else ""
        said = f'<p class="said"><span dir="auto">{_text(sentence.text)}</span>{tag}</p>{closest}'
        mark = f'<span class="mark" aria-hidden="true">{_MARKS[kind]}</span>'
        yield f'<li class="{kind}">{mark}<div>{said}' + (f'<ul class="links">{links}</ul>' if links else "") + "</div></li>"


def _tag(sentence: Sentence) -> str:
    missing = f": no line states {', '.join(sentence.missing)}" if sentence.missing else ""
    return _label(sentence.rests, _SAID[sentence.rests] + missing)


def _link(link: Link, explanation: Explanation) -> str:
    line = explanation.lines[link.line]
    figures = "" if link.figures is None else f"figures {link.figures:.0%} · "
    why = f"{figures}words {link.words:.0%} · meaning {link.similarity:.2f}"
    about = f"{_text(line.title)} · {_text(line.source)} · {why}"
    return f'<li>{_bar(link.score)}<div><span dir="auto">{_text(line.text)}</span><p class="soft">{about}</p></div></li>'


def _no_heat(why: str) -> str:
    return f'<section><h2>Heat map</h2><p class="soft">There is none: {_text(why)}.</p></section>'


def _found(explanation: Explanation) -> str:
    """All lanes together over the whole width, then each lane."""
    together = _lane("All lanes together", explanation.found, explanation)
    lanes = "".join(_lane(_LANES.get(name, name), hits, explanation) for name, hits in explanation.lanes.items())
    return f'<section><h2>What was found</h2>{together}<div class="lanes">{lanes}</div></section>'


def _lane(name: str, hits: Sequence[Mapping[str, Any]], explanation: Explanation) -> str:
    most = max([1.0, *(float(hit["score"]) for hit in hits)])
    rows = "".join(_hit(hit, most, explanation.carrying) for hit in hits[:_HITS])
    return f"<div><h3>{_text(name)}</h3>" + (f'<ul class="links">{rows}</ul>' if rows else '<p class="soft">found nothing</p>') + "</div>"


def _hit(hit: Mapping[str, Any], most: float, carrying: frozenset[str]) -> str:
    score, source = float(hit["score"]), str(hit["id"])
    used = f" {_label('', 'carries the reply')}" if source.split("#")[0] in carrying else ""
    about = f'<p class="soft">{score:.2f} · {_text(source)}{used}</p>'
    return f'<li>{_bar(score / most)}<div><span dir="auto">{_text(str(hit["heading"]))}</span>{about}</div></li>'


def _held(explanation: Explanation) -> Iterator[str]:
    for held in explanation.held_back:
        text, why = (_text(str(held.get("text", ""))), _text(f"{held.get('reason', '')} {held.get('detail', '')}"))
        yield f'<p><s dir="auto">{text}</s> <span class="soft">{why}</span></p>'


def _bar(share: float) -> str:
    width = 100 * min(max(share, 0.004), 1.0)
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="way" width="100" height="10" rx="4"/><rect class="fill" width="{width:.1f}" height="10" rx="4"/></svg>'
    )


def _text(text: str) -> str:
    return html.escape(text)


def write_picture(path: Path, found: HeatMap) -> None:
    """The matrix as PNG; folders included. Prices are no formulas, and a sign that no font has is drawn as a box."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    matplotlib.use("agg")
    path.parent.mkdir(parents=True, exist_ok=True)
    families = [name for name in _FONTS if name in {font.name for font in fontManager.ttflist}] or ["sans-serif"]
    style = {"font.family": families, "font.size": 9, "text.parse_math": False}
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        _drawn(found).savefig(path, format="png", dpi=160)


def _drawn(found: HeatMap) -> Any:
    from matplotlib.figure import Figure

    across, words, weights = shown(found)
    figure = Figure(figsize=(1.6 + 0.19 * len(across), 1.4 + 0.2 * len(words)), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(weights, cmap="Oranges", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(across)), across, rotation=90)
    axes.set_yticks(range(len(words)), words)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, fraction=0.02, pad=0.01, label="rests on")
    return figure
