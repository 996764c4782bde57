import assert from "node:assert/strict";
import { test } from "node:test";
import { afterClose, clean, initial, reduce, retryDelay, running, unsent } from "../session.js";

const ready = { type: "ready", session: "c1", token: "s1", seq: 0, resume: "new", greeting: "Hi", suggestions: ["Mugs?"] };
const said = (seq, id, text = "Mugs?", turn = `t-${id}`) => ({ type: "message", seq, id, turn, text });
const reply = (seq, turn, text, more = {}) => ({ type: "reply", seq, turn, text, citations: [], sources: [], finish: "stop", usage: {}, ...more });
const after = (...events) => events.reduce(reduce, initial());
const texts = (state) => state.items.map(({ text }) => text);

test("a message waits until the server has it, then is the same message", () => {
  const waiting = after(ready, { type: "local:send", id: "a", text: "Mugs?" });
  assert.deepEqual(unsent(waiting), [{ type: "message", id: "a", text: "Mugs?" }]);
  const taken = reduce(waiting, said(1, "a"));
  assert.deepEqual(unsent(taken), []);
  assert.equal(taken.items.length, 1);
  assert.equal(taken.items[0].turn, "t-a");
});

test("the pieces of a reply joined are its text, and the reply ends the turn", () => {
  const state = after(ready, said(1, "a"), { type: "status", turn: "t-a", stage: "searching" },
    { type: "delta", turn: "t-a", offset: 0, text: "Yes, two" }, { type: "delta", turn: "t-a", offset: 8, text: " mugs." });
  assert.equal(running(state).text, "Yes, two mugs.");
  const done = reduce(state, reply(2, "t-a", "Yes, two mugs."));
  assert.equal(running(done), undefined);
  assert.deepEqual(texts(done), ["Mugs?", "Yes, two mugs."]);
});

test("offsets count code points, so emoji and Chinese do not shift a reply", () => {
  const state = after(ready, said(1, "a"), { type: "delta", turn: "t-a", offset: 0, text: "🫖茶" }, { type: "delta", turn: "t-a", offset: 2, text: "杯👩‍🍳" });
  assert.equal(running(state).text, "🫖茶杯👩‍🍳");
  assert.equal(state.need, "");
});

test("a piece that was seen already is not shown twice, and half a seen piece adds its other half", () => {
  const state = after(ready, said(1, "a"), { type: "delta", turn: "t-a", offset: 0, text: "abc" },
    { type: "delta", turn: "t-a", offset: 0, text: "abc" }, { type: "delta", turn: "t-a", offset: 2, text: "cde" });
  assert.equal(running(state).text, "abcde");
});

test("a hole in the pieces or in the numbers asks for a new connection and applies nothing", () => {
  assert.equal(after(ready, { type: "delta", turn: "t", offset: 5, text: "x" }).need, "reconnect");
  const state = after(ready, said(1, "a"), said(3, "c"));
  assert.equal(state.need, "reconnect");
  assert.equal(state.seq, 1);
  assert.deepEqual(texts(state), ["Mugs?"]);
});

test("a durable event that comes twice changes nothing", () => {
  const once = after(ready, said(1, "a"), reply(2, "t-a", "Yes."));
  assert.equal(reduce(once, reply(2, "t-a", "Yes.")), once);
});

test("a snapshot puts the running text in place and pieces go on in the middle of a word", () => {
  const snapshot = { type: "snapshot", turn: "t-a", offset: 7, text: "Yes, tw", sources: [] };
  const state = after({ ...ready, resume: "ok" }, said(1, "a"), snapshot, { type: "delta", turn: "t-a", offset: 7, text: "o mugs" });
  assert.equal(running(state).text, "Yes, two mugs");
  assert.equal(after(ready, said(1, "a"), { ...snapshot, offset: 0 }).items[1].text, "Yes, tw");
});

test("a reply stands under its own question when the next question came first", () => {
  const state = after(ready, said(1, "a", "First?"), { type: "delta", turn: "t-a", offset: 0, text: "One" },
    { type: "local:send", id: "b", text: "Second?" }, said(2, "b", "Second?"), reply(3, "t-a", "One", { finish: "superseded" }), reply(4, "t-b", "Both."));
  assert.deepEqual(texts(state), ["First?", "One", "Second?", "Both."]);
});

test("a superseded reply of which nothing was shown leaves no trace", () => {
  const state = after(ready, said(1, "a"), { type: "status", turn: "t-a", stage: "searching" }, said(2, "b"), reply(3, "t-a", "", { finish: "superseded" }));
  assert.deepEqual(state.items.map(({ kind }) => kind), ["shopper", "shopper"]);
});

