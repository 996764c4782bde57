// @ts-check
/** How a reply came about, drawn from its `trace`: understanding, time, what each lane found, the prompt, what was held back. */

import { h } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { bar, copyButton, ending, facts, panel, round } from "./parts.js";

/** @typedef {Record<string, string>} Texts */
/** @typedef {{id: string, heading: string, score: number, kind?: string, lanes?: Record<string, number>}} Hit */

/** @param {any} reply with `trace`, and where known `finish`, `usage`, `handoff`, `citations` @param {Texts} texts @returns {HTMLElement[]} */
export function explained(reply, texts) {
  const trace = reply.trace ?? {};
  return [understanding(reply, trace, texts), timing(trace, texts), heldBack(trace.held_back ?? [], texts), found(trace, reply.citations ?? [], texts), lanes(trace.lanes ?? {}, texts), weighed(trace.candidates ?? [], texts), prompt(trace.prompt ?? [], texts)].filter(Boolean);
}

/**
 * Which line of the evidence each sentence rests on, as POST /v1/explain tells it.
 * @param {{sentences: any[], lines: any[]}} explanation @param {Texts} texts @returns {HTMLElement}
 */
export function resting({ sentences, lines }, texts) {
  const carrier = (/** @type {any} */ link) => h("li", {}, bar(0, link.score), h("div", {}, h("p", { dir: "auto", text: lines[link.line].text }),
    h("p", { class: "under faint small" }, h("bdi", { text: lines[link.line].title }), h("span", { class: "mono", text: lines[link.line].source }),
      h("span", { text: [link.figures !== null && `${texts.figures} ${percent(link.figures)}`, `${texts.words} ${percent(link.words)}`, `${texts.similarity} ${two(link.similarity)}`].filter(Boolean).join(" · ") }))));
  const claim = (/** @type {any} */ { text, rests, links, missing }) => h("li", { class: `claim ${rests}` },
    h("p", { class: "claimed" }, h("span", { dir: "auto", text }), h("span", { class: `tag ${{ evidence: "good", nothing: "bad" }[String(rests)] ?? "quiet"}`, text: texts[`rests_${rests}`] ?? rests }),
      missing.length > 0 && h("span", { class: "small missing", text: fill(texts.missing, { figures: missing.join(", ") }) })),
    rests !== "phrase" && links.length > 0 && h("div", { class: "carried" }, rests === "nothing" && h("p", { class: "faint small", text: texts.closest }), h("ul", {}, ...links.map(carrier))));
  if (!sentences.length) return panel(texts.rests, h("p", { class: "faint", text: texts.nothing_found }));
  const claiming = sentences.filter((/** @type {any} */ { rests }) => rests !== "phrase");
  const based = claiming.filter((/** @type {any} */ { rests }) => rests === "evidence").length;
  const sum = claiming.length ? h("span", { class: `tag ${based === claiming.length ? "good" : "bad"}`, text: fill(texts.rests_sum, { n: based, all: claiming.length }) }) : h("span", { class: "tag quiet", text: texts.rests_phrase });
  return panel(texts.rests, h("p", { class: "sum" }, sum), h("ol", { class: "claims" }, ...sentences.map(claim)));
}

/** @param {any} reply @param {any} trace @param {Texts} texts */
function understanding(reply, trace, texts) {
  const filters = Object.entries(trace.filters ?? {}).map(([name, value]) => h("span", { class: "tag quiet", text: `${name.replaceAll("_", " ")}: ${plain(value)}` }));
  const usage = reply.usage ?? {};
  const tokens = (usage.prompt_tokens ?? 0) + (usage.completion_tokens ?? 0);
  return panel(texts.how, facts([
    [texts.rewritten, trace.rewritten && trace.rewritten !== trace.question ? h("mark", { text: trace.rewritten }) : h("span", { class: "faint", text: texts.unchanged })],
    [texts.spoken, trace.language],
    [texts.plan, trace.plan && h("code", { text: trace.plan })],
    [texts.answered_by, trace.answered_by && h("code", { text: trace.answered_by })],
    [texts.finish, reply.finish && ending(reply.finish, texts)],
    [texts.fields, (trace.fields ?? []).join(", ")],
    [texts.focus, (trace.focus ?? []).join(", ")],
    [texts.filters, filters.length ? h("span", { class: "tags" }, ...filters) : h("span", { class: "faint", text: texts.none })],
    [texts.handoff, reply.handoff],
    [texts.tokens, tokens > 0 && `${usage.prompt_tokens} + ${usage.completion_tokens}`],
    [texts.trouble, trace.trouble && h("span", { class: "trouble", text: trace.trouble })],
  ]));
}

/**
 * The milliseconds of each stage one after the other. `searching`, `first_word` and `total` are moments since the question came; the
 * stages of the search follow one another inside the first.
 * @param {any} trace @param {Texts} texts
 */
function timing(trace, texts) {
  const spans = spansOf(trace, texts);
  if (!spans.length) return null;
  const end = Math.max(...spans.map(({ start, length }) => start + length), 0.1);
  const row = (/** @type {Span} */ { name, start, length, inner }) => h("tr", { class: inner ? "inner" : null }, h("th", { scope: "row", text: name }), h("td", { class: "track" }, bar(start / end, length / end, inner ? "inner" : "")), h("td", { class: "number", text: `${round(length)} ${texts.ms}` }));
  return panel(texts.time, h("p", { class: "sum", text: fill(texts.t_sum, { n: round(trace.milliseconds?.total ?? end) }) }), h("table", { class: "times" }, h("tbody", {}, ...spans.map(row))));
}

