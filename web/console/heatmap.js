// @ts-check
/** A heat map of a reply: its words, the words of the evidence shaded by how much the chosen one rests on them, and all of it as a matrix. */

import { h, svg } from "../pages/dom.js";
import { fill } from "../pages/language.js";
import { panel } from "./parts.js";

/** @typedef {Record<string, string>} Texts */
/** @typedef {{source: string, title: string, kind: string, pieces: string[]}} Row */
/** @typedef {{rows: Row[], answer: string[], weights: number[][], given: boolean, model: string, method: string, seconds: number, cut: boolean}} HeatMap */

const STEPS = 10;
const SPREAD = 0.5; // of the heaviest weight: a word that rests a little on many is not shaded as if it rested on a few
const LEAST = 0.25; // the least share that names a word
const NAMED = 4;
const ACROSS = 44;
const DOWN = 64;
const CELL = 17;

/** @param {HeatMap} map @param {Texts} texts @returns {HTMLElement} */
export function heatmap(map, texts) {
  const columns = map.rows.flatMap((row, at) => row.pieces.map((piece) => ({ row: at, piece, asked: row.kind === "question" })));
  const marks = columns.map(({ piece }) => h("span", { class: "hot", text: piece.trimEnd() }));
  const told = h("p", { class: "told", role: "status" });
  const matrix = matrixOf(map, columns.map(({ piece }) => piece), texts);
  const paint = (/** @type {number} */ chosen) => {
    const shares = sharesOf(map.weights, chosen);
    marks.forEach((mark, at) => { mark.className = `hot heat-${Math.round(shares[at] * STEPS)}`; });
    matrix.choose(chosen);
    told.replaceChildren(...restsOn(chosen < 0 ? "" : map.answer[chosen].trim(), shares, columns, texts));
  };
  const choice = chooser(map.answer, paint, texts);
  const row = (/** @type {Row} */ one, /** @type {number} */ at) => h("li", { class: `evidence kind-${one.kind}` },
    h("p", { class: "under small faint" }, h("span", { class: `tag kind-${one.kind}`, text: texts[`kind_${one.kind}`] ?? one.kind }), one.title && h("bdi", { text: one.title })),
    h("p", { class: "hots", dir: "auto" }, ...marks.flatMap((mark, place) => (columns[place].row === at ? [mark, gapAfter(columns[place].piece)] : []))));
  paint(-1);
  return panel(texts.heat, h("p", { class: "faint small lead", text: [map.given ? texts.heat_given : texts.heat_own, map.cut && texts.heat_cut].filter(Boolean).join(" ") }),
    h("h3", { class: "small faint", text: texts.heat_answer }), choice, told,
    h("div", { class: "apart" }, h("h3", { class: "small faint", text: texts.heat_evidence }), scale(texts)), h("ol", { class: "evidences" }, ...map.rows.map(row)),
    h("h3", { class: "small faint", text: texts.heat_matrix }), h("div", { class: "matrix", tabindex: 0, role: "group", "aria-label": texts.heat_matrix }, matrix.node),
    h("p", { class: "faint small", text: fill(texts.heat_about, { model: map.model, method: map.method, n: map.seconds }) }));
}

/** The white space after a word, which is not shaded. @param {string} piece */
function gapAfter(piece) {
  return piece.slice(piece.trimEnd().length);
}

/** What the chosen word of the answer rests on each word of the evidence, the heaviest 1; -1 chooses all of them. @param {number[][]} weights @param {number} chosen @returns {number[]} */
export function sharesOf(weights, chosen) {
  const width = weights[0]?.length ?? 0;
  const sums = chosen < 0 ? Array.from({ length: width }, (_, at) => weights.reduce((sum, row) => sum + row[at], 0)) : weights[chosen];
  const most = Math.max(...sums, chosen < 0 ? 0 : SPREAD, Number.MIN_VALUE);
  return sums.map((value) => value / most);
}

