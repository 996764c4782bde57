// @ts-check
/** The shop's first page: a welcome, the categories, and the products; category, words, order and how far one has looked stay in the address. */

import { announce, h, icon, place } from "../pages/dom.js";
import { counted, fill } from "../pages/language.js";
import { get, givenUp } from "../pages/wire.js";
import { tell } from "./assistant.js";
import { bones, grid, productPath } from "./cards.js";
import { blank, start, tally, titled } from "./frame.js";
import { picture } from "./picture.js";

/** @typedef {import("./frame.js").Look} Look */
/** @typedef {import("./cards.js").Item} Item */
/** @typedef {{q: string, category: string, sort: string, pages: number}} Wish */

const SIZE = 24;
const PORTION = 200; // the most products the shop hands out at once
const SORTABLE = 1000; // more than this are not fetched only to be put in order
const PATH = " > ";
/** @type {Record<string, (a: Item, b: Item) => number>} */
const ORDERS = {
  price_up: (a, b) => number(a.price, Infinity) - number(b.price, Infinity),
  price_down: (a, b) => number(b.price, -Infinity) - number(a.price, -Infinity),
  name_up: (a, b) => a.title.localeCompare(b.title, document.documentElement.lang),
  sale_first: (a, b) => Number(b.on_sale && b.available !== false) - Number(a.on_sale && a.available !== false),
};

/** @type {Look} */
let look;
let fetching = new AbortController();
let typed = 0;

start(async (given) => {
  look = given;
  const main = place("main");
  main.replaceChildren(h("div", { id: "hero" }), h("section", { id: "shelf", "aria-labelledby": "heading" }));
  listen();
  await draw(true);
});

addEventListener("popstate", () => {
  if (!look) return;
  searchField().value = wish().q;
  draw(true);
});

/** @returns {Wish} */
function wish() {
  const here = new URLSearchParams(location.search);
  const category = here.get("category") ?? "";
  const known = look.shop.categories.some((one) => one === category || one.startsWith(category + PATH));
  const sort = here.get("sort") ?? "";
  return { q: (here.get("q") ?? "").trim(), category: known ? category : "", sort: ORDERS[sort] ? sort : "", pages: Math.min(Math.max(Number(here.get("pages")) || 1, 1), 40) };
}

/** @param {Partial<Wish>} changes @param {{instead?: boolean, quiet?: boolean}} [how] `instead`: no new step in the history */
function go(changes, { instead = false, quiet = false } = {}) {
  const wanted = { ...wish(), pages: 1, ...changes };
  history[instead ? "replaceState" : "pushState"](null, "", addressOf(wanted));
  return draw(!quiet);
}

/** @param {Partial<Wish>} wanted */
function addressOf({ q = "", category = "", sort = "", pages = 1 }) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ q, category, sort })) if (value) search.set(name, value);
  if (pages > 1) search.set("pages", String(pages));
  return search.size ? `/?${search}` : "/";
}

function searchField() {
  return /** @type {HTMLInputElement} */ (place("search"));
}

function listen() {
  const field = searchField();
  const ask = () => wish().q !== field.value.trim() && go({ q: field.value.trim() }, { instead: Boolean(wish().q) });
  field.form?.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(typed); ask(); });
  field.addEventListener("input", () => { clearTimeout(typed); typed = window.setTimeout(ask, 300); });
}

/** @param {boolean} afresh whether grey shapes stand in while the products are fetched */
async function draw(afresh) {
  const now = wish();
  const shelf = place("shelf");
  fetching.abort();
  fetching = new AbortController();
  titled(now.q ? fill(look.texts.results, { q: now.q }) : now.category.split(PATH).at(-1) ?? "", look);
  if (afresh) shelf.replaceChildren(...headOf(now, null), bones(8));
  try {
    const { items, total } = await fetchProducts(now, fetching.signal);
    drawHero(now, items);
    shelf.replaceChildren(...headOf(now, total), ...bodyOf(now, items, total));
    announce(now.q || now.category ? tally(look, total) : "");
  } catch (error) {
    if (givenUp(error)) return;
    const { fault, fault_hint, retry } = look.texts;
    shelf.replaceChildren(blank({ icon: "alert", title: fault, hint: fault_hint, action: retry, run: () => draw(true), level: "h2" }));
  }
}

/** The products to show, and how many there are in all. @param {Wish} now @param {AbortSignal} signal @returns {Promise<{items: Item[], total: number}>} */
async function fetchProducts({ q, category, sort, pages }, signal) {
  const ask = (/** @type {number} */ page, /** @type {number} */ size) => get("/v1/products", { lang: look.language, q, category, page, size }, signal);
  if (!sort && pages === 1) return ask(1, SIZE);
  const wanted = pages * SIZE;
  const first = await ask(1, PORTION);
  const needed = sort && first.total <= SORTABLE ? first.total : wanted;
  const rest = Math.ceil(Math.min(needed, first.total) / PORTION) - 1;
  const more = await Promise.all(Array.from({ length: Math.max(rest, 0) }, (_, at) => ask(at + 2, PORTION)));
  const items = [first, ...more].flatMap((one) => one.items);
  if (sort && first.total <= SORTABLE) items.sort(ORDERS[sort]);
  return { items: items.slice(0, wanted), total: first.total };
}

