// @ts-check
/**
 * The page about the HTTP interface: RapiDoc over /openapi.json, in the shop's colours. The library is told everything by attributes, and its
 * parts get a style sheet of ours beside theirs, so light and dark come from theme.css.
 */

import { h } from "../pages/dom.js";
import "../vendor/rapidoc/rapidoc-min.js";

const PARTS = ["rapi-doc", "api-request", "api-response", "schema-table", "schema-tree", "json-tree"];
const SETTINGS = {
  "spec-url": "/openapi.json",
  "show-header": "false",
  "allow-server-selection": "false",
  "allow-spec-url-load": "false",
  "allow-spec-file-load": "false",
  "allow-spec-file-download": "false",
  "allow-advanced-search": "false",
  "show-method-in-nav-bar": "as-colored-text",
  "sort-endpoints-by": "none",
  "fetch-credentials": "same-origin",
  "load-fonts": "false",
  "schema-style": "table",
  "schema-description-expanded": "true",
  "default-schema-tab": "example",
  "font-size": "largest",
  layout: "column",
};

/* The library puts signs such as "{" into nodes by markup. A text without a "<" makes no element, and nothing else is let through. */
const types = /** @type {any} */ (globalThis).trustedTypes;
types?.createPolicy("default", { createHTML: (/** @type {string} */ text) => (text.includes("<") ? null : text) });

/** @type {WeakSet<ShadowRoot>} */
const watched = new WeakSet();
const wide = matchMedia("(min-width: 960px)");
const sheet = new CSSStyleSheet();
sheet.replaceSync(await fetch("/web/docs/rapidoc.css").then((answer) => answer.text()));
for (const part of PARTS) /** @type {any} */ (customElements.get(part))?.elementStyles?.push(sheet);

const page = h("rapi-doc", { ...SETTINGS, "render-style": style() });
wide.addEventListener("change", () => page.setAttribute("render-style", style()));
page.addEventListener("spec-loaded", () => watch(page.shadowRoot));
document.getElementById("main")?.append(page);

/** A side bar where there is room for one, else a list that unfolds. */
function style() {
  return wide.matches ? "read" : "view";
}

/** What unfolds by a click unfolds by a key too, fields have names, and what scrolls can be reached. @param {any} root a shadow tree */
function watch(root) {
  if (!root || watched.has(root)) return;
  watched.add(root);
  const ready = () => {
    root.querySelectorAll("summary.endpoint-head, .section-tag-header").forEach(reachable);
    root.querySelectorAll("input, select, textarea").forEach(named);
    root.querySelectorAll("pre").forEach((/** @type {Element} */ text) => text.setAttribute("tabindex", "0"));
    for (const part of root.querySelectorAll(PARTS.join())) watch(part.shadowRoot);
  };
  new MutationObserver(ready).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
  root.addEventListener("keydown", pressed);
  ready();
}

/** @param {any} field */
function named(field) {
  field.setAttribute("aria-label", field.dataset.pname || field.placeholder || (field.tagName === "SELECT" ? "Example" : "Body"));
}

/** @param {Element} head */
function reachable(head) {
  const open = !head.classList.contains("collapsed") && !head.parentElement?.classList.contains("collapsed");
  head.setAttribute("tabindex", "0");
  head.setAttribute("role", "button");
  head.setAttribute("aria-expanded", String(open));
}

/** @param {any} event */
function pressed(event) {
  if (!["Enter", " "].includes(event.key) || event.target.getAttribute("role") !== "button" || event.target.tagName === "BUTTON") return;
  event.preventDefault();
  event.target.click();
}