/** The answer's words as one choice among them, with the arrow keys or the pointer. @param {string[]} answer @param {(chosen: number) => void} paint @param {Texts} texts */
function chooser(answer, paint, texts) {
  let kept = -1;
  const words = [texts.heat_whole, ...answer.map((piece) => piece.trim())];
  const buttons = words.map((word, at) => h("button", { type: "button", role: "radio", class: at ? "said" : "said every", dir: "auto", text: word,
    on: { click: () => choose(at - 1), focus: () => choose(at - 1), pointerenter: (/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && paint(at - 1) } }));
  const choose = (/** @type {number} */ chosen) => {
    kept = chosen;
    buttons.forEach((button, at) => { button.setAttribute("aria-checked", String(at - 1 === chosen)); button.tabIndex = at - 1 === chosen ? 0 : -1; });
    paint(chosen);
  };
  const steps = /** @type {Record<string, (at: number) => number>} */ ({ ArrowRight: (at) => at + 1, ArrowDown: (at) => at + 1, ArrowLeft: (at) => at - 1, ArrowUp: (at) => at - 1, Home: () => 0, End: () => buttons.length - 1 });
  const key = (/** @type {KeyboardEvent} */ event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    buttons[(step(kept + 1) + buttons.length) % buttons.length].focus();
  };
  buttons.forEach((button, at) => { button.setAttribute("aria-checked", String(!at)); button.tabIndex = at ? -1 : 0; });
  return h("div", { class: "saids", role: "radiogroup", "aria-label": texts.heat_answer, on: { keydown: key, pointerleave: () => paint(kept) } }, ...buttons);
}

/**
 * "… rests most on …", in words of the evidence: those of the question are shaded, but nothing rests on a question.
 * @param {string} word of the reply, empty for all of it @param {number[]} shares @param {{piece: string, asked: boolean}[]} columns @param {Texts} texts
 */
function restsOn(word, shares, columns, texts) {
  const heavy = shares.map((share, at) => ({ share, ...columns[at] })).filter(({ share, asked }) => share > LEAST && !asked).sort((one, other) => other.share - one.share);
  const words = [...new Set(heavy.map(({ piece }) => bare(piece)))].filter(Boolean).slice(0, NAMED);
  if (!words.length) return [fill(texts.heat_on_nothing, { word: word || texts.heat_whole })];
  const [before, after] = fill(word ? texts.heat_on : texts.heat_on_whole, { word }).split("{words}");
  const found = words.flatMap((one, place) => [place ? texts.heat_comma : "", h("b", { dir: "auto", text: one })]);
  return [before, ...found, after ?? ""].filter(Boolean);
}

/** A word without the marks around it. @param {string} piece */
function bare(piece) {
  return piece.trim().replace(/^[“"(（]+|[.,;:?!。，；：？！”")）]+$/gu, "");
}

/** @param {Texts} texts */
function scale(texts) {
  const step = (/** @type {number} */ at) => h("i", { class: `hot heat-${2 * at}` });
  return h("p", { class: "scale small faint", "aria-hidden": "true" }, texts.heat_little, ...[0, 1, 2, 3, 4, 5].map(step), texts.heat_much);
}

/**
 * The matrix as a picture: the answer's words down, across the words of the evidence that most rests on, in their order.
 * @param {HeatMap} map @param {string[]} pieces @param {Texts} texts
 */
function matrixOf({ answer, weights }, pieces, texts) {
  const heaviest = pieces.map((_, at) => ({ at, most: Math.max(...weights.map((row) => row[at])) })).sort((one, other) => other.most - one.most).slice(0, ACROSS);
  const across = heaviest.map(({ at }) => at).sort((one, other) => one - other);
  const down = answer.slice(0, DOWN);
  const [left, top] = [widest(down), widest(across.map((at) => pieces[at]))];
  const [width, height] = [left + across.length * CELL + 8, top + down.length * CELL + 8];
  const rows = down.map((word, line) => {
    const y = top + line * CELL;
    const most = Math.max(...weights[line], SPREAD);
    const cells = across.map((at, column) => svg("rect", { class: "cell", x: left + column * CELL, y, width: CELL - 1, height: CELL - 1, rx: 2, "fill-opacity": Math.round((weights[line][at] / most) * 100) / 100 }));
    return svg("g", {}, svg("rect", { class: "way", x: left, y, width: across.length * CELL - 1, height: CELL - 1 }), svg("text", { x: left - 6, y: y + CELL - 5, "text-anchor": "end", text: short(word) }), ...cells);
  });
  const labels = across.map((at, column) => svg("text", { transform: `translate(${left + column * CELL + CELL - 5} ${top - 6}) rotate(-90)`, text: short(pieces[at]) }));
  const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": texts.heat_matrix_label }, ...labels, ...rows);
  return { node, choose: (/** @type {number} */ chosen) => rows.forEach((row, line) => { row.classList.toggle("off", chosen >= 0 && line !== chosen); row.classList.toggle("on", line === chosen); }) };
}

/** @param {string} word */
function short(word) {
  const whole = word.trim();
  return whole.length > 15 ? `${whole.slice(0, 14)}…` : whole;
}

/** How many units the longest of these labels takes, a Chinese sign two letters wide. @param {string[]} words */
function widest(words) {
  const wide = (/** @type {string} */ word) => [...short(word)].reduce((sum, sign) => sum + (sign > "\u2e7f" ? 11.5 : 6.4), 0);
  return Math.ceil(Math.max(24, ...words.map(wide))) + 12;
}
