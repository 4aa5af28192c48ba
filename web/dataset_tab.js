// The tab "Data set": chooses a sweep of the server or a file from disk, and shows it.
import { messageOf } from "./api.js";
import { h } from "./dom.js";
import { parseSweep, sweepOf } from "./sweep_data.js";
import { SweepPanels } from "./sweep_panels.js";
import { emptyPanel, icon } from "./tab_dom.js";
import { isDarkTheme, watchTheme } from "./theme_watch.js";

/** @typedef {import("./types.js").Context} TabContext */
/** @typedef {import("./sweep_data.js").Sweep} Sweep */

const MAX_FILE_BYTES = 128 * 2 ** 20;

// Outlives the tab's element: who opens an image from a sweep comes back to the same unit.
const kept = {
  /** @type {string} */ choice: "",
  /** @type {Map<string, Sweep>} */ files: new Map(),
  /** @type {import("./sweep_panels.js").View} */ view: { metric: "AP", layout: "Matrix", unit: -1, images: { isHarmed: true }, errors: { type: "Loc", isOff: false }, scatter: { x: "", y: "" } },
};

class DatasetTab {
  /**
   * @param {HTMLElement} element
   * @param {TabContext} context
   */
  constructor(element, context) {
    this.context = context;
    this.request = 0;
    this.isOver = false;
    this.isLinked = false;
    /** @type {{name: string, sha256: string, command: string, sweeps: string[]}} */
    this.model = { name: "", sha256: "", command: "", sweeps: [] };
    /** @type {import("./types.js").ImageEntry[]} */
    this.images = [];
    /** @type {SweepPanels | null} */
    this.panels = null;
    /** @type {HTMLSelectElement} */
    this.chooser = h("select", { class: "tab-select", "aria-label": "Sweep", onchange: () => this.open(this.chooser.value) });
    this.picker = h("input", { type: "file", accept: ".json,application/json", class: "tab-hidden", tabindex: -1, "aria-label": "A sweep.json", onchange: () => this.openFile() });
    this.message = h("p", { class: "tab-error", role: "alert", hidden: true });
    this.strip = h("div", { class: "tab-end" });
    this.body = h("div", { class: "dataset-body" });
    this.root = h(
      "div", { class: "tab-root dataset-tab" },
      h("div", { class: "tab-bar tab-row" }, this.chooser, this.openButton(), this.picker, this.strip),
      this.message, this.body,
    );
    element.replaceChildren(this.root);
    this.takeLink();
    this.ends = [
      watchTheme(this.root, (isDark) => this.panels?.setTheme(isDark)),
      context.store.on(["sweepView"], () => this.takeLink()),
    ];
  }

  /** The page's state may name another view than is drawn: somebody followed a link. */
  takeLink() {
    const linked = this.context.store.state.sweepView;
    if (this.panels && linked === this.panels.told) return;
    this.isLinked = true;
    if (this.request === 0) kept.choice = linked?.sweep ?? kept.choice;
    else void this.open(linked && this.names().includes(linked.sweep) ? linked.sweep : kept.choice);
  }

  /** What the page's state names of a sweep that is shown now; its unit is none of another sweep's.
   * @param {string} name
   * @param {Sweep} sweep */
  takeView(name, sweep) {
    const { sweepView } = this.context.store.state, { view } = kept;
    view.unit = sweepView?.sweep === name ? sweep.units.findIndex(({ text }) => text === sweepView.unit) : -1;
    if (!this.isLinked) return;
    this.isLinked = false;
    Object.assign(view, { layout: sweepView?.layout ?? "Matrix", metric: sweepView?.metric ?? "AP" });
    if (sweepView?.x || sweepView?.y) view.scatter = { x: sweepView.x, y: sweepView.y };
  }

  /** Of the sweeps there are: those of the server, and files that were opened. */
  names() {
    return [...this.model.sweeps, ...kept.files.keys()];
  }

  openButton() {
    return h("button", { type: "button", class: "tab-button", onclick: () => this.picker.click() }, icon("folder"), "Open sweep");
  }

