// @ts-check
/** The console's start: who is not logged in sees the login, everybody else the section named in the address after `#`. */

import { announce, h, icon, place } from "../pages/dom.js";
import { keep, kept, pick } from "../pages/language.js";
import { get, givenUp, post } from "../pages/wire.js";
import { showCopy } from "./copy.js";
import { login } from "./login.js";
import { showRecommend } from "./recommend.js";
import { showReviews } from "./reviews.js";
import { showState } from "./state.js";
import { showTalks } from "./talks.js";
import { TEXTS } from "./texts.js";
import { showTrial } from "./trial.js";

/** @typedef {{texts: Record<string, string>, language: string, state: any, signal: AbortSignal, fail: (error: unknown, again: () => void) => void}} Scene what a section needs; `signal` ends when another one is shown */

const LANGUAGE = "console:language";
/** @type {Record<string, {icon: string, show: (scene: Scene, rest: string) => (void|Promise<void>)}>} */
const SECTIONS = { test: { icon: "flask", show: showTrial }, conversations: { icon: "list", show: showTalks }, copy: { icon: "pen", show: showCopy }, recommend: { icon: "bag", show: showRecommend }, reviews: { icon: "person", show: showReviews }, status: { icon: "pulse", show: showState } };

let language = pick(Object.keys(TEXTS), [kept(LANGUAGE), ...navigator.languages, "en"]);
/** @type {any} null while nobody is logged in */
let state = null;
let leaving = new AbortController();
let section = "";

addEventListener("hashchange", () => state && show());
begin();

function texts() {
  return TEXTS[language];
}

async function begin() {
  try {
    state = await get("/console/api/status");
    show();
  } catch (error) {
    if (status(error) === 401) askPassword("");
    else fail(error, begin);
  }
}

/** @param {string} note */
function askPassword(note) {
  state = null;
  section = "";
  leaving.abort();
  dress();
  place("main").replaceChildren(login(texts(), note, begin));
}

/** Draw the section that the address names. */
function show() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const wanted = SECTIONS[name] ? name : "test";
  leaving.abort();
  leaving = new AbortController();
  dress(wanted);
  if (section && section !== wanted) {
    announce(texts()[`section_${wanted}`]);
    scrollTo(0, 0);
  }
  section = wanted;
  const scene = { texts: texts(), language, state, signal: leaving.signal, fail };
  Promise.resolve(SECTIONS[wanted].show(scene, decodeURIComponent(rest.join("/")))).catch((error) => fail(error, show));
}

/** @param {unknown} error @param {() => void} again */
function fail(error, again) {
  if (givenUp(error)) return;
  if (status(error) === 401) return askPassword(texts().ended);
  console.warn(error);
  dress(section);
  const message = error instanceof Error ? error.message : "";
  place("main").replaceChildren(h("div", { class: "blank", role: "alert" }, icon("alert"), h("h1", { text: texts().fault }), h("p", { text: texts().fault_hint }), message && h("p", { class: "mono", text: message }),
    h("button", { class: "button", type: "button", text: texts().retry, on: { click: again } })));
}

/** @param {unknown} error */
function status(error) {
  return /** @type {any} */ (error)?.status;
}

/** What is around the section: title, language, the ways to the others. @param {string} [current] */
function dress(current = "") {
  const said = texts();
  document.documentElement.lang = language === "zh" ? "zh-CN" : language;
  document.title = [current ? said[`section_${current}`] : "", said.console, state?.shop].filter(Boolean).join(" · ");
  place("skip").textContent = said.skip;
  const link = (/** @type {string} */ name) => h("li", {}, h("a", { href: `#${name}`, "aria-current": name === current ? "page" : null }, icon(SECTIONS[name].icon), h("span", { text: said[`section_${name}`] })));
  const head = place("head");
  document.body.classList.toggle("inside", Boolean(state));
  const focused = head.contains(document.activeElement) ? document.activeElement?.getAttribute("href") ?? document.activeElement?.getAttribute("lang") : "";
  head.replaceChildren(
    h("p", { class: "house" }, h("span", { class: "mark", "aria-hidden": "true" }, icon("chat")), h("span", { class: "names" }, h("strong", { dir: "auto", text: state?.shop || said.console }), state && h("span", { class: "faint", text: said.console }))),
    state ? h("nav", { "aria-label": said.sections }, h("ul", {}, ...Object.keys(SECTIONS).map(link))) : "",
    h("div", { class: "tools" }, languages(said),
      state ? h("a", { class: "leave", href: "/docs" }, icon("code"), h("span", { text: said.interface })) : null,
      state ? h("button", { class: "leave", type: "button", on: { click: logout } }, icon("leave"), h("span", { text: said.logout })) : null));
  if (focused) /** @type {HTMLElement|null} */ (head.querySelector(`[href="${focused}"], [lang="${focused}"]`))?.focus();
}

/** @param {Record<string, string>} said */
function languages(said) {
  const button = (/** @type {string} */ tag, /** @type {string} */ name) => h("button", { type: "button", lang: tag, "aria-pressed": String(tag === language), text: name, on: { click: () => speak(tag) } });
  return h("div", { class: "languages", role: "group", "aria-label": said.language }, button("en", "English"), button("zh", "中文"));
}

/** @param {string} tag */
function speak(tag) {
  language = tag;
  keep(LANGUAGE, tag);
  if (state) show();
  else askPassword("");
}

async function logout() {
  try {
    await post("/console/api/logout");
    askPassword("");
  } catch (error) {
    fail(error, show);
  }
}
