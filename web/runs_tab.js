// The tab "Runs": training runs side by side, their losses and AP over epochs, followed while they grow.
import { onWidth } from "./charts.js";
import { CheckpointPanel } from "./checkpoint_panel.js";
import { h } from "./dom.js";
import { LineChart } from "./line_chart.js";
import { RunFeed } from "./run_feed.js";
import { NUMBERS, runTable } from "./run_list.js";
import { emptyPanel } from "./tab_dom.js";
import { isDarkTheme, watchTheme } from "./theme_watch.js";

/** @typedef {import("./types.js").Context} TabContext */

class RunsTab {
  /**
   * @param {HTMLElement} element
   * @param {TabContext} context
   */
  constructor(element, context) {
    /** @type {number | null} */
    this.epoch = null;
    /** @type {LineChart[]} */
    this.charts = [];
    this.drawn = "";
    this.message = h("p", { class: "tab-error", role: "alert", hidden: true });
    this.list = h("div", { class: "run-list" });
    this.places = NUMBERS.map(({ title }) => this.#place(title));
    this.grid = h("div", { class: "run-charts" }, ...this.places.map(({ section }) => section));
    this.checkpoints = new CheckpointPanel(context, (epoch) => this.setEpoch(epoch));
    this.body = h("div", { class: "runs-body" }, h("p", { class: "tab-caption tab-empty" }, "Reading the runs …"));
    this.root = h("div", { class: "tab-root runs-tab" }, this.message, this.body);
    element.replaceChildren(this.root);
    this.setTheme(isDarkTheme(this.root));
    this.endTheme = watchTheme(this.root, (isDark) => this.setTheme(isDark));
    this.feed = new RunFeed(context.api, () => this.root.clientWidth > 0, () => this.#update());
    this.endWidth = onWidth(this.root, () => {
      this.#drawCharts(true);
      this.feed.hurry();
    });
  }

  /** @param {boolean} isDark */
  setTheme(isDark) {
    this.root.classList.toggle("is-dark", isDark);
  }

  /**
   * A chart's heading and its place; arrows move the crosshair as the pointer does.
   * @param {string} title
   */
  #place(title) {
    const place = h("div", { class: "run-chart", tabindex: 0, role: "group", "aria-label": `${title}: arrows move the crosshair` });
    const chart = () => this.charts[this.places.findIndex((one) => one.place === place)];
    place.addEventListener("pointermove", (event) => this.setEpoch(chart()?.epochAt(event) ?? null));
    place.addEventListener("pointerleave", () => this.setEpoch(null));
    place.addEventListener("blur", () => this.setEpoch(null));
    place.addEventListener("keydown", (event) => this.#key(event));
    return { place, section: h("section", {}, h("h3", {}, title), place) };
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const last = this.#lastEpoch();
    this.setEpoch(Math.min(last, Math.max(0, (this.epoch ?? last) + step)));
  }

  /** @param {number | null} epoch */
  setEpoch(epoch) {
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    for (const chart of this.charts) chart.setCross(epoch);
    this.#drawList();
  }

  #shown() {
    return this.feed.runs.filter((run) => run.isShown);
  }

  #lastEpoch() {
    return Math.max(0, ...this.#shown().map((run) => run.log.last));
  }

  #update() {
    this.message.textContent = this.feed.error;
    this.message.hidden = !this.feed.error;
    if (!this.feed.hasAnswer) return;
    if (!this.feed.runs.length) {
      this.body.replaceChildren(emptyPanel("No training runs to show.", "saccade train --coco_path coco --output_dir runs/first",
        "Then start the viewer with --runs runs: it follows every log.txt in there."));
      return;
    }
    if (this.list.parentElement !== this.body) this.body.replaceChildren(this.list, this.grid, this.checkpoints.element);
    this.#drawList();
    this.#drawCharts(false);
    this.checkpoints.update(this.#shown());
  }

  #drawList() {
    const hadFocus = document.activeElement?.closest("tr")?.dataset.run;
    this.list.replaceChildren(runTable(this.feed.runs, this.epoch, (run) => {
      run.isShown = !run.isShown;
      this.#update();
      this.feed.hurry();
    }));
    if (hadFocus !== undefined)
      [...this.list.querySelectorAll("tr")].find((row) => row.dataset.run === hadFocus)?.querySelector("input")?.focus();
  }

  /** @param {boolean} isForced also when no number has changed */
  #drawCharts(isForced) {
    const runs = this.#shown();
    const state = runs.map((run) => `${run.name} ${run.log.bytes} ${run.log.epochs.length}`).join("\n");
    if (this.grid.parentElement !== this.body || (state === this.drawn && !isForced)) return;
    this.drawn = state;
    this.charts = NUMBERS.map(({ key, title }, i) => {
      const place = /** @type {HTMLElement} */ (this.places[i]?.place);
      const curves = runs.map((run) => ({ name: run.name, look: run.order, points: run.log.points(key) })).filter(({ points }) => points.length);
      const chart = new LineChart(title, curves, Math.max(240, Math.floor(place.clientWidth)), this.#lastEpoch());
      place.replaceChildren(chart.element);
      chart.setCross(this.epoch);
      return chart;
    });
  }

  end() {
    this.feed.end();
    this.checkpoints.end();
    this.endTheme();
    this.endWidth();
    this.root.remove();
  }
}

/**
 * @param {HTMLElement} element
 * @param {TabContext} context
 */
export function mount(element, context) {
  const tab = new RunsTab(element, context);
  return { unmount: () => tab.end() };
}
