// The two columns of an open sweep: the matrix or table with the sorted plot, and the selected unit.
import { onWidth } from "./charts.js";
import { h } from "./dom.js";
import { ErrorPanel } from "./error_panel.js";
import { IntervalPlot } from "./interval_plot.js";
import { counted, grouped, points } from "./number_text.js";
import { METRICS, classMetric } from "./sweep_data.js";
import { imagesPanel, knownImages } from "./sweep_images.js";
import { ScatterPanel } from "./scatter_panel.js";
import { SweepMatrix, matrixLegend } from "./sweep_matrix.js";
import { SweepTable } from "./sweep_table.js";
import { classChanges, headline, metricsTable, tideTable } from "./sweep_unit.js";
import { kindWords, sortedUnits, sweepNotes, unitWord, whyNotOpened } from "./sweep_words.js";
import { copyButton, segments } from "./tab_dom.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/**
 * @typedef {object} View what is chosen; kept while other tabs are shown
 * @property {string} metric
 * @property {string} layout "Matrix", "Scatter" or "Table"
 * @property {number} unit selected, or -1
 * @property {{isHarmed: boolean}} images
 * @property {import("./error_panel.js").Choice} errors
 * @property {import("./scatter_panel.js").Choice} scatter
 */
/**
 * @typedef {object} Actions
 * @property {(text: string) => void} add to the interventions
 * @property {(image: string, texts: string[], query?: number) => void} open
 */

const LAYOUTS = ["Matrix", "Scatter", "Table"];

