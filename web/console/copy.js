// @ts-check
/** The page for copy: one product, a whole file, or marketing copy; what is typed is kept while one looks at other sections. */

import { announce, h, icon, place } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { events, givenUp, post } from "../pages/wire.js";
import { fileTab } from "./copy_file.js";
import { campaignView, variantsView } from "./copy_result.js";
import { COPY_TEXTS } from "./copy_texts.js";
import { heading } from "./parts.js";

/** @typedef {import("./console.js").Scene} Scene */
/** @typedef {{scene: Scene, said: Record<string, string>, form: Record<string, string>}} Desk */

const TABS = ["one", "file", "marketing"];
/** @type {Record<string, string>} what was typed */
const typed = { tone: "plain", length: "medium", language: "", variants: "2" };
let tab = "one";

/** @param {Scene} scene @param {string} rest */
export function showCopy(scene, rest) {
  if (TABS.includes(rest)) tab = rest;
  const said = COPY_TEXTS[scene.language];
  /** @type {Desk} */
  const desk = { scene, said, form: typed };
  const views = { one: oneTab, file: fileTab, marketing: marketingTab };
  const link = (/** @type {string} */ name) => h("a", { href: `#copy/${name}`, "aria-current": name === tab ? "page" : null, text: said[`tab_${name}`] });
  place("main").replaceChildren(heading(said.title, said.hint), h("nav", { class: "copy-tabs", "aria-label": said.tabs }, ...TABS.map(link)), /** @type {any} */ (views)[tab](desk));
}

/** @param {Desk} desk */
function oneTab(desk) {
  const { said } = desk;
  const form = [text(desk, "name"), text(desk, "catalogue", said.catalogue_hint), area(desk, "attributes", said.attributes_hint, 5),
    h("details", { open: Boolean(typed.brand || typed.category || typed.image || typed.description) }, h("summary", { text: `${said.brand}, ${said.category}, ${said.image}…` }), h("div", { class: "pair" }, text(desk, "brand"), text(desk, "category"), text(desk, "image"), area(desk, "description", "", 3))),
    text(desk, "keywords", said.keywords_hint), h("div", { class: "copy-choices" }, choice(desk, "tone", ["plain", "friendly", "playful", "elegant"]), choice(desk, "length", ["short", "medium", "long"]), languages(desk), numbers(desk)), tick(desk, "price")];
  return bench(desk, form, () => {
    if (!typed.name?.trim() && !typed.catalogue?.trim()) return said.need_name_product;
    return { ...rowOf(typed), ...common(typed), length: typed.length, variants: Number(typed.variants), with_price: Boolean(typed.price), stream: true };
  }, variantsView);
}

/** @param {Desk} desk */
function marketingTab(desk) {
  const { said } = desk;
  const channels = h("fieldset", { class: "copy-ticks" }, h("legend", { class: "label", text: said.channels }), ...["email", "banner", "social"].map((name) => tick(desk, name, true)));
  const form = [text(desk, "theme", said.theme_hint), text(desk, "keywords", said.keywords_hint), text(desk, "products", said.products_hint), channels, h("div", { class: "copy-choices" }, choice(desk, "tone", ["plain", "friendly", "playful", "elegant"]), languages(desk))];
  return bench(desk, form, () => {
    if (!typed.theme?.trim()) return said.need_theme;
    const wanted = ["email", "banner", "social"].filter((name) => typed[name] !== "no");
    return { theme: typed.theme.trim(), ...common(typed), channels: wanted.length ? wanted : ["email"], products: listed(typed.products), stream: true };
  }, campaignView);
}

