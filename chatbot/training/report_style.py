"""The style sheet of the evaluation's page: light and dark, wide and narrow, and the filters of the replies, which need no script.

A filter is a radio button before the list; a rule per button hides what does not carry its class. Knows names of classes, no figures.
"""

from __future__ import annotations

from collections.abc import Iterable

_LIGHT = (
    "--ink:#1a2030;--soft:#596275;--line:#e0e4ec;--page:#f5f6f9;--card:#fff;--sunk:#eef1f6;--good:#12734a;--bad:#b4232a;--mild:#8a5a00;"
    "--good-bg:#e2f4ea;--bad-bg:#fbe7e7;--mild-bg:#fdf1d8;--s0:#2f5fd0;--s1:#d9822b;--s2:#1d8a6b;--s3:#a3459b;--s4:#7a828f"
)
_DARK = (
    "--ink:#e8ebf2;--soft:#a2abbc;--line:#323946;--page:#12151a;--card:#1a1e25;--sunk:#222833;--good:#6bd3a0;--bad:#ff9089;--mild:#f0bf6a;"
    "--good-bg:#17372a;--bad-bg:#44211f;--mild-bg:#3c2f14;--s0:#7ea6ff;--s1:#f2b15c;--s2:#5fcfae;--s3:#d98fd2;--s4:#aab2bf"
)
STYLE = (
    f":root{{color-scheme:light dark;{_LIGHT}}}@media(prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    + """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans CJK SC",sans-serif}
main{max-width:1180px;margin:0 auto;padding:40px 24px 96px}
header .eyebrow{color:var(--s0);font-size:13px;font-weight:600;letter-spacing:.02em}
h1{font-size:30px;line-height:1.2;margin:4px 0 10px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:20px;margin:48px 0 6px;letter-spacing:-.005em}
h3{font-size:15px;margin:20px 0 8px}p.sub{color:var(--soft);margin:0 0 16px;max-width:72ch}
.facts{display:flex;flex-wrap:wrap;gap:6px 8px;margin:0;padding:0;list-style:none}
.facts li{background:var(--sunk);border-radius:99px;padding:3px 12px;font-size:13px;color:var(--soft);overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(235px,1fr));gap:14px;margin-top:26px}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:16px 18px 14px}
.card .name{font-size:13px;color:var(--soft)}
.card .value{font-size:30px;line-height:1.25;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.card .value small{font-size:15px;font-weight:500;color:var(--soft);letter-spacing:0}
.card .note{font-size:12.5px;color:var(--soft);font-variant-numeric:tabular-nums}
.card svg{display:block;width:100%;height:8px;margin:8px 0 7px}.track{fill:var(--sunk)}.range{fill:var(--s0);opacity:.35}
.point{fill:var(--s0)}
.plots{columns:420px 2;column-gap:14px}
.plot{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:14px 14px 6px;margin:0 0 14px;break-inside:avoid}
.plot figcaption{font-weight:600;font-size:14px;padding:0 2px 6px}
.plot figcaption span{display:block;font-weight:400;color:var(--soft);font-size:12.5px}
.plot svg{display:block;width:100%;height:auto}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:14px}
table{border-collapse:separate;border-spacing:0;width:100%;font-variant-numeric:tabular-nums}tr:last-child>*{border-bottom:0}
th,td{text-align:start;vertical-align:top;padding:10px 12px;border-bottom:1px solid var(--line);white-space:nowrap}
thead th{font-size:12.5px;font-weight:600;color:var(--soft);vertical-align:bottom;white-space:normal;min-width:74px}
tbody th{font-weight:600;position:sticky;left:0;background:var(--card)}td small,th small{display:block;color:var(--soft);font-size:12px}
th small{font-weight:400;white-space:normal}
.dense :is(th,td){padding:9px 5px;min-width:50px}.dense td{font-size:13.5px}.dense thead th{font-size:12px}
.dense :is(th,td):first-child{padding-left:16px}
.dense small span{display:block}.dense small i{display:none}td small i{font-style:normal}
.good{color:var(--good)}.bad{color:var(--bad)}.mild{color:var(--mild)}.soft{color:var(--soft)}td.good,td.bad{font-weight:600}
.pill{display:inline-block;border-radius:99px;padding:1px 9px;font-size:12px;font-weight:600;white-space:nowrap;background:var(--sunk);
color:var(--soft)}
.pill.good{background:var(--good-bg);color:var(--good)}.pill.bad{background:var(--bad-bg);color:var(--bad)}
.pill.mild{background:var(--mild-bg);color:var(--mild)}
.pick{position:absolute;opacity:0;pointer-events:none}
.chips{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 8px;align-items:center}.chips span{font-size:13px;color:var(--soft);min-width:64px}
.chips label{border:1px solid var(--line);background:var(--card);border-radius:99px;padding:4px 12px;font-size:13px;cursor:pointer}
.chips label b{font-weight:500;color:var(--soft)}
.list{margin-top:14px;background:var(--card);border:1px solid var(--line);border-radius:14px;overflow:hidden}
.list>details{border-bottom:1px solid var(--line)}.list>details:last-child{border-bottom:0}
summary{cursor:pointer;padding:11px 16px;list-style:none;display:grid;grid-template-columns:auto minmax(0,1fr) auto;gap:2px 12px;
align-items:baseline}
summary::-webkit-details-marker{display:none}summary:hover{background:var(--sunk)}
summary:focus-visible{outline:2px solid var(--s0);outline-offset:-2px}
summary .pill{justify-self:start}
summary .q{font-weight:550;overflow-wrap:anywhere}summary .of{font-size:12.5px;color:var(--soft);white-space:nowrap}
summary .peek{grid-column:2/4;color:var(--soft);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
details[open]>summary .peek{display:none}
.body{padding:2px 16px 16px;display:grid;gap:10px}
.said{white-space:pre-line;background:var(--sunk);border-radius:10px;padding:10px 14px;margin:0;max-width:76ch;overflow-wrap:anywhere}
.said b{display:block;font-size:12px;font-weight:600;color:var(--soft)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(320px,100%),1fr));gap:10px}
.notes{margin:0;padding:0;list-style:none;font-size:13.5px;display:grid;gap:3px;overflow-wrap:anywhere}
.changes>summary{display:block;font-weight:600;padding:11px 16px}
.changes>summary::before,summary .of::after{content:"▸";color:var(--soft);font-weight:400}.changes>summary::before{margin-right:8px}
summary .of::after{margin-left:8px}.changes[open]>summary::before,[open]>summary .of::after{content:"▾"}
.changes{background:var(--card);border:1px solid var(--line);border-radius:14px;margin-top:10px;overflow:hidden}
.changes .body{border-top:1px solid var(--line);padding-top:12px}.changes .body>p:not(.said){margin:0;font-weight:550}
.shift{display:block;margin-top:5px}
.shift path{stroke:var(--s4);stroke-width:2}.shift .old{fill:var(--card);stroke:var(--s4);stroke-width:2}
.shift .new{fill:var(--s0)}
@media(max-width:600px){main{padding:26px 14px 64px}h1{font-size:25px}.cards{grid-template-columns:repeat(2,1fr);gap:10px}
.card{padding:12px 13px 11px}
.card .value{font-size:23px}.card .value small{font-size:12.5px}th,td{padding:9px 11px;font-size:13.5px}.chips span{min-width:100%}
.plot{padding:12px 8px 4px}
summary{padding:11px 13px;grid-template-columns:minmax(0,1fr) auto}summary .q{grid-row:2;grid-column:1/3}
summary .peek{grid-column:1/3;grid-row:3}.body{padding:2px 13px 14px}}
@media(max-width:600px){tbody th{white-space:normal;min-width:104px;max-width:132px}}
@media print{.chips,.pick{display:none}}
"""
)


def filter_rules(names: Iterable[str], everything: Iterable[str]) -> str:
    """The rules by which the checked radio button `f-NAME` hides the replies without the class NAME; those of `everything` hide none."""
    rules = []
    for name in (*names, *everything):
        chosen = f'label[for="f-{name}"]'
        rules.append(f"#f-{name}:checked~.chips {chosen}{{background:var(--ink);border-color:var(--ink);color:var(--page)}}")
        rules.append(f"#f-{name}:checked~.chips {chosen} b{{color:inherit}}")
        rules.append(f"#f-{name}:focus-visible~.chips {chosen}{{outline:2px solid var(--s0);outline-offset:2px}}")
    rules += [f"#f-{name}:checked~.list>details:not(.{name}){{display:none}}" for name in names]
    return "".join(rules)
