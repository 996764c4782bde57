// @ts-check
/** Which language a page speaks, and how numbers and dates look in it. Nothing is stored until the reader picks a language. */

/** @param {string} name @returns {string} "" where nothing was kept or the browser denies storage */
export function kept(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name @param {string} value "" forgets it */
export function keep(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch { /* denied or full: it holds for this page only */ }
}

/** The first wish that is offered, compared by primary subtag; else the first offer. @param {readonly string[]} offered @param {readonly (string|null|undefined)[]} wishes */
export function pick(offered, wishes) {
  for (const wish of wishes) {
    const found = offered.find((tag) => primary(tag) === primary(wish ?? ""));
    if (found) return found;
  }
  return offered[0] ?? "en";
}

/** @param {string} tag BCP 47 */
export function primary(tag) {
  return tag.toLowerCase().split(/[-_]/)[0];
}

/** A language by its own name. @param {string} tag */
export function ownName(tag) {
  try {
    const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
    return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
  } catch {
    return tag;
  }
}

/** @param {string} text with `{name}` in it @param {Record<string, string|number>} [values] */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** `name_one` for 1, else `name_other`. @param {Record<string, string>} texts @param {string} name @param {number} n */
export function counted(texts, name, n) {
  return fill(texts[`${name}_${n === 1 ? "one" : "other"}`], { n });
}

/** @param {number|string|null|undefined} amount @param {string|null|undefined} currency ISO 4217, or "" where the shop names none: then a bare number @param {string} tag */
export function price(amount, currency, tag) {
  if (amount === null || amount === undefined || amount === "" || Number.isNaN(Number(amount))) return "";
  try {
    return new Intl.NumberFormat(tag, currency ? { style: "currency", currency, currencyDisplay: "narrowSymbol" } : { minimumFractionDigits: 2 }).format(Number(amount));
  } catch {
    return `${amount} ${currency}`; // a currency code that nobody knows
  }
}
