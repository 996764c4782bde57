// @ts-check
/** The server, asked over HTTP: JSON in, JSON out, events as they come. A failure is one kind of error with its HTTP status (0: no answer). */

export class WireError extends Error {
  /** @param {number} status @param {string} message @param {string} [code] */
  constructor(status, message, code = "") {
    super(message);
    this.name = "WireError";
    this.status = status;
    this.code = code;
  }
}

/** @param {string} path @param {Record<string, string|number|null|undefined>} [query] empty values are left out @param {AbortSignal} [signal] @returns {Promise<any>} */
export async function get(path, query = {}, signal) {
  const wanted = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const search = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  return body(await answer(search ? `${path}?${search}` : path, { signal, headers: { Accept: "application/json" } }));
}

/** @param {string} path @param {any} [value] @param {AbortSignal} [signal] */
export async function post(path, value = {}, signal) {
  const headers = { "Content-Type": "application/json", "X-Console": "1" };
  return answer(path, { method: "POST", headers, body: JSON.stringify(value), signal });
}

/** @param {Response} response @returns {Promise<any>} null where there is nothing to read */
export async function body(response) {
  const text = await response.text();
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new WireError(response.status, "the answer is not JSON");
  }
}

/** The `data:` of each server-sent event, parsed. @param {Response} response @returns {AsyncGenerator<any>} */
export async function* events(response) {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      kept = (kept + (value ?? "")).replace(/\r\n?(?!$)/g, "\n");
      const blocks = kept.split("\n\n");
      kept = done ? "" : blocks.pop() ?? "";
      for (const block of blocks) {
        const event = dataOf(block);
        if (event) yield event;
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** @param {string} block */
function dataOf(block) {
  const data = block.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).replace(/^ /, "")).join("\n").trim();
  return data && data !== "[DONE]" ? JSON.parse(data) : null;
}

/** @param {string} path @param {RequestInit} options */
async function answer(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new WireError(0, "the server does not answer");
  }
  if (response.ok) return response;
  const told = await body(response).catch(() => null);
  const fault = told?.error ?? told?.detail ?? told ?? {};
  throw new WireError(response.status, typeof fault === "string" ? fault : fault.message ?? response.statusText, fault.code ?? "");
}

/** True for the error of a request that we gave up ourselves. @param {unknown} error */
export function givenUp(error) {
  return error instanceof DOMException && error.name === "AbortError";
}
