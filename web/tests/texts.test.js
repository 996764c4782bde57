import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, pickLocale, price, TEXTS } from "../texts.js";

test("every language says everything, with the same places for values", () => {
  const places = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [language, texts] of Object.entries(TEXTS)) {
    assert.deepEqual(Object.keys(texts), Object.keys(TEXTS.en), language);
    for (const [key, text] of Object.entries(texts)) assert.deepEqual(places(text), places(TEXTS.en[key]), `${language}.${key}`);
  }
});

test("the first language that we speak is taken, else English", () => {
  assert.deepEqual(pickLocale([null, "zh-TW", "en"]), { language: "zh", tag: "zh-TW" });
  assert.deepEqual(pickLocale(["fr", "de-CH"]), { language: "en", tag: "en" });
  assert.equal(pickLocale(["en_GB"]).tag, "en-GB");
});

test("prices are written as the language writes them, whatever form they came in", () => {
  assert.equal(price("24.00", "EUR", "en"), "€24.00");
  assert.equal(price(1290, "JPY", "en"), "¥1,290");
  assert.equal(price("899", "CNY", "zh-CN"), "¥899.00");
  assert.equal(price("12.5", "", "en"), "12.50");
  assert.equal(price("5", "COINS", "en"), "5 COINS");
  for (const nothing of [null, undefined, "", "soon"]) assert.equal(price(nothing, "EUR", "en"), "");
});

test("values are filled in and unknown places stay", () => {
  assert.equal(fill("{n} of {m}", { n: 3 }), "3 of {m}");
});
