// @ts-check
/** What the shop's pages tell the chat widget: the product on the page, the cart, the language. Works before the widget is there: calls wait. */

/** @param {...any} command as `shopchat("open")` */
export function tell(...command) {
  const page = /** @type {any} */ (window);
  page.shopchat ??= (/** @type {any[]} */ ...later) => (page.shopchat.q = page.shopchat.q ?? []).push(later);
  page.shopchat(...command);
}
