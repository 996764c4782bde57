// @ts-check
/** What reviewers say: the shop's own reviews or a table that is opened here, as shares, aspects, weeks and products, and in their words. */

import { announce, h, icon, place } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { body, get, givenUp, WireError } from "../pages/wire.js";
import { heading, panel } from "./parts.js";
import { aspectsPanel, figures, notesPanel, productsPanel, saysPanel, weeksPanel } from "./reviews_parts.js";
import { quotesPanel } from "./reviews_quotes.js";
import { REVIEWS_TEXTS } from "./reviews_texts.js";

/** @typedef {import("./console.js").Scene} Scene */
/** @typedef {{product: string, label: string, aspect: string}} Chosen "" for all */
/** @typedef {{wording: Record<string, string>, language: string, signal: AbortSignal, chosen: Chosen, choose: (change: Partial<Chosen>) => void}} Look */

const OWN = "/console/api/reviews";
const MOST = 200;

/** @param {Scene} scene */
export async function showReviews(scene) {
  const wording = REVIEWS_TEXTS[scene.language];
  const inside = h("div", { class: "reviews" }, h("div", { class: "bone tall" }), h("div", { class: "bone tall" }));
  const trouble = h("p", { class: "fault", role: "alert" });
  const note = h("p", { class: "faint small origin" });
  const file = h("input", { class: "unseen", type: "file", accept: ".csv,.tsv,.txt,text/csv", id: "reviews-file" });
  const opener = h("label", { class: "button plain slim", for: "reviews-file" }, icon("plus"), wording.open);
  const own = h("button", { class: "button plain slim", type: "button", on: { click: () => load(() => get(OWN, {}, scene.signal)) } }, icon("again"), wording.own);
  place("main").replaceChildren(heading(wording.title, wording.hint, h("div", { class: "acts" }, file, opener, own)), note, trouble, inside);
  let latest = 0;
  /** @param {() => Promise<any>} ask */
  const load = async (ask) => {
    const mine = (latest += 1);
    trouble.textContent = "";
    inside.setAttribute("aria-busy", "true");
    announce(wording.reading);
    try {
      const data = await ask();
      if (mine !== latest || scene.signal.aborted) return;
      note.textContent = data.file ? fill(wording.file_of, { name: data.file }) : data.ready ? wording.own_of : "";
      draw(inside, data, scene, () => load(() => get(OWN, {}, scene.signal)));
    } catch (error) {
      if (givenUp(error) || mine !== latest) return;
      if (/** @type {any} */ (error)?.status === 401) return scene.fail(error, () => showReviews(scene));
      trouble.textContent = fill(wording.fault, { why: error instanceof Error ? error.message.replace(/^reviews: /, "") : "" });
    } finally {
      if (mine === latest) inside.removeAttribute("aria-busy");
    }
  };
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    file.value = "";
    if (chosen) load(() => sent(chosen, wording, inside, scene.signal));
  });
  await load(() => get(OWN, {}, scene.signal));
}

/** @param {File} file @param {Record<string, string>} wording @param {HTMLElement} inside @param {AbortSignal} signal */
async function sent(file, wording, inside, signal) {
  if (file.size > MOST * 1024 * 1024) throw new WireError(413, fill(wording.large, { n: MOST }));
  inside.replaceChildren(h("p", { class: "stage", role: "status" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), wording.reading), h("div", { class: "bone tall" }));
  try {
    const answer = await fetch(`${OWN}?name=${encodeURIComponent(file.name)}`, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "text/csv", "X-Console": "1" }, body: file, signal });
    const told = await body(answer);
    if (!answer.ok) throw new WireError(answer.status, told?.error?.message ?? told?.detail ?? answer.statusText);
    return told;
  } catch (error) {
    inside.replaceChildren();
    throw error;
  }
}

/** @param {HTMLElement} inside @param {any} data @param {Scene} scene @param {() => void} again */
function draw(inside, data, scene, again) {
  const wording = REVIEWS_TEXTS[scene.language];
  if (!data.reviews) return inside.replaceChildren(empty(wording, again));
  /** @type {Chosen} */
  const chosen = { product: "", label: "", aspect: "" };
  let leaving = new AbortController();
  scene.signal.addEventListener("abort", () => leaving.abort());
  const show = () => {
    leaving.abort();
    leaving = new AbortController();
    const focused = document.activeElement?.id ?? "";
    const one = chosen.product ? data.products.find((/** @type {any} */ each) => each.id === chosen.product) ?? data : data;
    /** @type {Look} */
    const look = { wording, language: scene.language, signal: leaving.signal, chosen, choose: (change) => { Object.assign(chosen, change); show(); } };
    inside.replaceChildren(...[picker(data, look), figures(one, data, look), weeksPanel(one, look), h("div", { class: "halves wide-first" }, aspectsPanel(one, look), saysPanel(one, look)), quotesPanel(data.quotes, look), productsPanel(data, look), notesPanel(data, look)].filter(Boolean));
    if (focused) document.getElementById(focused)?.focus();
  };
  show();
}

/** @param {any} data @param {Look} look */
function picker(data, look) {
  const { wording, chosen, choose } = look;
  if (data.products.length < 2) return null;
  const options = data.products.map((/** @type {any} */ one) => h("option", { value: one.id, selected: one.id === chosen.product, text: `${one.title} (${one.reviews})` }));
  return h("p", { class: "picker" }, h("label", { for: "reviews-product", text: wording.product }), h("select", { id: "reviews-product", class: "field", on: { change: (/** @type {any} */ event) => choose({ product: event.target.value }) } }, h("option", { value: "", text: wording.all_products }), ...options));
}

/** @param {Record<string, string>} wording @param {() => void} again */
function empty(wording, again) {
  return panel(wording.none, h("p", { class: "faint", text: wording.not_ready }), h("p", { class: "faint", text: wording.none_hint }), h("p", { class: "acts" }, h("button", { class: "button plain slim", type: "button", on: { click: again } }, icon("again"), wording.again)));
}
