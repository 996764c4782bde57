// @ts-check
/**
 * The wire: a WebSocket, or its HTTP twin (POST and server-sent events) for networks that break WebSockets.
 *
 * The only file that touches WebSocket and fetch. It knows nothing of retries and of what frames mean. A connection calls
 * `frame` for every event and `down` exactly once, with the close code (1006 where there is none).
 */

/** @typedef {{frame: (frame: any) => void, down: (code: number) => void, opened: () => void}} Listener */
/** @typedef {{send: (frame: any) => boolean, close: () => void}} Connection */
/** @typedef {{server: string, site: string}} Place */

/** @param {Place} place @param {string} path @param {Record<string, string>} [query] */
function address({ server, site }, path, query = {}) {
  const url = new URL(path, server);
  for (const [name, value] of Object.entries({ site, ...query })) url.searchParams.set(name, value);
  return url;
}

/** @param {string} text @param {(frame: any) => void} use */
function parse(text, use) {
  let frame;
  try {
    frame = JSON.parse(text);
  } catch {
    return; // not ours: a proxy's page, half a line
  }
  if (typeof frame?.type === "string") use(frame);
}

/** @param {Place} place @param {any} hello the first frame @param {Listener} on @returns {Connection} */
export function openSocket(place, hello, on) {
  const url = address(place, "v1/chat");
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  const down = once(on.down);
  socket.onopen = () => {
    on.opened();
    socket.send(JSON.stringify(hello));
  };
  socket.onmessage = ({ data }) => parse(data, on.frame);
  socket.onclose = ({ code }) => down(code);
  return {
    send(frame) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    close() {
      socket.onmessage = socket.onopen = socket.onclose = null; // a dying socket must not speak into the next one's state
      socket.close(1000);
      down(1000);
    },
  };
}

/** @param {Place} place @param {any} hello as for the socket @param {Listener} on @returns {Connection} */
export function openStream(place, hello, on) {
  const stop = new AbortController();
  const down = once(on.down);
  const known = { session: hello.session, token: hello.token, identity: hello.identity };
  listen(place, hello, known, { ...on, down }, stop.signal).catch(() => down(1006));
  return {
    send(frame) {
      if (!known.session) return false;
      post(place, known, frame, on.frame).catch(() => down(1006));
      return true;
    },
    close() {
      stop.abort();
      down(1000);
    },
  };
}

/** @typedef {{session: string, token: string, identity?: string}} Known */

/** @param {Place} place @param {any} hello @param {Known} known @param {Listener} on @param {AbortSignal} signal */
async function listen(place, hello, known, on, signal) {
  /** @type {any} */
  let made = null;
  if (!known.session) {
    const { type, ...fields } = hello;
    const answer = await call(place, "", { body: fields, signal });
    if (!answer.ok) return on.down(closeCode(answer.status));
    made = await answer.json();
    Object.assign(known, { session: made.session, token: made.token });
  }
  const stream = await call(place, `/${encodeURIComponent(known.session)}/events`, { known, query: { after: String(hello.after ?? 0) }, signal });
  if (!stream.ok || !stream.body) return on.down(closeCode(stream.status));
  on.opened();
  // The stream resumes what the POST began, so its `ready` says "ok" and has no greeting: for us the conversation is new.
  await readEvents(stream.body, (frame) => on.frame(made && frame.type === "ready" ? { ...frame, ...made, seq: 0 } : frame));
  return on.down(1006);
}

/** @param {number} status */
function closeCode(status) {
  return [401, 403, 404].includes(status) ? 4501 : 1006;
}

/** @param {ReadableStream<Uint8Array>} body @param {(frame: any) => void} use */
async function readEvents(body, use) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data:")) parse(line.slice(5), use);
  }
}

/** @param {Place} place @param {Known} known @param {any} frame @param {(frame: any) => void} answerWith */
async function post(place, known, frame, answerWith) {
  const answer = await call(place, `/${encodeURIComponent(known.session)}/messages`, { known, body: frame });
  if (answer.ok) return;
  const told = await answer.json().catch(() => ({}));
  const retryable = answer.status === 429 || answer.status >= 500;
  answerWith({ code: "internal", message: "", retryable, ...told, type: "error", id: frame.id });
}

/** Every durable event of a conversation. @param {Place} place @param {Known} known @returns {Promise<any[]>} */
export async function fetchTranscript(place, known) {
  const answer = await call(place, `/${encodeURIComponent(known.session)}/transcript`, { known });
  if (!answer.ok) throw new Error(`the transcript was refused with ${answer.status}`);
  return (await answer.json()).events;
}

/** @param {Place} place @param {string} path @param {{known?: Known, query?: Record<string, string>, body?: any, signal?: AbortSignal}} how */
function call(place, path, { known, query, body, signal }) {
  const headers = /** @type {Record<string, string>} */ ({});
  if (known) headers.Authorization = `Bearer ${known.token}`;
  if (known?.identity) headers["X-Identity"] = known.identity;
  if (body) headers["Content-Type"] = "application/json";
  return fetch(address(place, `v1/conversations${path}`, query), {
    method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal, credentials: "omit", cache: "no-store",
  });
}

/** @param {(code: number) => void} call */
function once(call) {
  let said = false;
  return (/** @type {number} */ code) => {
    if (said) return;
    said = true;
    call(code);
  };
}
