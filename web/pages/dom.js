// @ts-check
/** Nodes from plain values, for the shop's pages and the console: createElement and textContent only, so a strict CSP with Trusted Types holds. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} each icon is one path in a box of 24 */
const ICONS = {
  bag: "M6 8h12l1 12H5zM9 8V7a3 3 0 0 1 6 0v1",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20.5 20.5",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  right: "M9 5l7 7-7 7",
  left: "M15 5l-7 7 7 7",
  down: "M5 9l7 7 7-7",
  trash: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5",
  chat: "M12 4c-4.7 0-8.5 3.1-8.5 7 0 2.1 1.1 4 2.9 5.3-.1 1-.5 2.2-1.3 3.2 1.7-.2 3.1-.8 4.2-1.6.9.2 1.8.3 2.7.3 4.7 0 8.5-3.2 8.5-7.1S16.7 4 12 4z",
  globe: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM3.5 12h17M12 3.5c2.6 2.3 3.8 5.2 3.8 8.5s-1.2 6.2-3.8 8.5c-2.6-2.3-3.8-5.2-3.8-8.5s1.2-6.2 3.8-8.5z",
  info: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5M12 8h.01",
  check: "M5 12.5l4.5 4.5L19 7",
  copy: "M9 9h10v11H9zM5 15V4h10",
  flask: "M10 4v6L4.8 18.5A1.6 1.6 0 0 0 6.2 21h11.6a1.6 1.6 0 0 0 1.4-2.5L14 10V4M8.5 4h7M7.5 15h9",
  list: "M4 6.5h2M9.5 6.5H20M4 12h2M9.5 12H20M4 17.5h2M9.5 17.5H20",
  pulse: "M3 12h4l2.5-6.5 5 13L17 12h4",
  code: "M8.5 7L3.5 12l5 5M15.5 7l5 5-5 5",
  leave: "M14 4.5H6v15h8M10.5 12H21M17.5 8.5L21 12l-3.5 3.5",
  alert: "M12 4L2.8 19.5h18.4zM12 10v4.5M12 17h.01",
  stop: "M7 7h10v10H7z",
  play: "M7.5 5l11 7-11 7z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
  pen: "M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5",
  again: "M5 12a7 7 0 1 0 2.2-5.1M5 4.5V8.5H9",
};

/** @typedef {Record<string, any>} Props `text`, `on: {event: listener}`, `data: {…}`; the rest are attributes, null, undefined and false left out */
/** @typedef {Node|string|number|null|undefined|false} Child */

/** @param {string} tag @param {Props} [props] @param {...Child} children @returns {any} */
export function h(tag, props = {}, ...children) {
  return filled(document.createElement(tag), props, children);
}

/** @param {string} tag @param {Props} [props] @param {...Child} children @returns {any} */
export function svg(tag, props = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), props, children);
}

/** @param {any} node @param {Props} props @param {Child[]} children */
function filled(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child || child === 0) node.append(child instanceof Node ? child : String(child));
  return node;
}

/** @param {string} name */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, svg("path", { d: ICONS[name] }));
}

/** Text that a screen reader says and nobody sees. @param {string} text */
export function unseen(text) {
  return h("span", { class: "unseen", text });
}

/** @param {string} id @returns {HTMLElement} */
export function place(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element with the id ${id}`);
  return found;
}

/** Say something to a screen reader, without moving the focus. @param {string} text */
export function announce(text) {
  place("announcer").textContent = text;
}
