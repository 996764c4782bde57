// @ts-check
/** The test page: a question with its situation, run through live chat's own code, its reply as it streams, and how it came about. */

import { announce, h, icon, place, unseen } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { body, events, givenUp, post } from "../pages/wire.js";
import { heatmap } from "./heatmap.js";
import { copyButton, ending, heading, panel } from "./parts.js";
import { explained, resting } from "./trace.js";

/** @typedef {import("./console.js").Scene} Scene */
/** @typedef {{speaker: "shopper"|"assistant", text: string}} Said */

/** What was typed and what came back, kept while one looks at other sections. */
const kept = { question: "", locale: "", product: "", /** @type {Said[]} */ history: [], /** @type {any} */ reply: null, seen: "" };

/** @param {Scene} scene */
export function showTrial(scene) {
  const { texts } = scene;
  const trial = new Trial(scene);
  place("main").replaceChildren(heading(texts.test_title, texts.test_hint), h("div", { class: "bench" }, trial.form, h("div", { class: "outcome" }, trial.answer, trial.basis, trial.why)));
  if (kept.reply) trial.show(kept.reply);
  scene.signal.addEventListener("abort", () => trial.stop());
}

class Trial {
  /** @type {AbortController|null} */ #running = null;

  /** @type {AbortController|null} */ #reading = null;

