import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "../link.js";
import { FakeClock, FakeWire } from "./clock.js";

function begin({ patience = 0 } = {}) {
  const clock = new FakeClock();
  const wire = new FakeWire();
  const told = { links: [], frames: [], gone: [], patience };
  const owner = {
    hello: () => ({ type: "hello" }), frame: (frame) => told.frames.push(frame), link: (link) => told.links.push(link),
    gone: (why, code) => told.gone.push([why, code]), patience: () => told.patience,
  };
  const link = new Link({ server: "http://shop/", site: "demo" }, owner, wire, clock);
  link.start();
  return { clock, wire, told, link };
}

test("a cut connection comes back after a wait that grows, and a steady one starts from the beginning", () => {
  const { clock, wire } = begin();
  wire.greet();
  wire.last.on.down(1006);
  clock.pass(499);
  assert.equal(wire.made.length, 1);
  clock.pass(1);
  assert.equal(wire.made.length, 2);
  wire.greet();
  wire.last.on.down(1006);
  clock.pass(999);
  assert.equal(wire.made.length, 2);
  clock.pass(1);
  assert.equal(wire.made.length, 3);
  wire.greet();
  clock.pass(6_000);
  wire.last.on.down(1006);
  clock.pass(500);
  assert.equal(wire.made.length, 4);
});

test("three refused upgrades bring the HTTP twin, and a twin that is refused too brings the socket back", () => {
  const { clock, wire } = begin();
  for (let times = 0; times < 3; times += 1) {
    wire.last.on.down(1006);
    clock.pass(30_000);
  }
  assert.deepEqual(wire.made.map(({ kind }) => kind), ["socket", "socket", "socket", "stream"]);
  wire.last.on.down(1006);
  clock.pass(30_000);
  assert.equal(wire.last.kind, "socket");
});

test("on the HTTP twin the socket is tried again now and then, and one refusal returns to the twin", () => {
  const { clock, wire } = begin();
  for (let times = 0; times < 3; times += 1) {
    wire.last.on.down(1006);
    clock.pass(30_000);
  }
  wire.greet();
  clock.pass(40_000);
  assert.equal(wire.last.kind, "socket");
  wire.last.on.down(1006);
  clock.pass(30_000);
  assert.equal(wire.last.kind, "stream");
});

test("silence while an answer is due makes a new connection, silence alone does not", () => {
  const { clock, wire, told } = begin();
  wire.greet();
  clock.pass(600_000);
  assert.equal(wire.made.length, 1);
  told.patience = 35_000;
  wire.last.on.frame({ type: "status" });
  clock.pass(34_000);
  assert.equal(wire.made.length, 1);
  clock.pass(5_000);
  assert.equal(wire.made.length, 2);
  assert.equal(wire.made[0].closed, true);
});

test("a connection that never says ready is given up", () => {
  const { clock, wire } = begin();
  wire.last.on.opened();
  clock.pass(38_000);
  assert.equal(wire.made.length, 2);
});

test("a page that slept longer than a live connection is silent connects anew, one that did not keeps its socket", () => {
  const { clock, wire, link } = begin();
  wire.greet();
  clock.pass(20_000);
  link.wake();
  assert.equal(wire.made.length, 1);
  clock.pass(20_000);
  link.wake();
  assert.equal(wire.made.length, 2);
});

test("waking while a try is waited for does not wait", () => {
  const { wire, link } = begin();
  wire.greet();
  wire.last.on.down(1006);
  link.wake();
  assert.equal(wire.made.length, 2);
});

test("an earlier connection's frames and its end mean nothing any more", () => {
  const { wire, told, link } = begin();
  wire.greet();
  link.restart();
  wire.made[0].on.frame({ type: "delta" });
  wire.made[0].on.down(1006);
  assert.equal(told.frames.length, 1);
  assert.equal(wire.made.length, 2);
});

test("the server's last word is passed on and not retried", () => {
  for (const [code, why] of [[4501, "unauthorized"], [4503, "erased"], [4505, "stop"], [4004, "renew"]]) {
    const { clock, wire, told } = begin();
    wire.greet();
    wire.last.on.down(code);
    clock.pass(120_000);
    assert.deepEqual(told.gone, [[why, code]]);
    assert.equal(wire.made.length, 1);
  }
});

test("nothing is sent before ready", () => {
  const { wire, link } = begin();
  assert.equal(link.send({ type: "typing" }), false);
  wire.greet();
  assert.equal(link.send({ type: "typing" }), true);
  assert.deepEqual(wire.last.sent, [{ type: "typing" }]);
});