/** A form beside what comes of it. @param {Desk} desk @param {import("../pages/dom.js").Child[]} form @param {() => any} body what is sent, or why not @param {(box: any, desk: Desk, body: any) => (event: any) => void} view */
function bench({ scene, said, form: kept }, form, body, view) {
  const fault = h("p", { class: "fault", role: "alert" });
  const button = h("button", { class: "button", type: "submit" });
  const other = h("button", { class: "button plain", type: "button", hidden: true, text: said.again, on: { click: () => { kept.seed = String(Number(kept.seed ?? 0) + 1); run(); } } });
  const result = h("div", { class: "outcome", "aria-busy": "false" }, h("section", { class: "panel answer" }, h("p", { class: "faint", text: said.waiting })));
  /** @type {AbortController|null} */
  let running = null;
  const paint = () => button.replaceChildren(icon(running ? "stop" : "play"), running ? said.stop : said.write);
  const run = async () => {
    const wanted = body();
    fault.textContent = typeof wanted === "string" ? wanted : "";
    if (typeof wanted === "string") return;
    running = new AbortController();
    result.setAttribute("aria-busy", "true");
    paint();
    try {
      const show = view(result, { scene, said, form: kept }, wanted);
      for await (const event of events(await post("/v1/copy", wanted, running.signal))) {
        if (event.type === "error") throw new Error(event.message);
        show(event);
      }
      other.hidden = false;
      announce(said.done);
    } catch (error) {
      if (/** @type {any} */ (error)?.status === 401) scene.fail(error, () => showCopy(scene, tab));
      else if (!givenUp(error)) fault.textContent = fill(said.fault, { why: error instanceof Error ? error.message : "" });
    }
    running = null;
    result.setAttribute("aria-busy", "false");
    paint();
  };
  scene.signal.addEventListener("abort", () => running?.abort());
  const sent = (/** @type {Event} */ event) => { event.preventDefault(); if (running) running.abort(); else run(); };
  paint();
  return h("div", { class: "bench" }, h("form", { class: "panel ask", on: { submit: sent } }, ...form, h("div", { class: "acts" }, button, other), fault), result);
}

/** @param {Record<string, string>} form */
export function rowOf(form) {
  if (form.catalogue?.trim()) return { product: form.catalogue.trim() };
  const pairs = (form.attributes ?? "").split("\n").map((line) => line.split(/[:：](.*)/s).map((part) => part?.trim() ?? "")).filter(([name, value]) => name && value);
  const row = { name: form.name?.trim() ?? "", attributes: Object.fromEntries(pairs) };
  for (const name of ["brand", "category", "image", "description"]) if (form[name]?.trim()) Object.assign(row, { [name]: form[name].trim() });
  return { row };
}

/** @param {Record<string, string>} form */
function common(form) {
  return { tone: form.tone, language: form.language, keywords: listed(form.keywords), seed: Number(form.seed ?? 0) };
}

/** @param {string} [words] */
function listed(words = "") {
  return words.split(/[,，、]/).map((word) => word.trim()).filter(Boolean);
}

/** @param {Desk} desk @param {string} name @param {string} [hint] */
function text({ said, form }, name, hint = "") {
  const field = h("input", { class: "field", id: `copy-${name}`, maxlength: 300, value: form[name] ?? "", placeholder: hint, autocomplete: "off", on: { input: () => { form[name] = field.value; } } });
  return h("div", {}, h("label", { class: "label", for: field.id, text: said[name] }), field);
}

/** @param {Desk} desk @param {string} name @param {string} hint @param {number} rows */
export function area({ said, form }, name, hint, rows) {
  const field = h("textarea", { class: "field", id: `copy-${name}`, rows, maxlength: name === "paste" ? 2_000_000 : 4000, placeholder: hint, on: { input: () => { form[name] = field.value; } } });
  field.value = form[name] ?? "";
  return h("div", {}, h("label", { class: "label", for: field.id, text: said[name] }), field);
}

/** @param {Desk} desk @param {string} name @param {string[]} values */
export function choice({ said, form }, name, values) {
  const field = h("select", { class: "field", id: `copy-${name}`, on: { change: () => { form[name] = field.value; } } }, ...values.map((value) => h("option", { value, selected: value === form[name], text: said[`${name}_${value}`] })));
  return h("div", {}, h("label", { class: "label", for: field.id, text: said[name] }), field);
}

/** @param {Desk} desk */
export function languages({ said, form }) {
  const names = { "": said.language_own, en: "English", zh: "中文" };
  const field = h("select", { class: "field", id: "copy-language", on: { change: () => { form.language = field.value; } } }, ...Object.entries(names).map(([value, name]) => h("option", { value, selected: value === form.language, text: name })));
  return h("div", {}, h("label", { class: "label", for: field.id, text: said.language }), field);
}

/** @param {Desk} desk */
function numbers({ said, form }) {
  const field = h("select", { class: "field", id: "copy-variants", on: { change: () => { form.variants = field.value; } } }, ...["1", "2", "3", "4"].map((value) => h("option", { value, selected: value === form.variants, text: value })));
  return h("div", {}, h("label", { class: "label", for: field.id, text: said.variants }), field);
}

/** @param {Desk} desk @param {string} name @param {boolean} [usual] whether it is ticked unless one says no */
export function tick({ said, form }, name, usual = false) {
  const on = usual ? form[name] !== "no" : Boolean(form[name]);
  const field = h("input", { type: "checkbox", id: `copy-${name}`, checked: on, on: { change: () => { form[name] = field.checked ? "yes" : usual ? "no" : ""; } } });
  return h("label", { class: "copy-tick", for: field.id }, field, h("span", { text: said[name] }));
}
