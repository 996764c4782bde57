// @ts-check
/** The merchant's rules as a text that is checked before it is kept. */

import { h } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { body, get, post } from "../pages/wire.js";
import { panel } from "./parts.js";

const RULES = "/console/api/recommend-rules";

/** @param {Record<string, string>} wording @param {import("./console.js").Scene} scene @param {() => void} changed */
export async function rulesPanel(wording, { signal }, changed) {
  const now = await get(RULES, {}, signal);
  const area = h("textarea", { class: "field mono", id: "rules", rows: 8, spellcheck: "false", maxlength: 100000, placeholder: wording.rules_example, "aria-describedby": "rules-hint" });
  area.value = now.text;
  const fault = h("p", { class: "fault", role: "alert" });
  const done = h("p", { class: "small", role: "status" });
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    fault.textContent = done.textContent = "";
    try {
      done.textContent = fill(wording.saved, await body(await post(RULES, { text: area.value }, signal)));
      changed();
    } catch (error) {
      fault.textContent = fill(wording.fault, { why: /** @type {Error} */ (error).message });
    }
  };
  return panel(wording.rules_title, h("form", { class: "recommend-rules", on: { submit: save } },
    h("label", { class: "faint small", id: "rules-hint", for: "rules", text: wording.rules_hint }), area, h("div", { class: "acts" }, h("button", { class: "button slim", type: "submit", text: wording.save })), fault, done));
}
