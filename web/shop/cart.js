// @ts-check
/** The cart page: each line with today's price and stock, as the shop says now; totals per currency. There is no checkout. */

import { h, icon, place } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { get } from "../pages/wire.js";
import { cost, productPath } from "./cards.js";
import { blank, start, titled, toast } from "./frame.js";
import { picture } from "./picture.js";
import { steps } from "./steps.js";

/** @typedef {import("./frame.js").Look} Look */
/** @typedef {import("./basket.js").Line} Line */
/** @typedef {{line: Line, product: any, variant: import("./variants.js").Variant|undefined}} Found `product` is null where the shop has it no more */

/** @type {Map<string, any>} */
const products = new Map();
/** @type {Look} */
let look;
let drawn = "";

start(async (given) => {
  look = given;
  products.clear();
  drawn = "";
  titled(look.texts.cart_title, look);
  if (look.basket.count) place("main").replaceChildren(h("div", { class: "cart-page" }, h("div", { class: "bone line tall" }), h("div", { class: "bone line" }), h("div", { class: "bone line" })));
  await refresh();
  look.basket.addEventListener("change", changed);
});

function changed() {
  refresh().catch((error) => console.warn(error));
}

async function refresh() {
  const missing = [...new Set(look.basket.lines.map(({ product }) => product))].filter((id) => !products.has(id));
  await Promise.all(missing.map(async (id) => products.set(id, await fetchProduct(id))));
  const found = look.basket.lines.map((line) => {
    const product = products.get(line.product) ?? null;
    return { line, product, variant: product?.variant_list.find((/** @type {any} */ one) => one.id === line.variant) };
  });
  draw(found);
}

/** @param {string} id @returns {Promise<any>} null where the shop has it no more */
async function fetchProduct(id) {
  try {
    return await get(`/v1/products/${encodeURIComponent(id)}`, { lang: look.language });
  } catch (error) {
    if (/** @type {any} */ (error).status === 404) return null;
    throw error;
  }
}

/** @param {Found[]} found */
function draw(found) {
  const { texts } = look;
  const main = place("main");
  const now = found.map(({ line }) => `${line.product}\n${line.variant}`).join("\n\n") + look.language;
  if (!found.length) main.replaceChildren(blank({ icon: "bag", title: texts.cart_empty, hint: texts.cart_empty_hint, action: texts.continue, href: "/" }));
  else if (drawn === now) for (const one of found) repaint(one);
  else main.replaceChildren(h("div", { class: "cart-page" }, h("h1", { text: texts.cart_title }), h("div", { class: "cart-columns" }, h("ul", { class: "lines" }, ...found.map(row)), h("aside", { class: "sum", id: "sum", "aria-label": texts.total }))));
  drawn = found.length ? now : "";
  if (found.length) place("sum").replaceChildren(...sum(found));
}

/** @param {Line} line */
function idOf({ product, variant }) {
  return `line-${encodeURIComponent(product)}-${encodeURIComponent(variant)}`;
}

/** @param {Found} found */
function counts({ variant }) {
  return Boolean(variant && variant.available !== false && variant.price !== null);
}

/** @param {Found} found */
function row({ line, product, variant }) {
  const { texts, basket } = look;
  const title = product?.title ?? line.product;
  const out = !variant || variant.available === false;
  const amount = steps({ value: line.quantity, most: stockOf(variant), label: `${texts.quantity}: ${title}`, texts, changed: (value) => basket.set(line.product, line.variant, value) });
  if (!out && amount.value !== line.quantity) basket.set(line.product, line.variant, amount.value);
  const shown = { line: { ...line, quantity: amount.value }, product, variant };
  const chosen = (variant?.options ?? []).map(([name, value]) => `${name}: ${value}`).join(" · ");
  return h("li", { class: out ? "line out" : "line", id: idOf(line) },
    h("a", { class: "thumb", href: productPath(line.product), tabindex: -1, "aria-hidden": "true" }, picture({ title, category: product?.category, image: variant?.image || product?.image })),
    h("div", { class: "what" },
      h("h2", {}, product ? h("a", { href: productPath(line.product), dir: "auto", text: title }) : h("span", { dir: "auto", text: title })),
      chosen && h("p", { class: "faint small", dir: "auto", text: chosen }),
      out ? h("p", { class: "small stock", data: { state: "out" }, text: variant ? texts.line_out : texts.line_gone }) : h("p", { class: "small faint each", text: each(shown) })),
    !out && amount.node,
    h("div", { class: "line-price" }, !out && linePrice(shown)),
    h("button", { class: "remove", type: "button", "aria-label": fill(texts.remove_it, { title }), on: { click: () => remove(line, title) } }, icon("trash")));
}

/** The most there are, where the shop counts. @param {Found["variant"]} variant */
function stockOf(variant) {
  return variant?.availability === "in_stock" ? variant.quantity : null;
}

/** The price of one, and why there cannot be more of it. @param {Found} found */
function each({ line, product, variant }) {
  const stock = stockOf(variant);
  const price = fill(look.texts.each, { price: look.price(variant?.price, product.currency) || "–" });
  return stock !== null && line.quantity >= stock ? `${price} · ${fill(look.texts.only, { n: stock })}` : price;
}

/** @param {Found} found */
function linePrice({ line, product, variant }) {
  const times = (/** @type {any} */ amount) => (amount === null || amount === undefined ? null : cents(amount, line.quantity));
  return cost({ price: times(variant?.price), list_price: times(variant?.list_price), currency: product.currency }, look);
}

/** @param {Found} found */
function repaint(found) {
  if (!found.variant || found.variant.available === false) return;
  const node = document.getElementById(idOf(found.line));
  node?.querySelector(".line-price")?.replaceChildren(linePrice(found));
  node?.querySelector(".each")?.replaceChildren(each(found));
}

/** @param {Line} line @param {string} title */
function remove(line, title) {
  const { texts, basket } = look;
  const was = basket.lines.find(({ product, variant }) => product === line.product && variant === line.variant) ?? line;
  const at = basket.remove(line.product, line.variant);
  toast(fill(texts.removed, { title }), { label: texts.undo, run: () => basket.putBack(was, at) });
  const main = place("main");
  main.focus();
}

/** @param {Found[]} found @returns {HTMLElement[]} */
function sum(found) {
  const { texts } = look;
  /** @type {Map<string, number>} */
  const totals = new Map();
  let items = 0;
  for (const one of found.filter(counts)) {
    items += one.line.quantity;
    totals.set(one.product.currency, (totals.get(one.product.currency) ?? 0) + cents(/** @type {any} */ (one.variant).price, one.line.quantity));
  }
  return [
    h("dl", {}, h("div", {}, h("dt", { text: texts.items }), h("dd", { text: items })),
      ...[...totals].map(([currency, total]) => h("div", { class: "total" }, h("dt", { text: texts.total }), h("dd", { text: look.price(cents(total, 1), currency) })))),
    h("p", { class: "small faint", text: texts.delivery_note }),
    h("p", { class: "notice" }, icon("info"), texts.demo),
    h("a", { class: "button plain", href: "/", text: texts.continue })];
}

/** An amount times a number, without the dust of binary fractions. @param {any} amount @param {number} times */
function cents(amount, times) {
  return Math.round(Number(amount) * times * 10000) / 10000;
}
