// @ts-check
/**
 * The look, as one constructable stylesheet: it needs no style tag and no style attribute, so a strict CSP allows it. Sizes are pixels,
 * because the shop's root font size is not ours; directions are logical. The shop changes it by `--shopchat-accent`,
 * `--shopchat-font`, `--shopchat-radius` and `::part()`.
 */

const DARK = `--bg:#151817;--soft:#202423;--ink:#eff1ee;--faint:#a6ada9;--line:#303634;--shade:0 24px 64px rgb(0 0 0/.55),0 2px 8px rgb(0 0 0/.4);
--tone:color-mix(in oklab,var(--accent) 45%,#fff);--tint:color-mix(in oklab,var(--accent) 48%,#151817);--good:#6fcf9b;--bad:#b9a59b;--alarm:#ffb4a4;color-scheme:dark;`;

const CSS = `
:host{all:initial!important;position:fixed!important;inset:auto!important;z-index:var(--shopchat-z,2147483000)!important;display:block!important}
:host([hidden]){display:none!important}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
.root{--accent:var(--shopchat-accent,#17594a);--on-accent:#fff;--radius:var(--shopchat-radius,22px);
--bg:#fff;--soft:#f5f4f0;--ink:#1c201e;--faint:#5b635f;--line:#e7e5df;--tone:color-mix(in oklab,var(--accent) 88%,#000);--tint:color-mix(in oklab,var(--accent) 11%,#fff);
--shade:0 24px 64px rgb(22 30 27/.2),0 2px 8px rgb(22 30 27/.08);--good:#1c7a4c;--bad:#6b625c;--alarm:#a3301c;color-scheme:light;
font:15px/1.55 var(--shopchat-font,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","PingFang SC","Microsoft YaHei","Noto Sans SC","Noto Sans CJK SC",sans-serif);
color:var(--ink);-webkit-font-smoothing:antialiased;text-align:start;overflow-wrap:anywhere}
.root[data-theme=dark]{${DARK}}
@media (prefers-color-scheme:dark){.root[data-theme=auto]{${DARK}}}
button,textarea{font:inherit;color:inherit;margin:0}
button{border:0;background:none;padding:0;cursor:pointer;-webkit-tap-highlight-color:transparent}
button[aria-disabled=true]{cursor:default}
:focus-visible{outline:2px solid var(--tone);outline-offset:2px}
p,h2,ul{margin:0;padding:0}ul{list-style:none}
a{color:var(--tone);text-decoration:underline;text-underline-offset:2px;text-decoration-thickness:1px}
.icon{width:22px;height:22px;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round;display:block;flex:none}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

.launcher{position:fixed;inset-block-end:max(20px,env(safe-area-inset-bottom));inset-inline-end:20px;width:60px;height:60px;border-radius:50%;background:var(--accent);color:var(--on-accent);
display:grid;place-items:center;box-shadow:0 10px 28px rgb(22 30 27/.26),0 2px 6px rgb(22 30 27/.16);transition:transform .2s ease,box-shadow .2s ease}
.launcher:hover{transform:translateY(-2px);box-shadow:0 14px 34px rgb(22 30 27/.3),0 3px 8px rgb(22 30 27/.16)}
.launcher:active{transform:scale(.96)}
.launcher:focus-visible{outline-offset:4px}
.launcher .icon{width:27px;height:27px;grid-area:1/1;transition:opacity .18s,transform .18s}
.launcher .icon-down,[data-open] .launcher .icon-chat{opacity:0;transform:rotate(-30deg) scale(.7)}
[data-open] .launcher .icon-down{opacity:1;transform:none}
.badge{position:absolute;inset-block-start:-3px;inset-inline-end:-3px;min-width:22px;height:22px;border-radius:11px;padding:0 6px;background:#c0341d;color:#fff;font-size:12px;font-weight:650;line-height:22px;text-align:center;box-shadow:0 0 0 2px var(--bg)}

.panel{position:fixed;inset-block-end:calc(max(20px,env(safe-area-inset-bottom)) + 74px);inset-inline-end:20px;width:404px;height:min(690px,calc(100dvh - 116px));display:flex;flex-direction:column;
background:var(--bg);border-radius:var(--radius);box-shadow:var(--shade),0 0 0 1px var(--line);overflow:hidden;transform-origin:bottom right;animation:rise .26s cubic-bezier(.2,.9,.3,1)}
.root[data-position=start] :is(.launcher,.panel){inset-inline:20px auto;transform-origin:bottom left}
.panel:focus{outline:none}
@keyframes rise{from{opacity:0;transform:translateY(14px) scale(.975)}}
@keyframes in{from{opacity:0;transform:translateY(6px)}}
@keyframes show{from{opacity:0}}

.header{display:flex;align-items:center;gap:12px;padding:16px 12px 14px 18px;border-block-end:1px solid var(--line)}
.mark{width:40px;height:40px;border-radius:13px;background:var(--accent);color:var(--on-accent);display:grid;place-items:center;font-weight:650;font-size:18px;flex:none;text-transform:uppercase}
.heading{flex:1;min-width:0}
h2{font-size:16px;font-weight:650;line-height:1.3;letter-spacing:-.01em;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.who-now{display:flex;align-items:center;gap:7px;font-size:13px;line-height:1.4;color:var(--faint)}
.who-now::before{content:"";width:7px;height:7px;border-radius:50%;background:var(--good);flex:none}
.who-now[data-state=waiting]::before{background:#d79a2b;animation:pulse 1.6s ease-in-out infinite}
.who-now[data-state=closed]::before{background:var(--faint)}
.close{width:40px;height:40px;border-radius:12px;display:grid;place-items:center;color:var(--faint)}
.close:hover{background:var(--soft);color:var(--ink)}

.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:20px 18px 14px;display:flex;flex-direction:column;gap:18px;scrollbar-width:thin;scrollbar-color:var(--line) transparent}
.log:focus-visible{outline-offset:-3px}
.row{display:flex;gap:10px;max-width:100%;animation:in .24s ease-out}
.row.shopper{flex-direction:column;align-items:flex-end;padding-inline-start:44px}
.bubble{background:var(--accent);color:var(--on-accent);padding:9px 14px;border-radius:18px;border-end-end-radius:6px;white-space:pre-wrap;max-width:100%;transition:opacity .2s}
.row[data-pending] .bubble{opacity:.72}
.face{width:28px;height:28px;border-radius:50%;background:var(--tint);color:var(--tone);display:grid;place-items:center;flex:none;font-size:13px;font-weight:650}
.face .icon{width:17px;height:17px;fill:currentColor;stroke:none}
.body{flex:1;min-width:0;padding-block-start:2px}
.row.operator .face{background:var(--ink);color:var(--bg)}
.row.operator .text{background:var(--soft);border-radius:6px 18px 18px 18px;padding:9px 14px;width:fit-content;max-width:100%}
.who{display:block;font-size:12.5px;color:var(--faint);margin-block-end:3px;font-weight:550}
.row.handler{justify-content:center;text-align:center;font-size:13px;color:var(--faint);line-height:1.45}
.row.handler p{background:var(--soft);border-radius:14px;padding:6px 14px}
.text>*+*{margin-block-start:9px}
.text ul{display:grid;gap:5px}
.text li{padding-inline-start:17px;position:relative}
.text li::before{content:"";position:absolute;inset-inline-start:3px;inset-block-start:.66em;width:5px;height:5px;border-radius:50%;background:var(--tone)}
.text .numbered li{padding:0}.text .numbered li::before{content:none}
.row[data-finish=superseded] .text{color:var(--faint)}
.stage{display:flex;align-items:center;gap:9px;color:var(--faint);font-size:13.5px;min-height:24px}
.text:not([hidden])+.after .stage{margin-block-start:6px;font-size:12.5px}
.stage.typing{padding-inline-start:38px}
.dots{display:inline-flex;gap:4px}
.dots i{width:6px;height:6px;border-radius:50%;background:var(--tone);animation:pulse 1.2s ease-in-out infinite}
.dots i:nth-child(2){animation-delay:.16s}.dots i:nth-child(3){animation-delay:.32s}
@keyframes pulse{0%,60%,100%{opacity:.28}30%{opacity:1}}
.note{font-size:12.5px;color:var(--faint);margin-block-start:5px}
.sending{animation:show .2s 1.2s both}
.quiet{color:var(--tone);font-weight:600;text-decoration:underline;text-underline-offset:3px;text-decoration-thickness:1px;border-radius:4px}
.offer{margin-block-start:10px}
.offer .quiet{text-decoration:none;border:1px solid var(--line);border-radius:999px;padding:6px 14px;font-size:13.5px}
.offer .quiet:hover{background:var(--soft)}

.chips{display:flex;flex-wrap:wrap;gap:8px;margin-block-start:14px}
.chip{border:1px solid color-mix(in oklab,var(--tone) 32%,var(--line));border-radius:999px;padding:7px 14px;font-size:14px;line-height:1.4;color:var(--tone);text-align:start;transition:background .15s}
.chip:hover{background:var(--tint)}

.cards{margin-block-start:12px;animation:in .3s ease-out}
.cards.many{display:flex;gap:10px;overflow-x:auto;scroll-snap-type:x proximity;margin-inline:-38px -18px;padding:2px 18px 8px 38px;scrollbar-width:thin;scrollbar-color:var(--line) transparent;overscroll-behavior-x:contain}
.cards.many li{flex:0 0 148px;scroll-snap-align:start;scroll-margin-inline-start:38px}
.card{display:flex;gap:13px;align-items:center;border:1px solid var(--line);border-radius:16px;padding:9px;color:inherit;text-decoration:none;height:100%;background:var(--bg);transition:border-color .15s,box-shadow .15s,transform .15s}
a.card:hover{border-color:color-mix(in oklab,var(--tone) 40%,var(--line));box-shadow:0 6px 18px rgb(22 30 27/.09)}
.many .card{flex-direction:column;align-items:stretch;gap:9px}
.picture{position:relative;width:86px;height:86px;border-radius:11px;background:var(--soft);display:grid;place-items:center;overflow:hidden;flex:none;color:var(--faint)}
.many .picture{width:100%;height:auto;aspect-ratio:1}
.picture img{position:absolute;inset:0;width:100%;height:100%;object-fit:contain;display:block;animation:show .3s}
.facts{display:flex;flex-direction:column;gap:3px;min-width:0;flex:1}
.many .facts{padding:0 3px 3px}
.name{font-size:14px;font-weight:600;line-height:1.35;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
.price{font-size:14.5px;display:flex;flex-wrap:wrap;gap:2px 7px;align-items:baseline;font-variant-numeric:tabular-nums}
.price b{font-weight:650}.price .sale{color:var(--alarm)}.price s{color:var(--faint);font-size:13px}
.stock{font-size:12.5px;display:flex;align-items:center;gap:6px;color:var(--good);margin-block-start:auto}
.stock::before{content:"";width:6px;height:6px;border-radius:50%;background:currentColor}
.stock.out{color:var(--bad)}.stock.out::before{background:none;box-shadow:inset 0 0 0 1.5px currentColor}
.basis{font-size:12.5px;line-height:1.5;color:var(--faint);margin-block-start:10px}
.basis :is(ul,li){display:inline}
.basis .label{margin-inline-end:7px}
.basis li+li::before{content:"·";margin-inline:6px}
.basis a{color:inherit}
.tools{display:flex;align-items:center;gap:2px;margin-block-start:6px;margin-inline-start:-7px}
.tools .note{margin:0;margin-inline-start:6px;animation:show .3s}
.thumb{width:30px;height:30px;border-radius:9px;display:grid;place-items:center;color:var(--faint)}
.thumb .icon{width:17px;height:17px}
.thumb.down .icon{transform:rotate(180deg)}
.thumb:hover{background:var(--soft);color:var(--ink)}
.thumb[aria-pressed=true]{color:var(--tone)}.thumb[aria-pressed=true] .icon{fill:var(--tint)}

.below{position:relative;height:0}
.latest{position:absolute;inset-block-end:10px;inset-inline:0;margin-inline:auto;width:fit-content;display:flex;align-items:center;gap:6px;background:var(--bg);border-radius:999px;padding:6px 14px 6px 10px;font-size:13px;font-weight:550;box-shadow:0 4px 16px rgb(22 30 27/.16),0 0 0 1px var(--line);animation:in .2s}
.latest .icon{width:16px;height:16px}
.notice{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 12px;background:var(--soft);color:var(--ink);font-size:13px;line-height:1.45;padding:9px 18px;animation:show .25s}
.notice.later{animation:show .3s 2s both;color:var(--faint)}
.composer{display:flex;align-items:flex-end;gap:6px;margin:8px 14px 0;padding:5px 5px 5px 15px;border:1px solid color-mix(in oklab,var(--faint) 40%,var(--line));border-radius:24px;background:var(--bg);transition:border-color .15s,box-shadow .15s}
.composer:focus-within{border-color:var(--tone);box-shadow:0 0 0 3px color-mix(in oklab,var(--tone) 16%,transparent)}
textarea{flex:1;min-width:0;border:0;outline:0!important;background:none;resize:none;font-size:16px;line-height:1.45;padding:7px 0;max-height:132px;height:38px;scrollbar-width:thin}
textarea::placeholder{color:var(--faint);opacity:1}
.send{width:38px;height:38px;border-radius:50%;background:var(--accent);color:var(--on-accent);display:grid;place-items:center;flex:none;transition:background .15s,color .15s}
.send .icon{width:19px;height:19px;stroke-width:2}
.send[aria-disabled=true]{background:var(--soft);color:var(--faint)}
.send.stops .icon{fill:currentColor}
.footer{display:flex;justify-content:space-between;align-items:center;gap:12px;padding:7px 18px 11px;font-size:12.5px;color:var(--faint);min-height:40px}
.person{display:flex;align-items:center;gap:6px;color:var(--faint);font-weight:550;border-radius:8px;padding:3px 6px;margin-inline-start:-6px}
.person .icon{width:16px;height:16px}
.person:not([aria-disabled=true]):hover{color:var(--ink);background:var(--soft)}
.counter{font-variant-numeric:tabular-nums}.counter.over{color:var(--alarm);font-weight:600}

@media (max-width:560px),(max-height:460px){
.root .panel{inset:var(--seen-top,0) 0 auto;width:100%;height:var(--seen-height,100dvh);border-radius:0;box-shadow:none;padding-block:env(safe-area-inset-top) env(safe-area-inset-bottom);padding-inline:env(safe-area-inset-left) env(safe-area-inset-right)}
[data-open] .launcher{display:none}
.launcher{inset-inline-end:16px;width:56px;height:56px}
}
@media (prefers-reduced-motion:reduce){*,*::before,*::after{animation-duration:1ms!important;animation-delay:0s!important;transition:none!important}.dots i,.who-now::before{animation:none!important;opacity:.7}}
@media (pointer:coarse){.cards.many{scrollbar-width:none}}
@media (forced-colors:active){.bubble,.card,.panel,.chip,.send,.launcher{border:1px solid}.stock::before,.dots i{forced-color-adjust:none}}
@media print{.root{display:none}}
`;

/** @type {CSSStyleSheet|undefined} */
let shared;

/** One sheet for all widgets of a page, made when the first one needs it. */
export function sheet() {
  if (!shared) {
    shared = new CSSStyleSheet();
    shared.replaceSync(CSS);
  }
  return shared;
}

/** The shop's colour, with black or white on it, whichever can be read. @param {HTMLElement} root @param {string|null} accent any CSS colour */
export function paintAccent(root, accent) {
  if (accent && CSS_SUPPORTS(accent)) root.style.setProperty("--accent", accent);
  const probe = root.appendChild(document.createElement("i"));
  probe.style.color = "var(--accent)";
  const [red, green, blue] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  probe.remove();
  root.style.setProperty("--on-accent", luminance(red, green, blue) > 0.36 ? "#111" : "#fff");
}

/** @param {string} colour */
const CSS_SUPPORTS = (colour) => globalThis.CSS.supports("color", colour);

/** Relative luminance as WCAG counts it. @param {...number} parts 0 to 255 */
export function luminance(...parts) {
  const [red, green, blue] = parts.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
