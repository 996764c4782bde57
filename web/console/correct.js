// @ts-check
/** What a reply should have said: written by an operator under the reply, changed, taken back. The shopper's conversation is not touched. */

import { announce, h, icon, svg } from "../pages/dom.js";
import { counted, fill, keep, kept } from "../pages/language.js";
import { post } from "../pages/wire.js";
import { CORRECT_TEXTS } from "./correct_texts.js";
import { moment, panel } from "./parts.js";

/** @typedef {import("./console.js").Scene} Scene */
/** @typedef {{conversation: string, turn: string, question: string, corrected: string, operator: string, at: number, found: boolean, unsupported: string[]}} Correction */
/** @typedef {{conversation: string, turn: string, text: string, shown: string}} Given a reply; `shown` is the id of the element that shows it */
/** @typedef {{given: Given, language: string, wording: Record<string, string>, show: (now: Correction|null, focus?: boolean) => void, edit: (now: Correction|null) => void}} Place */

export const CORRECTIONS = "/console/api/corrections";
const NAME = "console:operator";
const LONGEST = 4000;
const DRAWN = { pencil: "M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5", back: "M9 14L4.5 9.5 9 5M4.5 9.5H14a5 5 0 0 1 0 10h-3" };

/** @param {Given} given @param {Correction|null} correction @param {Scene} scene @returns {HTMLElement} */
export function correctable(given, correction, { language }) {
  const box = h("div", { class: "correctable" });
  const show = (/** @type {Correction|null} */ now, focus = true) => {
    box.replaceChildren(now ? told(now, place) : act(place.wording.correct, "pencil", given, () => place.edit(null)));
    if (focus) box.querySelector("button")?.focus();
  };
  const edit = (/** @type {Correction|null} */ now) => {
    box.replaceChildren(form(now, place));
    box.querySelector("textarea")?.focus();
  };
  /** @type {Place} */
  const place = { given, language, wording: CORRECT_TEXTS[language], show, edit };
  show(correction, false);
  return box;
}

/** The correction as it is kept. @param {Correction} now @param {Place} place */
function told(now, { given, language, wording, show, edit }) {
  const fault = h("p", { class: "fault", role: "alert" });
  const undo = async () => {
    try {
      await post(`${CORRECTIONS}/withdraw`, { conversation: given.conversation, turn: given.turn });
      show(null);
      announce(wording.undone);
    } catch (error) {
      fault.textContent = explained(error, wording);
    }
  };
  const why = doubt(now, wording, language);
  return h("div", { class: "corrected", role: "group", "aria-label": wording.corrected },
    h("p", { class: "who" }, h("strong", { text: wording.corrected }), h("span", { class: "faint", dir: "auto", text: fill(wording.by, { who: now.operator, when: moment(now.at, language) }) })),
    h("p", { class: "bubble", dir: "auto", text: now.corrected }),
    why && h("p", { class: "doubt" }, icon("alert"), h("span", { text: why })),
    h("p", { class: "correct-acts" }, act(wording.change, "pencil", given, () => edit(now)), act(wording.undo, "back", given, undo)), fault);
}

/** @param {string} word @param {"pencil"|"back"} sign @param {Given} given @param {() => void} click */
function act(word, sign, given, click) {
  const drawn = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, svg("path", { d: DRAWN[sign] }));
  return h("button", { class: "correct-act", type: "button", "aria-describedby": given.shown, on: { click } }, drawn, h("span", { text: word }));
}

/** @param {Correction|null} now @param {Place} place */
function form(now, place) {
  const { given, wording, show } = place;
  const id = `correct-${given.turn}`;
  const before = now?.corrected ?? given.text;
  const area = h("textarea", { class: "field", id, rows: 3, maxlength: LONGEST, dir: "auto", "aria-describedby": `${id}-hint` });
  const name = h("input", { class: "field", id: `${id}-name`, autocomplete: "name", maxlength: 80, value: now?.operator ?? kept(NAME) });
  const fault = h("p", { class: "fault", role: "alert" });
  const save = h("button", { class: "button slim", type: "submit", text: wording.save });
  area.value = before;
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (save.disabled || (fault.textContent = unready(area, name, given, wording))) return;
    save.disabled = true;
    await keepIt(area.value, name.value, place).catch((error) => { fault.textContent = explained(error, wording); });
    save.disabled = false;
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
    if (event.key === "Escape" && area.value === before) show(now);
  };
  return h("form", { class: "correct-form", "aria-label": wording.correct, on: { submit: send, keydown: keys } },
    h("div", {}, h("label", { class: "label", for: id, text: wording.should }), area, h("p", { class: "faint small", id: `${id}-hint`, text: wording.hint })),
    h("div", { class: "correct-end" }, h("div", {}, h("label", { class: "label", for: name.id, text: wording.name }), name),
      save, h("button", { class: "button plain slim", type: "button", text: wording.cancel, on: { click: () => show(now) } })), fault);
}

/** What is not ready yet, or ""; the field that it is about gets the focus. @param {HTMLTextAreaElement} area @param {HTMLInputElement} name @param {Given} given @param {Record<string, string>} wording */
function unready(area, name, given, wording) {
  const empty = [area, name].find(({ value }) => !value.trim());
  const same = area.value.trim() === given.text.trim();
  if (empty || same) (empty ?? area).focus();
  return empty ? wording.missing : same ? wording.same : "";
}

/** @param {string} text @param {string} operator @param {Place} place */
async function keepIt(text, operator, { given, language, wording, show }) {
  const answer = await post(CORRECTIONS, { conversation: given.conversation, turn: given.turn, text, operator });
  const now = await answer.json();
  keep(NAME, now.operator);
  show(now);
  announce([wording.saved, doubt(now, wording, language)].filter(Boolean).join(" "));
}

/** Why nothing is learnt from a correction; "" where something is. @param {Correction} now @param {Record<string, string>} wording @param {string} language */
function doubt(now, wording, language) {
  if (!now.found) return wording.unfounded;
  return now.unsupported.length ? fill(wording.unsupported, { figures: listed(now.unsupported, language) }) : "";
}

/** @param {string[]} figures @param {string} language */
function listed(figures, language) {
  return new Intl.ListFormat(language, { type: "disjunction" }).format(figures.map((one) => `“${one}”`));
}

/** @param {unknown} error @param {Record<string, string>} wording */
function explained(error, wording) {
  const { status, message } = /** @type {import("../pages/wire.js").WireError} */ (error);
  return status === 401 ? wording.ended : fill(wording.fault, { why: message });
}

/** How many corrections there are, where to get them, and which the model cannot learn from. @param {{items: Correction[], count: number}} found @param {Scene} scene */
export function correctionsPanel({ items, count }, { language }) {
  const wording = CORRECT_TEXTS[language];
  if (!count) return panel(wording.title, h("p", { class: "faint", text: wording.none }));
  const unused = items.filter((one) => !one.found || one.unsupported.length);
  const line = (/** @type {Correction} */ one) => h("li", {}, h("a", { href: `#conversations/${encodeURIComponent(one.conversation)}`, dir: "auto", text: one.question }), h("span", { class: "faint", dir: "auto", text: one.found ? listed(one.unsupported, language) : one.corrected }));
  return panel(wording.title, h("p", { text: `${counted(wording, "count", count)} ${wording.purpose}` }),
    unused.length > 0 && h("div", { class: "left-out" }, h("p", { class: "faint", text: wording.left_out }), h("ul", {}, ...unused.map(line))),
    h("p", { class: "acts" }, h("a", { class: "button plain slim", href: `${CORRECTIONS}/export`, download: "corrections.jsonl", text: wording.download })));
}
