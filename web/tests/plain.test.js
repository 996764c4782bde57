import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks, runs, safeUrl } from "../plain.js";

const words = (text) => blocks(text).flatMap(({ lines }) => lines.map((line) => line.map((run) => run.text).join(""))).join("\n");
const links = (line) => runs(line).flatMap(({ href }) => href ?? []);

test("paragraphs, line breaks and lists become blocks", () => {
  const found = blocks("Two mugs:\n- Blue\n- Red\n\nBoth are\nin stock.\n1. Wash\n2. Dry");
  assert.deepEqual(found.map(({ kind, lines }) => [kind, lines.length]), [["text", 1], ["list", 2], ["text", 2], ["list", 2]]);
});

test("a price with a minus and a sentence with a dash are no list", () => {
  assert.deepEqual(blocks("-5 °C is fine\n– not a bullet").map(({ kind }) => kind), ["text"]);
});

test("numbers of a list are kept as they were written", () => {
  assert.equal(words("3. Third\n4. Fourth"), "3. Third\n4. Fourth");
});

test("addresses are found without the punctuation around them", () => {
  assert.deepEqual(links("See https://shop.example/a?b=c. (or https://shop.example/d)"), ["https://shop.example/a?b=c", "https://shop.example/d"]);
  assert.deepEqual(links("请看 https://shop.example/帮助。谢谢"), ["https://shop.example/帮助"]);
  assert.deepEqual(links("Write to help+orders@shop.example."), ["mailto:help+orders@shop.example"]);
  assert.deepEqual(links("https://en.example/Mug_(cup)"), ["https://en.example/Mug_(cup)"]);
});

test("nothing but http, https and e-mail becomes a link, and markup stays words", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "<img src=x onerror=alert(1)>", "//evil.example", "file:///etc/passwd"]) {
    assert.deepEqual(links(text), [], text);
    assert.equal(words(text), text);
  }
});

test("any text gives back all its words and takes no time", () => {
  const start = performance.now();
  for (const text of ["a@".repeat(20_000), "- ".repeat(20_000), "http://".repeat(5_000), "a.".repeat(20_000) + "@", "(".repeat(9_000) + "https://x.example/" + ")".repeat(9_000)]) {
    assert.equal(words(text).replaceAll(/[-\s]/g, ""), text.replaceAll(/[-\s]/g, ""));
  }
  assert.ok(performance.now() - start < 1_000, `${performance.now() - start} ms`);
});

test("only http and https addresses may be followed or loaded", () => {
  assert.equal(safeUrl("/a.svg", "https://shop.example/x/"), "https://shop.example/a.svg");
  assert.equal(safeUrl("//cdn.example/a.png", "https://shop.example/"), "https://cdn.example/a.png");
  for (const url of ["javascript:alert(1)", " java\nscript:alert(1)", "data:image/svg+xml,<svg/>", "blob:https://shop.example/1", "", null, undefined, "http://["]) {
    assert.equal(safeUrl(url, "https://shop.example/"), "", String(url));
  }
});
