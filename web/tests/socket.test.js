import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { fetchTranscript, openSocket, openStream } from "../socket.js";

const place = { server: "https://host.example/base/", site: "demo" };
const given = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
afterEach(() => Object.assign(globalThis, given));

function listener() {
  const told = { frames: [], down: [], opened: 0 };
  return { told, on: { frame: (frame) => told.frames.push(frame), down: (code) => told.down.push(code), opened: () => (told.opened += 1) } };
}

function answering(...answers) {
  const calls = [];
  globalThis.fetch = async (url, how) => {
    calls.push({ url: String(url), ...how });
    return answers.shift() ?? new Response("{}", { status: 202 });
  };
  return calls;
}

function chunks(...parts) {
  const body = new ReadableStream({ start(controller) { for (const part of parts) controller.enqueue(part); controller.close(); } });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

const settled = async () => { for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate); };

test("the socket says hello first and passes on what is JSON with a type", () => {
  let made;
  globalThis.WebSocket = class { static OPEN = 1; readyState = 1; sent = []; constructor(url) { made = this; this.url = String(url); } send(text) { this.sent.push(text); } close() {} };
  const { told, on } = listener();
  const connection = openSocket(place, { type: "hello" }, on);
  assert.equal(made.url, "wss://host.example/base/v1/chat?site=demo");
  made.onopen();
  assert.deepEqual(made.sent, ['{"type":"hello"}']);
  for (const data of ['{"type":"ready"}', "<html>", "null", "[]", '{"x":1}']) made.onmessage({ data });
  assert.deepEqual(told.frames, [{ type: "ready" }]);
  connection.send({ type: "typing" });
  made.onclose({ code: 4002 });
  connection.close();
  assert.deepEqual(told.down, [4002]);
});

test("the twin begins a conversation, listens with its secret and puts events together from any pieces", async () => {
  const bytes = new TextEncoder().encode('data: {"type":"ready","session":"c1","token":"s1","seq":0,"resume":"ok"}\n\nid: 1\ndata: {"type":"delta","turn":"t","offset":0,"text":"茶杯🫖"}\n\n: still here\n\ndata: {"type":"status","turn":"t","stage":"writing"}\r\n\r\n');
  const pieces = Array.from({ length: bytes.length }, (_, at) => bytes.slice(at, at + 1));
  const calls = answering(new Response(JSON.stringify({ type: "ready", session: "c1", token: "s1", seq: 0, resume: "new", greeting: "Hi" })), chunks(...pieces));
  const { told, on } = listener();
  openStream(place, { type: "hello", locale: "en" }, on);
  await settled();
  assert.equal(calls[0].url, "https://host.example/base/v1/conversations?site=demo");
  assert.equal(calls[1].url, "https://host.example/base/v1/conversations/c1/events?site=demo&after=0");
  assert.equal(calls[1].headers.Authorization, "Bearer s1");
  assert.deepEqual(JSON.parse(calls[0].body), { locale: "en" });
  assert.deepEqual(told.frames.map(({ type, resume, text }) => [type, resume ?? text]), [["ready", "new"], ["delta", "茶杯🫖"], ["status", undefined]]);
  assert.deepEqual(told.down, [1006]);
});

test("the twin posts a message under its id and turns a refusal into the error it is", async () => {
  const calls = answering(chunks(), new Response(JSON.stringify({ code: "rate_limited", message: "later", retry_after: 4 }), { status: 429 }));
  const { told, on } = listener();
  const connection = openStream(place, { type: "hello", session: "c1", token: "s1", after: 7, identity: "jwt" }, on);
  connection.send({ type: "message", id: "a", text: "Mugs?" });
  await settled();
  const posted = calls.find(({ method }) => method === "POST");
  assert.equal(posted.url, "https://host.example/base/v1/conversations/c1/messages?site=demo");
  assert.equal(posted.headers["X-Identity"], "jwt");
  const error = told.frames.find(({ type }) => type === "error");
  assert.deepEqual([error.code, error.id, error.retryable, error.retry_after], ["rate_limited", "a", true, 4]);
});

test("a secret that the twin is refused with counts as unauthorized", async () => {
  answering(new Response("{}", { status: 401 }));
  const { told, on } = listener();
  openStream(place, { type: "hello", session: "c1", token: "old" }, on);
  await settled();
  assert.deepEqual(told.down, [4501]);
});

test("the transcript is asked for with the secret in the header, never in the address", async () => {
  const calls = answering(new Response('{"events":[{"type":"message","seq":1}]}'));
  assert.deepEqual(await fetchTranscript(place, { session: "c1", token: "s1" }), [{ type: "message", seq: 1 }]);
  assert.equal(calls[0].headers.Authorization, "Bearer s1");
  assert.ok(!calls[0].url.includes("s1"));
});
