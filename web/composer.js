// @ts-check
/** The text field: Enter sends, Shift+Enter is a new line, Enter that picks a Chinese candidate is neither; it grows, and counts near the end. */

import { h, icon } from "./dom.js";
import { clean, codePoints, LONGEST } from "./session.js";
import { fill } from "./texts.js";

const NEAR = 400;

/** @typedef {{send: (text: string) => void, cancel: () => void, draft: (text: string) => void, typing: () => void}} ComposerActs */

export class Composer {
  #acts; #texts; #tag;
  #streaming = false;

  /** @param {Record<string, string>} texts @param {string} tag @param {ComposerActs} acts */
  constructor(texts, tag, acts) {
    this.#acts = acts;
    this.#texts = texts;
    this.#tag = tag;
    this.field = h("textarea", {
      rows: "1", part: "input", "aria-label": texts.input, "aria-describedby": "left", placeholder: texts.placeholder, dir: "auto",
      enterkeyhint: "send", autocomplete: "off", on: { input: () => this.#typed(), keydown: (/** @type {any} */ event) => this.#key(event) },
    });
    this.button = h("button", { type: "submit", class: "send", part: "send" });
    this.counter = h("span", { class: "counter", id: "left" });
    this.form = h("form", { class: "composer", part: "composer", on: { submit: (/** @type {any} */ event) => this.#submit(event) } }, this.field, this.button);
    this.stream(false);
    this.#measure();
  }

  get text() {
    return this.field.value;
  }

  set text(text) {
    this.field.value = text;
    this.#measure();
  }

  /** While a reply streams and nothing is typed, the button stops it. @param {boolean} streaming */
  stream(streaming) {
    this.#streaming = streaming;
    this.#measure();
  }

  #typed() {
    this.#acts.draft(this.text);
    this.#acts.typing();
    this.#measure();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (this.#stops) this.#acts.cancel();
    else this.#send();
    this.field.focus();
  }

  #send() {
    const text = clean(this.text);
    if (!text || codePoints(text) > LONGEST) return;
    this.text = "";
    this.#acts.draft("");
    this.#acts.send(text);
  }

  get #stops() {
    return this.#streaming && !this.text.trim();
  }

  #measure() {
    const left = LONGEST - codePoints(clean(this.text));
    const key = left < 0 ? "over" : `left_${new Intl.PluralRules(this.#tag).select(left)}`;
    this.counter.textContent = left > NEAR ? "" : fill(this.#texts[key] ?? this.#texts.left_other, { n: Math.abs(left).toLocaleString(this.#tag) });
    this.counter.classList.toggle("over", left < 0);
    this.field.setAttribute("aria-invalid", String(left < 0));
    const stops = this.#stops;
    const label = stops ? this.#texts.stop : this.#texts.send;
    if (this.button.getAttribute("aria-label") !== label) {
      this.button.setAttribute("aria-label", label);
      this.button.replaceChildren(icon(stops ? "stop" : "send"));
    }
    this.button.classList.toggle("stops", stops);
    this.button.setAttribute("aria-disabled", String(!stops && (left < 0 || left === LONGEST)));
    this.field.style.height = "auto";
    if (this.field.scrollHeight) this.field.style.height = `${Math.min(this.field.scrollHeight, 132)}px`;
  }
}