/** @param {Wish} now @param {Item[]} items */
function drawHero(now, items) {
  const hero = place("hero");
  const plain = !now.q && !now.category && items.length > 0;
  hero.hidden = !plain;
  if (!plain || hero.dataset.language === look.language) return;
  hero.dataset.language = look.language;
  const { shop, texts } = look;
  const tops = topsOf(shop.categories).length;
  const facts = [counted(texts, "tally", shop.counts.products), tops > 1 && fill(texts.in_categories, { n: tops })].filter(Boolean).join(" · ");
  const shown = [...items.filter(({ image }) => image), ...items.filter(({ image }) => !image)].filter(({ available }) => available !== false).filter(apart).slice(0, 4);
  hero.replaceChildren(h("section", { class: "hero", "aria-labelledby": "welcome" },
    h("div", { class: "words" },
      h("p", { class: "facts-line", text: facts }),
      h("h1", { id: "welcome", dir: "auto", text: shop.name ? fill(texts.welcome, { name: shop.name }) : texts.welcome_bare }),
      shop.about && h("p", { class: "lead", dir: "auto", text: shop.about }),
      h("p", { class: "ways" },
        h("a", { class: "button", href: "#shelf", text: texts.browse }),
        h("button", { class: "button plain", type: "button", on: { click: () => tell("open") } }, icon("chat"), texts.ask))),
    h("ul", { class: "collage" }, ...shown.map((item) => h("li", {}, h("a", { href: productPath(item.id), tabindex: -1, "aria-hidden": "true" }, picture(item, { eager: true })))))));
}

/** One of each category, while there are others. @param {Item} item @param {number} at @param {Item[]} all */
function apart(item, at, all) {
  const kinds = new Set(all.map(({ category }) => category)).size;
  return kinds < 4 || all.findIndex(({ category }) => category === item.category) === at;
}

/** @param {Wish} now @param {number|null} total */
function headOf(now, total) {
  const { texts } = look;
  const name = now.q ? fill(texts.results, { q: now.q }) : now.category.split(PATH).at(-1) || texts.everything;
  const orders = ["", ...Object.keys(ORDERS)].map((key) => h("option", { value: key, selected: key === now.sort, text: texts[`order_${key || "featured"}`] }));
  const sort = h("select", { class: "field", id: "sort", on: { change: (/** @type {any} */ event) => go({ sort: event.target.value }, { instead: true }) } }, ...orders);
  const plain = !now.q && !now.category;
  return [categoryRows(now),
    h("div", { class: "shelf-head" },
      h("div", {}, h(plain ? "h2" : "h1", { id: "heading", class: "heading", dir: "auto", text: name }), h("p", { class: "faint", text: total === null ? "" : tally(look, total) })),
      (total === null || (total > 1 && total <= SORTABLE)) && h("div", { class: "sort" }, h("label", { for: "sort", class: "faint small", text: texts.sort }), sort))];
}

/** @param {Wish} now */
function categoryRows(now) {
  const { shop, texts } = look;
  const tops = topsOf(shop.categories);
  if (!tops.length) return null;
  const top = now.category.split(PATH)[0];
  const inner = top ? [...new Set(shop.categories.filter((one) => one.startsWith(top + PATH)).map((one) => one.split(PATH).slice(0, 2).join(PATH)))] : [];
  return h("nav", { class: "categories", "aria-label": texts.categories },
    chips([["", texts.all], ...tops.map((one) => /** @type {[string, string]} */ ([one, one]))], now, (one) => one === top),
    inner.length > 1 && chips(inner.map((one) => [one, one.split(PATH)[1]]), now, (one) => now.category === one || now.category.startsWith(one + PATH), "inner", fill(texts.within, { name: top })));
}

/** @param {[string, string][]} pairs @param {Wish} now @param {(category: string) => boolean} current @param {string} [kind] @param {string|null} [label] */
function chips(pairs, now, current, kind = "", label = null) {
  const chip = (/** @type {[string, string]} */ [category, name]) => h("li", {}, h("a", {
    class: "chip", href: addressOf({ q: now.q, category, sort: now.sort }), "aria-current": current(category) ? "true" : null, dir: "auto", text: name,
    on: { click: (/** @type {MouseEvent} */ event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) return; event.preventDefault(); go({ category: current(category) && kind ? category.split(PATH)[0] : category }); } },
  }));
  return h("ul", { class: `chips ${kind}`, "aria-label": label }, ...pairs.map(chip));
}

/** @param {Wish} now @param {Item[]} items @param {number} total */
function bodyOf(now, items, total) {
  const { texts } = look;
  if (!items.length && !now.q && !now.category) return [blank({ icon: "bag", title: texts.empty, hint: texts.empty_hint, level: "h2" })];
  if (!items.length) return [blank({ icon: "search", title: texts.none, hint: texts.none_hint, action: texts.clear, run: () => { searchField().value = ""; go({ q: "", category: "" }); }, level: "h2" })];
  const more = items.length < total && h("div", { class: "more" },
    h("p", { class: "faint small", text: fill(texts.showing, { n: items.length, total }) }),
    h("button", { class: "button plain", type: "button", text: texts.more, on: { click: () => showMore(now, items.length) } }));
  return [grid(items, look, { eager: 4 }), more].filter(Boolean);
}

/** @param {Wish} now @param {number} seen */
async function showMore(now, seen) {
  await go({ pages: now.pages + 1 }, { instead: true, quiet: true });
  /** @type {HTMLElement|null|undefined} */ (place("shelf").querySelectorAll(".card a")[seen])?.focus({ preventScroll: true });
}

/** @param {string[]} categories */
function topsOf(categories) {
  return [...new Set(categories.map((one) => one.split(PATH)[0]))];
}

/** @param {string|number|null} price @param {number} unknown */
function number(price, unknown) {
  return price === null || price === "" ? unknown : Number(price);
}
