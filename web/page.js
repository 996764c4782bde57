// @ts-check
/**
 * Which page the shopper is on: its address without query and fragment (they may carry secrets), its title, and the product on it,
 * from `<meta name="shopchat:product">` or the page's own JSON-LD. Reads the document, changes nothing.
 */

/** @typedef {{url: string, title?: string, product_id?: string}} Page */

/** @param {Document} document @returns {Page} */
export function readPage(document) {
  const { origin, pathname } = document.defaultView?.location ?? new URL("about:blank");
  const meta = document.querySelector('meta[name="shopchat:product"]')?.getAttribute("content")?.trim();
  const blocks = meta ? [] : Array.from(document.querySelectorAll('script[type="application/ld+json"]'), (script) => script.textContent ?? "");
  const product_id = (meta || productOf(blocks)).slice(0, 200);
  return { url: (origin + pathname).slice(0, 1000), title: document.title.slice(0, 200), ...(product_id && { product_id }) };
}

/** The id of the page's one product; a page of many products is about none. @param {string[]} blocks JSON-LD texts */
export function productOf(blocks) {
  const found = new Set();
  for (const text of blocks) {
    try {
      collect(JSON.parse(text), found, 0);
    } catch { /* the page's own mistake */ }
  }
  return found.size === 1 ? String([...found][0]) : "";
}

/** @param {any} node @param {Set<any>} found @param {number} depth */
function collect(node, found, depth) {
  if (!node || typeof node !== "object" || depth > 6) return;
  if (Array.isArray(node)) return node.forEach((one) => collect(one, found, depth + 1));
  const types = [node["@type"]].flat().map((type) => String(type).replace(/^https?:\/\/schema\.org\//, ""));
  if (types.includes("Product") || types.includes("ProductGroup")) {
    const id = node.productID ?? node.productGroupID ?? node.sku ?? node.mpn;
    if (id) found.add(id);
  } else collect(node["@graph"] ?? node.mainEntity, found, depth + 1);
}
