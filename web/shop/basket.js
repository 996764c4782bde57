// @ts-check
/**
 * The cart: which variants and how many, kept in localStorage under the shop's site key, so that two shops on one origin stay apart.
 *
 * Nothing is written before the first `add`. Prices and stock are never kept: the cart page asks the shop again. Where the browser
 * denies storage the cart lives in memory for this page.
 */

/** @typedef {{product: string, variant: string, quantity: number}} Line */

export const MOST = 99;

export class Basket extends EventTarget {
  #key;
  #storage;
  /** @type {Line[]} */
  #lines = [];

  /** @param {string} site @param {{getItem: Function, setItem: Function, removeItem: Function}|null} storage */
  constructor(site, storage) {
    super();
    this.#key = `shop:${site}:cart`;
    this.#storage = storage;
    this.read();
  }

  /** Take up what another tab wrote. */
  read() {
    try {
      const kept = JSON.parse(this.#storage?.getItem(this.#key) ?? "null");
      if (Array.isArray(kept)) this.#lines = kept.filter(sound).map(({ product, variant, quantity }) => ({ product, variant, quantity: clamp(quantity) }));
      else if (this.#storage) this.#lines = [];
    } catch { /* denied or damaged: what is in memory holds */ }
    this.#tell();
  }

  get key() {
    return this.#key;
  }

  get lines() {
    return this.#lines.map((line) => ({ ...line }));
  }

  get count() {
    return this.#lines.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  /** @param {string} product @param {string} variant @param {number} quantity @param {number|null} [stock] the most there are */
  add(product, variant, quantity, stock = null) {
    const line = this.#find(product, variant);
    const wanted = clamp((line?.quantity ?? 0) + quantity, stock);
    if (line) line.quantity = wanted;
    else this.#lines.push({ product, variant, quantity: wanted });
    this.#write();
  }

  /** @param {string} product @param {string} variant @param {number} quantity */
  set(product, variant, quantity) {
    const line = this.#find(product, variant);
    if (line) line.quantity = clamp(quantity);
    this.#write();
  }

  /** @param {string} product @param {string} variant @returns {number} where it was, to put it back there; -1 when it was not there */
  remove(product, variant) {
    const at = this.#lines.findIndex((line) => line.product === product && line.variant === variant);
    if (at >= 0) this.#lines.splice(at, 1);
    this.#write();
    return at;
  }

  /** @param {Line} line @param {number} at */
  putBack(line, at) {
    if (!this.#find(line.product, line.variant)) this.#lines.splice(Math.max(at, 0), 0, { ...line });
    this.#write();
  }

  /** @param {string} product @param {string} variant */
  #find(product, variant) {
    return this.#lines.find((line) => line.product === product && line.variant === variant);
  }

  #write() {
    try {
      if (this.#lines.length) this.#storage?.setItem(this.#key, JSON.stringify(this.#lines));
      else this.#storage?.removeItem(this.#key);
    } catch { /* denied or full: memory keeps it for this page */ }
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {any} line */
function sound(line) {
  return Boolean(line) && typeof line.product === "string" && typeof line.variant === "string" && Number.isFinite(line.quantity);
}

/** @param {number} quantity @param {number|null} [stock] */
export function clamp(quantity, stock = null) {
  const most = stock === null || stock < 1 ? MOST : Math.min(MOST, stock);
  return Math.min(Math.max(Math.trunc(quantity) || 1, 1), most);
}