  /** @param {Scene} scene */
  constructor(scene) {
    this.scene = scene;
    const { texts, state } = scene;
    this.question = h("textarea", { class: "field", id: "question", rows: 3, maxlength: 4000, placeholder: texts.question_hint, on: { keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event), input: () => { kept.question = this.question.value; } } });
    this.question.value = kept.question;
    this.locale = h("select", { class: "field", id: "locale", on: { change: () => { kept.locale = this.locale.value; } } },
      h("option", { value: "", text: texts.locale_auto }), ...[...new Set([...(state.languages ?? []), "en", "zh"])].map((tag) => h("option", { value: tag, selected: tag === kept.locale, text: tag })));
    this.product = h("input", { class: "field", id: "product", maxlength: 200, value: kept.product, placeholder: texts.page_hint, autocomplete: "off", spellcheck: "false", on: { input: () => { kept.product = this.product.value; } } });
    this.turns = h("ol", { class: "turns" });
    this.button = h("button", { class: "button", type: "submit" });
    this.form = h("form", { class: "panel ask", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); if (this.#running) this.stop(); else this.run(); } } },
      h("div", {}, h("label", { class: "label", for: "question", text: texts.question }), this.question), this.button,
      h("details", { open: Boolean(kept.history.length || kept.product || kept.locale) }, h("summary", { text: texts.situation }),
        h("div", { class: "pair" }, h("div", {}, h("label", { class: "label", for: "locale", text: texts.locale }), this.locale), h("div", {}, h("label", { class: "label", for: "product", text: texts.page }), this.product)),
        h("div", { class: "earlier" }, h("p", { class: "label", text: texts.history }), this.turns, h("button", { class: "button plain slim", type: "button", on: { click: () => this.#addTurn() } }, icon("plus"), texts.add_turn))));
    this.answer = h("section", { class: "panel answer", "aria-label": texts.reply, "aria-busy": "false" }, h("p", { class: "faint", text: texts.waiting }));
    this.basis = h("div", { class: "why basis" });
    this.why = h("div", { class: "why" });
    this.#paintButton();
    this.#paintTurns();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.#running) this.run();
  }

  #paintButton() {
    const { texts } = this.scene;
    this.button.replaceChildren(icon(this.#running ? "stop" : "play"), this.#running ? texts.stop : texts.run);
    this.button.classList.toggle("plain", Boolean(this.#running));
  }

  #addTurn() {
    kept.history.push({ speaker: kept.history.at(-1)?.speaker === "shopper" ? "assistant" : "shopper", text: "" });
    this.#paintTurns();
    this.turns.lastElementChild?.querySelector("textarea")?.focus();
  }

  #paintTurns() {
    const { texts } = this.scene;
    this.turns.replaceChildren(...kept.history.map((turn, at) => {
      const speaker = h("select", { class: "field", "aria-label": `${texts.history} ${at + 1}`, on: { change: (/** @type {any} */ event) => { turn.speaker = event.target.value; } } },
        ...["shopper", "assistant"].map((who) => h("option", { value: who, selected: who === turn.speaker, text: texts[`who_${who}`] })));
      const words = h("textarea", { class: "field", rows: 2, maxlength: 4000, "aria-label": `${texts.history} ${at + 1}, ${texts.question}`, on: { input: (/** @type {any} */ event) => { turn.text = event.target.value; } } });
      words.value = turn.text;
      const remove = h("button", { class: "remove", type: "button", on: { click: () => { kept.history.splice(at, 1); this.#paintTurns(); } } }, icon("trash"), unseen(texts.remove_turn));
      return h("li", {}, speaker, remove, words);
    }));
  }

  stop() {
    this.#running?.abort();
    this.#reading?.abort();
  }

  async run() {
    const question = this.question.value.trim();
    if (!question) return this.question.focus();
    const { texts, fail } = this.scene;
    const running = (this.#running = new AbortController());
    this.#paintButton();
    const started = performance.now();
    /** @type {Record<string, number>} */
    const marks = {};
    const mark = (/** @type {string} */ name) => { marks[name] ??= Math.round(performance.now() - started); };
    const stage = h("p", { class: "stage" }, dots(), h("span", { text: texts.stage_searching }));
    const words = h("div", { class: "words", dir: "auto" });
    this.answer.setAttribute("aria-busy", "true");
    this.answer.replaceChildren(h("p", { class: "asked", dir: "auto", text: question }), words, stage);
    this.why.replaceChildren();
    this.basis.replaceChildren();
    kept.reply = null;
    try {
      const product_id = this.product.value.trim();
      const body = { question, history: kept.history.filter(({ text }) => text.trim()), locale: this.locale.value, ...(product_id && { page: { product_id } }) };
      for await (const event of events(await post("/console/api/test", body, running.signal))) {
        if (event.type === "status") { mark("status"); stage.lastElementChild?.replaceChildren(texts[`stage_${event.stage}`] ?? event.stage); }
        if (event.type === "delta") { mark("first"); words.append(event.text); }
        if (event.type === "error") throw new Error(event.message);
        if (event.type === "reply") {
          mark("total");
          kept.reply = { ...event, asked: question };
          kept.seen = fill(texts.seen, { status: marks.status ?? "–", first: marks.first ?? "–", total: marks.total });
        }
      }
      if (!kept.reply) throw new Error("the stream ended without a reply");
      this.show(kept.reply);
      announce(`${texts.reply}: ${kept.reply.text}`);
    } catch (error) {
      if (givenUp(error)) stage.replaceChildren(texts.stopped);
      else if (/** @type {any} */ (error)?.status === 401) fail(error, () => {});
      else stage.replaceWith(h("p", { class: "trouble", role: "alert" }, icon("alert"), error instanceof Error ? error.message : String(error)));
    } finally {
      this.#running = null;
      this.answer.setAttribute("aria-busy", "false");
      this.#paintButton();
    }
  }

  /** @param {any} reply */
  show(reply) {
    const { texts } = this.scene;
    const sources = (reply.sources ?? []).map((/** @type {any} */ one) => h("li", {}, h("span", { class: `tag kind-${one.kind}`, text: texts[`kind_${one.kind}`] ?? one.kind }), h("span", { dir: "auto", text: one.title })));
    this.answer.replaceChildren(h("p", { class: "asked", dir: "auto", text: reply.asked }), h("div", { class: "words", dir: "auto", text: reply.text }),
      sources.length ? h("div", { class: "sources" }, h("h2", { class: "small faint", text: texts.sources }), h("ul", {}, ...sources)) : "",
      h("div", { class: "closing" }, ending(reply.finish, texts), h("span", { class: "faint small", text: kept.seen }),
        h("span", { class: "acts" }, h("button", { class: "button slim", type: "button", on: { click: () => this.#because(reply) } }, icon("search"), texts.because), copyButton(JSON.stringify(reply, null, 2), texts), h("button", { class: "button plain slim", type: "button", text: texts.keep_going, on: { click: () => this.#goOn(reply) } }))));
    this.why.replaceChildren(...explained(reply, texts));
  }

  /** Why this reply: first what each sentence rests on, then, once the model has read it again, the heat map. @param {any} reply */
  async #because(reply) {
    const { texts, state } = this.scene;
    this.#reading?.abort();
    const { signal } = (this.#reading = new AbortController());
    const told = { question: reply.asked, locale: this.locale.value, reply: { text: reply.text, citations: reply.citations ?? [], sources: (reply.sources ?? []).map((/** @type {any} */ { id }) => ({ id })), trace: reply.trace ?? {} } };
    const ask = async (/** @type {string} */ path) => body(await post(path, told, signal));
    this.basis.replaceChildren();
    const found = await this.#part(h("div", { class: "bone tall" }), () => ask("/v1/explain"), (one) => resting(one, texts), texts.because_fault);
    if (!found) return;
    const grounded = found.by_model || found.sentences.some((/** @type {any} */ { rests }) => rests === "evidence");
    const without = grounded ? texts[`heat_no_${state.engine?.kind}`] : texts.heat_no_evidence; // a model on this machine has no such text
    if (without) return this.basis.append(panel(texts.heat, h("p", { class: "faint", text: without })));
    const waiting = panel(texts.heat, h("p", { class: "stage" }, dots(), texts.heat_reading));
    await this.#part(waiting, () => ask("/v1/explain/heat"), (one) => heatmap(one, texts), texts.heat_fault);
  }

  /**
   * A part of the explanation: what stands there while it is asked for, then what came, or why nothing did.
   * @param {HTMLElement} waiting @param {() => Promise<any>} ask @param {(found: any) => HTMLElement} draw @param {string} fault
   */
  async #part(waiting, ask, draw, fault) {
    this.basis.append(waiting);
    try {
      const found = await ask();
      const drawn = draw(found);
      waiting.replaceWith(drawn);
      announce(drawn.querySelector("h2")?.textContent ?? "");
      return found;
    } catch (error) {
      if (givenUp(error)) return null;
      if (/** @type {any} */ (error)?.status === 401) return this.scene.fail(error, () => {});
      waiting.replaceWith(panel(fault, h("p", { class: "faint", role: "alert", text: error instanceof Error ? error.message : String(error) })));
      return null;
    }
  }

  /** The reply becomes an earlier turn, and the next question is asked after it. @param {any} reply */
  #goOn(reply) {
    kept.history.push({ speaker: "shopper", text: reply.asked }, { speaker: "assistant", text: reply.text });
    this.#paintTurns();
    this.form.querySelector("details").open = true;
    kept.question = this.question.value = "";
    this.question.focus();
  }
}

function dots() {
  return h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}
