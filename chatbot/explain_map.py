"""The heat map on the page of an explanation: the reply's words to choose from, the evidence shaded for the chosen one, and the matrix.

Without scripts: a word is a radio button, and for each there are rules that say what it shades. Everything that came from a question, a
reply or a shop is escaped. Knows no model. Invariant: what a chosen word shades is its own line of the weights.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.heat import QUESTION, HeatMap, HeatRow

SHADES = 10
_SPREAD = 0.5  # of the heaviest weight: a word that rests a little on many is not shaded as if it rested on a few
_COLUMNS, _ROWS = 44, 64  # words of the evidence and of the answer in a matrix
_CELL = 17
_LABEL = 15  # letters of a word beside the matrix
_SEEN = 0.02  # the least share that is drawn
_NAMED, _LEAST = 4, 0.25  # words that are named, and the least share that names one
_MARKS = '.,;:?!。，；：？！“”"()（）'
STYLE = """
.choice{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:4px 1px}
.pick{position:relative;cursor:pointer;border-radius:8px;padding:3px 4px;min-width:22px;min-height:32px;font-size:17px;line-height:1.5}
.pick:hover{background:var(--page)}.pick input{position:absolute;opacity:0;inset:0;margin:0;cursor:pointer}
.pick:has(:checked){background:var(--accent);color:#fff}.pick:has(:focus-visible){outline:2px solid var(--tone);outline-offset:1px}
.every{font-size:14px;font-weight:600;padding:5px 12px;margin-right:8px;border:1px solid var(--line);line-height:1.4}
.told{display:none;background:var(--page);border-radius:10px;padding:8px 14px;margin:12px 0 0;font-size:14px}.told.t{display:block}
.apart{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:0 16px}
.scale{display:flex;gap:3px;align-items:center}.scale i{width:20px;height:12px;border-radius:3px;border:1px solid var(--line);margin:0 1px}
.row{padding:9px 0;border-top:1px solid var(--line)}.apart+.row{border:0}
.words{line-height:1.95;white-space:pre-wrap}.words span{border-radius:4px;padding:3px 1px;margin:0 -1px}
.words span,.scale i{background:color-mix(in oklab,var(--heat) calc(var(--h,0)*8.6%),transparent)}
.row.question .words{color:var(--soft)}
.matrix{overflow-x:auto;padding-bottom:6px}.matrix svg{display:block}
.matrix text{fill:var(--ink);font-size:11px}.matrix .way{fill:var(--page)}.matrix .cell{fill:var(--heat)}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.map:not(:has(.w:checked)) .told.t{display:none}.map:not(:has(.w:checked)) .words span{--h:0}
""" + "".join(f".h{step}{{--h:{step}}}" for step in range(1, SHADES + 1))
_GIVEN = "The program wrote this reply from the shop's own words. The map shows how the model reads it: what it looks at for each word."
_OWN = "The model wrote this reply. The map shows what it looked at for each word."


def heat_section(found: HeatMap) -> str:
    lead = (_GIVEN if found.given else _OWN) + (" Only the beginning of the reply was read." if found.cut else "")
    about = f"{found.model} · {found.method} · {found.seconds:.1f} s"
    legend = '<legend class="unseen">Word of the reply</legend>'
    steps = "".join(f'<i class="h{step}"></i>' for step in range(0, SHADES + 1, 2))
    return (
        f'<section class="map"><h2>Heat map</h2><p class="soft">{lead}</p><h3>The reply: choose a word</h3>'
        f'<fieldset class="choice">{legend}{"".join(_choices(found.answer))}</fieldset>{"".join(_told(found))}'
        f'<div class="apart"><h3>What it rests on</h3><p class="scale soft" aria-hidden="true">little{steps}much</p></div>'
        f"{''.join(_rows(found.rows, found.whole))}<h3>Every word against every word</h3>"
        f'<div class="matrix" tabindex="0" role="group" aria-label="Matrix">{matrix(found)}</div>'
        f'<p class="soft">{html.escape(about)}</p><style>{"".join(_rules(found))}</style></section>'
    )


def _choices(answer: Sequence[str]) -> Iterator[str]:
    yield '<label class="pick every"><input type="radio" name="word" class="w" checked>Whole reply</label>'
    for place, piece in enumerate(answer):
        word = html.escape(piece.strip())
        yield f'<label class="pick" dir="auto"><input type="radio" name="word" class="w{place}">{word}</label>'


def _told(found: HeatMap) -> Iterator[str]:
    """In words, for the whole reply and for each of its words; one of them is shown."""
    across = [(piece.strip(), row.kind != QUESTION) for row in found.rows for piece in row.pieces]
    yield _rests_on("t", "The reply", found.whole, across)
    for place, weights in enumerate(found.weights):
        yield _rests_on(f"t{place}", f"“{found.answer[place].strip()}”", _shares(weights), across)


def _rests_on(name: str, what: str, shares: Sequence[float], across: Sequence[tuple[str, bool]]) -> str:
    """Names the heaviest words of the evidence; those of the question are shaded, but nothing rests on a question."""
    heavy = sorted((at for at, share in enumerate(shares) if share > _LEAST and across[at][1]), key=lambda at: -shares[at])
    words = list(dict.fromkeys(across[at][0].strip(_MARKS) for at in heavy))[:_NAMED]
    named = ", ".join(f'<b dir="auto">{html.escape(word)}</b>' for word in words if word)
    said = f"rests most on {named}." if named else "rests on no word of the evidence."
    return f'<p class="told {name}">{html.escape(what)} {said}</p>'


def _shares(weights: Sequence[float]) -> list[float]:
    most = max(_SPREAD, *weights)
    return [weight / most for weight in weights]


def _rows(rows: Sequence[HeatRow], whole: Sequence[float]) -> Iterator[str]:
    shades = iter(enumerate(whole))
    for row in rows:
        words = "".join(_word(*next(shades), piece) for piece in row.pieces)
        title = html.escape(row.title or row.kind.capitalize())
        yield f'<div class="row {html.escape(row.kind)}"><p class="soft">{title}</p><p class="words" dir="auto">{words}</p></div>'


def _word(at: int, share: float, piece: str) -> str:
    """A word with its shade; the white space after it has none."""
    bare = piece.rstrip()
    return f'<span class="e{at} h{round(share * SHADES)}">{html.escape(bare)}</span>{html.escape(piece[len(bare) :])}'


def _rules(found: HeatMap) -> Iterator[str]:
    """For each word of the answer: the shades of the evidence's words, what is told, and which line of the matrix stays bright."""
    for place, weights in enumerate(found.weights):
        chosen = f".map:has(.w{place}:checked)"
        steps = [round(share * SHADES) for share in _shares(weights)]
        for step in sorted(set(steps) - {0}):
            words = ",".join(f".e{at}" for at, other in enumerate(steps) if other == step)
            yield f"{chosen} .words :is({words}){{--h:{step}}}"
        yield f"{chosen} .t{place}{{display:block}}{chosen} .m:not(.m{place})>rect{{opacity:.3}}"


def shown(found: HeatMap) -> tuple[list[str], list[str], NDArray[np.float32]]:
    """The words across and down and their weights, cut to what a picture holds: of the evidence the words that most rests on, in order."""
    weights = np.asarray(found.weights, dtype=np.float32)[:_ROWS]
    across = [piece.strip() for row in found.rows for piece in row.pieces]
    heaviest = np.sort(np.argsort(-weights.max(0, initial=0.0), kind="stable")[:_COLUMNS])
    return [across[place] for place in heaviest], [piece.strip() for piece in found.answer[:_ROWS]], weights[:, heaviest]


def matrix(found: HeatMap) -> str:
    """The matrix as SVG in the page's own colours: words of the answer down, of the evidence across."""
    across, down, weights = shown(found)
    left, top = _widest(down), _widest(across)
    width, height = left + len(across) * _CELL + 8, top + len(down) * _CELL + 8
    heads = "".join(
        f'<text transform="translate({left + (column + 1) * _CELL - 5} {top - 6}) rotate(-90)">{_short(word)}</text>'
        for column, word in enumerate(across)
    )
    lines = "".join(_line(line, (left, top), down[line], weights[line].tolist()) for line in range(len(down)))
    label = "Words of the reply down, words of the evidence across, darker where one rests on the other"
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg {size} role="img" aria-label="{label}">{heads}{lines}</svg>'


def _line(line: int, start: tuple[int, int], word: str, weights: Sequence[float]) -> str:
    left, y = start[0], start[1] + line * _CELL
    way = f'<rect class="way" x="{left}" y="{y}" width="{len(weights) * _CELL - 1}" height="{_CELL - 1}" rx="2"/>'
    name = f'<text x="{left - 6}" y="{y + _CELL - 5}" text-anchor="end">{_short(word)}</text>'
    size = f'width="{_CELL - 1}" height="{_CELL - 1}" rx="2"'
    cells = "".join(
        f'<rect class="cell" x="{left + column * _CELL}" y="{y}" {size} fill-opacity="{share:.2f}"/>'
        for column, share in enumerate(_shares(weights))
        if share >= _SEEN
    )
    return f'<g class="m m{line}">{way}{name}{cells}</g>'


def _short(word: str) -> str:
    return html.escape(word if len(word) <= _LABEL else f"{word[: _LABEL - 1]}…")


def _widest(words: Sequence[str]) -> int:
    """How many units the longest label takes, a Chinese sign two letters wide."""
    wide = (sum(11.5 if sign >= "\u2e80" else 6.6 for sign in word[:_LABEL]) for word in words)
    return int(max(24.0, *wide)) + 12
