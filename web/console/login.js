// @ts-check
/** The way in: one password. */

import { h } from "../pages/dom.js";
import { post } from "../pages/wire.js";

/** @param {Record<string, string>} texts @param {string} note why it is asked again, or "" @param {() => void} done */
export function login(texts, note, done) {
  const fault = h("p", { class: "fault", id: "fault", role: "alert", text: note });
  const field = h("input", { class: "field", type: "password", id: "password", name: "password", autocomplete: "current-password", required: true, maxlength: 200, "aria-describedby": "fault" });
  const button = h("button", { class: "button", type: "submit", text: texts.login });
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    button.disabled = true;
    fault.textContent = "";
    try {
      await post("/console/api/login", { password: field.value });
      done();
    } catch (error) {
      const { status } = /** @type {import("../pages/wire.js").WireError} */ (error);
      fault.textContent = status === 401 ? texts.wrong : status === 429 ? texts.many : texts.fault_hint;
      field.select();
      field.focus();
    } finally {
      button.disabled = false;
    }
  };
  queueMicrotask(() => field.focus());
  return h("form", { class: "login panel", on: { submit: send } },
    h("h1", { text: texts.login }), h("p", { class: "faint", text: texts.login_hint }),
    h("input", { type: "text", name: "username", autocomplete: "username", value: "operator", hidden: true }),
    h("div", {}, h("label", { class: "label", for: "password", text: texts.password }), field), fault, button);
}
