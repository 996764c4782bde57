// @ts-check
/** A field in which products are found by name or id, and the chosen ones as chips that can be taken away again. */

import { h, icon, unseen } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { get } from "../pages/wire.js";

const WAIT = 250;
const SHOWN = 8;

/** @param {string} name @param {number} most @param {Record<string, string>} wording @param {string} language @param {AbortSignal} signal @returns {{node: HTMLElement, ids: () => string[]}} */
export function picker(name, most, wording, language, signal) {
  /** @type {Map<string, string>} id to title */
  const chosen = new Map();
  /** @type {Map<string, {id: string, title: string}>} what the list offers, by what the field then holds */
  const offered = new Map();
  const list = h("datalist", { id: `${name}-list` });
  const field = h("input", { class: "field", id: name, list: list.id, placeholder: wording.pick, autocomplete: "off", maxlength: 200 });
  const chips = h("ul", { class: "chips" });
  let waiting = 0;

  const add = (/** @type {string} */ id, /** @type {string} */ title) => {
    if (most === 1) chosen.clear();
    if (chosen.size < most) chosen.set(id, title);
    field.value = "";
    draw();
  };
  const draw = () => {
    chips.hidden = chosen.size === 0;
    chips.replaceChildren(...[...chosen].map(([id, title]) => h("li", {}, h("span", { dir: "auto", text: title }), h("button", { type: "button", on: { click: () => { chosen.delete(id); draw(); field.focus(); } } }, icon("close"), unseen(fill(wording.remove, { title }))))));
  };
  const offer = async () => {
    const found = await get("/v1/products", { q: field.value.trim(), size: SHOWN, lang: language }, signal).catch(() => ({ items: [] }));
    offered.clear();
    for (const item of found.items) offered.set(item.title, item);
    list.replaceChildren(...found.items.map((/** @type {any} */ item) => h("option", { value: item.title, text: item.id })));
  };
  field.addEventListener("input", () => {
    const picked = offered.get(field.value);
    if (picked) return add(picked.id, picked.title);
    clearTimeout(waiting);
    if (field.value.trim()) waiting = Number(setTimeout(offer, WAIT));
  });
  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || !field.value.trim()) return;
    event.preventDefault();
    const typed = field.value.trim();
    const known = [...offered.values()].find(({ id, title }) => [id, title].some((one) => one.toLowerCase() === typed.toLowerCase()));
    add(known?.id ?? typed, known?.title ?? typed);
  });
  draw();
  const ids = () => [...chosen.keys(), ...(field.value.trim() && (most > 1 || !chosen.size) ? [field.value.trim()] : [])];
  return { node: h("div", { class: "picker" }, h("label", { class: "label", for: name, text: wording[name] }), field, list, chips), ids };
}