  async start() {
    const { api } = this.context;
    const [model, images] = await Promise.allSettled([api.json("/api/model"), api.json("/api/images")]);
    if (this.isOver) return;
    if (model.status === "fulfilled") {
      const { models, command, sweeps } = model.value;
      this.model = { name: models?.a?.name ?? "", sha256: models?.a?.sha256 ?? "", command: command ?? "", sweeps: sweeps ?? [] };
    } else {
      this.say(String(model.reason?.message ?? model.reason));
    }
    if (images.status === "fulfilled") this.images = images.value.images ?? [];
    const names = this.names(), first = names.includes(kept.choice) ? kept.choice : names[0];
    this.listSweeps();
    if (first === undefined) this.showEmpty();
    else await this.open(first);
  }

  /** @param {string} text empty: nothing is wrong */
  say(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  listSweeps() {
    const option = (/** @type {string} */ value, /** @type {string} */ text) => h("option", { value }, text);
    this.chooser.replaceChildren(
      ...this.model.sweeps.map((name) => option(name, `sweep: ${name}`)),
      ...[...kept.files.keys()].map((name) => option(name, `file: ${name.slice(FILE.length)}`)),
    );
    this.chooser.hidden = this.chooser.options.length === 0;
    this.chooser.value = kept.choice;
  }

  showEmpty() {
    const model = this.model.command ? `${this.model.command} ` : "--images DIR ";
    const truth = this.model.command.includes("--annotations") ? "" : "--annotations FILE.json ";
    this.body.replaceChildren(emptyPanel(
      "No sweep for this model yet.", `saccade sweep ${model}${truth}--unit dec.cross.head --out sweep`,
      "Then open sweep/sweep.json here, or start the viewer with --sweep sweep.", this.openButton(),
    ));
  }

  /** @param {string} name of a sweep of the server, or key of an opened file */
  async open(name) {
    const request = ++this.request;
    try {
      const sweep = kept.files.get(name) ?? sweepOf(await this.context.api.json(`/api/sweep/${encodeURIComponent(name)}`), name);
      if (!this.isOver && request === this.request) this.show(name, sweep);
    } catch (error) {
      if (this.isOver || request !== this.request) return;
      this.say(messageOf(error));
      this.chooser.value = kept.choice;
      if (!this.panels) this.showEmpty();
    }
  }

  async openFile() {
    const file = this.picker.files?.[0];
    this.picker.value = "";
    if (!file) return;
    const request = ++this.request;
    try {
      if (file.size > MAX_FILE_BYTES) throw new Error(`${file.name}: larger than 128 MB, so not the sweep.json of a sweep`);
      const sweep = parseSweep(await file.text(), file.name);
      if (this.isOver || request !== this.request) return;
      kept.files.set(FILE + file.name, sweep);
      this.show(FILE + file.name, sweep);
    } catch (error) {
      if (!this.isOver) this.say(messageOf(error));
    }
  }

  /**
   * @param {string} name
   * @param {Sweep} sweep
   */
  show(name, sweep) {
    this.takeView(name, sweep);
    kept.choice = name;
    this.say("");
    this.listSweeps();
    this.panels?.end();
    const surroundings = { sha256: this.model.sha256, images: this.images, isDark: isDarkTheme(this.root), api: this.context.api, store: this.context.store };
    this.panels = new SweepPanels(name, sweep, kept.view, surroundings, {
      add: (text) => this.context.state.addIntervention(text),
      open: (image, texts, query) => {
        // What is wrong with a result is seen beside the truth.
        if (query !== undefined) this.context.store.set({ truth: true });
        this.context.openImage(image, texts, query);
      },
    });
    this.strip.replaceChildren(this.panels.strip);
    this.body.replaceChildren(this.panels.left, this.panels.right);
    this.panels.show();
  }

  end() {
    this.isOver = true;
    this.panels?.end();
    for (const end of this.ends) end();
    this.root.remove();
  }
}

// Names of sweeps of the server have no colon.
const FILE = "file:";

/**
 * @param {HTMLElement} element
 * @param {TabContext} context
 */
export function mount(element, context) {
  const tab = new DatasetTab(element, context);
  void tab.start();
  return { unmount: () => tab.end() };
}
