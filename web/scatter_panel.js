// The scatter plot with the choice of its two statistics and their rank correlation.
import { onWidth } from "./charts.js";
import { h } from "./dom.js";
import { plain } from "./number_text.js";
import { ScatterPlot, pointsOf } from "./scatter_plot.js";
import { rankCorrelation, statisticsOf } from "./sweep_statistics.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./sweep_statistics.js").Statistic} Statistic */
/** @typedef {{x: string, y: string}} Choice keys of statistics */

const withSign = (/** @type {import("./sweep_data.js").Value} */ value) => `${value !== null && value > 0 ? "+" : ""}${plain(value, 2)}`;

export class ScatterPanel {
  /**
   * @param {Sweep} sweep
   * @param {Choice} choice
   * @param {(unit: number) => void} choose
   * @param {() => void} changed another statistic was chosen
   */
  constructor(sweep, choice, choose, changed) {
    this.sweep = sweep;
    this.choice = choice;
    this.choose = choose;
    this.unit = -1;
    this.changed = changed;
    this.statistics = statisticsOf(sweep);
    this.choosers = { x: this.#chooser("x", "Across"), y: this.#chooser("y", "Up") };
    this.place = h("div", { class: "scatter-place", tabindex: 0, role: "group", "aria-label": "Scatter plot: arrows select the unit to the left or right" });
    this.place.addEventListener("keydown", (event) => this.#key(event));
    this.note = h("p", { class: "tab-caption", role: "status" });
    this.element = h("div", { class: "scatter-panel" }, h("div", { class: "tab-row" },
      ...Object.values(this.choosers).map(({ label }) => label)), this.place, this.note);
    this.end = onWidth(this.place, () => this.draw());
  }

  /**
   * @param {"x" | "y"} axis
   * @param {string} word
   */
  #chooser(axis, word) {
    const select = h("select", { class: "tab-select", "aria-label": word, onchange: (/** @type {any} */ event) => { this.choice[axis] = event.target.value; this.draw(); this.changed(); } });
    for (const group of new Set(this.statistics.map((one) => one.group)))
      select.append(h("optgroup", { label: group }, ...this.statistics.filter((one) => one.group === group).map(({ key, name }) => h("option", { value: key }, name))));
    return { select, label: h("label", { class: "tab-row tab-second" }, word, select) };
  }

  /** @param {string} key
   * @returns {Statistic} */
  #statistic(key) {
    return /** @type {Statistic} */ (this.statistics.find((one) => one.key === key) ?? this.statistics[0]);
  }

  /** Another sweep, or a link, may name statistics that this one does not have. */
  #check() {
    const { choice } = this, has = (/** @type {string} */ key) => this.statistics.some((one) => one.key === key);
    if (!has(choice.x)) choice.x = has("gradient") ? "gradient" : "lost";
    if (!has(choice.y)) choice.y = "AP";
  }

  draw() {
    this.#check();
    const width = Math.floor(this.place.clientWidth), [x, y] = [this.#statistic(this.choice.x), this.#statistic(this.choice.y)];
    this.choosers.x.select.value = x.key;
    this.choosers.y.select.value = y.key;
    this.note.textContent = this.#words(x, y);
    if (width <= 0) return;
    this.plot = new ScatterPlot(this.sweep, x, y, width, this.choose);
    this.place.replaceChildren(this.plot.element);
    this.plot.select(this.unit);
  }

  /**
   * @param {Statistic} x
   * @param {Statistic} y
   */
  #words(x, y) {
    const points = pointsOf(this.sweep, x, y);
    const words = `Rank correlation (Spearman) ${withSign(rankCorrelation(points.map((p) => p.x), points.map((p) => p.y)))}, n = ${points.length}; filled: AP significant.`;
    if (![x.key, y.key].includes("gradient")) return words;
    return `${words} Rank correlation of the gradient with |ΔAP|: ${withSign(this.sweep.gradientCorrelation)}.`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || !this.plot) return;
    event.preventDefault();
    this.choose(this.plot.beside(this.unit, step));
  }

  /** @param {number} unit */
  select(unit) {
    this.unit = unit;
    this.plot?.select(unit);
  }
}
