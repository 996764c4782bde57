// @ts-check
/** The parts of the page about reviews that show numbers: figures, weeks, aspects, sayings and products. Each chart stands beside a table. */

import { h, icon, svg } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { timeChart } from "./chart.js";
import { panel } from "./parts.js";

/** @typedef {import("./reviews.js").Look} Look */

const KINDS = [["positive", "praise"], ["mixed", "mixed"], ["negative", "complaint"]];
const WINDOW = 8;
const MOST_ASPECTS = 16;
const FIRST_PRODUCTS = 12;

/** @param {number|null|undefined} share */
export function percent(share) {
  return share === null || share === undefined ? "–" : `${Math.round(share * 100)}%`;
}

/** @param {any} one the counts that are shown @param {any} all @param {Look} look */
export function figures(one, all, { wording, language }) {
  const number = (/** @type {number} */ value) => new Intl.NumberFormat(language).format(value);
  const of = (/** @type {number} */ value) => fill(wording.of_all, { share: percent(one.reviews ? value / one.reviews : null) });
  const rows = [
    [wording.reviews, number(one.reviews), one === all && all.products.length ? fill(wording.products_n, { n: number(all.products.length + all.more_products) }) : ""],
    [wording.praise, number(one.labels.positive), of(one.labels.positive)],
    [wording.complaint, number(one.labels.negative), of(one.labels.negative)],
    [wording.mixed, number(one.labels.mixed), of(one.labels.mixed)],
    [wording.favour, percent(one.balance), one.labels.none ? `${wording.wordless}: ${number(one.labels.none)}` : ""],
    [wording.stars, one.rating === null ? "–" : number(one.rating), one.rating === null ? wording.no_stars : fill(wording.disagree, { n: number(one.disagreeing) })],
  ];
  return h("dl", { class: "figures" }, ...rows.map(([name, value, note]) => h("div", { class: "panel" }, h("dt", { text: name }), h("dd", { text: value }), note && h("dd", { class: "faint small", text: note }))));
}

/** @param {any} one @param {Look} look */
export function weeksPanel(one, { wording, language, signal }) {
  if (one.weeks.length < 2) return null;
  const days = one.weeks.map((/** @type {any} */ week) => Date.parse(week.week) / 1000);
  const favour = one.weeks.map((/** @type {any} */ _week, /** @type {number} */ at) => inFavour(one.weeks.slice(Math.max(0, at - WINDOW + 1), at + 1)));
  const chart = timeChart(fill(wording.chart_of, { what: wording.weeks }), days, [
    { label: wording.praise, values: one.weeks.map((/** @type {any} */ week) => week.positive), colour: "--up", kind: "bars" },
    { label: wording.complaint, values: one.weeks.map((/** @type {any} */ week) => -week.negative), colour: "--down", kind: "bars" },
    { label: wording.favour, values: favour, colour: "--c2", kind: "line" },
  ], language, signal);
  const rows = one.weeks.map((/** @type {any} */ week) => [week.week, week.reviews, week.positive, week.mixed, week.negative, percent(week.balance), week.rating ?? "–"]);
  return panel(wording.weeks, h("p", { class: "faint small", text: wording.weeks_hint }), chart,
    h("details", {}, h("summary", { text: wording.numbers }), table([wording.week, wording.reviews, wording.praise, wording.mixed, wording.complaint, wording.favour, wording.stars], rows)));
}

/** @param {any[]} weeks */
function inFavour(weeks) {
  const sum = (/** @type {string} */ name) => weeks.reduce((all, week) => all + week[name], 0);
  const judged = sum("positive") + sum("mixed") + sum("negative");
  return judged ? (sum("positive") + sum("mixed") / 2) / judged : null;
}

/** @param {any} one @param {Look} look */
export function aspectsPanel(one, look) {
  const { wording, language, chosen, choose } = look;
  const most = Math.max(1, ...one.aspects.map((/** @type {any} */ each) => each.reviews));
  const row = (/** @type {any} */ each) => h("li", {}, h("button", { id: `aspect-${each.name}`, class: "aspect", type: "button", "aria-pressed": String(chosen.aspect === each.name), on: { click: () => choose({ aspect: chosen.aspect === each.name ? "" : each.name }) } },
    h("span", { class: "aspect-name" }, h("span", { text: language === "zh" ? each.chinese : each.english }), each.found && h("span", { class: "tag", text: wording.found })),
    shares(each, each.reviews / most), h("span", { class: "aspect-counts" }, ...KINDS.map(([kind, name]) => h("span", { class: kind }, h("span", { class: "unseen", text: `${wording[name]} ` }), h("b", { text: each[kind] }))))));
  return panel(wording.aspects, h("p", { class: "faint small", text: wording.aspects_hint }), h("p", { class: "key small" }, ...KINDS.map(([kind, name]) => h("span", { class: kind, text: wording[name] }))), h("ul", { class: "aspects" }, ...one.aspects.slice(0, MOST_ASPECTS).map(row)));
}

