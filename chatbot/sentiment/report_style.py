"""The style sheet of the page about reviews: light and dark, wide and narrow. Knows names of classes, no figures."""

_LIGHT = (
    "--ink:#1a2030;--soft:#596275;--line:#e0e4ec;--page:#f5f6f9;--card:#fff;--sunk:#eef1f6;--good:#12734a;--bad:#b4232a;--mild:#8a5a00;"
    "--good-bg:#d8f0e3;--bad-bg:#fadfdf;--mild-bg:#fdf1d8;--s0:#2f5fd0;--up:#2c9a6b;--down:#d2555b;--mid:#e0a93b;--none:#b9c0cc"
)
_DARK = (
    "--ink:#e8ebf2;--soft:#a2abbc;--line:#323946;--page:#12151a;--card:#1a1e25;--sunk:#222833;--good:#6bd3a0;--bad:#ff9089;--mild:#f0bf6a;"
    "--good-bg:#1b4533;--bad-bg:#552826;--mild-bg:#3c2f14;--s0:#7ea6ff;--up:#3fae80;--down:#d9646a;--mid:#c9973a;--none:#4a5262"
)
STYLE = (
    f":root{{color-scheme:light dark;{_LIGHT}}}@media(prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    + """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans CJK SC",sans-serif}
main{max-width:1180px;margin:0 auto;padding:40px 24px 96px}
header .eyebrow{color:var(--s0);font-size:13px;font-weight:600;overflow-wrap:anywhere}
h1{font-size:30px;line-height:1.2;margin:4px 0 10px;letter-spacing:-.01em}
h2{font-size:20px;margin:48px 0 6px}p.sub{color:var(--soft);margin:0 0 16px;max-width:72ch}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(210px,100%),1fr));gap:14px;margin-top:26px}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:16px 18px 14px}
.card .name,.card .note{font-size:13px;color:var(--soft)}
.card .value{font-size:30px;line-height:1.25;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.whole{margin-top:18px}svg{display:block;width:100%;height:auto}
.up{fill:var(--up)}.down{fill:var(--down)}.mid{fill:var(--mid)}.none{fill:var(--none)}
.axis{stroke:var(--line);stroke-width:1}.line{fill:none;stroke:var(--s0);stroke-width:2.2;stroke-linejoin:round}
svg text{fill:var(--soft);font-size:12px;font-family:inherit}
.plot{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:14px;margin:0 0 10px;overflow-x:auto}
.plot svg{min-width:620px}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:14px}
table{border-collapse:separate;border-spacing:0;width:100%;font-variant-numeric:tabular-nums}tr:last-child>*{border-bottom:0}
th,td{text-align:start;vertical-align:middle;padding:9px 12px;border-bottom:1px solid var(--line)}
thead th{font-size:12.5px;color:var(--soft);font-weight:600}tbody th{font-weight:600;min-width:130px;overflow-wrap:anywhere}
.bars td.bar{width:62%;min-width:190px}td.bar{min-width:110px}td.num{white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.mild{color:var(--mild)}.soft{color:var(--soft)}td.good,td.bad{font-size:13.5px}
.pill{display:inline-block;border-radius:99px;padding:1px
9px;font-size:12px;font-weight:600;background:var(--sunk);color:var(--soft);white-space:nowrap}
.pill.good{background:var(--good-bg);color:var(--good)}.pill.bad{background:var(--bad-bg);color:var(--bad)}
.pill.mild{background:var(--mild-bg);color:var(--mild)} .facts{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0;padding:0;list-style:none}
.facts li{background:var(--card);border:1px solid var(--line);border-radius:99px;padding:4px 14px;font-size:14px}
.quotes{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(340px,100%),1fr));gap:12px}
.quote{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:14px 16px;overflow-wrap:anywhere}
.quote p{margin:8px 0 0}mark{border-radius:5px;padding:1px
3px;color:inherit}mark.good{background:var(--good-bg)}mark.bad{background:var(--bad-bg)} .changes summary{cursor:pointer;padding:8px
2px;font-weight:600}.notes{color:var(--soft);font-size:13.5px} @media(max-width:560px){main{padding:24px 14px
64px}h1{font-size:25px}th,td{padding:8px}} """
)
