// @ts-check
/**
 * What all pages of the shop have: the head with search, language and cart, the foot, and the start. A page hands over one function
 * that draws it; it is called again when the shopper changes the language. All that is said of the shop comes from GET /v1/shop.
 */

import { announce, h, icon, place, unseen } from "../pages/dom.js";
import { counted, keep, kept, ownName, pick, price, primary } from "../pages/language.js";
import { get } from "../pages/wire.js";
import { tell } from "./assistant.js";
import { Basket } from "./basket.js";
import { TEXTS } from "./texts.js";

/** @typedef {{name: string, languages: string[], currency: string, about?: string, categories: string[], counts: Record<string, number>, contact?: Record<string, string>}} Shop */
/** @typedef {{shop: Shop, language: string, texts: Record<string, string>, price: (amount: any, currency: any) => string, basket: Basket}} Look `language` is one of the shop's */

const site = document.querySelector("script[data-site]")?.getAttribute("data-site") ?? "";
const LANGUAGE = `shop:${site}:language`;
export const basket = new Basket(site, storage());

/** @param {(look: Look) => (void|Promise<void>)} draw */
export async function start(draw) {
  addEventListener("storage", ({ key }) => (key === basket.key || key === null) && basket.read());
  basket.addEventListener("change", () => tell("cart", basket.lines.map(({ product }) => product)));
  if (basket.count) basket.read();
  const asked = new URLSearchParams(location.search).get("lang");
  const wished = asked || kept(LANGUAGE) || document.documentElement.lang;
  document.documentElement.lang = wished; // before the widget starts, which reads it
  await show(wished, draw);
}

/** @param {string} wished @param {(look: Look) => (void|Promise<void>)} draw */
async function show(wished, draw) {
  const main = place("main");
  try {
    const shop = await get("/v1/shop", { lang: wished });
    const language = pick(shop.languages, [wished, ...navigator.languages]);
    const look = lookOf(shop, language);
    document.documentElement.lang = language;
    tell("set", { locale: language });
    place("head").replaceChildren(...head(look, (other) => changeTo(other, draw)));
    place("foot").replaceChildren(...foot(look));
    place("skip").textContent = look.texts.skip;
    await draw(look);
  } catch (error) {
    console.warn(error);
    const { texts } = lookOf(/** @type {any} */ ({ languages: [] }), wished);
    main.replaceChildren(blank({ icon: "alert", title: texts.fault, hint: texts.fault_hint, action: texts.retry, run: () => show(wished, draw) }));
  }
}

/** @param {string} language @param {(look: Look) => (void|Promise<void>)} draw */
function changeTo(language, draw) {
  keep(LANGUAGE, language);
  const here = new URL(location.href);
  if (here.searchParams.has("lang")) {
    here.searchParams.delete("lang");
    history.replaceState(null, "", here);
  }
  show(language, draw).then(() => place("head").querySelector(".languages [aria-pressed=true]")?.focus());
}

/** @param {Shop} shop @param {string} language @returns {Look} */
function lookOf(shop, language) {
  const spoken = pick(Object.keys(TEXTS), [language, ...navigator.languages, "en"]);
  return { shop, language, texts: TEXTS[spoken], price: (amount, currency) => price(amount, currency, language), basket };
}

/** @param {Look} look @param {(language: string) => void} changed */
function head(look, changed) {
  const { shop, texts } = look;
  const query = new URLSearchParams(location.search).get("q") ?? "";
  const field = h("input", { class: "field", type: "search", name: "q", id: "search", value: query, placeholder: texts.search, "aria-label": texts.search, maxlength: 200, autocomplete: "off", enterkeyhint: "search" });
  return [h("div", { class: "bar" },
    h("a", { class: "brandmark", href: "/", dir: "auto" }, h("span", { class: "mark", "aria-hidden": "true", text: [...(shop.name || "·")][0] }), h("span", { text: shop.name || texts.home })),
    h("form", { class: "search", role: "search", action: "/", method: "get" }, field, h("button", { class: "go", type: "submit" }, icon("search"), unseen(texts.search_go))),
    h("div", { class: "tools" }, languages(look, changed), cartLink(look)))];
}

/** @param {Look} look @param {(language: string) => void} changed */
function languages({ shop, language, texts }, changed) {
  if (shop.languages.length < 2) return null;
  const button = (/** @type {string} */ tag) => h("button", { type: "button", lang: tag, "aria-pressed": String(tag === language), on: { click: () => tag !== language && changed(tag) }, text: primary(tag) === "en" ? "EN" : ownName(tag) });
  return h("div", { class: "languages", role: "group", "aria-label": texts.language }, ...shop.languages.map(button));
}

/** @param {Look} look */
function cartLink({ texts }) {
  const number = h("span", { class: "count", "aria-hidden": "true" });
  const said = unseen("");
  const link = h("a", { class: "cart", href: "/cart" }, icon("bag"), h("span", { class: "word", "aria-hidden": "true", text: texts.cart }), number, said);
  const paint = () => {
    if (!link.isConnected && link.dataset.shown) return basket.removeEventListener("change", paint);
    link.dataset.shown = "yes";
    number.textContent = String(basket.count);
    number.hidden = basket.count === 0;
    said.textContent = counted(texts, "cart", basket.count);
  };
  basket.addEventListener("change", paint);
  paint();
  delete link.dataset.shown;
  return link;
}

/** @param {Look} look */
function foot({ shop, texts }) {
  const { email, phone, hours, address } = shop.contact ?? {};
  const contact = [email && h("a", { href: `mailto:${email}`, text: email }), phone && h("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}`, text: phone }), hours, address].filter(Boolean);
  return [h("div", { class: "inside" },
    h("div", { class: "self" }, h("p", { class: "foot-name", dir: "auto", text: shop.name }), shop.about && h("p", { class: "faint", dir: "auto", text: shop.about })),
    contact.length > 0 && h("div", {}, h("h2", { text: texts.contact }), h("ul", { class: "contact" }, ...contact.map((one) => h("li", { dir: "auto" }, one)))),
    h("p", { class: "small faint note" }, texts.built))].filter(Boolean);
}

/** An empty or broken page that says what can be done. @param {{icon: string, title: string, hint: string, action?: string, href?: string, run?: () => void, level?: string}} what */
export function blank({ icon: sign, title, hint, action = "", href = "", run, level = "h1" }) {
  const way = action && (href ? h("a", { class: "button", href, text: action }) : h("button", { class: "button", type: "button", text: action, on: { click: run } }));
  return h("div", { class: "blank", role: run && !href ? "alert" : null }, icon(sign), h(level, { text: title }), h("p", { text: hint }), way);
}

/** A short notice at the foot of the window, with one thing to do. @param {string} text @param {{label: string, href?: string, run?: () => void}} action */
export function toast(text, { label, href, run }) {
  const done = () => node.remove();
  const press = () => { done(); run?.(); };
  const node = h("div", { class: "toast" }, icon("check"), h("p", { dir: "auto", text }), href ? h("a", { href, text: label }) : h("button", { type: "button", text: label, on: { click: press } }));
  document.querySelector(".toast")?.remove();
  document.body.append(node);
  announce(text);
  setTimeout(done, 7000);
}

/** @param {string} title @param {Look} look */
export function titled(title, { shop }) {
  document.title = [title, shop.name].filter(Boolean).join(" · ");
}

/** @param {Look} look @param {number} n */
export function tally({ texts }, n) {
  return counted(texts, "tally", n);
}

function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

