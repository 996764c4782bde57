/** A clock that stands still until a test moves it; timers fire in the order of their time. */
export class FakeClock {
  time = 1_000_000;
  chance = 1;
  #timers = new Map();
  #next = 1;
  now = () => this.time;
  random = () => this.chance;
  later = (call, ms) => {
    this.#timers.set(this.#next, { at: this.time + ms, call });
    return this.#next++;
  };
  cancel = (timer) => void this.#timers.delete(timer);
  /** @param {number} ms */
  pass(ms) {
    const until = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= until).sort(([, one], [, two]) => one.at - two.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = due[1].at;
      due[1].call();
    }
    this.time = until;
  }
}

/** Ways to connect that a test opens, feeds and cuts by hand. */
export class FakeWire {
  /** @type {any[]} */ made = [];
  transcripts = [];
  isOnline = true;
  ids = 0;
  #way(kind) {
    return (place, hello, on) => {
      const connection = { kind, hello, on, sent: [], closed: false };
      this.made.push(connection);
      return { send: (frame) => Boolean(connection.sent.push(frame)), close: () => void (connection.closed = true) };
    };
  }
  socket = this.#way("socket");
  stream = this.#way("stream");
  transcript = async () => {
    if (!this.transcripts.length) throw new Error("none");
    return this.transcripts.shift();
  };
  online = () => this.isOnline;
  newId = () => `id-${++this.ids}`;
  get last() {
    return this.made.at(-1);
  }
  /** @param {any} [frame] */
  greet(frame = {}) {
    this.last.on.opened();
    this.last.on.frame({ type: "ready", session: "c1", token: "s1", seq: 0, resume: "new", ...frame });
  }
}
