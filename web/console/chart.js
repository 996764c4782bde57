// @ts-check
/** Lines and bars over time, drawn by uPlot in the console's colours; it follows its place's width and the light or dark of the system. */

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { h } from "../pages/dom.js";

/** @typedef {{label: string, values: (number|null)[], colour: string, kind: "bars"|"line", scale?: string}} Series `colour` names a custom property of the theme */

const HEIGHT = 260;

/** A chart over days; `signal` takes it away. @param {string} label what a screen reader says @param {number[]} days seconds since 1970 @param {Series[]} series @param {string} language @param {AbortSignal} signal */
export function timeChart(label, days, series, language, signal) {
  const inside = h("div", { class: "chart", role: "img", "aria-label": label });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  /** @type {any} */
  let plot = null;
  const draw = () => {
    const width = Math.floor(inside.clientWidth);
    if (!width) return;
    plot?.destroy();
    plot = new uPlot(options(width, series, language, getComputedStyle(document.documentElement)), [days, ...series.map((one) => one.values)], inside);
  };
  const watcher = new ResizeObserver(() => (plot ? plot.setSize({ width: Math.floor(inside.clientWidth), height: HEIGHT }) : draw()));
  watcher.observe(inside);
  dark.addEventListener("change", draw, { signal });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    plot?.destroy();
  });
  return inside;
}

/** @param {number} width @param {Series[]} series @param {string} language @param {CSSStyleDeclaration} style */
function options(width, series, language, style) {
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const day = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
  const tick = new Intl.DateTimeFormat(language, { year: "2-digit", month: "short", timeZone: "UTC" });
  const axis = { stroke: colour("--faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  const percent = (/** @type {any} */ _plot, /** @type {number[]} */ values) => values.map((value) => `${Math.round(value * 100)}%`);
  return {
    width, height: HEIGHT, tzDate: (/** @type {number} */ seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"), cursor: { y: false, drag: { x: false, y: false } }, legend: { live: true },
    scales: { x: { time: true }, y: { range: (/** @type {any} */ _plot, /** @type {number} */ low, /** @type {number} */ high) => [Math.min(0, low), Math.max(1, high)] }, share: { range: [0, 1] } },
    axes: [{ ...axis, values: (/** @type {any} */ _plot, /** @type {number[]} */ values) => values.map((value) => tick.format(value * 1000)), space: 70 }, { ...axis, size: 40 }, { ...axis, scale: "share", side: 1, grid: { show: false }, values: percent, size: 48 }],
    series: [{ value: (/** @type {any} */ _plot, /** @type {number|null} */ value) => (value === null || value === undefined ? "–" : day.format(value * 1000)), label: "" }, ...series.map((one) => drawn(one, colour(one.colour)))],
  };
}

/** @param {Series} one @param {string} colour */
function drawn(one, colour) {
  const line = one.kind === "line";
  const told = (/** @type {any} */ _plot, /** @type {number|null} */ value) => (value === null || value === undefined ? "–" : line ? `${Math.round(value * 100)}%` : String(Math.abs(value)));
  return { label: one.label, scale: line ? "share" : "y", stroke: colour, width: line ? 2.4 : 0, fill: line ? undefined : colour, paths: line ? undefined : uPlot.paths.bars({ size: [0.75, 40], align: 1 }), points: { show: false }, spanGaps: true, value: told };
}
