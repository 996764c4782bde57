// @ts-check
/** A product's picture, or a drawn one in its place: two soft shapes and the initials, always the same for the same product. */

import { h, svg } from "../pages/dom.js";

const HUES = [152, 28, 205, 350, 95, 262, 45, 182, 320, 12];
const SHAPES = [
  "M0 300Q120 210 220 270T400 230V400H0Z",
  "M0 400V250L130 160 230 260 320 190 400 260V400Z",
  "M-20 330A190 190 0 0 1 360 330V420H-20Z",
  "M400 60Q250 110 270 230T90 420H400Z",
];

/** @param {{title: string, category?: string, image?: string}} product @param {{alt?: string, eager?: boolean}} [how] */
export function picture(product, { alt = "", eager = false } = {}) {
  const frame = h("span", { class: "picture" });
  const drawn = () => frame.replaceChildren(drawing(product, alt));
  if (!safe(product.image)) drawn();
  else frame.append(h("img", { src: product.image, alt, width: 400, height: 400, loading: eager ? null : "lazy", decoding: "async", referrerpolicy: "no-referrer", on: { error: drawn } }));
  return frame;
}

/** @param {{title: string, category?: string}} product @param {string} [alt] */
export function drawing({ title, category = "" }, alt = "") {
  const hue = HUES[hash(category.split(" > ")[0] || title) % HUES.length];
  const tone = (/** @type {number} */ lightness, /** @type {number} */ colour) => `hsl(${hue} ${colour}% ${lightness}%)`;
  return svg("svg", { viewBox: "0 0 400 400", class: "drawn", ...(alt ? { role: "img", "aria-label": alt } : { "aria-hidden": "true" }) },
    svg("rect", { width: 400, height: 400, fill: tone(92, 26) }),
    svg("circle", { cx: 90 + (hash(title) % 220), cy: 112, r: 54, fill: tone(85, 32) }),
    svg("path", { d: SHAPES[hash(title + category) % SHAPES.length], fill: tone(83, 28) }),
    svg("text", { x: 200, y: 208, fill: tone(28, 34), "font-size": 118, "font-weight": 600, "text-anchor": "middle", "dominant-baseline": "central" }, initials(title)));
}

/** One Chinese character, or the first letters of the first two words. @param {string} title */
export function initials(title) {
  const han = /\p{Script=Han}/u.exec(title);
  if (han) return han[0];
  const words = title.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.slice(0, 2).map((word) => [...word][0].toLocaleUpperCase()).join("");
}

/** @param {string|undefined} url */
function safe(url) {
  return Boolean(url) && URL.canParse(String(url), document.baseURI) && /^https?:$/.test(new URL(String(url), document.baseURI).protocol);
}

/** @param {string} text */
function hash(text) {
  let sum = 7;
  for (const sign of text) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}
