// @ts-check
/** Conversations: the list, the latest first, and the transcript of one with how each reply came about and what it should have said. */

import { h, icon, place } from "../pages/dom.js";
import { counted } from "../pages/language.js";
import { get } from "../pages/wire.js";
import { CORRECTIONS, correctable } from "./correct.js";
import { ending, heading, moment } from "./parts.js";
import { explained } from "./trace.js";

/** @typedef {import("./console.js").Scene} Scene */
/** @typedef {{id: string, started: number, last: number, locale: string, messages: number, handler: string, first_text: string, last_text: string, finishes: Record<string, number>}} Summary */

/** @typedef {import("./correct.js").Correction} Correction */

const PORTION = 50;
const MOST_CORRECTIONS = 500;
/** What was loaded, kept while one reads a transcript. @type {{items: Summary[], more: boolean, words: string}} */
const loaded = { items: [], more: false, words: "" };

/** @param {Scene} scene @param {string} id of the conversation to read, or "" */
export async function showTalks(scene, id) {
  const { texts, signal } = scene;
  const list = h("div", { class: "list" });
  const reading = h("div", { class: "reading" });
  place("main").replaceChildren(heading(texts.talks_title, texts.talks_hint), h("div", { class: id ? "talks open" : "talks" }, list, reading));
  if (!id || !loaded.items.length) await load(scene, 0);
  drawList(scene, list, id);
  if (!loaded.items.length && !id) return reading.remove();
  if (!id) return void reading.append(h("div", { class: "blank" }, icon("chat"), h("h2", { text: texts.choose }), h("p", { text: texts.choose_hint })));
  reading.append(h("div", { class: "bone tall" }));
  try {
    const [{ events }, { items }] = await Promise.all([get(`/console/api/conversations/${encodeURIComponent(id)}`, {}, signal), get(CORRECTIONS, { conversation: id, limit: MOST_CORRECTIONS }, signal)]);
    reading.replaceChildren(...transcript(id, events, new Map(items.map((/** @type {Correction} */ one) => [one.turn, one])), scene));
  } catch (error) {
    if (/** @type {any} */ (error).status !== 404) throw error;
    reading.replaceChildren(h("div", { class: "blank" }, icon("search"), h("h2", { text: texts.gone }), h("a", { class: "button plain", href: "#conversations", text: texts.back })));
  }
}

/** @param {Scene} scene @param {number} before the `last` of the last one there is; 0 for the newest */
async function load({ signal }, before) {
  const { items } = await get("/console/api/conversations", { limit: PORTION, before: before || null }, signal);
  const known = new Set(before ? loaded.items.map(({ id }) => id) : []);
  loaded.items = [...(before ? loaded.items : []), ...items.filter((/** @type {Summary} */ { id }) => !known.has(id))];
  loaded.more = items.length === PORTION;
}

/** @param {Scene} scene @param {HTMLElement} list @param {string} current */
function drawList(scene, list, current) {
  const { texts } = scene;
  if (!loaded.items.length) {
    list.replaceChildren(h("div", { class: "blank" }, icon("list"), h("h2", { text: texts.talks_none }), h("p", { text: texts.talks_none_hint })));
    return;
  }
  const rows = h("div", {});
  const field = h("input", { class: "field", type: "search", value: loaded.words, placeholder: texts.filter_hint, "aria-label": texts.filter, on: { input: () => { loaded.words = field.value; paint(); } } });
  const paint = () => rows.replaceChildren(...rowsOf(scene, current, list));
  list.replaceChildren(h("div", { class: "find" }, field), rows);
  paint();
}

/** @param {Scene} scene @param {string} current @param {HTMLElement} list @returns {HTMLElement[]} */
function rowsOf(scene, current, list) {
  const { texts, fail } = scene;
  const words = loaded.words.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = loaded.items.filter((item) => words.every((word) => textOf(item, texts).includes(word)));
  const older = async () => {
    try {
      await load(scene, loaded.items.at(-1)?.last ?? 0);
      drawList(scene, list, current);
    } catch (error) {
      fail(error, older);
    }
  };
  const rows = fitting.length ? h("ul", { class: "rows" }, ...fitting.map((item) => row(item, scene, item.id === current))) : h("div", { class: "blank" }, icon("search"), h("h2", { text: texts.filter_none }), h("p", { text: texts.filter_none_hint }));
  return loaded.more ? [rows, h("button", { class: "button plain slim older", type: "button", text: texts.older, on: { click: older } })] : [rows];
}

