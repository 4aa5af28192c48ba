// Under the charts: the image of the tab Image as the weights of an epoch see it, and the pinned object there.
import { ApiError, messageOf } from "./api.js";
import { CheckpointObject } from "./checkpoint_object.js";
import { CheckpointStage } from "./checkpoint_stage.js";
import { h } from "./dom.js";
import { EpochSlider } from "./epoch_slider.js";
import { plain } from "./number_text.js";

/** @typedef {import("./run_feed.js").Run} Run */
/** @typedef {{result: import("./run_result.js").RunResult, epoch: number}} Shown */

export class CheckpointPanel {
  /**
   * @param {import("./types.js").Context} context
   * @param {(epoch: number) => void} chosen
   */
  constructor({ api, store }, chosen) {
    this.api = api;
    this.store = store;
    this.chosen = chosen;
    this.told = store.state.checkpoint;
    /** @type {Run | undefined} */
    this.run = undefined;
    this.names = "";
    this.listed = "";
    /** @type {Shown | null} */
    this.shown = null;
    this.isStale = false;
    this.isSeen = false;
    this.asking = new AbortController();
    this.stage = new CheckpointStage(store);
    this.object = new CheckpointObject();
    this.slider = new EpochSlider(() => { this.chosen(this.slider.epoch); this.#tell(); return this.#ask(); });
    this.chooser = h("select", { class: "tab-select", "aria-label": "Run", onchange: (/** @type {any} */ event) => this.#pick(event.target.value) });
    /** @type {Run[]} */
    this.runs = [];
    this.message = h("p", { class: "tab-second", role: "status", hidden: true });
    this.body = h("div", { class: "checkpoint-body", hidden: true }, this.stage.column, this.object.element);
    this.element = h("section", { class: "run-checkpoints", hidden: true, "aria-label": "Checkpoints" },
      h("div", { class: "tab-row" }, h("h3", {}, "Checkpoints"), this.chooser, this.slider.element), this.message, this.body);
    this.#follow();
  }

  /** Only what somebody sees is asked for: a checkpoint takes its time to load. */
  #follow() {
    const observer = new IntersectionObserver((entries) => {
      this.isSeen = entries.at(-1)?.isIntersecting ?? false;
      if (this.isSeen && this.isStale) void this.#ask();
    });
    observer.observe(this.element);
    this.ends = [
      () => observer.disconnect(), this.store.on(["image"], () => void this.#ask()), this.store.on(["checkpoint"], () => this.#goTo()),
      this.store.on(["photo", "truths", "truth", "pinned", "threshold", "history", "colour", "size"], () => this.#draw()),
    ];
  }

  /** @param {Run[]} runs those that are shown; called after every look at the server */
  update(runs) {
    this.runs = runs;
    this.element.hidden = !runs.length;
    const names = runs.map(({ name }) => name).join("\n");
    if (names !== this.names) this.chooser.replaceChildren(...runs.map(({ name }) => h("option", { value: name }, name)));
    this.names = names;
    const run = runs.find(({ name }) => name === this.run?.name);
    if (!run) return void this.#choose(this.#wanted().run);
    this.run = run;
    this.chooser.value = run.name;
    // A log that has grown may have brought another checkpoint.
    if (this.listed !== this.#state()) void this.#list();
  }

  /** What the page's state names: the run, else the first; its epoch, if it is one of that run. */
  #wanted() {
    const [, name, epoch] = /^(.+)@(\d+)$/.exec(this.store.state.checkpoint) ?? [], run = this.runs.find((one) => one.name === name);
    return { run: run ?? this.runs[0], epoch: run && Number(epoch) };
  }

  /** Tells the page's state what is shown; the newest of the first run has no name. */
  #tell() {
    const { run, slider: { epoch, epochs } } = this;
    if (!run || epoch < 0) return;
    const isUsual = run.name === this.runs[0]?.name && epoch === epochs.at(-1);
    this.told = isUsual ? "" : `${run.name}@${epoch}`;
    this.store.set({ checkpoint: this.told });
  }

  /** The page's state may name another checkpoint than was told: somebody followed a link. */
  #goTo() {
    const { run, epoch = this.slider.epochs.at(-1) } = this.#wanted();
    if (!run || !this.run || this.store.state.checkpoint === this.told) return;
    this.slider.stop();
    if (run.name !== this.run.name) return this.#choose(run);
    if (this.slider.epochs.length && this.slider.set(this.slider.epochs, epoch)) void this.#ask();
    this.#tell();
  }

  #state() {
    return `${this.run?.name} ${this.run?.log.last}`;
  }

  /** What somebody chooses wins over what the page's state names, also where its listeners have not been told of that yet.
   * @param {string} chosen */
  #pick(chosen) {
    this.told = this.store.state.checkpoint;
    this.#choose(this.runs.find(({ name }) => name === chosen));
  }

  /** @param {Run | undefined} run */
  #choose(run) {
    this.asking.abort();  // what the run before still answers is nobody's wish now
    this.slider.stop();
    this.slider.set([]);
    this.run = run;
    this.shown = null;
    this.body.hidden = this.slider.element.hidden = true;
    if (!run) return;
    this.chooser.value = run.name;
    void this.#list();
  }

