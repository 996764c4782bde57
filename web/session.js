// @ts-check
/**
 * The conversation as the widget knows it, and how it changes. Pure: no DOM, no WebSocket, no clock, no storage.
 *
 * `reduce(state, event)` takes a frame of the server (its `type` as on the wire) or something that happened here (`local:…`) and
 * returns the next state. Invariants: durable events are applied once and only in order (a hole sets `need: "reconnect"`), the
 * pieces of a reply joined are exactly its text, and a message of the shopper stays in `items` until the server has it.
 */

/** @typedef {{id: string, kind: string, title: string, url?: string, price?: number|string|null, list_price?: number|string|null,
 *   currency?: string, image?: string, available?: boolean|null}} Source */
/** @typedef {{kind: "shopper"|"reply"|"operator"|"handler", key: string, id?: string, turn?: string, text?: string, size?: number,
 *   pending?: boolean, failed?: string, stage?: string, sources?: Source[], citations?: string[], finish?: string|null,
 *   rating?: string, name?: string, state?: string, reason?: string, ahead?: number}} Item */
/** @typedef {{state: string, name: string, ahead: number}} Handler */
/** @typedef {{session: string, token: string, seq: number, link: string, items: Item[], handler: Handler, greeting: string,
 *   suggestions: string[], typing: boolean, notice: {code: string, message: string}|null, unread: number, open: boolean,
 *   held: any[]|null, need: ""|"reconnect"|"transcript", shop: string}} State */

/** Longest message in code points, after NFC. The server holds the same limit. */
export const LONGEST = 4000;

/** @returns {State} */
export function initial() {
  return {
    session: "", token: "", seq: 0, link: "idle", items: [], handler: { state: "assistant", name: "", ahead: 0 }, greeting: "",
    suggestions: [], typing: false, notice: null, unread: 0, open: false, held: null, need: "", shop: "",
  };
}