/** @param {Summary} item @param {Record<string, string>} texts */
function textOf({ id, first_text, last_text, locale, handler, finishes }, texts) {
  const ends = Object.keys(finishes).map((name) => `${name} ${texts[`f_${name}`] ?? ""}`);
  return [id, first_text, last_text, locale, handler, texts[`state_${handler}`], ...ends].join(" ").toLowerCase();
}

/** @param {Summary} item @param {Scene} scene @param {boolean} current */
function row(item, { texts, language }, current) {
  const notable = Object.entries(item.finishes).filter(([name]) => name !== "stop");
  return h("li", {}, h("a", { href: `#conversations/${encodeURIComponent(item.id)}`, "aria-current": current ? "true" : null },
    h("span", { class: "line" }, h("strong", { class: "said", dir: "auto", text: item.first_text || item.last_text || texts.untitled }), h("time", { class: "faint small", datetime: new Date(item.last).toISOString(), text: moment(item.last, language) })),
    h("span", { class: "line" }, h("span", { class: "faint small", text: [counted(texts, "messages", item.messages), item.locale].filter(Boolean).join(" · ") }),
      h("span", { class: "tags" }, item.handler !== "assistant" && h("span", { class: "tag warn", text: texts[`state_${item.handler}`] ?? item.handler }), ...notable.map(([name, n]) => ending(name, texts, n))))));
}

/** @param {string} id @param {any[]} events @param {Map<string, Correction>} corrections by turn @param {Scene} scene @returns {HTMLElement[]} */
function transcript(id, events, corrections, scene) {
  const { texts, language } = scene;
  const first = events.find(({ at }) => at);
  return [
    h("div", { class: "reading-head" }, h("a", { class: "link back", href: "#conversations" }, icon("left"), texts.back), h("h2", { class: "mono", text: id }), first && h("p", { class: "faint small", text: moment(first.at, language, true) })),
    h("ol", { class: "transcript" }, ...events.map((event) => said(event, scene, () => correctable({ conversation: id, turn: event.turn, text: event.text, shown: `said-${event.seq}` }, corrections.get(event.turn) ?? null, scene))).filter(Boolean))].filter(Boolean);
}

/** @param {any} event @param {Scene} scene @param {() => HTMLElement} correcting what goes under a reply */
function said(event, { texts, language }, correcting) {
  const when = event.at ? h("time", { class: "faint small", datetime: new Date(event.at).toISOString(), text: moment(event.at, language) }) : null;
  if (event.type === "handler") return h("li", { class: "change" }, h("span", { text: [texts[`h_${event.state}`] ?? event.state, event.name].filter(Boolean).join(": ") }), when);
  const speaker = { message: "shopper", reply: "assistant", operator: "operator" }[String(event.type)];
  if (!speaker) return null;
  const name = speaker === "operator" && event.name ? event.name : texts[`who_${speaker}`];
  return h("li", { class: `turn ${speaker}` },
    h("p", { class: "who" }, h("strong", { dir: "auto", text: name }), when, event.finish && event.finish !== "stop" && ending(event.finish, texts)),
    h("p", { class: "bubble", id: `said-${event.seq}`, dir: "auto", text: event.text || "–" }),
    (event.sources ?? []).length > 0 && h("ul", { class: "based", "aria-label": texts.sources }, ...event.sources.map((/** @type {any} */ one) => h("li", { dir: "auto", text: one.title }))),
    event.type === "reply" && correcting(),
    event.trace && why(event, texts));
}

/** Drawn when it is opened first. @param {any} event @param {Record<string, string>} texts */
function why(event, texts) {
  const inside = h("div", { class: "why" });
  const box = h("details", { class: "because", on: { toggle: () => { if (box.open && !inside.childElementCount) inside.append(...explained(event, texts)); } } }, h("summary", { text: texts.why }), inside);
  return box;
}
