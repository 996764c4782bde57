// @ts-check
/** A whole catalogue: a file chosen or rows pasted in, sent as they are, and the same file back with descriptions. */

import { announce, h, icon } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { area, choice, languages, tick } from "./copy.js";
import { panel } from "./parts.js";

/** @typedef {import("./copy.js").Desk} Desk */

/** @param {Desk} desk */
export function fileTab(desk) {
  const { said, scene, form } = desk;
  const chosen = h("input", { class: "field", type: "file", id: "copy-file", accept: ".csv,.tsv,.txt,.json,.jsonl,.xml", "aria-describedby": "copy-file-hint" });
  const fault = h("p", { class: "fault", role: "alert" });
  const button = h("button", { class: "button", type: "submit" }, icon("play"), said.write);
  const result = h("div", { class: "outcome", "aria-live": "polite" }, h("section", { class: "panel answer" }, h("p", { class: "faint", text: said.file_hint })));
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const file = chosen.files?.[0] ?? ((form.paste ?? "").trim() ? new File([form.paste], "products.csv") : null);
    fault.textContent = file ? "" : said.file_none;
    if (!file || button.disabled) return;
    button.disabled = true;
    result.replaceChildren(panel(said.sum_file, h("p", { class: "stage" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { text: said.file_wait }))));
    try {
      result.replaceChildren(done(await written(file, desk), file.name, desk));
      announce(said.done);
    } catch (error) {
      result.replaceChildren();
      if (/** @type {any} */ (error)?.status === 401) scene.fail(error, () => location.reload());
      else fault.textContent = fill(said.fault, { why: error instanceof Error ? error.message : "" });
    }
    button.disabled = false;
  };
  return h("div", { class: "bench" }, h("form", { class: "panel ask", on: { submit: send } }, h("div", {}, h("label", { class: "label", for: "copy-file", text: said.file }), chosen, h("p", { class: "faint small", id: "copy-file-hint", text: said.file_hint })), area(desk, "paste", said.paste_hint, 6),
    h("div", { class: "copy-choices" }, choice(desk, "tone", ["plain", "friendly", "playful", "elegant"]), choice(desk, "length", ["short", "medium", "long"]), languages(desk)), tick(desk, "price"), tick(desk, "overwrite"), button, fault), result);
}

/** @param {File} file @param {Desk} desk @returns {Promise<{totals: any, blob: Blob}>} */
async function written(file, { form }) {
  const wish = JSON.stringify({ tone: form.tone, length: form.length, language: form.language, with_price: Boolean(form.price), overwrite: Boolean(form.overwrite), seed: Number(form.seed ?? 0) });
  const query = new URLSearchParams({ name: file.name, wish });
  const answer = await fetch(`/v1/copy/file?${query}`, { method: "POST", credentials: "same-origin", headers: { "X-Console": "1", "Content-Type": "application/octet-stream" }, body: file });
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(typeof told.detail === "string" ? told.detail : String(answer.status)), { status: answer.status });
  }
  return { totals: JSON.parse(answer.headers.get("X-Copy-Totals") ?? "{}"), blob: await answer.blob() };
}

/** @param {{totals: any, blob: Blob}} found @param {string} name @param {Desk} desk */
function done({ totals, blob }, name, { said, scene }) {
  const rows = totals.rows;
  const url = URL.createObjectURL(blob);
  scene.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  return panel(said.sum_file, h("p", { class: "words", text: fill(said.file_done, { written: rows.written + rows.found, all }) }), rows.kept > 0 && h("p", { class: "faint", text: fill(said.file_kept, { n: rows.kept }) }),
    rows.failed > 0 && h("div", { class: "left-out" }, h("p", { text: fill(said.file_failed, { n: rows.failed }) }), h("ul", {}, ...totals.failed.map((/** @type {[number, string]} */ [line, reason]) => h("li", {}, h("span", { class: "faint", text: fill(said.line, { n: line }) }), h("span", { dir: "auto", text: reason }))))),
    h("p", { class: "acts" }, h("a", { class: "button slim", href: url, download: name, text: fill(said.download, { name }) })));
}
