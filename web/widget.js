// @ts-check
/**
 * `<shop-chat site="KEY">`: the chat of a shop as one custom element, and the entry of
 * `<script type="module" src="https://HOST/web/widget.js" data-site="KEY"></script>`, which puts one on the page.
 *
 * It joins the conversation (conversation.js) with its body (panel.js) and the page around it (api.js, page.js). Nothing is stored and
 * nothing is fetched before the shopper's first click. Loading it twice does no harm.
 */

import { install, tell } from "./api.js";
import { Conversation } from "./conversation.js";
import { readPage } from "./page.js";
import { Panel } from "./panel.js";
import { fetchTranscript, openSocket, openStream } from "./socket.js";
import { Storage } from "./storage.js";
import { paintAccent, sheet } from "./styles.js";
import { pickLocale, TEXTS } from "./texts.js";

const CLOCK = {
  now: () => Date.now(), later: (/** @type {() => void} */ call, /** @type {number} */ ms) => setTimeout(call, ms), cancel: (/** @type {any} */ timer) => clearTimeout(timer), random: () => Math.random(),
};
const WIRE = { socket: openSocket, stream: openStream, transcript: fetchTranscript, online: () => navigator.onLine, newId: randomId };

export class ShopChat extends HTMLElement {
  static observedAttributes = ["locale", "theme", "accent", "position", "name"];

  static define(tag = "shop-chat", registry = customElements) {
    if (!registry.get(tag)) registry.define(tag, this);
  }

  /** @type {Storage} */ #storage;
  /** @type {Conversation} */ #conversation;
  /** @type {Panel} */ #panel;
  /** @type {AbortController|null} */ #leave = null;
  #url = "";
  #frame = 0;

