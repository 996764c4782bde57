// @ts-check
/**
 * What the shop's page may say to the widget and hear from it: `window.shopchat(command, …)`, with a queue for calls made before the
 * widget was there, and `shopchat:…` events on the document. Knows the element only by its methods.
 */

/** @type {Map<string, Set<(detail: any) => void>>} */
const listeners = new Map();
let isReady = false;

/** @param {string} name @param {(detail: any) => void} listener @returns {() => void} stops listening */
function on(name, listener) {
  const all = listeners.get(name) ?? new Set();
  listeners.set(name, all.add(listener));
  if (name === "ready" && isReady) queueMicrotask(() => listener({})); // late listeners hear it too
  return () => void all.delete(listener);
}

/** Tell the page. @param {string} name @param {any} [detail] @returns {boolean} false when the page prevented it */
export function tell(name, detail = {}) {
  if (name === "ready") isReady = true;
  for (const listener of listeners.get(name) ?? []) {
    try {
      listener(detail);
    } catch (error) {
      reportError(error); // the page's mistake stays the page's
    }
  }
  return document.dispatchEvent(new CustomEvent(`shopchat:${name}`, { detail, cancelable: true }));
}

/** @type {any} the widget that is on the page now */
let element = null;
const COMMANDS = ["open", "close", "toggle", "ask", "page", "cart", "identify", "set", "forget"];

/** @param {string} command @param {any[]} values */
function carryOut(command, ...values) {
  if (command === "on") return on(values[0], values[1]);
  if (!COMMANDS.includes(command)) throw new TypeError(`shopchat knows ${COMMANDS.join(", ")} and on, not "${command}"`);
  return element[command](...values);
}

/** Take over from the stub on the page and run what it queued: who listens first, then `ready`, then the rest. @param {any} widget */
export function install(widget) {
  const first = !element;
  element = widget;
  if (!first) return;
  const host = /** @type {any} */ (globalThis);
  const queued = Array.from(host.shopchat?.q ?? [], (call) => Array.from(call));
  host.shopchat = carryOut;
  const run = (/** @type {any[]} */ [command, ...values]) => {
    try {
      carryOut(command, ...values);
    } catch (error) {
      reportError(error);
    }
  };
  queued.filter(([command]) => command === "on").forEach(run);
  tell("ready");
  queued.filter(([command]) => command !== "on").forEach(run);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-shopchat-open]") : null;
    if (!button) return;
    event.preventDefault();
    const question = button.getAttribute("data-shopchat-message");
    if (question) element.ask(question);
    else element.open();
  });
}
