// @ts-check
/** What several sections draw: panels, bars, lists of facts, text with a copy button, and how a reply ended. */

import { announce, h, icon, svg } from "../pages/dom.js";

let panels = 0;

/** @param {string} title @param {...import("../pages/dom.js").Child} children */
export function panel(title, ...children) {
  const id = `panel-${(panels += 1)}`;
  return h("section", { class: "panel", "aria-labelledby": id }, h("h2", { id, text: title }), ...children);
}

/** @param {string} title @param {string} hint @param {...import("../pages/dom.js").Child} tools */
export function heading(title, hint, ...tools) {
  return h("div", { class: "heading" }, h("div", {}, h("h1", { text: title }), h("p", { class: "faint", text: hint })), ...tools);
}

/** A bar of a whole: from `start` for `length`, both 0 to 1. @param {number} start @param {number} length @param {string} [kind] */
export function bar(start, length, kind = "") {
  const part = (/** @type {number} */ value) => String(Math.round(Math.min(Math.max(value, 0), 1) * 1000) / 10);
  return svg("svg", { class: `bar ${kind}`, viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "way", width: 100, height: 10 }), svg("rect", { class: "fill", x: part(start), width: part(Math.max(length, 0.004)), height: 10 }));
}

/** @param {[string, import("../pages/dom.js").Child][]} pairs those without a value are left out */
export function facts(pairs) {
  const rows = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return h("dl", { class: "facts" }, ...rows.map(([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", { dir: "auto" }, value))));
}

/** @param {string} text @param {Record<string, string>} texts */
export function copyButton(text, texts) {
  const word = h("span", { text: texts.copy });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!copyByHand(text)) return;
    }
    word.textContent = texts.copied;
    announce(texts.copied);
    setTimeout(() => { word.textContent = texts.copy; }, 2000);
  };
  return h("button", { class: "button plain slim copy", type: "button", on: { click: copy } }, icon("copy"), word);
}

/** On plain http in a local network a page has no clipboard of its own. @param {string} text */
function copyByHand(text) {
  const field = h("textarea", { class: "unseen", readonly: true, "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/** How a reply ended, as a small label. @param {string} finish @param {Record<string, string>} texts @param {number} [n] */
export function ending(finish, texts, n) {
  const kind = { stop: "good", error: "bad", unknown: "warn", fallback: "warn", refused: "warn", handoff: "warn", length: "warn" }[finish] ?? "quiet";
  return h("span", { class: `tag ${kind}`, text: (texts[`f_${finish}`] ?? finish) + (n && n > 1 ? ` × ${n}` : "") });
}

/** @param {number|null|undefined} value */
export function round(value) {
  return value === null || value === undefined ? "" : Number(value) >= 100 ? String(Math.round(Number(value))) : String(Math.round(Number(value) * 10) / 10);
}

/** @param {number} milliseconds since 1970 @param {string} language @param {boolean} [whole] with the day even when it is today */
export function moment(milliseconds, language, whole = false) {
  const then = new Date(milliseconds);
  const today = !whole && then.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(then);
}
