// @ts-check
/** How many: a field between a button for fewer and one for more. */

import { h, icon, unseen } from "../pages/dom.js";
import { clamp } from "./basket.js";

/** @param {{value: number, most: number|null, label: string, texts: Record<string, string>, changed?: (value: number) => void}} how @returns {{node: HTMLElement, readonly value: number, limit: (most: number|null, open: boolean) => void}} */
export function steps({ value, most, label, texts, changed }) {
  let limit = most;
  const field = h("input", { class: "number", type: "text", inputmode: "numeric", pattern: "[0-9]*", maxlength: 2, value: String(value), "aria-label": label, autocomplete: "off" });
  const fewer = h("button", { type: "button", on: { click: () => set(read() - 1) } }, icon("minus"), unseen(texts.less));
  const greater = h("button", { type: "button", on: { click: () => set(read() + 1) } }, icon("plus"), unseen(texts.greater));
  const read = () => clamp(Number(field.value), limit);
  const set = (/** @type {number} */ wanted) => {
    const next = clamp(wanted, limit);
    field.value = String(next);
    paint();
    if (next !== value) changed?.((value = next));
  };
  const paint = () => {
    fewer.disabled = field.disabled || read() <= 1;
    greater.disabled = field.disabled || clamp(read() + 1, limit) === read();
  };
  field.addEventListener("change", () => set(Number(field.value)));
  paint();
  return {
    node: h("div", { class: "steps", role: "group", "aria-label": label }, fewer, field, greater),
    get value() { return read(); },
    limit(stock, open) {
      limit = stock;
      field.disabled = !open;
      set(read());
    },
  };
}