/** Code points, because offsets on the wire count them and UTF-16 units do not. @param {string} text */
export function codePoints(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** @param {string} text @param {number} count */
function firstCodePoints(text, count) {
  return Array.from(text).slice(0, count).join("");
}

/** What the shopper typed as it goes on the wire: NFC, no control characters, no half of a pair. @param {string} text */
export function clean(text) {
  const plain = text.normalize("NFC").replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
  return plain.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd").trim();
}

/** Full jitter, 0.5 s doubling to 30 s. @param {number} attempt 0 for the first retry @param {() => number} random in [0, 1) */
export function retryDelay(attempt, random = Math.random) {
  return random() * Math.min(30000, 500 * 2 ** Math.min(attempt, 16));
}

/** What to do when the server closed the socket: try again, ask without the old secret, start clean, or leave it. @param {number} code */
export function afterClose(code) {
  if (code === 4004) return "renew";
  if (code === 4501) return "unauthorized";
  if (code === 4503) return "erased";
  if (code >= 4500 && code <= 4999) return "stop";
  return "retry";
}

/** Frames of the messages that the server has not acknowledged, oldest first; the same ids as the first time. @param {State} state */
export function unsent(state) {
  return state.items.filter((item) => item.kind === "shopper" && item.pending).map(({ id, text }) => ({ type: "message", id, text }));
}

/** The reply that is being written, if any. @param {State} state */
export function running(state) {
  return state.items.findLast((item) => item.kind === "reply" && !item.finish);
}

/** @param {State} state @param {(item: Item) => boolean} which @param {(item: Item) => Item|null} how null removes the item */
function change(state, which, how) {
  const items = state.items.flatMap((item) => (which(item) ? (how(item) ?? []) : [item]));
  return { ...state, items };
}

/** @param {State} state @param {Item} item @param {number} [at] */
function insert(state, item, at = state.items.length) {
  return { ...state, items: [...state.items.slice(0, at), item, ...state.items.slice(at)] };
}

/** New things go in front of what has not reached the server yet. @param {Item[]} items */
function endOfKnown(items) {
  const first = items.findIndex((item) => item.pending);
  return first < 0 ? items.length : first;
}

/** A reply stands right under its question, even when the next question came first. @param {Item[]} items @param {string} turn */
function placeOf(items, turn) {
  const question = items.findLastIndex((item) => item.kind === "shopper" && item.turn === turn);
  return question < 0 ? endOfKnown(items) : question + 1;
}

/** Change the reply of a turn; it is put in its place when this is the first that is heard of it.
 * @param {State} state @param {string} turn @param {(item: Item) => Item|null} how */
function reply(state, turn, how) {
  const mine = (/** @type {Item} */ item) => item.kind === "reply" && item.turn === turn;
  if (state.items.some(mine)) return change(state, mine, how);
  const fresh = { kind: /** @type {const} */ ("reply"), key: `turn:${turn}`, turn, text: "", size: 0, stage: "searching", sources: [], finish: null };
  const item = how(fresh);
  return item ? insert(state, item, placeOf(state.items, turn)) : state;
}

/** @param {State} state @param {string} turn @param {(item: Item) => Item|null} how a finished reply never changes */
function whileRunning(state, turn, how) {
  return reply(state, turn, (item) => (item.finish ? item : how(item)));
}

/** @param {State} state @param {any} event */
function ready(state, event) {
  const base = {
    ...state, session: event.session, token: event.token, link: "open", need: /** @type {const} */ (""), typing: false, held: null,
    greeting: event.greeting || state.greeting, suggestions: event.suggestions || state.suggestions, shop: event.shop || state.shop,
    notice: null,
  };
  if (event.resume === "reload") return { ...base, held: [], need: /** @type {const} */ ("transcript") };
  // A turn of which nothing was shown may be answered again under another name after a restart; a snapshot brings it back otherwise.
  const kept = change(base, (item) => item.kind === "reply" && !item.finish && !item.text, () => null);
  if (event.resume !== "new") return kept;
  return { ...kept, seq: event.seq, items: kept.items.filter((item) => item.pending), handler: initial().handler };
}

/** @param {State} state @param {any} event */
function message(state, event) {
  const mine = (/** @type {Item} */ item) => item.kind === "shopper" && item.id === event.id;
  const item = { kind: /** @type {const} */ ("shopper"), key: event.id, id: event.id, turn: event.turn, text: event.text, pending: false };
  return state.items.some(mine) ? change(state, mine, () => item) : insert(state, item, endOfKnown(state.items));
}

/** @param {State} state @param {any} event */
function delta(state, event) {
  const item = state.items.find((one) => one.kind === "reply" && one.turn === event.turn);
  const have = item?.size ?? 0;
  if (item?.finish) return state;
  if (event.offset > have) return { ...state, need: /** @type {const} */ ("reconnect") };
  const added = Array.from(event.text).slice(have - event.offset);
  return whileRunning(state, event.turn, (one) => ({ ...one, text: one.text + added.join(""), size: have + added.length, stage: "writing" }));
}

/** `offset` is where the text starts or where the next piece goes on: both readings give the same text. @param {State} state @param {any} event */
function snapshot(state, event) {
  return whileRunning(state, event.turn, (item) => {
    const whole = !event.offset || event.offset === codePoints(event.text);
    const text = whole ? event.text : firstCodePoints(item.text ?? "", event.offset) + event.text;
    return { ...item, text, size: codePoints(text), stage: text ? "writing" : item.stage, sources: event.sources ?? item.sources };
  });
}

/** @param {State} state @param {any} event */
function finished(state, event) {
  const silent = !event.text && ["superseded", "handoff"].includes(event.finish);
  const next = reply(state, event.turn, (item) =>
    silent ? null : {
      ...item, text: event.text, size: codePoints(event.text), finish: event.finish, stage: "", sources: event.sources ?? item.sources,
      citations: event.citations ?? [],
    });
  return silent || state.open ? next : { ...next, unread: next.unread + 1 };
}

/** @param {State} state @param {any} event */
function handler(state, event) {
  const now = { state: event.state, name: event.name || "", ahead: event.ahead ?? 0 };
  const item = { kind: /** @type {const} */ ("handler"), key: `seq:${event.seq}`, reason: event.reason, ...now };
  return { ...insert(state, item, endOfKnown(state.items)), handler: now, typing: false };
}

/** @param {State} state @param {any} event */
function operator(state, event) {
  const item = { kind: /** @type {const} */ ("operator"), key: `seq:${event.seq}`, text: event.text, name: event.name };
  const next = insert({ ...state, typing: false }, item, endOfKnown(state.items));
  return state.open ? next : { ...next, unread: next.unread + 1 };
}

/** @param {State} state @param {any} event */
function failure(state, event) {
  const notice = { code: event.code, message: event.message || "" };
  if (!event.id) return event.retryable && event.code !== "internal" ? state : { ...state, notice };
  if (!event.retryable) return change(state, (item) => item.id === event.id, (item) => ({ ...item, pending: false, failed: event.code }));
  // Retryable: an unacknowledged message waits and is sent again under its id; an acknowledged one says what happened.
  const waits = state.items.some((item) => item.id === event.id && item.pending);
  return waits ? state : { ...state, notice };
}

/** The whole conversation anew, then what came in meanwhile. @param {State} state @param {any} event `events`: all durable ones, in order */
function transcript(state, event) {
  const start = {
    ...state, items: state.items.filter((item) => item.pending), seq: 0, held: null, need: /** @type {const} */ (""),
    handler: initial().handler, open: true,
  };
  let next = event.events.reduce(reduce, start);
  const live = running(state);
  if (live?.text && !next.items.some((/** @type {Item} */ item) => item.key === live.key)) {
    next = insert(next, live, placeOf(next.items, live.turn ?? ""));
  }
  next = (state.held ?? []).reduce(reduce, next);
  return { ...next, open: state.open, unread: state.unread };
}

/** @type {Record<string, (state: State, event: any) => State>} */
const durable = { message, reply: finished, operator, handler };

/** @type {Record<string, (state: State, event: any) => State>} */
const passing = {
  ready,
  delta,
  snapshot,
  error: failure,
  status: (state, event) => whileRunning(state, event.turn, (item) => ({ ...item, stage: event.stage })),
  sources: (state, event) => whileRunning(state, event.turn, (item) => ({ ...item, sources: event.items })),
  typing: (state, event) => (event.who === "operator" ? { ...state, typing: true } : state),
};

/** @type {Record<string, (state: State, event: any) => State>} */
const local = {
  "local:send": (state, { id, text }) =>
    insert({ ...state, notice: null }, { kind: "shopper", key: id, id, text, pending: true }),
  "local:drop": (state, { id }) => change(state, (item) => item.id === id && item.kind === "shopper", () => null),
  "local:link": (state, { link }) => ({ ...state, link, need: "", typing: false }),
  "local:notice": (state, { code }) => ({ ...state, notice: code ? { code, message: "" } : null }),
  "local:open": (state) => ({ ...state, open: true, unread: 0 }),
  "local:close": (state) => ({ ...state, open: false }),
  "local:rate": (state, { turn, rating }) => reply(state, turn, (item) => ({ ...item, rating })),
  "local:still": (state) => ({ ...state, typing: false }),
  "local:restore": (state, { session, token, pending }) => ({
    ...state, session, token,
    items: [...state.items, ...pending.map((/** @type {Item} */ one) => ({ kind: "shopper", key: one.id, id: one.id, text: one.text, pending: true }))],
  }),
  "local:transcript": transcript,
  "local:anew": (state) => ({ ...initial(), open: state.open, link: state.link, items: state.items.filter((item) => item.pending) }),
  "local:forget": (state) => ({ ...initial(), open: state.open }),
};

/** @param {State} state @param {any} event @returns {State} */
export function reduce(state, event) {
  const here = local[event.type];
  if (here) return here(state, event);
  if (state.held && event.type !== "ready") return { ...state, held: [...state.held, event] };
  if (!durable[event.type]) return passing[event.type]?.(state, event) ?? state; // an event type of tomorrow changes nothing today
  if (event.seq <= state.seq) return state;
  if (event.seq > state.seq + 1) return { ...state, need: "reconnect" };
  return durable[event.type]({ ...state, seq: event.seq }, event);
}
