// Whether the server answers: asked again after 1, 2, 4 and 8 s, then every 8 s; what waits for it goes on then.

const longest = 8;

export class Connection {
  /** @param {import("./api.js").Api} api @param {import("./state.js").Store} store */
  constructor(api, store) {
    this.api = api;
    this.store = store;
    this.after = 1;
    this.timer = 0;
    /** @type {(() => void)|null} */
    this.waiting = null;
  }

  /** @param {(() => void)|null} [waiting]  what could not be asked; the newest counts */
  lost(waiting = null) {
    this.waiting = waiting ?? this.waiting;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.check(), this.after * 1000);
    this.after = Math.min(longest, this.after * 2);
    this.store.set({
      connected: false,
      message: {
        text: "Connection lost. Shown results stay usable; switching waits.",
        action: "Retry",
        act: () => this.check(),
        urgent: true
      }
    });
  }

  async check() {
    clearTimeout(this.timer);
    try {
      await this.api.json("/api/status");
    } catch {
      return this.lost();
    }
    const waiting = this.waiting;
    this.forget();
    // What waited may be refused again, by a server that is busy: only its answer ends the growing pauses.
    if (waiting) return waiting();
    return this.answered();
  }

  /** What waited is wanted no more. */
  forget() { this.waiting = null; }

  answered() {
    clearTimeout(this.timer);
    this.after = 1;
    this.store.set({connected: true});
    if (this.store.state.message?.urgent) this.store.set({message: null});
  }
}
