import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../conversation.js";
import { Storage } from "../storage.js";
import { FakeClock, FakeWire } from "./clock.js";

function memory() {
  const kept = new Map();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
}

function device() {
  Object.assign(globalThis, { localStorage: memory(), sessionStorage: memory() });
}

/** A page of the shop: a fresh conversation over what the device remembers. */
function page({ clicked = true } = {}) {
  const storage = new Storage("demo");
  if (clicked) storage.allow();
  const clock = new FakeClock();
  const wire = new FakeWire();
  const heard = [];
  const talk = new Conversation({ server: "http://shop/", site: "demo" }, storage, wire, clock, { state: () => {}, heard: (name, frame) => heard.push([name, frame]) });
  talk.restore();
  talk.resume();
  return { talk, wire, clock, heard, storage };
}

const reply = (seq, turn, text) => ({ type: "reply", seq, turn, text, citations: [], sources: [], finish: "stop" });

test("a shopper who never clicked causes no connection and no storage", () => {
  device();
  const { wire, talk } = page({ clicked: false });
  assert.equal(wire.made.length, 0);
  talk.show(true);
  wire.greet();
  talk.send("Mugs?");
  assert.equal(localStorage.kept.size + sessionStorage.kept.size, 0);
});

test("what was asked before the first click is kept from the first click on", () => {
  device();
  const { wire, talk, storage } = page({ clicked: false });
  talk.show(true);
  wire.greet();
  talk.send("Mugs?");
  storage.allow();
  assert.deepEqual(JSON.parse(sessionStorage.getItem("shopchat:demo:pending")), [{ id: "id-1", text: "Mugs?" }]);
  assert.equal(JSON.parse(localStorage.getItem("shopchat:demo:conversation")).session, "c1");
});

test("a message that was not acknowledged goes out again after the reconnect, under its id", () => {
  device();
  const { wire, talk, clock } = page();
  talk.show(true);
  wire.greet();
  talk.send("Mugs?");
  wire.last.on.down(1006);
  clock.pass(1_000);
  wire.greet({ resume: "ok" });
  assert.deepEqual(wire.last.hello.session, "c1");
  assert.deepEqual(wire.last.sent, [{ type: "message", id: "id-1", text: "Mugs?" }]);
});

test("a message that was not acknowledged goes out again from the next page", () => {
  device();
  const first = page();
  first.talk.show(true);
  first.wire.greet();
  first.talk.send("Mugs?");
  const second = page();
  second.wire.greet({ resume: "ok" });
  assert.deepEqual(second.wire.last.sent, [{ type: "message", id: "id-1", text: "Mugs?" }]);
  second.wire.last.on.frame({ type: "message", seq: 1, id: "id-1", turn: "t", text: "Mugs?" });
  const third = page();
  third.wire.greet({ resume: "ok" });
  assert.deepEqual(third.wire.last.sent, []);
});

test("a missed event makes a new connection that asks for what comes after the last one applied", () => {
  device();
  const { wire, talk } = page();
  talk.show(true);
  wire.greet();
  wire.last.on.frame({ type: "message", seq: 1, id: "x", turn: "t", text: "Mugs?" });
  wire.last.on.frame(reply(3, "t", "Yes"));
  assert.equal(wire.made.length, 2);
  assert.equal(wire.last.hello.after, 1);
});

test("a message that is refused for now is sent again when the server said", () => {
  device();
  const { wire, talk, clock } = page();
  talk.show(true);
  wire.greet();
  talk.send("Mugs?");
  wire.last.on.frame({ type: "error", code: "rate_limited", message: "", id: "id-1", retryable: true, retry_after: 20 });
  clock.pass(19_000);
  assert.equal(wire.made.length, 1);
  assert.equal(wire.last.sent.length, 1);
  clock.pass(1_500);
  assert.equal(wire.last.sent.length, 2);
});

test("a message that is not acknowledged within ten seconds brings a new connection", () => {
  device();
  const { wire, talk, clock } = page();
  talk.show(true);
  wire.greet();
  talk.send("Mugs?");
  clock.pass(13_000);
  assert.equal(wire.made.length, 2);
});

test("a message after a long silence does not bring a new connection before its answer can be there", () => {
  device();
  const { wire, talk, clock } = page();
  talk.show(true);
  wire.greet();
  clock.pass(301_000);
  talk.send("Mugs?");
  clock.pass(8_000);
  assert.equal(wire.made.length, 1);
});

