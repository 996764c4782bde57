// @ts-check
/** Which variant a shopper's choices mean, and which choices are still open. Pure: knows no page. */

/** @typedef {{id: string, sku: string, options: [string, string][], price: string|number|null, list_price: string|number|null, available: boolean|null, availability?: string, quantity: number|null, image?: string}} Variant */
/** @typedef {Record<string, string>} Choice option name to value */

/** The variant to show first: the cheapest that can be bought, else the first. @param {Variant[]} variants @returns {Variant|undefined} */
export function first(variants) {
  const open = variants.filter(({ available }) => available !== false);
  return open.reduce((best, one) => (Number(one.price ?? Infinity) < Number(best.price ?? Infinity) ? one : best), open[0]) ?? variants[0];
}

/** @param {Variant} variant @returns {Choice} */
export function choiceOf(variant) {
  return Object.fromEntries(variant.options);
}

/** @param {Variant[]} variants @param {Choice} choice @returns {Variant|undefined} */
export function chosen(variants, choice) {
  return variants.find((variant) => matches(variant, choice) === variant.options.length);
}

/**
 * The variant after one option was changed: the one that has it and keeps most of the other choices, one that can be bought before one that cannot.
 * @param {Variant[]} variants @param {Choice} choice @param {string} name @param {string} value @returns {Variant|undefined}
 */
export function change(variants, choice, name, value) {
  const wanted = { ...choice, [name]: value };
  const exact = chosen(variants, wanted);
  if (exact) return exact;
  const having = variants.filter((variant) => choiceOf(variant)[name] === value);
  const worth = (/** @type {Variant} */ variant) => 2 * matches(variant, wanted) + Number(variant.available !== false);
  return having.reduce((best, one) => (worth(one) > worth(best) ? one : best), having[0]);
}

/** How a value stands with the other choices: `open` can be bought, `out` is sold out, `none` is not made. @param {Variant[]} variants @param {Choice} choice @param {string} name @param {string} value */
export function standing(variants, choice, name, value) {
  const variant = chosen(variants, { ...choice, [name]: value });
  if (!variant) return "none";
  return variant.available === false ? "out" : "open";
}

/** @param {Variant} variant @param {Choice} choice */
function matches(variant, choice) {
  return variant.options.filter(([name, value]) => choice[name] === value).length;
}
