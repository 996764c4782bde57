// @ts-check
/**
 * Keeps one connection alive: full jitter between tries, the HTTP twin after three refused upgrades, a fresh socket when the old one
 * is only thought to be alive. It knows when to speak, not what; the ways to connect and the clock are handed in.
 *
 * Invariant: at most one connection at a time, and none of an earlier one's frames after the next was begun.
 */

import { afterClose, retryDelay } from "./session.js";

/** The server's pings are invisible to a page, so silence counts only while an answer is due. */
export const SILENCE = 35_000;
const REFUSALS = 3;
const STEADY = 5_000;
const PROBE = 30_000;

/** @typedef {{socket: Function, stream: Function}} Ways */
/** @typedef {{now: () => number, later: (call: () => void, ms: number) => any, cancel: (timer: any) => void, random: () => number}} Clock */
/** @typedef {{hello: () => any, frame: (frame: any) => void, link: (link: string) => void, gone: (why: string, code: number) => void, patience: () => number}} Owner */

export class Link {
  #place; #owner; #ways; #clock;
  /** @type {import("./socket.js").Connection|null} */
  #connection = null;
  #attempts = 0;
  #refused = 0;
  #probe = PROBE;
  #readyAt = 0;
  #heardAt = 0;
  /** @type {any} */ #timer = null;
  /** @type {any} */ #watch = null;

  /** @param {import("./socket.js").Place} place @param {Owner} owner @param {Ways} ways @param {Clock} clock */
  constructor(place, owner, ways, clock) {
    this.#place = place;
    this.#owner = owner;
    this.#ways = ways;
    this.#clock = clock;
  }

  get started() {
    return this.#connection !== null || this.#timer !== null;
  }

  start() {
    if (!this.started) this.#connect();
  }

  /** @param {any} frame @returns {boolean} whether it left; what must arrive is sent again after the next `ready` */
  send(frame) {
    if (frame.type === "message") this.#heardAt = this.#clock.now(); // the answer to this cannot be overdue yet
    return this.#readyAt > 0 && (this.#connection?.send(frame) ?? false);
  }

  /** Drop what there is and connect now: the network came back, the page was asleep, an event was missed. */
  restart() {
    this.#drop();
    this.#connect();
  }

  /** Connect now if we are only waiting for the next try, or if nothing was heard for longer than a live connection is silent. */
  wake() {
    if (!this.started) return;
    if (!this.#connection || this.#clock.now() - this.#heardAt > SILENCE) this.restart();
  }

  /** @param {string} [link] what to tell the owner */
  stop(link = "idle") {
    this.#drop();
    this.#owner.link(link);
  }

  #drop() {
    const connection = this.#connection;
    this.#connection = null;
    this.#readyAt = 0;
    this.#clock.cancel(this.#timer);
    this.#clock.cancel(this.#watch);
    this.#timer = this.#watch = null;
    connection?.close();
  }

  #connect() {
    this.#timer = null;
    this.#owner.link("connecting");
    const way = this.#refused >= REFUSALS ? "stream" : "socket";
    let opened = false;
    /** @type {import("./socket.js").Connection|null} */
    let mine = null;
    const current = () => mine !== null && mine === this.#connection;
    const on = {
      opened: () => void (opened = true),
      frame: (/** @type {any} */ frame) => current() && this.#heard(frame, way),
      down: (/** @type {number} */ code) => current() && this.#down(code, way, opened),
    };
    mine = this.#ways[way](this.#place, this.#owner.hello(), on);
    this.#connection = mine;
    this.#heardAt = this.#clock.now();
    this.#listen();
  }

  /** @param {any} frame @param {string} way */
  #heard(frame, way) {
    this.#heardAt = this.#clock.now();
    if (frame.type === "ready") {
      this.#readyAt = this.#clock.now();
      if (way === "socket") this.#refused = 0;
    }
    this.#owner.frame(frame);
  }

  /** @param {number} code @param {string} way @param {boolean} opened */
  #down(code, way, opened) {
    const steady = this.#readyAt > 0 && this.#clock.now() - this.#readyAt > STEADY;
    this.#drop();
    if (way === "socket" && !opened) this.#refused += 1;
    if (way === "stream" && !opened) this.#refused = 0; // nothing gets through: begin again with the socket
    const then = afterClose(code);
    if (then !== "retry") return this.#owner.gone(then, code);
    this.#attempts = steady ? 0 : this.#attempts + 1;
    this.#owner.link("waiting");
    const wait = retryDelay(Math.max(0, this.#attempts - 1), this.#clock.random);
    this.#timer = this.#clock.later(() => this.#connect(), wait);
  }

  /** Look every few seconds whether an answer is overdue, and on the HTTP twin whether sockets work again. */
  #listen() {
    this.#watch = this.#clock.later(() => {
      const now = this.#clock.now();
      const patience = this.#readyAt ? this.#owner.patience() : SILENCE;
      if (patience && now - this.#heardAt > patience) return this.restart();
      if (this.#refused >= REFUSALS && this.#readyAt && !this.#owner.patience() && now - this.#readyAt > this.#probe) {
        this.#refused = REFUSALS - 1; // one refusal more brings the twin back
        this.#probe = Math.min(this.#probe * 2, 1_800_000);
        return this.restart();
      }
      this.#listen();
    }, 2_500);
  }
}
