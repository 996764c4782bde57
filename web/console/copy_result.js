// @ts-check
/** What was written: variants side by side, the fields that carry each sentence, what was struck; to be accepted, or edited first. */

import { announce, h, icon } from "../pages/dom.js";
import { counted, fill, keep, kept } from "../pages/language.js";
import { post } from "../pages/wire.js";
import { copyButton, panel } from "./parts.js";

/** @typedef {import("./copy.js").Desk} Desk */
/** @typedef {{text: string, by: string, act: string, traces: {field: string, value: string}[], struck: {text: string, words: string[]}[]}} Sentence */

const NAME = "console:operator";

/** @param {any} box @param {Desk} desk @param {any} body @returns {(event: any) => void} */
export function variantsView(box, desk, body) {
  /** @type {any[]} */
  const live = [];
  const grid = h("div", { class: "copy-variants" });
  box.replaceChildren(grid);
  return (event) => {
    if (event.type === "sentence") {
      live[event.variant] ??= grid.appendChild(panel(fill(desk.said.variant, { n: event.variant + 1 }), h("p", { class: "words", dir: "auto" })));
      live[event.variant].querySelector(".words").append((live[event.variant].querySelector(".words").textContent && event.text.codePointAt(0) < 0x2e80 ? " " : "") + event.text);
    }
    if (event.type === "copy") grid.replaceChildren(...event.variants.map((/** @type {any} */ one, /** @type {number} */ at) => variant(one, at, event, desk, body)), notes(event, desk));
  };
}

/** @param {any} one @param {number} at @param {any} whole @param {Desk} desk @param {any} body */
function variant(one, at, whole, desk, body) {
  const { said, scene } = desk;
  const share = (/** @type {number} */ value) => Math.round(value * 100);
  const tags = h("p", { class: "tags" }, at === 0 && whole.variants.length > 1 && h("span", { class: "tag good", text: said.best }), h("span", { class: "tag", text: fill(said.grounding, { n: share(one.grounding) }) }),
    h("span", { class: "tag", text: fill(said.told, { n: share(one.told) }) }), whole.variants.length > 1 && at > 0 && h("span", { class: "tag", text: fill(said.different, { n: share(one.diversity) }) }));
  const taken = h("div", { class: "copy-taken" });
  const told = panel(fill(said.variant, { n: at + 1 }), tags, h("p", { class: "words", dir: "auto", lang: whole.language, text: one.text }), traces(one.sentences, desk), taken);
  const offer = () => taken.replaceChildren(h("p", { class: "acts" },
    h("button", { class: "button slim", type: "button", on: { click: () => accept(one.text, one.text, taken, desk, body) } }, icon("check"), said.accept),
    h("button", { class: "button plain slim", type: "button", on: { click: () => edit(one.text, taken, desk, body, offer) } }, said.edit), copyButton(one.text, { ...scene.texts, ...said })));
  offer();
  return told;
}

/** Each sentence with its fields and what was struck on the way to it. @param {Sentence[]} sentences @param {Desk} desk */
export function traces(sentences, { said }) {
  const field = (/** @type {{field: string, value: string}} */ trace) => h("li", {}, h("span", { class: "faint", text: said[`field_${trace.field}`] ?? trace.field }), h("span", { dir: "auto", text: trace.value }));
  const strike = (/** @type {{text: string, words: string[]}} */ one) => h("li", {}, h("s", { dir: "auto", text: one.text }), h("span", { class: "tag bad", text: fill(said.struck, { words: one.words.join(", ") }) }));
  return h("ol", { class: "copy-traces" }, ...sentences.map((one) => h("li", {},
    h("p", {}, h("span", { dir: "auto", text: one.text }), " ", h("span", { class: `tag ${one.by === "model" ? "kind-product" : ""}`, text: said[`by_${one.by}`] })),
    one.traces.length ? h("ul", { class: "copy-fields", "aria-label": said.from }, ...one.traces.map(field)) : h("p", { class: "faint small", text: said.no_claim }),
    one.struck.length > 0 && h("details", {}, h("summary", { text: counted(said, "struck", one.struck.length) }), h("ul", { class: "copy-struck" }, ...one.struck.map(strike))))));
}

