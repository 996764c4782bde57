// @ts-check
/**
 * `<shop-chat site="KEY">`: the chat of a shop as one custom element, and the entry of
 * `<script type="module" src="https://HOST/web/widget.js" data-site="KEY"></script>`, which puts one on the page.
 *
 * It joins the parts: state (session.js), wire (link.js, socket.js), memory (storage.js), body (panel.js). Nothing is stored and nothing
 * is fetched before the shopper's first click. Loading it twice does no harm.
 */

import { install, tell } from "./api.js";
import { Link, SILENCE } from "./link.js";
import { readPage } from "./page.js";
import { Panel } from "./panel.js";
import { initial, reduce, running, unsent } from "./session.js";
import { fetchTranscript, openSocket, openStream } from "./socket.js";
import { Storage } from "./storage.js";
import { paintAccent, sheet } from "./styles.js";
import { pickLocale, TEXTS } from "./texts.js";

const RECENT = 30 * 60_000;
const ACKNOWLEDGED_WITHIN = 10_000;
const clock = {
  now: () => Date.now(), later: (/** @type {() => void} */ call, /** @type {number} */ ms) => setTimeout(call, ms), cancel: clearTimeout, random: Math.random,
};

/** @typedef {import("./session.js").Item} Item */

export class ShopChat extends HTMLElement {
  static observedAttributes = ["locale", "theme", "accent", "position", "name"];

  static define(tag = "shop-chat", registry = customElements) {
    if (!registry.get(tag)) registry.define(tag, this);
  }

  #state = initial();
  /** @type {Storage} */ #storage;
  /** @type {Link} */ #link;
  /** @type {Panel} */ #panel;
  /** @type {import("./page.js").Page} */ #page = { url: "" };
  /** @type {any[]|null} */ #cart = null;
  /** @type {any} */ #identity = null;
  #identityToken = "";
  #typedAt = 0;
  /** @type {any} */ #resend = null;
  /** @type {AbortController|null} */ #leave = null;
  #frame = 0;

