// @ts-check
/** A product as a card, alone or in a grid; its price, and its badges. */

import { h, unseen } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { picture } from "./picture.js";

/** @typedef {import("./frame.js").Look} Look */
/** @typedef {{id: string, title: string, brand?: string, category?: string, image?: string, images?: string[], price: string|number|null, list_price: string|number|null, currency: string, available: boolean|null, on_sale: boolean, price_from: boolean, variants: number}} Item */

/** @param {string} id */
export function productPath(id) {
  return `/products/${encodeURIComponent(id)}`;
}

/** @param {Item[]} items @param {Look} look @param {{eager?: number, level?: string}} [how] `eager`: how many pictures are in view at once */
export function grid(items, look, { eager = 0, level = "h3" } = {}) {
  return h("ul", { class: "grid" }, ...items.map((item, at) => card(item, look, at < eager, level)));
}

/** @param {Item} item @param {Look} look @param {boolean} eager @param {string} level */
export function card(item, look, eager, level) {
  const out = item.available === false;
  return h("li", { class: out ? "card out" : "card", data: { id: item.id } },
    h("div", { class: "well" }, picture(item, { eager }), badge(item, look)),
    h("div", { class: "facts" },
      item.brand && h("p", { class: "brand", dir: "auto", text: item.brand }),
      h(level, { class: "name" }, h("a", { href: productPath(item.id), dir: "auto", text: item.title })),
      cost(item, look, item.price_from)));
}

/** @param {Item} item @param {Look} look */
function badge(item, { texts }) {
  if (item.available === false) return h("span", { class: "badge gone", text: texts.sold_out });
  return item.on_sale ? h("span", { class: "badge sale", text: texts.sale }) : null;
}

/** @param {{price: string|number|null, list_price: string|number|null, currency: string}} item @param {Look} look @param {boolean} [from] */
export function cost({ price, list_price, currency }, look, from = false) {
  const now = look.price(price, currency);
  if (!now) return h("p", { class: "price faint", text: look.texts.price_open });
  const before = Number(list_price) > Number(price) ? look.price(list_price, currency) : "";
  return h("p", { class: before ? "price reduced" : "price" },
    from && h("span", { class: "from", text: `${look.texts.from} ` }),
    before && unseen(`${look.texts.now}: `), h("strong", { text: now }),
    before && unseen(` ${look.texts.was}: `), before && h("s", { text: before }));
}

/** How much less than before, in words. @param {{price: string|number|null, list_price: string|number|null}} item @param {Look} look */
export function saving({ price, list_price }, { texts }) {
  const percent = Math.floor(100 * (1 - Number(price) / Number(list_price)));
  return Number(list_price) > Number(price) && percent > 0 ? fill(texts.save, { percent }) : "";
}

/** Grey shapes where cards will be. @param {number} n */
export function bones(n) {
  const bone = () => h("li", { class: "card" }, h("div", { class: "well bone" }), h("div", { class: "facts" }, h("div", { class: "bone line short" }), h("div", { class: "bone line" }), h("div", { class: "bone line short" })));
  return h("ul", { class: "grid bones", "aria-hidden": "true" }, ...Array.from({ length: n }, bone));
}