/** @param {any} event @param {Desk} desk */
function notes(event, { said }) {
  const lines = [event.keywords_left_out?.length && fill(said.left_keywords, { words: event.keywords_left_out.join(", ") }), event.left_out?.length && fill(said.left_fields, { words: event.left_out.join("; ") })].filter(Boolean);
  return lines.length ? h("p", { class: "doubt" }, icon("alert"), h("span", { text: lines.join(" ") })) : "";
}

/** @param {string} text @param {any} box @param {Desk} desk @param {any} body @param {() => void} back */
function edit(text, box, desk, body, back) {
  const { said } = desk;
  const area = h("textarea", { class: "field", rows: 4, maxlength: 2000, dir: "auto", "aria-label": said.edit_label });
  const name = h("input", { class: "field", autocomplete: "name", maxlength: 80, value: kept(NAME), "aria-label": said.your_name, placeholder: said.your_name });
  const fault = h("p", { class: "fault", role: "alert" });
  area.value = text;
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!name.value.trim()) { fault.textContent = said.need_name; name.focus(); return; }
    keep(NAME, name.value.trim());
    accept(text, area.value, box, desk, body, fault);
  };
  box.replaceChildren(h("form", { class: "copy-edit", "aria-label": said.edit, on: { submit: send } }, area, name, h("p", { class: "acts" }, h("button", { class: "button slim", type: "submit", text: said.save }), h("button", { class: "button plain slim", type: "button", text: said.cancel, on: { click: back } })), fault));
  area.focus();
}

/** @param {string} written @param {string} text @param {any} box @param {Desk} desk @param {any} body @param {any} [fault] */
async function accept(written, text, box, desk, body, fault) {
  const { said } = desk;
  const from = body.product ? { product: body.product } : { row: body.row };
  try {
    const answer = await (await post("/v1/copy/accept", { ...from, language: body.language, written, text, operator: kept(NAME) || "console" })).json();
    const told = answer.unsupported.length ? fill(said.accepted_doubt, { words: answer.unsupported.join(", ") }) : said.accepted;
    box.replaceChildren(h("p", { class: answer.unsupported.length ? "doubt" : "copy-accepted" }, icon(answer.unsupported.length ? "alert" : "check"), h("span", { text: told })), h("p", { class: "bubble", dir: "auto", text }));
    announce(told);
  } catch (error) {
    const why = fill(said.fault, { why: error instanceof Error ? error.message : "" });
    if (fault) fault.textContent = why;
    else box.append(h("p", { class: "fault", role: "alert", text: why }));
  }
}

/** @param {any} box @param {Desk} desk @returns {(event: any) => void} */
export function campaignView(box, desk) {
  const { said, scene } = desk;
  /** @type {Record<string, any>} */
  const cards = {};
  const grid = h("div", { class: "copy-variants" });
  box.replaceChildren(grid);
  const piece = (/** @type {any} */ event) => {
    const card = cards[event.channel] ??= grid.appendChild(panel(said[event.channel], h("div", { class: "copy-pieces" })));
    card.querySelector(".copy-pieces").append(h("div", { class: `copy-piece part-${event.part}` }, h("p", { class: "under" }, h("span", { class: "faint small", text: said[event.part] }), h("span", { class: "tag", text: fill(said.of, { n: event.length, limit: event.limit, unit: said[`unit_${event.unit}`] }) })),
      h("p", { class: "words", dir: "auto", text: event.text }), h("details", {}, h("summary", { text: said.from }), traces(event.sentences, desk))));
  };
  return (event) => {
    if (event.type === "piece") piece(event);
    if (event.type !== "copy") return;
    for (const [channel, card] of Object.entries(cards)) card.append(h("p", { class: "acts" }, copyButton(event.pieces.filter((/** @type {any} */ one) => one.channel === channel).map((/** @type {any} */ one) => one.text).join("\n"), { ...scene.texts, copy: said.copy_all, copied: said.copied })));
    if (event.products.length) grid.append(h("p", { class: "faint small", text: fill(said.with, { names: event.products.map((/** @type {any} */ one) => one.title).join(", ") }) }));
  };
}
