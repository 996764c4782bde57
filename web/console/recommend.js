// @ts-check
/** The explorer of recommendations: what a shopper has on one side, what is recommended on the other, with the reason and what speaks for it. */

import { announce, h, icon, place, svg } from "../pages/dom.js";
import { counted, fill } from "../pages/language.js";
import { body, post } from "../pages/wire.js";
import { heading, panel } from "./parts.js";
import { picker } from "./recommend_picker.js";
import { rulesPanel } from "./recommend_rules.js";
import { RECOMMEND_TEXTS } from "./recommend_texts.js";

/** @typedef {import("./console.js").Scene} Scene */
/** @typedef {{id: string, title: string, image: string, price: string|null, currency: string, available: boolean, price_from: boolean, reason: string, why: string, shares: Record<string, number>}} Item */

const CALL = "/console/api/recommendations";
/** What the server tells apart, in the fewer groups that a person does. */
const GROUPS = { pair: ["pair"], interests: ["interests"], together: ["together", "company"], again: ["again"], content: ["words", "meaning"], kind: ["kind"], popular: ["popular"] };

/** @param {Scene} scene */
export async function showRecommend(scene) {
  const wording = RECOMMEND_TEXTS[scene.language];
  const outcome = h("div", { class: "outcome" });
  const asked = form(wording, scene, () => run());
  const run = async () => {
    try {
      const found = await body(await post(CALL, asked.value(), scene.signal));
      outcome.replaceChildren(...shown(found, wording, scene.language));
      announce(counted(wording, "found", found.items.length));
    } catch (error) {
      if (/** @type {any} */ (error).status === 401 || /** @type {any} */ (error).name === "AbortError") return scene.fail(error, () => showRecommend(scene));
      outcome.replaceChildren(panel(wording.title, h("p", { class: "trouble", role: "alert" }, icon("alert"), h("span", { text: fill(wording.fault, { why: /** @type {Error} */ (error).message }) }))));
    }
  };
  const rules = await rulesPanel(wording, scene, run);
  place("main").replaceChildren(heading(wording.title, wording.hint), h("div", { class: "bench" }, asked.node, h("div", { class: "outcome" }, outcome, rules)));
  await run();
}

/** @param {Record<string, string>} wording @param {Scene} scene @param {() => void} run */
function form(wording, { language, signal }, run) {
  const pickers = { product: picker("product", 1, wording, language, signal), cart: picker("cart", 20, wording, language, signal), history: picker("history", 50, wording, language, signal) };
  const interests = h("input", { class: "field", id: "interests", maxlength: 500, placeholder: wording.interests_hint, autocomplete: "off" });
  const want = h("select", { class: "field", id: "want" }, ...["any", "goes_with", "similar"].map((value) => h("option", { value, text: wording[`want_${value}`] })));
  const limit = h("input", { class: "field", id: "limit", type: "number", min: 1, max: 50, value: 8 });
  const variety = h("input", { id: "diversity", type: "range", min: 0, max: 0.6, step: 0.05, value: 0.15 });
  const ticks = Object.fromEntries(["pins", "blocks", "stock"].map((name) => [name, h("input", { type: "checkbox", id: `tick-${name}`, checked: true })]));
  const labelled = (/** @type {string} */ id, /** @type {string} */ text, /** @type {any} */ field) => h("div", {}, h("label", { class: "label", for: id, text }), field);
  const node = h("form", { class: "ask panel", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); run(); } } },
    pickers.product.node, pickers.cart.node, pickers.history.node, labelled("interests", wording.interests, interests),
    h("div", { class: "recommend-pair" }, labelled("want", wording.want, want), labelled("limit", wording.limit, limit)),
    h("fieldset", { class: "recommend-ticks" }, h("legend", { class: "label", text: wording.rules }), ...Object.entries(ticks).map(([name, tick]) => h("label", {}, tick, h("span", { text: wording[name] })))),
    labelled("diversity", wording.diversity, variety),
    h("button", { class: "button", type: "submit", text: wording.run }));
  const value = () => ({
    product: pickers.product.ids()[0] ?? "", cart: pickers.cart.ids(), history: pickers.history.ids(), interests: interests.value.trim(), want: want.value,
    limit: Math.min(50, Math.max(1, Number(limit.value) || 8)), diversity: Number(variety.value), language, ...Object.fromEntries(Object.entries(ticks).map(([name, tick]) => [name, tick.checked])),
  });
  return { node, value };
}

