// @ts-check
/** What a reply is based on, drawn: product cards, and the titles of the FAQ entries and policies. Text and cards come from the same ids. */

import { h, icon } from "./dom.js";
import { safeUrl } from "./plain.js";
import { price } from "./texts.js";

/** @typedef {import("./session.js").Source} Source */
/** @typedef {{texts: Record<string, string>, tag: string, server: string, pageUrl: string}} Look */

/** The sources that may be shown: those the reply cites, or all where it cites none. @param {import("./session.js").Item} item @returns {Source[]} */
export function shown({ sources = [], citations = [], finish }) {
  if (finish === "refused" || finish === "superseded" || finish === "error") return [];
  if (finish) return citations.length ? sources.filter(({ id }) => citations.includes(id)) : sources;
  // Before the reply says which ones it used, cards only where nothing but products was found, so that none has to be taken away.
  return sources.every(({ kind }) => kind === "product") ? sources : [];
}

/** @param {Source[]} sources @param {Look} look @returns {HTMLElement|null} */
export function cards(sources, look) {
  const products = sources.filter(({ kind }) => kind === "product").slice(0, 8);
  if (!products.length) return null;
  const list = products.map((product) => h("li", {}, card(product, look)));
  return h("ul", { class: list.length > 1 ? "cards many" : "cards", part: "cards", "aria-label": look.texts.products }, ...list);
}

/** @param {Source} product @param {Look} look */
function card(product, look) {
  const href = safeUrl(product.url, look.pageUrl);
  return h(href ? "a" : "div", { class: "card", part: "card", data: { id: product.id }, ...(href && target(href, look)) },
    picture(product, look),
    h("span", { class: "facts" }, h("span", { class: "name", dir: "auto", text: product.title }), cost(product, look), stock(product, look)));
}

/** Another site opens beside the shop; the shop's own page opens in place, and the conversation goes along. @param {string} href @param {Look} look */
function target(href, look) {
  const own = new URL(href).origin === new URL(look.pageUrl).origin;
  return own ? { href } : { href, target: "_blank", rel: "noopener noreferrer" };
}

/** @param {Source} product @param {Look} look */
function picture(product, look) {
  const frame = h("span", { class: "picture" });
  const empty = () => frame.replaceChildren(icon("bag"));
  const src = safeUrl(product.image, look.server);
  if (!src) empty();
  else frame.append(h("img", { src, alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer", on: { error: empty } }));
  return frame;
}

/** @param {Source} product @param {Look} look */
function cost(product, { texts, tag }) {
  const now = price(product.price, product.currency, tag);
  if (!now) return null;
  const before = Number(product.list_price) > Number(product.price) ? price(product.list_price, product.currency, tag) : "";
  return h("span", { class: "price" },
    before && h("span", { class: "sr", text: texts.now }), h("b", { class: before ? "sale" : null, text: now }),
    before && h("span", { class: "sr", text: texts.was }), before && h("s", { text: before }));
}

/** @param {Source} product @param {Look} look */
function stock({ available }, { texts }) {
  if (available === null || available === undefined) return null;
  return h("span", { class: available ? "stock in" : "stock out", text: available ? texts.in_stock : texts.sold_out });
}

/** @param {Source[]} sources @param {Look} look @returns {HTMLElement|null} */
export function basis(sources, look) {
  const pages = sources.filter(({ kind }) => kind !== "product");
  const unique = pages.filter((one, at) => pages.findIndex(({ title }) => title === one.title) === at).slice(0, 4);
  if (!unique.length) return null;
  const titles = unique.map((one) => {
    const href = safeUrl(one.url, look.pageUrl);
    return h("li", {}, href ? h("a", { ...target(href, look), text: one.title, dir: "auto" }) : h("span", { text: one.title, dir: "auto" }));
  });
  return h("div", { class: "basis", part: "sources" }, h("span", { class: "label", text: look.texts.based }), h("ul", {}, ...titles));
}
