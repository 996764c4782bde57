// @ts-check
/** Reviews in their own words: filtered by verdict, aspect and product, with the words marked that decided. Text only, never markup. */

import { h } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { panel } from "./parts.js";
import { percent } from "./reviews_parts.js";

/** @typedef {import("./reviews.js").Look} Look */

const LABELS = [["negative", "complaint", "bad"], ["mixed", "mixed", "warn"], ["positive", "praise", "good"]];
const SHOWN = 12;

/** @param {any[]} quotes @param {Look} look */
export function quotesPanel(quotes, look) {
  const { wording, chosen, choose } = look;
  const fits = quotes.filter((one) => (!chosen.product || one.product === chosen.product) && (!chosen.label || one.label === chosen.label) && (!chosen.aspect || one.aspects.some((/** @type {any} */ aspect) => aspect.aspect === chosen.aspect)));
  const button = (/** @type {string} */ label, /** @type {string} */ name) => h("button", { id: `label-${label || "all"}`, class: "chip", type: "button", "aria-pressed": String(chosen.label === label), text: name, on: { click: () => choose({ label }) } });
  const aspect = chosen.aspect && h("button", { id: "label-aspect", class: "chip", type: "button", "aria-pressed": "true", text: wording.all_aspects, on: { click: () => choose({ aspect: "" }) } });
  const filters = h("div", { class: "chips", role: "group", "aria-label": wording.verdict }, button("", wording.all_labels), ...LABELS.map(([label, name]) => button(label, wording[name])), aspect);
  const items = turned(fits).slice(0, SHOWN).map((one) => quote(one, look));
  return panel(wording.quotes, h("p", { class: "faint small", text: wording.quotes_hint }), filters, items.length ? h("ul", { class: "quotes" }, ...items) : h("p", { class: "faint", role: "status", text: wording.quotes_none }));
}

/** Complaints first, then one of each in turn. @param {any[]} quotes */
function turned(quotes) {
  const piles = LABELS.map(([label]) => quotes.filter((one) => one.label === label));
  const longest = Math.max(0, ...piles.map((pile) => pile.length));
  return Array.from({ length: longest }, (_, at) => piles.map((pile) => pile[at])).flat().filter(Boolean);
}

/** @param {any} one @param {Look} look */
function quote(one, { wording }) {
  const [, name, kind] = LABELS.find(([label]) => label === one.label) ?? LABELS[1];
  const about = [one.title, one.day, one.rating === null ? "" : fill(wording.out_of, { n: one.rating })].filter(Boolean).join(" · ");
  return h("li", { class: "quote" }, h("p", { class: "apart small" }, h("span", { class: `tag ${kind}`, text: wording[name] }), h("span", { class: "faint", text: fill(wording.sure, { share: percent(Math.max(one.praise, 1 - one.praise)) }) })),
    h("p", { dir: "auto", class: "quoted" }, ...marked(one.text, one.words, wording)), h("p", { class: "faint small", dir: "auto", text: about }));
}

/** @param {string} text @param {{start: number, end: number, weight: number}[]} words places in code points @param {Record<string, string>} wording */
export function marked(text, words, wording) {
  const points = [...text];
  const parts = [];
  let at = 0;
  for (const word of [...words].sort((a, b) => a.start - b.start)) {
    if (word.start < at || word.end > points.length) continue;
    parts.push(points.slice(at, word.start).join(""), h("mark", { class: word.weight > 0 ? "praise" : "blame", title: word.weight > 0 ? wording.decided_praise : wording.decided_blame, text: points.slice(word.start, word.end).join("") }));
    at = word.end;
  }
  return [...parts, points.slice(at).join("")];
}