export class SweepPanels {
  /**
   * @param {string} name of the sweep
   * @param {Sweep} sweep
   * @param {View} view
   * @param {{sha256: string, images: import("./types.js").ImageEntry[], isDark: boolean, api: import("./api.js").Api, store: import("./state.js").Store}} surroundings
   * @param {Actions} actions
   */
  constructor(name, sweep, view, surroundings, actions) {
    this.name = name;
    this.sweep = sweep;
    this.view = view;
    this.surroundings = surroundings;
    this.actions = actions;
    /** @type {import("./types.js").SweepView | null} what the page's state was told */
    this.told = null;
    if (!Object.hasOwn(sweep.baseline.stats, view.metric)) view.metric = "AP";
    if (!LAYOUTS.includes(view.layout)) view.layout = "Matrix";
    if (!sweep.units[view.unit]) view.unit = sortedUnits(sweep, "AP")[0] ?? 0;
    const select = (/** @type {number} */ unit) => this.select(unit);
    this.matrix = new SweepMatrix(sweep, select);
    this.table = new SweepTable(sweep, select);
    this.legend = h("div");
    this.scatter = new ScatterPanel(sweep, view.scatter, select, () => this.#tell());
    this.plotTitle = h("h3");
    this.plotNote = h("span", { class: "tab-caption tab-end" });
    this.plotPlace = h("div", { class: "plot-place" });
    this.strip = h("div", { class: "sweep-strip" });
    this.left = h("div", { class: "sweep-left" });
    this.right = h("div", { class: "sweep-right" });
    this.images = knownImages(surroundings.images);
    this.errors = new ErrorPanel(sweep, view.errors, { ...surroundings, open: actions.open });
    this.#buildLeft();
    this.show();
    const ends = [onWidth(this.plotPlace, (width) => this.#drawPlot(width))];
    this.end = () => [...ends, this.scatter.end, () => this.errors.end()].forEach((end) => end());
  }

  #buildLeft() {
    const { sweep, view } = this;
    const choose = (/** @type {Partial<View>} */ part) => {
      if (part.metric) view.scatter.y = part.metric;
      Object.assign(view, part);
      this.show();
    };
    this.metrics = segments("Metric", METRICS, view.metric, (metric) => choose({ metric }));
    this.layouts = segments("View", LAYOUTS, view.layout, (layout) => choose({ layout }));
    this.left.append(
      h("div", { class: "sweep-head tab-row" }, h("h2", {}, "Effect of switching one unit off"),
        h("div", { class: "tab-row tab-end" }, this.#classChooser(choose), this.layouts)),
      h("div", { class: "sweep-head tab-row" }, h("span", { class: "tab-second" }, kindWords(sweep)),
        h("div", { class: "tab-end" }, this.metrics)),
      ...sweepNotes(sweep, this.surroundings.sha256).map((note) => h("p", { class: "sweep-note" }, note)),
      h("div", { class: "sweep-block" }, this.matrix.element, this.table.element, this.scatter.element, this.legend),
      h("section", { class: "sweep-block sweep-plot" }, h("div", { class: "tab-row" }, this.plotTitle, this.plotNote), this.plotPlace),
    );
  }

  /** @param {(part: Partial<View>) => void} choose */
  #classChooser(choose) {
    const option = (/** @type {string} */ value, /** @type {string} */ text) => h("option", { value }, text);
    const names = Object.keys(this.sweep.baseline.perClass);
    this.classes = h(
      "select", { class: "tab-select", "aria-label": "Class", onchange: (/** @type {any} */ event) => choose({ metric: event.target.value }) },
      option("AP", "All classes"), ...names.map((name) => option(classMetric(name), name)),
    );
    return this.classes;
  }

  /** Draws what depends on metric, layout and theme. */
  show() {
    const { sweep, view } = this;
    for (const button of [...(this.metrics?.children ?? []), ...(this.layouts?.children ?? [])])
      button.setAttribute("aria-pressed", String([view.metric, view.layout].includes(button.textContent ?? "")));
    if (this.classes) this.classes.value = METRICS.includes(view.metric) ? "AP" : view.metric;
    this.matrix.show(view.metric, this.surroundings.isDark);
    this.matrix.element.hidden = view.layout !== "Matrix";
    this.legend.hidden = view.layout !== "Matrix";
    this.table.element.hidden = view.layout !== "Table";
    this.scatter.element.hidden = view.layout !== "Scatter";
    this.legend.replaceChildren(matrixLegend(sweep, view.metric, this.surroundings.isDark));
    this.strip.replaceChildren(...baselineWords(sweep, view.metric));
    const hasIntervals = sweep.units.some((unit) => (unit.intervals[view.metric]?.low ?? null) !== null);
    this.plotTitle.textContent = `All ${sweep.units.length} ${unitWord(sweep)}, sorted${hasIntervals ? ", with 95 % intervals" : ""}`;
    const filled = view.metric === "AP" ? "filled: significant" : "filled: AP significant";
    this.plotNote.textContent = `Δ${view.metric} × 100; ${filled}${hasIntervals ? "" : "; the sweep has no intervals of it"}`;
    this.#drawPlot(this.plotPlace.clientWidth);
    this.scatter.draw();
    this.select(view.unit);
  }

  /** Tells the page's state what is shown: its address names it. */
  #tell() {
    const { layout, metric, unit, scatter } = this.view, { x, y } = layout === "Scatter" ? scatter : { x: "", y: "" };
    this.told = { sweep: this.name, layout, metric, unit: this.sweep.units[unit]?.text ?? "", x, y };
    this.surroundings.store.set({ sweepView: this.told });
  }

  /** @param {number} width */
  #drawPlot(width) {
    if (width <= 0) return;
    this.plot = new IntervalPlot(this.sweep, this.view.metric, width, (unit) => this.select(unit));
    this.plotPlace.replaceChildren(this.plot.element);
    this.plot.select(this.view.unit);
  }

  /** @param {number} index */
  select(index) {
    const unit = this.sweep.units[index];
    if (!unit) return;
    this.view.unit = index;
    this.#tell();
    this.matrix.select(index);
    this.table.select(index);
    this.plot?.select(index);
    this.scatter.select(index);
    const ofClass = Object.keys(this.sweep.baseline.perClass).find((name) => classMetric(name) === this.view.metric) ?? "";
    const why = whyNotOpened([unit.text]);
    const add = h("button", { type: "button", class: "tab-button", disabled: Boolean(why), onclick: () => this.actions.add(unit.text) }, "Add to interventions");
    this.right.replaceChildren(
      h("div", { class: "unit-head tab-row" }, h("code", { class: "unit-text" }, unit.text),
        copyButton("Copy", () => unit.text, true), why ? h("span", { class: "tab-caption" }, why) : null, h("div", { class: "tab-end" }, add)),
      h("div", { class: "unit-numbers" },
        h("div", {}, headline(this.sweep, unit), metricsTable(this.sweep, unit)),
        h("div", {}, h("h3", {}, `Errors by TIDE type${ofClass ? ", all classes" : ""}`), tideTable(this.sweep, unit, (type) => this.#chooseError(type)))),
      h("section", { class: "unit-block" }, h("div", { class: "tab-row" }, h("h3", {}, "ΔAP per class"),
        h("span", { class: "tab-caption tab-end" }, "no intervals of classes in the sweep")), classChanges(this.sweep, unit, ofClass)),
      imagesPanel(this.sweep, unit, this.images, this.view.images, (name) => this.actions.open(name, [...this.sweep.interventions, unit.text])),
      this.errors.element,
    );
    this.errors.show(unit, ofClass);
  }

  /** @param {string} type */
  #chooseError(type) {
    this.errors.choose(type);
    this.errors.element.scrollIntoView({ block: "start" });
  }

  /** @param {boolean} isDark */
  setTheme(isDark) {
    this.surroundings.isDark = isDark;
    this.show();
  }
}

/**
 * @param {Sweep} sweep
 * @param {string} metric
 */
function baselineWords(sweep, metric) {
  return [
    h("span", {}, `Baseline ${metric} `, h("b", {}, points(sweep.baseline.stats[metric] ?? null))),
    h("span", {}, counted(sweep.images, "image")), h("span", {}, sweep.set),
    h("span", {}, `${grouped(sweep.resamples)} bootstrap samples`), h("span", {}, `seed ${sweep.seed}`),
  ];
}
