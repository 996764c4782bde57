// @ts-check
/** Nodes from plain values: createElement and textContent only, so it holds under Trusted Types and a strict CSP. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} each icon is one path in a box of 24 */
const ICONS = {
  chat: "M12 4c-4.7 0-8.5 3.1-8.5 7 0 2.1 1.1 4 2.9 5.3-.1 1-.5 2.2-1.3 3.2 1.7-.2 3.1-.8 4.2-1.6.9.2 1.8.3 2.7.3 4.7 0 8.5-3.2 8.5-7.1S16.7 4 12 4z",
  close: "M6 6l12 12M18 6L6 18",
  down: "M5 9l7 7 7-7",
  send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
  stop: "M8 8h8v8H8z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
  spark: "M12 3.5c.7 4.3 2.9 6.6 7.5 8.5-4.6 1.9-6.8 4.2-7.5 8.5-.7-4.3-2.9-6.6-7.5-8.5 4.6-1.9 6.8-4.2 7.5-8.5z",
  up: "M7 11v8.5H4V11zM7 11l4-7.5c1.5 0 2.5 1.2 2.2 2.7L12.5 9.5h5.8c1.2 0 2 1.1 1.7 2.2l-1.6 6c-.3 1.1-1.2 1.8-2.3 1.8H7",
  bag: "M6 8h12l1 12H5zM9 8V7a3 3 0 0 1 6 0v1",
};

/** @typedef {Record<string, any>} Props `class`, `part`, `text`, `on: {event: listener}`, `data: {…}`; the rest are attributes, null and false left out */

/** @param {string} tag @param {Props} [props] @param {...(Node|string|null|undefined|false)} children @returns {any} */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/** @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