/** @param {any} found @param {Record<string, string>} wording @param {string} language @returns {HTMLElement[]} */
function shown(found, wording, language) {
  const number = (/** @type {number} */ value) => new Intl.NumberFormat(language).format(value);
  const told = found.learned.orders ? fill(wording.learned, { orders: number(found.learned.orders), shoppers: number(found.learned.shoppers) }) : wording.nothing_learned;
  const held = found.learned.held_out;
  const used = found.learned.ranker;
  const measured = held ? fill(wording.held, { own: (held[used] ?? held.own).ndcg_10.toFixed(3), popular: held.popular.ndcg_10.toFixed(3) }) : "";
  const rule = wording[`rule_${used}`] ? fill(wording.ruled, { rule: wording[`rule_${used}`] }) : "";
  const notes = [h("p", { class: "faint small", text: [told, measured, rule].filter(Boolean).join(" ") })];
  if (found.trouble) notes.push(h("p", { class: "trouble", role: "alert" }, icon("alert"), h("span", { text: found.trouble })));
  if (found.unknown.length) notes.push(h("p", { class: "fault", text: fill(wording.unknown, { names: found.unknown.join(", ") }) }));
  if (!found.items.length) return [...notes, h("div", { class: "panel blank" }, icon("search"), h("h2", { text: wording.none }), h("p", { text: wording.none_hint }))];
  return [...notes, legend(wording), h("ol", { class: "recommended" }, ...found.items.map((/** @type {Item} */ item) => card(item, wording, language)))];
}

/** @param {Item} item @param {Record<string, string>} wording @param {string} language */
function card(item, wording, language) {
  const price = item.price === null ? "" : money(item.price, item.currency, language);
  const shares = grouped(item.shares);
  return h("li", { class: "panel recommended-card", data: { id: item.id } },
    h("div", { class: "recommended-picture" }, item.image ? h("img", { src: item.image, alt: "", loading: "lazy" }) : icon("bag")),
    h("div", { class: "recommended-facts" },
      h("p", { class: "recommended-name" }, h("a", { href: `/products/${encodeURIComponent(item.id)}`, dir: "auto", text: item.title }), !item.available && h("span", { class: "tag bad", text: wording.sold_out })),
      h("p", { class: "faint small", text: [item.price_from && price ? `${wording.from} ${price}` : price, item.id].filter(Boolean).join(" · ") }),
      h("p", { class: "recommended-reason" }, h("span", { class: `tag why-${item.why}`, dir: "auto", text: item.reason })),
      h("div", { class: "recommended-shares" }, stacked(shares), h("p", { class: "faint small", text: item.why === "pin" ? wording.by_rule : shares.slice(0, 3).map(([name, share]) => `${wording[`s_${name}`]} ${Math.round(100 * share)}%`).join(" · ") }))));
}

/** @param {Record<string, number>} shares @returns {[string, number][]} largest first */
function grouped(shares) {
  const sums = Object.entries(GROUPS).map(([name, parts]) => /** @type {[string, number]} */ ([name, parts.reduce((sum, part) => sum + (shares[part] ?? 0), 0)]));
  return sums.filter(([, share]) => share >= 0.005).sort((one, other) => other[1] - one[1]);
}

/** One bar, a part for each group. @param {[string, number][]} shares */
function stacked(shares) {
  let start = 0;
  const parts = shares.map(([name, share]) => {
    const part = svg("rect", { class: `share-${name}`, x: 100 * start, y: 0, width: 100 * share, height: 10 });
    start += share;
    return part;
  });
  return svg("svg", { class: "stacked", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "way", x: 0, y: 0, width: 100, height: 10 }), ...parts);
}

/** @param {Record<string, string>} wording */
function legend(wording) {
  const entry = (/** @type {string} */ name) => h("li", {}, svg("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("rect", { class: `share-${name}`, width: 10, height: 10, rx: 3 })), h("span", { text: wording[`s_${name}`] }));
  return h("ul", { class: "share-legend", "aria-label": wording.weighs }, ...Object.keys(GROUPS).map(entry));
}

/** @param {string} amount @param {string} currency @param {string} language */
function money(amount, currency, language) {
  try {
    return new Intl.NumberFormat(language, currency ? { style: "currency", currency } : { minimumFractionDigits: 2 }).format(Number(amount));
  } catch {
    return `${amount} ${currency}`.trim();
  }
}

