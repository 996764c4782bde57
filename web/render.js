// @ts-check
/**
 * The list of messages: one keyed node per item, made once and changed in place. A reply that is being written lives in an aria-hidden
 * node; its words are announced by the panel when it is finished. Knows the state's items, not where they come from.
 */

import { basis, cards, shown } from "./cards.js";
import { h, icon } from "./dom.js";
import { blocks } from "./plain.js";
import { fill } from "./texts.js";

/** @typedef {import("./session.js").Item} Item */
/** @typedef {import("./session.js").State} State */
/** @typedef {import("./cards.js").Look} Look */
/** @typedef {{send: (text: string) => void, retry: (item: Item) => void, rate: (turn: string, rating: string) => void, handoff: () => void}} Acts */

export class Messages {
  #log; #look; #acts;
  /** @type {Map<string, {item: Item|null, node: any}>} */
  #drawn = new Map();

  /** @param {HTMLElement} log @param {Look} look @param {Acts} acts */
  constructor(log, look, acts) {
    this.#log = log;
    this.#look = look;
    this.#acts = acts;
  }

  /** @param {State} state */
  draw(state) {
    const fresh = new Map();
    const order = [this.#welcome(state), ...state.items.map((item) => this.#node(item, state, fresh))];
    if (state.typing) order.push(this.#typing(state));
    for (const [key, { node }] of this.#drawn) if (!fresh.has(key)) node.remove();
    this.#drawn = fresh;
    order.forEach((node, at) => {
      if (this.#log.children[at] !== node) this.#log.insertBefore(node, this.#log.children[at] ?? null);
    });
    while (this.#log.children.length > order.length) this.#log.lastElementChild?.remove();
  }

  /** Forget the nodes, because the words around them changed their language. */
  clear() {
    this.#drawn.clear();
    this.#log.replaceChildren();
    this.#first = null;
  }

  /** @param {Item} item @param {State} state @param {Map<string, {item: Item|null, node: any}>} fresh */
  #node(item, state, fresh) {
    const known = this.#drawn.get(item.key);
    const node = known && known.item?.kind === item.kind ? known.node : this.#make(item);
    if (known?.item !== item || !known) this.#fill(node, item, state);
    fresh.set(item.key, { item, node });
    return node;
  }

  /** @param {Item} item */
  #make(item) {
    const node = h("article", { class: `row ${item.kind}`, part: `message ${item.kind}`, data: { key: item.key } });
    if (item.kind === "reply") node.append(...Object.values((node.parts = this.#replyParts())));
    return node;
  }

  /** @param {any} node @param {Item} item @param {State} state */
  #fill(node, item, state) {
    if (item.kind === "reply") this.#reply(node, item, state);
    else if (item.kind === "shopper") node.replaceChildren(...this.#shopper(item));
    else if (item.kind === "operator") node.replaceChildren(...this.#operator(item));
    else node.replaceChildren(h("p", { text: this.handlerText(item) }));
    node.toggleAttribute("data-pending", Boolean(item.pending));
  }

  /** @param {Item} item */
  #shopper(item) {
    const { texts } = this.#look;
    const said = h("p", { class: "bubble", dir: "auto", text: item.text });
    const who = h("span", { class: "sr", text: `${texts.you}: ` });
    if (item.pending) return [who, said, h("p", { class: "note sending", text: texts.sending })];
    if (!item.failed) return [who, said];
    const why = item.failed === "too_long" ? texts.too_long : texts.unsent;
    return [who, said, h("p", { class: "note" }, `${why} `, this.#button(texts.retry, () => this.#acts.retry(item)))];
  }

  /** @param {Item} item */
  #operator(item) {
    const name = item.name || this.#look.texts.someone;
    const text = h("div", { class: "text", dir: "auto" });
    fillText(text, item.text ?? "");
    return [h("span", { class: "face", "aria-hidden": "true", text: Array.from(name)[0] }), h("div", { class: "body" }, h("span", { class: "who", text: name }), text)];
  }

  #replyParts() {
    return {
      face: h("span", { class: "face", "aria-hidden": "true" }, icon("spark")),
      body: h("div", { class: "body" },
        h("span", { class: "sr", text: `${this.#look.texts.said}: ` }), h("div", { class: "text", dir: "auto" }), h("div", { class: "after" })),
    };
  }

  /** @param {any} node @param {Item} item @param {State} state */
  #reply(node, item, state) {
    const [, text, after] = node.parts.body.children;
    const live = !item.finish;
    node.dataset.finish = item.finish ?? "";
    text.setAttribute("aria-hidden", String(live));
    if (!live) text.removeAttribute("aria-hidden");
    text.hidden = !item.text;
    fillText(text, item.text ?? "");
    const key = JSON.stringify([item.stage, item.finish, item.rating, item.sources, item.citations]);
    if (after.drawnFrom === key) return;
    after.drawnFrom = key;
    const sources = shown(item);
    const rest = [
      live && this.#stage(item), this.#outcome(item, state), cards(sources, this.#look), item.finish && basis(sources, this.#look), this.#offer(item, state), this.#tools(item),
    ];
    const active = /** @type {any} */ (after.getRootNode()).activeElement;
    const focused = after.contains(active) ? active.dataset.act : "";
    after.replaceChildren(...rest.filter(Boolean));
    if (focused) after.querySelector(`[data-act="${focused}"]`)?.focus();
  }

  /** @param {Item} item */
  #stage(item) {
    const label = this.#look.texts[item.stage || "searching"] ?? this.#look.texts.writing;
    return h("p", { class: "stage", part: "status" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { text: label }));
  }

  /** @param {Item} item @param {State} state */
  #outcome(item, state) {
    const { texts } = this.#look;
    const note = (/** @type {string} */ said, /** @type {any} */ action = null) => h("p", { class: "note" }, `${said} `, action);
    if (item.finish === "cancelled") return note(texts.stopped);
    if (item.finish === "length") return note(texts.cut);
    if (item.finish === "error") {
      const question = state.items.findLast((one) => one.kind === "shopper" && one.turn === item.turn);
      return note(texts.interrupted, question && this.#button(texts.again, () => this.#acts.send(question.text ?? "")));
    }
    return null;
  }

  /** @param {Item} item @param {State} state */
  #offer(item, state) {
    if ((item.finish !== "unknown" && item.rating !== "down") || state.handler.state !== "assistant") return null;
    return h("p", { class: "offer" }, this.#button(this.#look.texts.person, () => this.#acts.handoff(), "quiet"));
  }

  /** @param {Item} item */
  #tools(item) {
    if (!["stop", "length", "fallback", "unknown", "refused"].includes(item.finish ?? "")) return null;
    const { texts } = this.#look;
    const thumb = (/** @type {"up"|"down"} */ rating) => {
      const button = this.#button("", () => this.#acts.rate(item.turn ?? "", rating), `thumb ${rating}`);
      button.append(icon("up"));
      button.setAttribute("aria-label", texts[rating]);
      button.setAttribute("aria-pressed", String(item.rating === rating));
      button.dataset.act = rating;
      return button;
    };
    return h("div", { class: "tools", part: "feedback" }, thumb("up"), thumb("down"), item.rating && h("span", { class: "note", text: texts.thanks }));
  }

  /** @type {HTMLElement|null} */
  #first = null;
  #firstKey = "";

  /** @param {State} state */
  #welcome({ greeting, suggestions, items }) {
    const asks = items.some(({ kind }) => kind === "shopper") ? [] : suggestions;
    const key = JSON.stringify([greeting, asks]);
    if (this.#first && key === this.#firstKey) return this.#first;
    this.#firstKey = key;
    const text = h("div", { class: "text", dir: "auto" });
    fillText(text, greeting || this.#look.texts.greeting);
    const chips = asks.map((ask) => this.#button(ask, () => this.#acts.send(ask), "chip"));
    const node = h("article", { class: "row reply welcome", part: "message reply" },
      h("span", { class: "face", "aria-hidden": "true" }, icon("spark")),
      h("div", { class: "body" }, h("span", { class: "sr", text: `${this.#look.texts.said}: ` }), text, chips.length > 0 && h("div", { class: "chips", part: "suggestions" }, ...chips)));
    this.#first?.replaceWith(node);
    return (this.#first = node);
  }

  /** @param {State} state */
  #typing({ handler }) {
    const said = fill(this.#look.texts.typing, { name: handler.name || this.#look.texts.someone });
    return h("p", { class: "stage typing" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { text: said }));
  }

  /** @param {{state?: string, reason?: string, name?: string, ahead?: number}} item */
  handlerText({ state, reason, name, ahead }) {
    const { texts, tag } = this.#look;
    if (state === "operator") return fill(texts.h_operator, { name: name || texts.someone });
    if (state === "assistant") return texts.h_assistant;
    if (state === "closed") return texts.h_closed;
    const said = reason === "shopper_asked" ? texts.h_waiting : texts.h_called;
    if (!ahead) return said;
    return `${said} ${fill(texts[`h_ahead_${new Intl.PluralRules(tag).select(ahead)}`] ?? texts.h_ahead_other, { n: ahead })}`;
  }

  /** @param {string} text @param {() => void} act @param {string} [kind] */
  #button(text, act, kind = "quiet") {
    return h("button", { type: "button", class: kind, text, on: { click: act } });
  }
}

/** Only what changed is drawn again, so that a long reply streams without flicker. @param {any} node @param {string} text */
function fillText(node, text) {
  const now = blocks(text);
  const before = node.drawn ?? [];
  const keys = now.map((block) => JSON.stringify(block));
  let same = 0;
  while (same < keys.length && keys[same] === before[same]) same += 1;
  while (node.children.length > same) node.lastElementChild.remove();
  node.append(...now.slice(same).map(block));
  node.drawn = keys;
}

/** @param {import("./plain.js").Block} block */
function block({ kind, lines, ...rest }) {
  if (kind === "list") return h("ul", { class: "ordered" in rest && rest.ordered ? "numbered" : null }, ...lines.map((line) => h("li", {}, ...line.map(run))));
  return h("p", {}, ...lines.flatMap((line, at) => [at > 0 && h("br"), ...line.map(run)]));
}

/** @param {import("./plain.js").Run} run */
function run({ text, href }) {
  return href ? h("a", { href, text, target: "_blank", rel: "noopener noreferrer" }) : document.createTextNode(text);
}