/** A bar divided by verdicts. @param {any} counts @param {number} [length] of the whole, 0 to 1 */
export function shares(counts, length = 1) {
  const whole = KINDS.reduce((sum, [kind]) => sum + (counts[kind] ?? 0), 0) || 1;
  let at = 0;
  const parts = KINDS.map(([kind]) => {
    const wide = (100 * length * (counts[kind] ?? 0)) / whole;
    const rect = svg("rect", { class: kind, x: at.toFixed(2), y: 0, width: Math.max(0, wide - 0.4).toFixed(2), height: 10 });
    at += wide;
    return rect;
  });
  return svg("svg", { class: "shares", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...parts);
}

/** @param {any} one @param {Look} look */
export function saysPanel(one, { wording, language }) {
  if (!one.says.length) return null;
  const told = (/** @type {any} */ each) => fill(each.reviews === 1 ? wording.says_one : wording.says_other, { n: each.reviews, what: language === "zh" ? each.chinese : each.english });
  return panel(wording.says, h("ul", { class: "sayings" }, ...one.says.slice(0, 14).map((/** @type {any} */ each) => h("li", { text: told(each) }))));
}

/** @param {any} data @param {Look} look */
export function productsPanel(data, { wording, language, choose, chosen }) {
  if (!data.products.length) return null;
  const names = (/** @type {any[]} */ some) => some.slice(0, 2).map((one) => (language === "zh" ? one.chinese : one.english)).join(wording.comma);
  const row = (/** @type {any} */ one) => {
    const difference = (/** @type {any} */ aspect) => aspect.positive - aspect.negative;
    const ranked = [...one.aspects].sort((a, b) => difference(b) - difference(a));
    const name = h("button", { class: "link", type: "button", "aria-pressed": String(chosen.product === one.id), dir: "auto", text: one.title, on: { click: () => { choose({ product: one.id }); scrollTo(0, 0); } } });
    return h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number", text: one.reviews }), h("td", { class: "share" }, shares(one.labels)), h("td", { class: "number", text: percent(one.balance) }), h("td", { class: "number", text: one.rating ?? "–" }),
      h("td", { class: "praised", text: names(ranked.filter((aspect) => difference(aspect) > 0)) }), h("td", { class: "blamed", text: names(ranked.filter((aspect) => difference(aspect) < 0).reverse()) }));
  };
  const inside = h("tbody", {}, ...data.products.slice(0, FIRST_PRODUCTS).map(row));
  const rest = data.products.slice(FIRST_PRODUCTS);
  const all = rest.length > 0 && h("button", { class: "button plain slim", type: "button", text: fill(wording.show_all, { n: data.products.length }), on: { click: (/** @type {any} */ event) => { inside.append(...rest.map(row)); event.target.remove(); } } });
  const titles = [wording.product, wording.reviews, "", wording.favour, wording.stars, wording.praised, wording.blamed];
  return panel(wording.by_product, h("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": wording.by_product }, h("table", { class: "products" }, h("thead", {}, h("tr", {}, ...titles.map((title) => h("th", { scope: "col", text: title })))), inside)),
    all && h("p", { class: "acts below" }, all), data.more_products > 0 && h("p", { class: "faint", text: fill(wording.more, { n: data.more_products }) }));
}

/** @param {any} data @param {Look} look */
export function notesPanel(data, { wording }) {
  if (!data.notes?.length) return null;
  return panel(wording.notes, h("ul", { class: "problems" }, ...data.notes.map((/** @type {string} */ note) => h("li", { class: "trouble small" }, icon("alert"), h("span", { dir: "auto", text: note })))));
}

/** @param {string[]} titles @param {any[][]} rows */
function table(titles, rows) {
  return h("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": titles[0] }, h("table", {}, h("thead", {}, h("tr", {}, ...titles.map((title) => h("th", { scope: "col", text: title })))), h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell, at) => (at ? h("td", { class: "number", text: cell }) : h("th", { scope: "row", text: cell }))))))));
}
