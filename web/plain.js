// @ts-check
/**
 * A reply's text as blocks: paragraphs, "- " lists, and addresses that may be clicked. Pure, and total: any text gives blocks whose
 * words are the text's words. There is no markup: tags, images and [links](…) are words like others.
 */

/** @typedef {{text: string, href?: string}} Run */
/** @typedef {{kind: "text", lines: Run[][]} | {kind: "list", ordered: boolean, lines: Run[][]}} Block */

const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^\u3000-\u303f\uff00-\uffef]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;
const BULLET = /^\s{0,6}[-•*]\s+(?=\S)/;
const NUMBER = /^\s{0,6}\d{1,3}[.)]\s+(?=\S)/;

/** @param {string} text @returns {Block[]} */
export function blocks(text) {
  /** @type {Block[]} */
  const found = [];
  let gap = true;
  for (const line of text.split("\n")) {
    if (!line.trim()) {
      gap = true;
      continue;
    }
    const bullet = BULLET.exec(line);
    const number = bullet ? null : NUMBER.exec(line);
    const last = found.at(-1);
    const words = runs(bullet ? line.slice(bullet[0].length) : line);
    if (bullet || number) {
      if (last?.kind === "list" && last.ordered === Boolean(number)) last.lines.push(words);
      else found.push({ kind: "list", ordered: Boolean(number), lines: [words] });
    } else if (last?.kind === "text" && !gap) last.lines.push(words);
    else found.push({ kind: "text", lines: [words] });
    gap = false;
  }
  return found;
}

/** @param {string} line @returns {Run[]} */
export function runs(line) {
  /** @type {Run[]} */
  const parts = [];
  let from = 0;
  for (const match of line.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const href = address.includes("://") ? address : `mailto:${address}`;
    if (!URL.canParse(href)) continue;
    if (match.index > from) parts.push({ text: line.slice(from, match.index) });
    parts.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < line.length) parts.push({ text: line.slice(from) });
  return parts;
}

/** The full stop of the sentence is not part of the address, nor is a bracket that was opened before it. @param {string} address */
function trimmed(address) {
  let end = address.length;
  while (end && /[.,;:!?)\]*]/.test(address[end - 1]) && !(address[end - 1] === ")" && address.slice(0, end).includes("("))) end -= 1;
  return address.slice(0, end);
}

/** An address that may be followed or loaded, or "" for anything but http(s). @param {string|null|undefined} url @param {string} from */
export function safeUrl(url, from) {
  if (!url || !URL.canParse(url, from)) return "";
  const whole = new URL(url, from);
  return /^https?:$/.test(whole.protocol) ? whole.href : "";
}