  async #list() {
    const state = (this.listed = this.#state()), name = this.run?.name ?? "";
    try {
      const { epochs } = await this.api.json(`/api/run/${encodeURIComponent(name)}/checkpoints`);
      if (state !== this.listed) return;
      this.body.hidden = this.slider.element.hidden = !epochs.length;
      this.say(epochs.length ? "" : `The folder of ${name} has no checkpointNNNN.pth.`);
      const wanted = this.#wanted(), isOther = this.slider.set(epochs, wanted.run?.name === name ? wanted.epoch : undefined);
      this.#tell();
      if (isOther) await this.#ask();
    } catch (error) {
      if (state === this.listed) this.#refused(error);
    }
  }

  /** Runs the image through the weights of the epoch; the newest wish wins.
   * @returns {Promise<boolean>} whether they are shown now */
  async #ask() {
    const image = this.store.state.image, epoch = this.slider.epoch;
    this.asking.abort();
    this.isStale = !this.isSeen;
    if (!image || epoch < 0 || this.isStale) return false;
    const { signal } = (this.asking = new AbortController());
    const late = setTimeout(() => this.say(`Epoch ${epoch} is loaded and run on ${image.name} …`), 200);
    try {
      const model = `${this.run?.name}@${epoch}`;
      const result = await this.api.intervene(image.id, { model, interventions: [], viewer: `${this.api.viewer}r` }, signal);
      if (signal.aborted) return false;
      this.shown = { result, epoch };
      this.say("");
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && error.isSuperseded)) return false;
      this.shown = null;
      this.#refused(error);
    } finally {
      clearTimeout(late);
    }
    this.#draw();
    return this.shown !== null;
  }

  #draw() {
    const { run, store } = this, s = store.state;
    if (!run || this.slider.epoch < 0) return;
    const shown = this.shown?.result.image.id === s.image?.id ? this.shown : null;
    const query = this.object.show(s, shown?.result ?? null, { name: run.name, look: run.order, epoch: shown?.epoch ?? this.slider.epoch, last: Math.max(run.log.last, ...this.slider.epochs) });
    this.stage.show(shown?.result ?? null, query, shown ? this.#words(run, shown) : "");
  }

  /**
   * @param {Run} run
   * @param {Shown} shown
   */
  #words(run, { result, epoch }) {
    const hash = result.of ? `, weights ${result.of.sha256.slice(0, 8)}` : "";
    return `Run ${run.name}, epoch ${epoch}${hash}: boxes after the last decoder layer with a score above ${plain(this.store.state.threshold, 2)}, nothing switched.`;
  }

  /** @param {unknown} error */
  #refused(error) {
    this.say(messageOf(error), true);
  }

  /**
   * @param {string} text empty: nothing is to be said
   * @param {boolean} [isWrong]
   */
  say(text, isWrong = false) {
    this.message.textContent = text;
    this.message.hidden = !text;
    this.message.className = isWrong ? "tab-lost" : "tab-second";
  }

  end() {
    this.#choose(undefined);
    this.asking.abort();
    for (const end of this.ends ?? []) end();
  }
}
