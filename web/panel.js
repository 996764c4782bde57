// @ts-check
/**
 * The widget's body: launcher, header, the list of messages, notices and the composer. `paint(state)` shows a state; what the shopper does
 * goes out through the acts it was given. Knows no connection and no storage.
 */

import { Composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { Messages } from "./render.js";
import { running } from "./session.js";
import { fill } from "./texts.js";

/** @typedef {import("./session.js").State} State */
/** @typedef {import("./cards.js").Look & {name: string}} PanelLook */

const SMALL = "(max-width: 560px), (max-height: 460px)";

export class Panel {
  #acts;
  #sticky = true;
  #spoken = "";

  /** @param {PanelLook} look @param {any} acts */
  constructor(look, acts) {
    const { texts, name, tag } = look;
    this.look = look;
    this.#acts = acts;
    this.badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
    this.launcher = h("button", { type: "button", class: "launcher", part: "launcher", "aria-label": texts.open, "aria-expanded": "false", on: { click: () => acts.toggle() } },
      icon("chat"), icon("down"), this.badge);
    this.log = h("div", { class: "log", part: "log", role: "log", "aria-live": "off", "aria-label": texts.log, tabindex: "0", on: { scroll: () => this.#scrolled() } });
    this.messages = new Messages(this.log, look, acts);
    this.composer = new Composer(texts, tag, acts);
    this.who = h("span", { class: "who-now", part: "handler" });
    this.notice = h("p", { class: "notice", part: "notice", hidden: true });
    this.latest = h("button", { type: "button", class: "latest", hidden: true, on: { click: () => this.toEnd(true) } }, icon("down"), h("span", { text: texts.latest }));
    this.status = h("div", { class: "sr", role: "status", "aria-live": "polite" });
    this.person = h("button", { type: "button", class: "person", part: "person", on: { click: () => acts.handoff() } }, icon("person"), h("span", { text: texts.person }));
    this.panel = h("section", { class: "panel", part: "panel", role: "dialog", tabindex: "-1", hidden: true, "aria-label": fill(texts.dialog, { name }) },
      h("header", { class: "header", part: "header" },
        h("span", { class: "mark", "aria-hidden": "true", text: Array.from(name)[0] }),
        h("div", { class: "heading" }, h("h2", { text: name }), this.who),
        h("button", { type: "button", class: "close", part: "close", "aria-label": texts.close, on: { click: () => acts.close() } }, icon("close"))),
      this.log, h("div", { class: "below" }, this.latest), this.notice, this.composer.form,
      h("footer", { class: "footer" }, this.person, this.composer.counter));
    this.root = h("div", { class: "root", lang: tag, on: { keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) } }, this.panel, this.status, this.launcher);
    this.#keyboard();
  }

  /** A phone shows the panel alone, as a page of its own. */
  get alone() {
    return matchMedia(SMALL).matches;
  }

  /** @param {State} state */
  paint(state) {
    const stick = this.#sticky;
    this.messages.draw(state);
    this.#head(state);
    this.#tell(state);
    this.composer.stream(Boolean(running(state)));
    const { texts } = this.look;
    const count = state.unread === 1 ? texts.new_one : fill(texts.new_many, { n: state.unread });
    this.badge.hidden = !state.unread;
    this.badge.textContent = state.unread > 9 ? "9+" : String(state.unread);
    this.launcher.setAttribute("aria-label", state.open ? texts.close : state.unread ? `${texts.open}. ${count}` : texts.open);
    if (stick && state.open) this.toEnd();
  }

  /** @param {State} state */
  #head({ handler }) {
    const { texts } = this.look;
    const now = { operator: handler.name || texts.someone, waiting: texts.waiting, closed: texts.closed }[handler.state] ?? texts.assistant;
    if (this.who.textContent !== now) this.who.textContent = now;
    this.who.dataset.state = handler.state;
    const asked = handler.state === "waiting" || handler.state === "operator";
    this.person.setAttribute("aria-disabled", String(asked));
    this.person.lastChild.textContent = asked ? texts.asked : texts.person;
  }

  /** @param {State} state */
  #tell(state) {
    const { text, quiet, action } = this.#noticeOf(state);
    const key = text + (action?.[0] ?? "");
    if (this.notice.dataset.key === key) return;
    this.notice.dataset.key = key;
    this.notice.hidden = !text;
    this.notice.classList.toggle("later", Boolean(quiet));
    const button = action && h("button", { type: "button", class: "quiet", text: action[0], on: { click: action[1] } });
    this.notice.replaceChildren(...[h("span", { text }), button].filter(Boolean));
    if (text && !quiet) this.say(text);
  }

  /** @param {State} state @returns {{text: string, quiet?: boolean, action?: [string, () => void]}} */
  #noticeOf({ link, notice, handler }) {
    const { texts } = this.look;
    const retry = /** @type {[string, () => void]} */ ([texts.retry, () => this.#acts.reconnect()]);
    const person = /** @type {[string, () => void]} */ ([texts.person, () => this.#acts.handoff()]);
    if (link === "offline") return { text: texts.offline };
    if (link === "waiting" || link === "connecting") return { text: texts.reconnecting, quiet: true };
    if (!notice) return { text: "" };
    if (notice.code === "overloaded" || notice.code === "rate_limited") return { text: texts.busy, action: handler.state === "assistant" ? person : undefined };
    if (notice.code === "unauthorized") return { text: texts.refused };
    if (notice.code === "4504") return { text: texts.tabs, action: [texts.here, retry[1]] };
    if (notice.code === "4505") return { text: texts.paused, action: retry };
    return { text: texts.fault, action: link === "stopped" ? retry : undefined };
  }

  /** Said once by a screen reader, whatever else changes. @param {string} text */
  say(text) {
    // The same words twice in a row are a change only if they differ.
    this.#spoken = text === this.#spoken ? `${text}\u00a0` : text;
    this.status.textContent = this.#spoken;
  }

  /** @param {boolean} open @param {boolean} focus */
  show(open, focus) {
    this.panel.hidden = !open;
    this.root.toggleAttribute("data-open", open);
    this.launcher.setAttribute("aria-expanded", String(open));
    this.panel.setAttribute("aria-modal", String(open && this.alone));
    this.#fit();
    if (!open) return focus && this.launcher.focus();
    this.composer.stream(this.composer.button.classList.contains("stops"));
    // On a phone the field would bring the keyboard up before a word was read.
    if (focus) (matchMedia("(pointer: coarse)").matches ? this.panel : this.composer.field).focus({ preventScroll: true });
    return undefined;
  }

  /** @param {boolean} [smooth] */
  toEnd(smooth = false) {
    this.#sticky = true;
    this.latest.hidden = true;
    const behavior = smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "instant";
    this.log.scrollTo({ top: this.log.scrollHeight, behavior });
  }

  /** @param {number} top */
  scrollTo(top) {
    this.log.scrollTop = top;
    this.#scrolled();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    this.#sticky = scrollHeight - scrollTop - clientHeight < 60;
    this.latest.hidden = this.#sticky;
    this.#acts.scrolled(this.#sticky ? null : Math.round(scrollTop));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation(); // the shop's own shortcuts are not meant by what is typed here
    if (event.key === "Escape" && !event.isComposing && !this.panel.hidden) this.#acts.close();
    if (event.key === "Tab" && this.alone && !this.panel.hidden) this.#trap(event);
  }

  /** @param {KeyboardEvent} event */
  #trap(event) {
    const stops = /** @type {HTMLElement[]} */ ([...this.panel.querySelectorAll("button, a[href], textarea, [tabindex='0']")]).filter((node) => node.offsetParent);
    const active = /** @type {any} */ (this.panel.getRootNode()).activeElement;
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (active !== edge && active !== this.panel) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }

  /** The on-screen keyboard shrinks the visual viewport only; the panel follows it, so that the field stays above the keys. */
  #keyboard() {
    const fit = () => this.#fit();
    this.leave = new AbortController();
    for (const event of ["resize", "scroll"]) globalThis.visualViewport?.addEventListener(event, fit, { signal: this.leave.signal });
  }

  #fit() {
    const seen = globalThis.visualViewport;
    if (!seen || this.panel.hidden) return;
    this.panel.style.setProperty("--seen-height", `${seen.height}px`);
    this.panel.style.setProperty("--seen-top", `${seen.offsetTop}px`);
    if (this.#sticky) this.toEnd();
  }
}