  connectedCallback() {
    if (this.#leave) return;
    this.#leave = new AbortController();
    this.#storage ??= new Storage(this.getAttribute("site") ?? "");
    this.#page = readPage(document);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet()];
    this.#build();
    this.#listen(this.#leave.signal);
    this.#link ??= new Link({ server: this.server, site: this.getAttribute("site") ?? "" }, this.#owner(), { socket: openSocket, stream: openStream }, clock);
    this.#restore();
    tell("ready");
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return; // moved, not removed
      this.#leave?.abort();
      this.#leave = null;
      this.#panel.leave.abort();
      this.#link.stop();
    });
  }

  attributeChangedCallback() {
    if (this.#leave) this.#build();
  }

  /** Where the server is: the folder above the one this file came from, unless the page says otherwise. */
  get server() {
    return new URL(this.getAttribute("server") || "../", this.getAttribute("server") ? document.baseURI : import.meta.url).href;
  }

  // What the page may call; the same commands as `window.shopchat`.

  open() {
    this.#show(true, true);
  }

  close() {
    this.#show(false, true);
  }

  toggle() {
    this.#show(!this.#state.open, true);
  }

  /** @param {string} text asked in the shopper's name, as by a button on a product page */
  ask(text) {
    if (navigator.userActivation?.isActive) this.#storage.allow();
    this.#show(true, true);
    this.#send(String(text));
  }

  /** @param {Partial<import("./page.js").Page> & {productId?: string}} page */
  page({ productId, ...page }) {
    this.#page = { ...readPage(document), ...(productId && { product_id: String(productId) }), ...page };
    this.#link.send({ type: "context", page: this.#page });
  }

  /** @param {(string|{id: string})[]} items product ids, or things that have one */
  cart(items) {
    this.#cart = items.map((item) => String(typeof item === "object" ? item.id : item)).slice(0, 50);
    this.#link.send({ type: "context", cart: this.#cart });
  }

  /** @param {{token: string|(() => string|Promise<string>)}} identity a signed JWT, or what fetches one; called again when it expired */
  async identify({ token }) {
    this.#identity = token;
    this.#identityToken = typeof token === "function" ? await token() : token;
    if (this.#link.started) this.#link.restart();
  }

  /** @param {Record<string, string>} values `locale`, `theme`, `accent`, `name`, `position` */
  set(values) {
    for (const [name, value] of Object.entries(values)) if (ShopChat.observedAttributes.includes(name)) this.setAttribute(name, value);
  }

  /** Forget the conversation on this device. */
  forget() {
    for (const [area, name] of /** @type {["local"|"tab", string][]} */ ([["local", "conversation"], ["tab", "pending"], ["tab", "draft"], ["tab", "scroll"]])) this.#storage.set(area, name, null);
    this.#link.stop();
    this.#apply({ type: "local:forget" });
    if (this.#state.open) this.#link.start();
  }

  #build() {
    const { language, tag } = pickLocale([this.getAttribute("locale"), document.documentElement.lang, ...navigator.languages]);
    const site = document.querySelector('meta[property="og:site_name"]')?.getAttribute("content");
    const texts = TEXTS[language];
    const look = { texts, tag, server: this.server, pageUrl: document.baseURI, name: this.getAttribute("name") || site || texts.title };
    const draft = this.#panel?.composer.text ?? "";
    this.#panel?.leave.abort();
    this.#panel = new Panel(look, {
      toggle: () => this.toggle(), close: () => this.close(), handoff: () => this.#handoff(), reconnect: () => this.#link.restart(),
      send: (/** @type {string} */ text) => this.#send(text), cancel: () => this.#cancel(), retry: (/** @type {Item} */ item) => this.#retry(item),
      rate: (/** @type {string} */ turn, /** @type {string} */ rating) => this.#rate(turn, rating), typing: () => this.#typing(),
      draft: (/** @type {string} */ text) => this.#storage.set("tab", "draft", text || null),
      scrolled: (/** @type {number|null} */ top) => this.#storage.set("tab", "scroll", top),
    });
    this.#panel.root.dataset.theme = this.getAttribute("theme") || "auto";
    this.#panel.root.dataset.position = this.getAttribute("position") || "end";
    this.#panel.launcher.hidden = this.hasAttribute("no-launcher");
    this.shadowRoot?.replaceChildren(this.#panel.root);
    paintAccent(this.#panel.root, this.getAttribute("accent"));
    this.#panel.composer.text = draft;
    this.#panel.show(this.#state.open, false);
    this.#panel.paint(this.#state);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const allow = (/** @type {Event} */ event) => event.isTrusted && this.#storage.allow();
    for (const event of ["pointerdown", "keydown", "click"]) this.shadowRoot?.addEventListener(event, allow, { signal, capture: true });
    addEventListener("offline", () => this.#apply({ type: "local:link", link: "offline" }), { signal });
    addEventListener("online", () => this.#link.started && this.#link.restart(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#link.wake(), { signal });
    addEventListener("pagehide", () => this.#link.stop(), { signal }); // an open socket would keep the page out of the back-forward cache
    addEventListener("pageshow", (event) => event.persisted && this.#wanted && this.#link.start(), { signal });
    const moved = () => setTimeout(() => this.#page.url !== readPage(document).url && this.page({}), 100); // the new page writes its title first
    addEventListener("popstate", moved, { signal });
    /** @type {any} */ (globalThis).navigation?.addEventListener("navigatesuccess", moved, { signal });
  }

  /** Take up the conversation of an earlier page; nothing happens for a shopper who never clicked. */
  #restore() {
    const known = this.#storage.get("local", "conversation");
    const pending = this.#storage.get("tab", "pending") ?? [];
    if (known || pending.length) this.#apply({ type: "local:restore", session: known?.session ?? "", token: known?.token ?? "", pending });
    this.#panel.composer.text = this.#storage.get("tab", "draft") ?? "";
    if (this.#storage.get("tab", "open") || this.hasAttribute("open")) this.#show(true, false);
    else if (this.#wanted) this.#link.start();
  }

  get #wanted() {
    const known = this.#storage.get("local", "conversation");
    return this.#state.open || (known && Date.now() - known.at < RECENT) || unsent(this.#state).length > 0;
  }

  #owner() {
    return {
      hello: () => this.#hello(),
      frame: (/** @type {any} */ frame) => this.#received(frame),
      link: (/** @type {string} */ link) => this.#apply({ type: "local:link", link: link === "waiting" && !navigator.onLine ? "offline" : link }),
      gone: (/** @type {string} */ why, /** @type {number} */ code) => void this.#gone(why, code),
      patience: () => (this.#resend ? 0 : unsent(this.#state).length ? ACKNOWLEDGED_WITHIN : running(this.#state) ? SILENCE : 0),
    };
  }

  #hello() {
    const { session, token, seq } = this.#state;
    const known = session ? { session, token, after: seq } : {};
    const identity = this.#identityToken ? { identity: this.#identityToken } : {};
    const { language } = pickLocale([this.getAttribute("locale"), document.documentElement.lang, ...navigator.languages]);
    return { type: "hello", locale: language, ...known, ...identity, page: this.#page };
  }

  /** @param {any} frame */
  #received(frame) {
    const finished = this.#state.items.filter(({ finish }) => finish).length;
    this.#apply(frame);
    if (frame.type === "ready") this.#greeted();
    if (frame.type === "error") this.#failed(frame);
    if (frame.type === "reply" && this.#state.items.filter(({ finish }) => finish).length > finished) this.#replied(frame);
    if (frame.type === "operator") this.#replied(frame);
    if (frame.type === "handler") this.#handled(frame);
  }

  #greeted() {
    const { session, token } = this.#state;
    this.#storage.set("local", "conversation", { session, token, at: Date.now() });
    if (this.#state.need === "transcript") return void this.#reload();
    if (this.#cart) this.#link.send({ type: "context", cart: this.#cart });
    for (const frame of unsent(this.#state)) this.#link.send(frame);
  }

  async #reload() {
    const { session, token } = this.#state;
    try {
      const events = await fetchTranscript({ server: this.server, site: this.getAttribute("site") ?? "" }, { session, token });
      this.#apply({ type: "local:transcript", events });
      for (const frame of unsent(this.#state)) this.#link.send(frame);
    } catch {
      setTimeout(() => this.#state.need === "transcript" && this.#link.restart(), 1_000 + Math.random() * 4_000);
    }
  }

  /** @param {any} frame */
  #replied(frame) {
    const { texts } = this.#panel.look;
    this.#touch();
    tell("reply", { text: frame.text, finish: frame.finish, name: frame.name, sources: frame.sources ?? [] });
    if (frame.text) this.#panel.say(`${frame.name || texts.said}: ${frame.text}`);
  }

  /** @param {any} frame */
  #handled(frame) {
    this.#panel.say(this.#panel.messages.handlerText(frame));
    tell("handoff", { state: frame.state, reason: frame.reason, name: frame.name, ahead: frame.ahead });
  }

  /** @param {any} frame */
  #failed(frame) {
    tell("error", { code: frame.code, message: frame.message, retryable: frame.retryable });
    if (!frame.retryable || !unsent(this.#state).some(({ id }) => id === frame.id)) return;
    clearTimeout(this.#resend);
    this.#resend = setTimeout(() => {
      this.#resend = null;
      for (const message of unsent(this.#state)) this.#link.send(message);
    }, Math.min(60, frame.retry_after ?? 3) * 1000);
  }

  /** The server closed for a reason. @param {string} why @param {number} code */
  async #gone(why, code) {
    if (why === "erased") return this.forget();
    const mayRenew = this.#state.session || this.#identityToken;
    if (why === "stop" || !mayRenew) {
      this.#apply({ type: "local:link", link: "stopped" });
      this.#apply({ type: "local:notice", code: code === 4501 ? "unauthorized" : String(code) });
      return tell("error", { code: String(code), message: "", retryable: false });
    }
    // An identity that expired is fetched anew; else the conversation's secret no longer holds, and a new conversation begins.
    if (this.#identityToken) this.#identityToken = typeof this.#identity === "function" ? await this.#identity() : "";
    else {
      this.#storage.set("local", "conversation", null);
      this.#apply({ type: "local:anew" });
    }
    return this.#link.start();
  }

  /** @param {any} event */
  #apply(event) {
    const before = this.#state;
    this.#state = reduce(before, event);
    if (this.#state === before) return;
    const pending = unsent(this.#state).map(({ id, text }) => ({ id, text }));
    if (pending.length || unsent(before).length) this.#storage.set("tab", "pending", pending.length ? pending : null);
    if (this.#state.need === "reconnect") return void this.#link.restart();
    this.#frame ||= requestAnimationFrame(() => this.#paint());
    if (document.hidden) this.#paint(); // no frames are drawn in a hidden tab, but its badge and its nodes are to be right
  }

  #paint() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#panel.paint(this.#state);
  }

  /** @param {boolean} open @param {boolean} focus */
  #show(open, focus) {
    if (open === this.#state.open) return;
    this.#apply({ type: open ? "local:open" : "local:close" });
    this.#storage.set("tab", "open", open || null);
    const top = this.#storage.get("tab", "scroll");
    this.#paint();
    this.#panel.show(open, focus);
    if (open) {
      this.#adopt();
      this.#link.start();
      this.#panel.toEnd();
      if (!focus && top !== null) this.#keepPlace(top);
    }
    tell(open ? "open" : "close");
  }

  /** After a page change the list fills again as the events arrive; then it goes back to where the shopper was reading. @param {number} top */
  #keepPlace(top) {
    let tries = 20;
    const place = () => {
      const { log } = this.#panel;
      if (log.scrollHeight - log.clientHeight >= top && this.#state.items.length) return this.#panel.scrollTo(top);
      if ((tries -= 1)) setTimeout(place, 50);
    };
    place();
  }

  /** Another tab may have begun the conversation since this page was loaded. */
  #adopt() {
    const known = this.#storage.get("local", "conversation");
    if (known && !this.#state.session) this.#apply({ type: "local:restore", session: known.session, token: known.token, pending: [] });
  }

  #touch() {
    const { session, token } = this.#state;
    if (session) this.#storage.set("local", "conversation", { session, token, at: Date.now() });
  }

  /** @param {string} text */
  #send(text) {
    if (!text.trim() || !tell("message", { text })) return;
    const id = randomId();
    this.#apply({ type: "local:send", id, text });
    this.#touch();
    this.#link.start();
    this.#link.send({ type: "message", id, text });
    this.#paint();
    this.#panel.toEnd();
  }

  /** @param {Item} item */
  #retry(item) {
    this.#apply({ type: "local:drop", id: item.id });
    this.#send(item.text ?? "");
  }

  #cancel() {
    const turn = running(this.#state)?.turn;
    if (turn) this.#link.send({ type: "cancel", turn });
  }

  /** @param {string} turn @param {string} rating */
  #rate(turn, rating) {
    if (!this.#link.send({ type: "feedback", turn, rating })) return;
    this.#apply({ type: "local:rate", turn, rating });
    this.#panel.say(this.#panel.look.texts.thanks);
  }

  #handoff() {
    const { state } = this.#state.handler;
    if (state === "waiting" || state === "operator") return;
    if (!this.#link.send({ type: "handoff", reason: "shopper_asked" })) this.#send(this.#panel.look.texts.person);
  }

  /** A person who answers sees that the shopper is typing; the assistant has no use for it. */
  #typing() {
    if (this.#state.handler.state !== "operator" || Date.now() - this.#typedAt < 3_000) return;
    this.#typedAt = Date.now();
    this.#link.send({ type: "typing" });
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
  let element = document.querySelector("shop-chat");
  if (!element && script) {
    element = document.createElement("shop-chat");
    for (const [name, value] of Object.entries(script.dataset)) element.setAttribute(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value ?? "");
    document.body.append(element);
  }
  if (element && !element.hasAttribute("data-installed")) {
    element.setAttribute("data-installed", "");
    install(element);
  }
}

ShopChat.define();
if (document.body) embed();
else document.addEventListener("DOMContentLoaded", embed, { once: true });
