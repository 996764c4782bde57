// @ts-check
/**
 * What the widget remembers: the conversation's secret in localStorage, the tab's affairs in sessionStorage.
 *
 * Nothing is written before `allow()` (the shopper's first click); until then, and where a browser denies storage, values live in
 * memory. What is found from an earlier visit counts as allowed, because only a click can have put it there.
 */

export class Storage {
  #prefix;
  #allowed = false;
  /** @type {Map<string, string>} */
  #memory = new Map();

  /** @param {string} site the public site key, so that two shops on one origin stay apart */
  constructor(site) {
    this.#prefix = `shopchat:${site}:`;
  }

  /** @param {"local"|"tab"} area @param {string} name @returns {any} null where nothing is known or it is not readable */
  get(area, name) {
    const key = this.#key(area, name);
    try {
      const kept = this.#area(area).getItem(this.#prefix + name);
      if (kept !== null) {
        this.#allowed = true;
        return JSON.parse(kept);
      }
    } catch { /* denied or damaged: memory answers */ }
    const value = this.#memory.get(key);
    return value === undefined ? null : JSON.parse(value);
  }

  /** @param {"local"|"tab"} area @param {string} name @param {any} value null forgets it */
  set(area, name, value) {
    const key = this.#key(area, name);
    if (value === null) this.#memory.delete(key);
    else this.#memory.set(key, JSON.stringify(value));
    if (this.#allowed) this.#write(area, name);
  }

  /** The shopper clicked: from now on values outlive the page. */
  allow() {
    if (this.#allowed) return;
    this.#allowed = true;
    for (const key of this.#memory.keys()) {
      const [area, name] = key.split("/", 2);
      this.#write(/** @type {"local"|"tab"} */ (area), name);
    }
  }

  get allowed() {
    return this.#allowed;
  }

  /** @param {"local"|"tab"} area @param {string} name */
  #write(area, name) {
    const value = this.#memory.get(this.#key(area, name));
    try {
      if (value === undefined) this.#area(area).removeItem(this.#prefix + name);
      else this.#area(area).setItem(this.#prefix + name, value);
    } catch { /* denied or full: memory keeps it for this page */ }
  }

  /** @param {"local"|"tab"} area */
  #area(area) {
    return area === "local" ? globalThis.localStorage : globalThis.sessionStorage;
  }

  /** @param {string} area @param {string} name */
  #key(area, name) {
    return `${area}/${name}`;
  }
}