test("a secret that no longer holds begins a new conversation and keeps what was not sent", async () => {
  device();
  const { wire, talk } = page();
  talk.show(true);
  wire.greet();
  talk.send("Mugs?");
  wire.last.on.down(4501);
  await Promise.resolve();
  assert.equal(wire.made.length, 2);
  assert.equal(wire.last.hello.session, undefined);
  wire.greet({ session: "c2" });
  assert.deepEqual(wire.last.sent, [{ type: "message", id: "id-1", text: "Mugs?" }]);
});

test("a site key that nobody knows is not tried for ever", async () => {
  device();
  const { wire, talk, clock, heard } = page();
  talk.show(true);
  wire.last.on.opened();
  wire.last.on.down(4501);
  await Promise.resolve();
  clock.pass(600_000);
  assert.equal(wire.made.length, 1);
  assert.equal(talk.state.notice.code, "unauthorized");
  assert.equal(heard[0][0], "error");
});

test("an identity that expired is fetched anew", async () => {
  device();
  const { wire, talk } = page();
  let count = 0;
  await talk.identify(async () => `jwt-${(count += 1)}`);
  talk.show(true);
  wire.greet();
  assert.equal(wire.last.hello.identity, "jwt-1");
  wire.last.on.down(4004);
  await new Promise(setImmediate);
  assert.equal(wire.last.hello.identity, "jwt-2");
  assert.equal(wire.last.hello.session, "c1");
});

test("an identity that is refused for ever is given up, and the site too", async () => {
  device();
  const { wire, talk } = page();
  await talk.identify(async () => "jwt");
  talk.show(true);
  wire.greet();
  for (let times = 0; times < 8; times += 1) {
    wire.last.on.opened();
    wire.last.on.down(4501);
    await new Promise(setImmediate);
  }
  assert.deepEqual(wire.made.map(({ hello }) => [hello.session, hello.identity]), [[undefined, "jwt"], ["c1", "jwt"], [undefined, "jwt"], [undefined, undefined]]);
  assert.equal(talk.state.link, "stopped");
});

test("a conversation that began logged in waits a moment for the page to say who the shopper is", async () => {
  device();
  const first = page();
  await first.talk.identify("jwt");
  first.talk.show(true);
  first.wire.greet();
  const second = page();
  assert.equal(second.wire.made.length, 0);
  await second.talk.identify("jwt");
  assert.deepEqual([second.wire.last.hello.session, second.wire.last.hello.identity], ["c1", "jwt"]);
  const third = page();
  third.clock.pass(4_000);
  assert.equal(third.wire.made.length, 1);
});

test("the transcript is fetched when the range cannot be replayed, and asked for again when that fails", async () => {
  device();
  const { wire, talk, clock } = page();
  talk.show(true);
  wire.greet({ resume: "reload", seq: 2 });
  await new Promise(setImmediate);
  clock.pass(6_000);
  assert.equal(wire.made.length, 2);
  wire.transcripts.push([{ type: "message", seq: 1, id: "x", turn: "t", text: "Mugs?" }, reply(2, "t", "Yes")]);
  wire.greet({ resume: "reload", seq: 2 });
  await new Promise(setImmediate);
  assert.deepEqual(talk.state.items.map(({ text }) => text), ["Mugs?", "Yes"]);
});

test("a reply is heard once, however often it is delivered", () => {
  device();
  const { wire, talk, heard } = page();
  talk.show(true);
  wire.greet();
  wire.last.on.frame(reply(1, "t", "Yes"));
  wire.last.on.frame(reply(1, "t", "Yes"));
  assert.equal(heard.length, 1);
});

test("forgetting leaves nothing on the device", () => {
  device();
  const { wire, talk } = page();
  talk.show(true);
  wire.greet();
  talk.send("Mugs?");
  talk.forget();
  assert.deepEqual([...localStorage.kept.keys(), ...sessionStorage.kept.keys()], []);
  assert.deepEqual(talk.state.items, []);
});

test("asking for a person without a connection is said in words and sent later", () => {
  device();
  const { wire, talk } = page();
  talk.handoff("Talk to a person");
  wire.greet();
  assert.deepEqual(wire.last.sent, [{ type: "message", id: "id-1", text: "Talk to a person" }]);
});

test("storage that is denied or damaged does not stop the conversation", () => {
  const denied = { getItem() { throw new Error("denied"); }, setItem() { throw new Error("denied"); }, removeItem() { throw new Error("denied"); } };
  Object.assign(globalThis, { localStorage: denied, sessionStorage: denied });
  const { wire, talk, storage } = page();
  talk.show(true);
  wire.greet();
  talk.send("Mugs?");
  assert.deepEqual(storage.get("tab", "pending"), [{ id: "id-1", text: "Mugs?" }]);
  device();
  localStorage.setItem("shopchat:demo:conversation", "{broken");
  assert.equal(new Storage("demo").get("local", "conversation"), null);
});
