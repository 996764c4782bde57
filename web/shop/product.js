// @ts-check
/** The page of one product: pictures, what it costs as chosen, the cart button, what the shop says of it, and what is like it. */

import { h, icon, place, unseen } from "../pages/dom.js";
import { counted, fill } from "../pages/language.js";
import { get } from "../pages/wire.js";
import { tell } from "./assistant.js";
import { cost, grid, saving } from "./cards.js";
import { blank, start, titled, toast } from "./frame.js";
import { picture } from "./picture.js";
import { steps } from "./steps.js";
import { change, choiceOf, first, standing } from "./variants.js";

/** @typedef {import("./frame.js").Look} Look */
/** @typedef {import("./variants.js").Variant} Variant */

const FEW = 5;
const id = decodeURIComponent(location.pathname.split("/").slice(2).join("/"));
document.head.append(h("meta", { name: "shopchat:product", content: id })); // before the widget starts, which reads it

start(async (look) => {
  const main = place("main");
  main.replaceChildren(bones());
  let product;
  try {
    product = await get(`/v1/products/${encodeURIComponent(id)}`, { lang: look.language });
  } catch (error) {
    const { status } = /** @type {import("../pages/wire.js").WireError} */ (error);
    if (status !== 404) throw error;
    titled(look.texts.gone, look);
    main.replaceChildren(blank({ icon: "search", title: look.texts.gone, hint: look.texts.gone_hint, action: look.texts.to_shop, href: "/" }));
    return;
  }
  titled(product.title, look);
  tell("page", { productId: id, title: document.title });
  main.replaceChildren(crumbs(product, look), page(product, look), ...below(product, look));
});

/** @param {any} product @param {Look} look */
function crumbs(product, { texts }) {
  const path = product.category ? product.category.split(" > ") : [];
  const steps = path.map((/** @type {string} */ name, /** @type {number} */ at) => h("li", {}, h("a", { href: `/?category=${encodeURIComponent(path.slice(0, at + 1).join(" > "))}`, dir: "auto", text: name })));
  return h("nav", { class: "crumbs", "aria-label": texts.categories }, h("ol", {}, h("li", {}, h("a", { href: "/", text: texts.home })), ...steps));
}

/** @param {any} product @param {Look} look */
function page(product, look) {
  const shown = gallery(product, look);
  return h("article", { class: "product" }, shown.node, h("div", { class: "buy" },
    product.brand && h("p", { class: "brand", dir: "auto", text: product.brand }),
    h("h1", { dir: "auto", text: product.title }),
    ...offer(product, look, shown.show)));
}

/** @param {any} product @param {Look} look @returns {{node: HTMLElement, show: (image: string) => void}} */
function gallery(product, { texts }) {
  const images = product.images ?? [];
  const large = h("div", { class: "large" }, picture(product, { alt: product.title, eager: true }));
  const thumbs = images.length < 2 ? [] : images.slice(0, 8).map((/** @type {string} */ image, /** @type {number} */ at) => h("button", {
    type: "button", "aria-pressed": String(at === 0), data: { image }, on: { click: () => show(image) },
  }, picture({ ...product, image }), unseen(fill(texts.picture_of, { n: at + 1, title: product.title }))));
  const show = (/** @type {string} */ image) => {
    if (!image || large.dataset.image === image) return;
    large.dataset.image = image;
    large.replaceChildren(picture({ ...product, image }, { alt: product.title, eager: true }));
    for (const thumb of thumbs) thumb.setAttribute("aria-pressed", String(thumb.dataset.image === image));
  };
  return { node: h("div", { class: "gallery" }, large, thumbs.length > 0 && h("div", { class: "thumbs", role: "group", "aria-label": texts.pictures }, ...thumbs)), show };
}