/** @typedef {{name: string, start: number, length: number, inner?: boolean}} Span */

/** @param {any} trace @param {Texts} texts @returns {Span[]} */
export function spansOf({ milliseconds = {}, search_milliseconds = {} }, texts) {
  const { searching = 0, first_word = searching, total = first_word, ...others } = milliseconds;
  /** @type {Span[]} */
  const spans = [];
  if ("searching" in milliseconds) spans.push({ name: texts.t_searching, start: 0, length: searching });
  let at = 0;
  for (const [name, length] of Object.entries(search_milliseconds)) {
    spans.push({ name, start: at, length: Number(length), inner: true });
    at += Number(length);
  }
  if ("first_word" in milliseconds) spans.push({ name: texts.t_first_word, start: searching, length: first_word - searching });
  if ("total" in milliseconds) spans.push({ name: texts.t_total, start: first_word, length: total - first_word });
  for (const [name, length] of Object.entries(others)) spans.push({ name, start: 0, length: Number(length) });
  return spans;
}

/** @param {any[]} held @param {Texts} texts */
function heldBack(held, texts) {
  if (!held.length) return panel(texts.held, h("p", { class: "faint", text: texts.held_none }));
  const item = (/** @type {any} */ { text, reason, detail }) => h("li", {}, h("p", { class: "withheld", dir: "auto", text }), h("p", {}, h("span", { class: "tag bad", text: texts[`r_${reason}`] ?? reason }), detail && h("span", { class: "faint small", dir: "auto", text: ` ${detail}` })));
  return panel(texts.held, h("ul", { class: "held" }, ...held.map(item)));
}

/** @param {any} trace @param {string[]} citations @param {Texts} texts */
function found(trace, citations, texts) {
  const hits = trace.hits ?? [];
  if (!hits.length) return panel(texts.found, h("p", { class: "faint", text: texts.nothing_found }));
  return panel(texts.found, h("h3", { class: "unseen", text: texts.fused }), table(hits, texts, (/** @type {Hit} */ hit) => [
    hit.kind && h("span", { class: `tag kind-${hit.kind}`, text: texts[`kind_${hit.kind}`] ?? hit.kind }),
    citations.includes(hit.id.split("#")[0]) && h("span", { class: "tag good", text: texts.cited }),
    hit.lanes && h("span", { class: "faint small", text: fill(texts.via, { lanes: Object.keys(hit.lanes).join(", ") }) })]));
}

/** @param {Record<string, Hit[]>} lanes @param {Texts} texts */
function lanes(lanes, texts) {
  const names = Object.keys(lanes);
  if (!names.length) return null;
  const lane = (/** @type {string} */ name) => h("div", { class: "lane" }, h("h3", {}, h("code", { text: name }), h("span", { class: "faint small", text: String(lanes[name].length) })), lanes[name].length ? table(lanes[name], texts, () => [], true) : h("p", { class: "faint small", text: texts.lane_empty }));
  return panel(texts.lanes, h("div", { class: "lanes" }, ...names.map(lane)));
}

/** @param {any[]} candidates @param {Texts} texts */
function weighed(candidates, texts) {
  if (!candidates.length) return null;
  return panel(texts.candidates, table(candidates, texts, ({ similarity, coverage }) => [h("span", { class: "faint small", text: `${texts.similarity} ${two(similarity)} · ${texts.coverage} ${two(coverage)}` })]));
}

/** @param {Hit[]} hits @param {Texts} texts @param {(hit: any) => any[]} [more] @param {boolean} [ranked] numbered, where the order is not that of the scores */
function table(hits, texts, more = () => [], ranked = false) {
  const most = Math.max(1, ...hits.map(({ score }) => Number(score) || 0));
  const row = (/** @type {Hit} */ hit, /** @type {number} */ at) => h("tr", {},
    h("td", { class: "what" }, h("span", { class: "title" }, ranked && h("span", { class: "rank", text: at + 1 }), h("bdi", { text: hit.heading })), h("span", { class: "under" }, h("span", { class: "mono faint", text: hit.id }), ...more(hit))),
    h("td", { class: "track" }, bar(0, (Number(hit.score) || 0) / most)), h("td", { class: "number", text: two(hit.score) }));
  return h("table", { class: "hits" },
    h("thead", { class: "unseen" }, h("tr", {}, h("th", { scope: "col", text: texts.passage }), h("td", {}), h("th", { scope: "col", text: texts.score }))), h("tbody", {}, ...hits.map(row)));
}

/** @param {{role: string, content: string}[]} messages @param {Texts} texts */
function prompt(messages, texts) {
  if (!messages.length) return panel(texts.prompt, h("p", { class: "faint", text: texts.prompt_none }));
  const whole = messages.map(({ role, content }) => `${role}:\n${content}`).join("\n\n");
  const part = (/** @type {{role: string, content: string}} */ { role, content }) => h("div", { class: "part" }, h("h3", { text: texts[`role_${role}`] ?? role }), h("pre", { dir: "auto", tabindex: 0, text: content }));
  return panel(texts.prompt, h("div", { class: "prompt" }, ...messages.map(part)), copyButton(whole, texts));
}

/** @param {any} value */
function plain(value) {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)}%`;
}

/** @param {any} score */
function two(score) {
  return score === null || score === undefined ? "" : String(Math.round(Number(score) * 100) / 100);
}