test("after a restart the dots of a turn that nothing was shown of go away, and its words stay until its reply", () => {
  const dots = after(ready, said(1, "a"), { type: "status", turn: "t-a", stage: "searching" }, { ...ready, resume: "ok" });
  assert.equal(running(dots), undefined);
  const words = after(ready, said(1, "a"), { type: "delta", turn: "t-a", offset: 0, text: "Yes" }, { ...ready, resume: "ok" });
  assert.equal(running(words).text, "Yes");
  assert.equal(reduce(words, reply(2, "t-a", "Yes", { finish: "error" })).items[1].finish, "error");
});

test("reload takes the transcript and then what came in meanwhile, once", () => {
  const state = after({ type: "local:restore", session: "c1", token: "s1", pending: [{ id: "z", text: "Unsent" }] }, { ...ready, seq: 2, resume: "reload" }, reply(3, "t-b", "Three"));
  assert.equal(state.need, "transcript");
  const whole = reduce(state, { type: "local:transcript", events: [said(1, "a", "One"), said(2, "b", "Two")] });
  assert.deepEqual(texts(whole), ["One", "Two", "Three", "Unsent"]);
  assert.equal(whole.seq, 3);
  assert.equal(whole.need, "");
});

test("a reply that was being written when the transcript was asked for stays in its place", () => {
  const state = after(ready, said(1, "a", "One"), { type: "delta", turn: "t-a", offset: 0, text: "Ye" }, { ...ready, seq: 1, resume: "reload" },
    { type: "delta", turn: "t-a", offset: 2, text: "s" });
  const whole = reduce(state, { type: "local:transcript", events: [said(1, "a", "One")] });
  assert.deepEqual(texts(whole), ["One", "Yes"]);
});

test("a new conversation in place of a lost one keeps only what was not sent", () => {
  const state = after(ready, said(1, "a"), { type: "local:send", id: "b", text: "Still there?" }, { ...ready, session: "c2", resume: "new" });
  assert.deepEqual(texts(state), ["Still there?"]);
  assert.equal(state.seq, 0);
});

test("the handler is shown from its event, and an operator's typing ends with the operator's words", () => {
  const state = after(ready, { type: "handler", seq: 1, state: "operator", reason: "operator_took_over", name: "Mei" }, { type: "typing", who: "operator" });
  assert.deepEqual(state.handler, { state: "operator", name: "Mei", ahead: 0 });
  assert.equal(state.typing, true);
  assert.equal(reduce(state, { type: "operator", seq: 2, text: "Hello", name: "Mei" }).typing, false);
});

test("what arrives while the panel is closed is counted, and opening it clears the count", () => {
  const state = after(ready, said(1, "a"), reply(2, "t-a", "Yes."), { type: "operator", seq: 3, text: "Hello", name: "Mei" });
  assert.equal(state.unread, 2);
  assert.equal(reduce(state, { type: "local:open" }).unread, 0);
});

test("a refusal that may be retried keeps the message, one that may not marks it", () => {
  const waiting = after(ready, { type: "local:send", id: "a", text: "Mugs?" });
  const later = reduce(waiting, { type: "error", code: "rate_limited", message: "", id: "a", retryable: true, retry_after: 2 });
  assert.equal(unsent(later).length, 1);
  assert.equal(later.notice, null);
  const never = reduce(waiting, { type: "error", code: "too_long", message: "", id: "a", retryable: false });
  assert.equal(unsent(never).length, 0);
  assert.equal(never.items[0].failed, "too_long");
});

test("an event type of tomorrow changes nothing today", () => {
  const state = after(ready);
  assert.equal(reduce(state, { type: "hologram", turn: "t" }), state);
});

test("retries are spread over the whole wait, which doubles from half a second to thirty", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 7, 400].map((attempt) => retryDelay(attempt, () => 1)), [500, 1000, 2000, 16000, 30000, 30000, 30000]);
  assert.equal(retryDelay(3, () => 0), 0);
});

test("close codes say whether to come back", () => {
  const told = { 1000: "retry", 1006: "retry", 1012: "retry", 4002: "retry", 4004: "renew", 4500: "stop", 4501: "unauthorized", 4503: "erased", 4504: "stop", 4505: "stop" };
  for (const [code, then] of Object.entries(told)) assert.equal(afterClose(Number(code)), then, code);
});

test("what is sent is composed, without control characters and without half a pair", () => {
  assert.equal(clean("  cafe\u0301\r\n\u0000\u0007ok\ud800 🫖 "), "café\nok\ufffd 🫖");
});