/** Price, options, quantity and button: all that changes with the choice. @param {any} product @param {Look} look @param {(image: string) => void} show @returns {HTMLElement[]} */
function offer(product, look, show) {
  const { texts } = look;
  /** @type {Variant[]} */
  const variants = product.variant_list;
  let variant = /** @type {Variant} */ (first(variants));
  const priced = h("div", { class: "priced" });
  const stock = h("p", { class: "stock", role: "status" });
  const number = h("p", { class: "small faint" });
  const amount = steps({ value: 1, most: null, label: texts.quantity, texts });
  const put = () => {
    look.basket.add(product.id, variant.id, amount.value, variant.quantity);
    toast(fill(texts.added, { title: product.title }), { label: texts.view_cart, href: "/cart" });
  };
  const add = h("button", { class: "button add", type: "button", on: { click: () => add.getAttribute("aria-disabled") !== "true" && put() } });
  const pickers = product.options.filter((/** @type {any} */ one) => variants.length > 1 || one.values.length > 1).map((/** @type {any} */ one) => picker(one, product, (value) => {
    variant = change(variants, choiceOf(variant), one.name, value) ?? variant;
    show(variant.image ?? "");
    paint();
  }));
  const paint = () => {
    const out = variant.available === false;
    const sum = saving(variant, look);
    priced.replaceChildren(cost({ ...variant, currency: product.currency }, look), ...(sum ? [h("span", { class: "badge sale", text: sum })] : []));
    stock.textContent = stockText(variant, texts);
    stock.dataset.state = out ? "out" : variant.quantity !== null && variant.quantity <= FEW && variant.availability === "in_stock" ? "few" : "in";
    number.textContent = variant.sku ? `${texts.sku}: ${variant.sku}` : "";
    amount.limit(variant.availability === "in_stock" ? variant.quantity : null, !out);
    add.replaceChildren(icon("bag"), out ? texts.sold_out : texts.add);
    add.setAttribute("aria-disabled", String(out));
    for (const one of pickers) one.paint(variant, variants, texts);
  };
  paint();
  return [priced, stock, ...pickers.map((/** @type {any} */ one) => one.node),
    h("div", { class: "take" }, amount.node, add),
    h("button", { class: "link ask", type: "button", on: { click: () => tell("open") } }, icon("chat"), texts.ask_this), number];
}

/** @param {Variant} variant @param {Record<string, string>} texts */
function stockText(variant, texts) {
  if (variant.available === false) return texts.sold_out;
  if (variant.availability === "preorder" || variant.availability === "backorder") return texts[`stock_${variant.availability}`];
  if (variant.availability === "unknown") return "";
  return variant.quantity !== null && variant.quantity > 0 && variant.quantity <= FEW ? counted(texts, "few", variant.quantity) : texts.in_stock;
}

/** One option as a group of radio buttons. @param {{name: string, values: string[]}} option @param {any} product @param {(value: string) => void} picked */
function picker({ name, values }, product, picked) {
  const group = `option-${product.options.findIndex((/** @type {any} */ one) => one.name === name)}`;
  const current = h("span", { class: "current", dir: "auto" });
  const radios = values.map((value) => h("input", { type: "radio", name: group, value, class: "unseen", on: { change: () => picked(value) } }));
  const notes = values.map(() => unseen(""));
  const labels = values.map((value, at) => h("label", { class: "pill" }, radios[at], h("span", { dir: "auto", text: value }), notes[at]));
  return {
    node: h("fieldset", { class: "option" }, h("legend", {}, h("span", { dir: "auto", text: name }), current), h("div", { class: "pills" }, ...labels)),
    paint(/** @type {Variant} */ variant, /** @type {Variant[]} */ variants, /** @type {Record<string, string>} */ texts) {
      const choice = choiceOf(variant);
      current.textContent = choice[name] ?? "";
      values.forEach((value, at) => {
        const state = standing(variants, choice, name, value);
        radios[at].checked = choice[name] === value;
        labels[at].dataset.state = state;
        notes[at].textContent = state === "open" ? "" : ` (${state === "out" ? texts.sold_out : texts.not_offered})`;
      });
    },
  };
}

/** @param {any} product @param {Look} look @returns {HTMLElement[]} */
function below(product, look) {
  const { texts } = look;
  const rows = product.attributes.map((/** @type {[string, string]} */ [name, value]) => h("tr", {}, h("th", { scope: "row", dir: "auto", text: name }), h("td", { dir: "auto", text: value })));
  const told = product.paragraphs.length > 0 && h("section", { class: "prose", "aria-labelledby": "told" }, h("h2", { id: "told", text: texts.description }), ...product.paragraphs.map((/** @type {string} */ text) => h("p", { dir: "auto", text })));
  const table = rows.length > 0 && h("section", { "aria-labelledby": "table" }, h("h2", { id: "table", text: texts.details }), h("table", { class: "details" }, h("tbody", {}, ...rows)));
  const beside = product.goes_with?.length > 0 && h("section", { class: "like", "aria-labelledby": "beside" }, h("h2", { id: "beside", text: texts.goes_with }), grid(product.goes_with, look));
  const like = product.similar.length > 0 && h("section", { class: "like", "aria-labelledby": "like" }, h("h2", { id: "like", text: texts.similar }), grid(product.similar, look));
  return [(told || table) && h("div", { class: "about" }, told, table), beside, like].filter(Boolean);
}

function bones() {
  const line = (/** @type {string} */ kind) => h("div", { class: `bone line ${kind}` });
  return h("div", { class: "product bones", "aria-hidden": "true" }, h("div", { class: "gallery" }, h("div", { class: "large bone" })), h("div", { class: "buy" }, line("short"), line("tall"), line("short"), line(""), line("")));
}