  connectedCallback() {
    if (this.#leave) return;
    this.#leave = new AbortController();
    const site = this.getAttribute("site") ?? "";
    this.#storage ??= new Storage(site);
    this.#conversation ??= new Conversation({ server: this.server, site }, this.#storage, WIRE, CLOCK, {
      state: () => this.#changed(), heard: (name, frame) => this.#heard(name, frame),
    });
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet()];
    this.#build();
    this.#listen(this.#leave.signal);
    this.#restore();
    install(this);
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return; // moved, not removed
      this.#leave?.abort();
      this.#leave = null;
      this.#panel.leave.abort();
      this.#conversation.sleep();
    });
  }

  attributeChangedCallback() {
    if (this.#leave) this.#build();
  }

  /** Where the server is: the folder above the one this file came from, unless the page says otherwise. */
  get server() {
    const given = this.getAttribute("server");
    return new URL(given || "../", given ? document.baseURI : import.meta.url).href;
  }

  // What the page may call; the same commands as `window.shopchat`.

  open() {
    this.#show(true, true);
  }

  close() {
    this.#show(false, true);
  }

  toggle() {
    this.#show(!this.#conversation.state.open, true);
  }

  /** @param {string} text asked in the shopper's name, as by a button on a product page */
  ask(text) {
    if (navigator.userActivation?.isActive) this.#storage.allow();
    this.#show(true, true);
    this.#send(String(text));
  }

  /** @param {{url?: string, title?: string, product_id?: string, productId?: string}} [page] what the page knows better than its markup */
  page(page = {}) {
    const read = readPage(document);
    this.#url = read.url;
    const product_id = String(page.productId ?? page.product_id ?? read.product_id ?? "").slice(0, 200);
    this.#conversation.onPage({ url: String(page.url ?? read.url).slice(0, 2000), title: String(page.title ?? read.title).slice(0, 200), ...(product_id && { product_id }) });
  }

  /** @param {(string|{id: string})[]} items product ids, or things that have one */
  cart(items) {
    this.#conversation.withCart(items.map((item) => String(typeof item === "object" ? item.id : item).slice(0, 200)).filter(Boolean).slice(0, 100));
  }

  /** @param {{token: string|(() => string|Promise<string>)}} identity a signed JWT, or what fetches one */
  identify({ token }) {
    return this.#conversation.identify(token);
  }

  /** @param {Record<string, string>} values `locale`, `theme`, `accent`, `name`, `position` */
  set(values) {
    for (const [name, value] of Object.entries(values)) if (ShopChat.observedAttributes.includes(name)) this.setAttribute(name, value);
  }

  /** Forget the conversation on this device. */
  forget() {
    for (const name of ["pending", "draft", "scroll"]) this.#storage.set("tab", name, null);
    this.#panel.composer.text = "";
    this.#conversation.forget();
  }

  #build() {
    const { language, tag } = pickLocale([this.getAttribute("locale"), document.documentElement.lang, ...navigator.languages]);
    const site = document.querySelector('meta[property="og:site_name"]')?.getAttribute("content");
    const texts = TEXTS[language];
    const draft = this.#panel?.composer.text ?? "";
    const talk = this.#conversation;
    talk.locale = tag;
    this.#panel?.leave.abort();
    this.#panel = new Panel({ texts, tag, server: this.server, pageUrl: document.baseURI, name: this.getAttribute("name") || site || texts.title }, {
      toggle: () => this.toggle(), close: () => this.close(), handoff: () => talk.handoff(texts.person), reconnect: () => talk.reconnect(),
      send: (/** @type {string} */ text) => this.#send(text), cancel: () => talk.cancel(),
      retry: (/** @type {import("./session.js").Item} */ item) => talk.retry(item), typing: () => talk.typing(),
      rate: (/** @type {string} */ turn, /** @type {string} */ rating) => talk.rate(turn, rating) && this.#panel.say(texts.thanks),
      draft: (/** @type {string} */ text) => this.#storage.set("tab", "draft", text || null),
      scrolled: (/** @type {number|null} */ top) => this.#storage.set("tab", "scroll", top),
    });
    this.#panel.root.dataset.theme = this.getAttribute("theme") || "auto";
    this.#panel.root.dataset.position = this.getAttribute("position") || "end";
    this.#panel.launcher.hidden = this.hasAttribute("no-launcher");
    this.shadowRoot?.replaceChildren(this.#panel.root);
    paintAccent(this.#panel.root, this.getAttribute("accent"));
    this.#panel.composer.text = draft;
    this.#panel.show(talk.state.open, false);
    this.#panel.paint(talk.state);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const talk = this.#conversation;
    const allow = (/** @type {Event} */ event) => event.isTrusted && this.#storage.allow();
    for (const event of ["pointerdown", "keydown", "click"]) this.shadowRoot?.addEventListener(event, allow, { signal, capture: true });
    for (const event of ["offline", "online"]) addEventListener(event, () => talk.network(event === "online"), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && talk.wake(), { signal });
    addEventListener("pagehide", () => talk.sleep(), { signal }); // an open socket would keep the page out of the back-forward cache
    addEventListener("pageshow", (event) => event.persisted && talk.resume(), { signal });
    const moved = () => setTimeout(() => this.#url !== readPage(document).url && this.page(), 100); // the new page writes its title first
    addEventListener("popstate", moved, { signal });
    /** @type {any} */ (globalThis).navigation?.addEventListener("navigatesuccess", moved, { signal });
  }

  #restore() {
    this.page();
    this.#conversation.restore();
    this.#panel.composer.text = this.#storage.get("tab", "draft") ?? "";
    if (this.#storage.get("tab", "open") || this.hasAttribute("open")) this.#show(true, false);
    else this.#conversation.resume();
  }

  #changed() {
    if (document.hidden) this.#paint(); // no frames are drawn in a hidden tab, but its badge and its nodes are to be right
    else this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#panel.paint(this.#conversation.state);
  }

  /** @param {string} name @param {any} frame */
  #heard(name, frame) {
    const { look, messages } = this.#panel;
    if (name === "error") tell("error", { code: frame.code, message: frame.message, retryable: frame.retryable });
    if (name === "handler") {
      tell("handoff", { state: frame.state, reason: frame.reason, name: frame.name, ahead: frame.ahead });
      this.#panel.say(messages.handlerText(frame));
    }
    if (name !== "reply" && name !== "operator") return;
    tell("reply", { text: frame.text, finish: frame.finish, name: frame.name, sources: frame.sources ?? [] });
    if (frame.text && frame.finish !== "superseded") this.#panel.say(`${frame.name || look.texts.said}: ${frame.text}`);
  }

  /** @param {boolean} open @param {boolean} focus */
  #show(open, focus) {
    if (open === this.#conversation.state.open) return;
    const top = this.#storage.get("tab", "scroll");
    this.#storage.set("tab", "open", open || null);
    this.#conversation.show(open);
    this.#paint();
    this.#panel.show(open, focus);
    if (open) this.#panel.toEnd();
    if (open && !focus && top !== null) this.#keepPlace(top);
    tell(open ? "open" : "close");
  }

  /** After a page change the list fills again as the events arrive; then it goes back to where the shopper was reading. @param {number} top */
  #keepPlace(top) {
    let tries = 20;
    const place = () => {
      const { log } = this.#panel;
      if (log.scrollHeight - log.clientHeight >= top && this.#conversation.state.items.length) return this.#panel.scrollTo(top);
      if ((tries -= 1)) setTimeout(place, 50);
    };
    place();
  }

  /** @param {string} text */
  #send(text) {
    if (!text.trim() || !tell("message", { text }) || !this.#conversation.send(text)) return;
    this.#paint();
    this.#panel.toEnd();
  }
}

/** randomUUID exists on secure pages only, and a shop in a local network may be none. */
function randomId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Put the widget of this script's tag on the page, once. */
function embed() {
  const script = [...document.scripts].find(({ src, dataset }) => dataset.site && src.split(/[?#]/)[0] === import.meta.url.split(/[?#]/)[0]);
  if (script && !document.querySelector("shop-chat")) {
    const element = document.createElement("shop-chat");
    for (const [name, value] of Object.entries(script.dataset)) element.setAttribute(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value ?? "");
    document.body.append(element);
  }
}

ShopChat.define();
if (document.body) embed();
else document.addEventListener("DOMContentLoaded", embed, { once: true });
