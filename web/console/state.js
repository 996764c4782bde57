// @ts-check
/** The state of the house: is everything running, what is indexed, which rows could not be used, and how the widget gets on one's own pages. */

import { h, icon, place } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { get } from "../pages/wire.js";
import { CORRECTIONS, correctionsPanel } from "./correct.js";
import { copyButton, facts, heading, moment, panel } from "./parts.js";

/** @typedef {import("./console.js").Scene} Scene */

/** @param {Scene} scene */
export async function showState(scene) {
  const { texts, signal, fail } = scene;
  const refresh = h("button", { class: "button plain slim", type: "button", on: { click: () => draw().catch((error) => fail(error, () => showState(scene))) } }, icon("again"), texts.refresh);
  const inside = h("div", { class: "state" }, h("div", { class: "bone tall" }), h("div", { class: "bone tall" }));
  place("main").replaceChildren(heading(texts.status_title, "", refresh), inside);
  const draw = async () => {
    const [state, corrections] = await Promise.all([get("/console/api/status", {}, signal), get(CORRECTIONS, { limit: 100 }, signal)]);
    inside.replaceChildren(...stateOf(state, scene), correctionsPanel(corrections, scene));
  };
  await draw();
}

/** @param {any} state @param {Scene} scene @returns {HTMLElement[]} */
function stateOf(state, { texts, language }) {
  const index = state.index ?? {};
  const engine = state.engine ?? {};
  const number = (/** @type {any} */ value) => (value === null || value === undefined ? "" : new Intl.NumberFormat(language).format(value));
  const figures = [[texts.products, number(index.products)], [texts.passages, number(index.passages)], [texts.memory, state.memory_mb ? `${number(state.memory_mb)} MB` : ""], [texts.uptime, lasting(state.uptime_seconds ?? 0, texts)], [texts.busy, number(state.active_turns)], [texts.listeners, number(state.listeners)]];
  return [
    h("p", { class: state.degraded ? "health warn" : "health good", role: "status" }, icon(state.degraded ? "alert" : "check"), h("span", {}, h("strong", { text: state.degraded ? texts.degraded : texts.running }), state.degraded && h("span", { text: state.degraded }))),
    h("dl", { class: "figures" }, ...figures.filter(([, value]) => value !== "").map(([name, value]) => h("div", { class: "panel" }, h("dt", { text: name }), h("dd", { text: value })))),
    h("div", { class: "halves" },
      panel(texts.model, facts([[texts.engine, engine.kind], [texts.model, engine.name && h("code", { text: engine.name })], [texts.context, engine.context_window && fill(texts.tokens_n, { n: number(engine.context_window) })], [texts.version, state.version]])),
      panel(texts.index, facts([[texts.languages, (state.languages ?? []).join(", ")], [texts.documents, number(index.documents)], [texts.built, built(index.built_at, language)], [texts.encoders, (index.encoders ?? []).join(", ")], [texts.version, index.version && h("code", { text: index.version })]]))),
    snippet(state, texts),
    problems(index, texts),
  ];
}

/** @param {any} state @param {Record<string, string>} texts */
function snippet(state, texts) {
  const line = `<script type="module" src="${location.origin}/web/widget.js" data-site="${state.site_key ?? ""}"></` + "script>";
  return panel(texts.embed, h("p", { class: "faint", text: texts.embed_hint }), h("pre", { class: "snippet", tabindex: 0, text: line }), h("p", { class: "acts" }, copyButton(line, texts), h("a", { class: "button plain slim", href: "/", text: texts.open_shop })));
}

/** @param {any} index @param {Record<string, string>} texts */
function problems(index, texts) {
  const found = index.problems ?? [];
  if (!found.length) return panel(texts.problems, h("p", { class: "faint", text: texts.problems_none }));
  const rest = (index.problem_count ?? found.length) - found.length;
  return panel(texts.problems, h("ul", { class: "problems" }, ...found.map((/** @type {string} */ one) => h("li", { class: "mono", dir: "auto", text: one }))), rest > 0 && h("p", { class: "faint", text: fill(texts.problems_more, { n: rest }) }));
}

/** @param {any} value seconds since 1970, or a date in words @param {string} language */
function built(value, language) {
  if (!value) return "";
  const then = typeof value === "number" ? value * 1000 : Date.parse(value);
  return Number.isNaN(then) ? String(value) : moment(then, language, true);
}

/** @param {number} seconds @param {Record<string, string>} texts */
function lasting(seconds, texts) {
  const [d, h2, m] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (d) return fill(texts.days, { d, h: h2 });
  return h2 ? fill(texts.hours, { h: h2, m }) : fill(texts.minutes, { m, s: Math.floor(seconds % 60) });
}
