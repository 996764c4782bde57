// @ts-check
/**
 * The shopper's end of a conversation: joins the state (session.js), the wire (link.js) and the memory (storage.js). No DOM: it tells its
 * owner what changed and what was heard, and tests drive it with a wire of their own.
 *
 * Invariant: a message of the shopper is kept under its id, also over a page change, until the server acknowledged it.
 */

import { Link, SILENCE } from "./link.js";
import { clean, initial, reduce, running, unsent } from "./session.js";

const RECENT = 30 * 60_000;
const ACKNOWLEDGED_WITHIN = 10_000;
const IDENTITY_WITHIN = 4_000;
const MAY_RETRY_AFTER = 3;

/** @typedef {import("./session.js").Item} Item */
/** @typedef {{state: (state: import("./session.js").State) => void, heard: (name: string, frame: any) => void}} Ear */
/** @typedef {{socket: Function, stream: Function, transcript: Function, online: () => boolean, newId: () => string}} Wire */

export class Conversation {
  state = initial();
  locale = "en";
  #place; #storage; #wire; #clock; #ear; #link;
  /** @type {import("./page.js").Page} */ #page = { url: "" };
  /** @type {string[]|null} */ #cart = null;
  /** @type {any} */ #identity = null;
  #identityToken = "";
  #waited = false;
  #refusals = 0;
  #typedAt = 0;
  /** @type {any} */ #resend = null;

