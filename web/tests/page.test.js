import assert from "node:assert/strict";
import { test } from "node:test";
import { productOf, readPage } from "../page.js";

function document({ meta = "", blocks = [], url = "https://shop.example/products/1?token=secret#x", title = "Mug" }) {
  return {
    title, defaultView: { location: new URL(url) },
    querySelector: () => (meta ? { getAttribute: () => meta } : null),
    querySelectorAll: () => blocks.map((textContent) => ({ textContent })),
  };
}

test("the address is told without what may be secret in it", () => {
  assert.deepEqual(readPage(document({})), { url: "https://shop.example/products/1", title: "Mug" });
});

test("the meta tag names the product, else the page's own markup does", () => {
  const block = JSON.stringify({ "@graph": [{ "@type": "BreadcrumbList" }, { "@type": ["Product"], sku: 42 }] });
  assert.equal(readPage(document({ blocks: [block] })).product_id, "42");
  assert.equal(readPage(document({ meta: "p-1", blocks: [block] })).product_id, "p-1");
});

test("a page of many products, of none, or of broken markup is about no product", () => {
  const product = (sku) => JSON.stringify({ "@type": "Product", sku });
  assert.equal(productOf([product(1), product(2)]), "");
  assert.equal(productOf(["{broken", "null", "[]", '{"@type":"Organization"}']), "");
  assert.equal(productOf([product(1), product(1)]), "1");
});