  /** @param {import("./socket.js").Place} place @param {import("./storage.js").Storage} storage @param {Wire} wire
   * @param {import("./link.js").Clock} clock @param {Ear} ear */
  constructor(place, storage, wire, clock, ear) {
    this.#place = place;
    this.#storage = storage;
    this.#wire = wire;
    this.#clock = clock;
    this.#ear = ear;
    this.#link = new Link(place, {
      hello: () => this.#hello(),
      frame: (frame) => this.#received(frame),
      link: (link) => this.#apply({ type: "local:link", link: link === "waiting" && !wire.online() ? "offline" : link }),
      gone: (why, code) => void this.#gone(why, code),
      patience: () => (this.#resend ? 0 : unsent(this.state).length ? ACKNOWLEDGED_WITHIN : running(this.state) ? SILENCE : 0),
    }, wire, clock);
  }

  /** Take up the conversation of an earlier page; nothing happens for a shopper who never clicked. */
  restore() {
    const known = this.#storage.get("local", "conversation");
    const pending = this.#storage.get("tab", "pending") ?? [];
    if (known || pending.length) this.#apply({ type: "local:restore", session: known?.session ?? "", token: known?.token ?? "", pending });
  }

  /** Whether there is a reason to be connected: the panel is open, an answer may come, or something was not sent. */
  get wanted() {
    const known = this.#storage.get("local", "conversation");
    return this.state.open || unsent(this.state).length > 0 || Boolean(known && this.#clock.now() - known.at < RECENT);
  }

  resume() {
    if (this.wanted) this.#begin();
  }

  /** A conversation that began logged in resumes logged in only: give the page a moment to say who the shopper is. */
  #begin() {
    const mustWait = this.#storage.get("local", "conversation")?.identified && !this.#identityToken && !this.#waited;
    if (!mustWait) return this.#link.start();
    this.#waited = true;
    return void this.#clock.later(() => this.#link.start(), IDENTITY_WITHIN);
  }

  /** @param {boolean} open */
  show(open) {
    this.#apply({ type: open ? "local:open" : "local:close" });
    if (!open) return;
    const known = this.#storage.get("local", "conversation"); // another tab may have begun it since
    if (known && !this.state.session) this.restore();
    this.#begin();
  }

  sleep() {
    this.#link.stop();
  }

  wake() {
    this.#link.wake();
  }

  reconnect() {
    this.#link.restart();
  }

  /** @param {boolean} online */
  network(online) {
    if (!online) this.#apply({ type: "local:link", link: "offline" });
    else if (this.#link.started) this.#link.restart();
    else this.#apply({ type: "local:link", link: "idle" });
  }

  /** @param {string} text @returns {boolean} whether there was anything to send */
  send(text) {
    const said = clean(text);
    if (!said) return false;
    const id = this.#wire.newId();
    this.#apply({ type: "local:send", id, text: said });
    this.#remember();
    this.#begin();
    this.#link.send({ type: "message", id, text: said });
    return true;
  }

  /** A message that the server refused, once more and as a new one. @param {Item} item */
  retry(item) {
    this.#apply({ type: "local:drop", id: item.id });
    this.send(item.text ?? "");
  }

  cancel() {
    const turn = running(this.state)?.turn;
    if (turn) this.#link.send({ type: "cancel", turn });
  }

  /** @param {string} turn @param {string} rating @returns {boolean} whether it left */
  rate(turn, rating) {
    if (!this.#link.send({ type: "feedback", turn, rating })) return false;
    this.#apply({ type: "local:rate", turn, rating });
    return true;
  }

  /** Ask for a person; where nothing can be said now, in words that are sent later. @param {string} words */
  handoff(words) {
    if (["waiting", "operator"].includes(this.state.handler.state)) return;
    if (!this.#link.send({ type: "handoff" })) this.send(words);
  }

  /** A person who answers sees that the shopper is typing; the assistant has no use for it. */
  typing() {
    if (this.state.handler.state !== "operator" || this.#clock.now() - this.#typedAt < 3_000) return;
    this.#typedAt = this.#clock.now();
    this.#link.send({ type: "typing" });
  }

  /** @param {import("./page.js").Page} page */
  onPage(page) {
    this.#page = page;
    this.#link.send({ type: "context", page });
  }

  /** @param {string[]} cart product ids */
  withCart(cart) {
    this.#cart = cart;
    this.#link.send({ type: "context", cart });
  }

  /** @param {string|(() => string|Promise<string>)} token a signed JWT, or what fetches one; called again when it has expired */
  async identify(token) {
    this.#identity = token;
    await this.#fetchIdentity();
    if (this.#link.started) this.#link.restart();
    else this.resume();
  }

  async #fetchIdentity() {
    this.#identityToken = typeof this.#identity === "function" ? await this.#identity() : this.#identity;
  }

  forget() {
    this.#storage.set("local", "conversation", null);
    this.#link.stop();
    this.#apply({ type: "local:forget" });
    if (this.state.open) this.#link.start();
  }

  #hello() {
    const { session, token, seq } = this.state;
    const known = session ? { session, token, after: seq } : {};
    const identity = this.#identityToken ? { identity: this.#identityToken } : {};
    return { type: "hello", locale: this.locale, ...known, ...identity, page: this.#page };
  }

  /** @param {any} frame */
  #received(frame) {
    const before = this.state;
    this.#apply(frame);
    if (frame.type === "ready") return this.#greeted();
    if (frame.type === "error") return this.#failed(frame);
    if (this.state.seq === before.seq) return undefined; // ephemeral, or known already
    if (frame.type === "reply" || frame.type === "operator") this.#remember();
    return this.#ear.heard(frame.type, frame);
  }

  #greeted() {
    this.#refusals = 0;
    this.#remember();
    if (this.state.need === "transcript") return void this.#reload();
    if (this.#cart) this.#link.send({ type: "context", cart: this.#cart });
    return this.#sendAgain();
  }

  #sendAgain() {
    for (const frame of unsent(this.state)) this.#link.send(frame);
  }

  async #reload() {
    const { session, token } = this.state;
    try {
      const events = await this.#wire.transcript(this.#place, { session, token, identity: this.#identityToken });
      this.#apply({ type: "local:transcript", events });
      this.#sendAgain();
    } catch {
      const again = () => this.state.need === "transcript" && this.#link.restart();
      this.#clock.later(again, 1_000 + this.#clock.random() * 4_000);
    }
  }

  /** @param {any} frame */
  #failed(frame) {
    this.#ear.heard("error", frame);
    if (!frame.retryable || !unsent(this.state).some(({ id }) => id === frame.id)) return;
    this.#clock.cancel(this.#resend);
    const again = () => {
      this.#resend = null;
      this.#sendAgain();
    };
    this.#resend = this.#clock.later(again, Math.min(60, frame.retry_after ?? MAY_RETRY_AFTER) * 1000);
  }

  /** The server closed for a reason. @param {string} why @param {number} code */
  async #gone(why, code) {
    if (why === "erased") return this.forget();
    this.#refusals += 1;
    if (why === "stop" || this.#refusals > 3 || !(this.state.session || this.#identityToken)) {
      const told = why === "stop" ? String(code) : "unauthorized";
      this.#apply({ type: "local:link", link: "stopped" });
      this.#apply({ type: "local:notice", code: told });
      return this.#ear.heard("error", { code: told, message: "", retryable: false });
    }
    // First suspect an identity that expired; else the conversation's secret no longer holds, and a new conversation begins.
    if (this.#identityToken && this.#refusals === 1) {
      if (typeof this.#identity !== "function") this.#identity = "";
      await this.#fetchIdentity();
    } else if (this.state.session) {
      this.#storage.set("local", "conversation", null);
      this.#apply({ type: "local:anew" });
    } else this.#identityToken = "";
    return this.#link.start();
  }

  #remember() {
    const { session, token } = this.state;
    if (session) this.#storage.set("local", "conversation", { session, token, at: this.#clock.now(), ...(this.#identityToken && { identified: true }) });
  }

  /** @param {any} event */
  #apply(event) {
    const before = this.state;
    this.state = reduce(before, event);
    if (this.state === before) return;
    const waiting = unsent(this.state).map(({ id, text }) => ({ id, text }));
    if (waiting.length || unsent(before).length) this.#storage.set("tab", "pending", waiting.length ? waiting : null);
    this.#ear.state(this.state);
    if (this.state.need === "reconnect") this.#link.restart();
  }
}
