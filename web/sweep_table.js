// The units of a sweep as a table that any column sorts.
import { h } from "./dom.js";
import { change, interval, probability, tone } from "./number_text.js";
import { METRICS, isShown } from "./sweep_data.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./sweep_data.js").Unit} Unit */

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {(unit: Unit, index: number) => number | null} value to sort by
 * @property {(unit: Unit) => string} text
 * @property {(unit: Unit) => string} [tone]
 */

/**
 * @param {string} metric
 * @returns {Column}
 */
const changeOf = (metric) => ({
  name: `Δ${metric}`,
  value: (unit) => unit.change[metric] ?? null,
  text: (unit) => change(unit.change[metric] ?? null),
  tone: (unit) => (isShown(unit, metric) ? tone(unit.change[metric] ?? null) : ""),
});

/**
 * The interval of AP, sorted by its lower end.
 * @type {Column}
 */
const INTERVAL = {
  name: "95 %",
  value: (unit) => unit.intervals.AP?.low ?? null,
  text: (unit) => interval(unit.intervals.AP?.low ?? null, unit.intervals.AP?.high ?? null),
  tone: () => "tab-caption",
};

// Narrow pages show the first eight.
/** @type {Column[]} */
const COLUMNS = [
  { name: "Unit", value: (_, index) => index, text: (unit) => unit.name },
  changeOf("AP"),
  INTERVAL,
  { name: "q", value: (unit) => unit.q, text: (unit) => probability(unit.q) },
  ...METRICS.filter((metric) => metric !== "AP").map(changeOf),
  { name: "lost", value: (unit) => unit.detections.lost, text: (unit) => String(unit.detections.lost) },
  { name: "gained", value: (unit) => unit.detections.gained, text: (unit) => String(unit.detections.gained) },
];

export class SweepTable {
  /**
   * @param {Sweep} sweep
   * @param {(unit: number) => void} choose
   */
  constructor(sweep, choose) {
    this.sweep = sweep;
    this.choose = choose;
    this.sorted = { column: 1, isFalling: false };
    this.selected = -1;
    this.body = h("tbody");
    this.head = h("tr");
    this.element = h(
      "div", { class: "sweep-table", tabindex: 0, role: "region", "aria-label": "All units as a table" },
      h("table", { class: "tab-table" }, h("thead", {}, this.head), this.body),
    );
    this.#build();
  }

  #build() {
    this.head.replaceChildren(...COLUMNS.map((column, i) => {
      const isSorted = this.sorted.column === i;
      const arrow = !isSorted ? "" : this.sorted.isFalling ? " ↓" : " ↑";
      const button = h("button", { type: "button", onclick: () => this.#sort(i) }, column.name + arrow);
      return h("th", { scope: "col", "aria-sort": !isSorted ? "none" : this.sorted.isFalling ? "descending" : "ascending" }, button);
    }));
    this.body.replaceChildren(...this.#order().map((i) => this.#row(i)));
    this.select(this.selected);
  }

  #order() {
    const { column, isFalling } = this.sorted;
    const sign = isFalling ? -1 : 1;
    const value = (/** @type {number} */ i) => COLUMNS[column]?.value(/** @type {Unit} */ (this.sweep.units[i]), i) ?? null;
    return this.sweep.units.map((_, i) => i).sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
      return sign * (x - y) || a - b;
    });
  }

  /** @param {number} column */
  #sort(column) {
    this.sorted = { column, isFalling: this.sorted.column === column && !this.sorted.isFalling };
    this.#build();
    this.head.querySelectorAll("button")[column]?.focus();
  }

  /** @param {number} i */
  #row(i) {
    const unit = /** @type {Unit} */ (this.sweep.units[i]);
    const row = h("tr", { "data-unit": i, onclick: () => this.choose(i) });
    for (const [at, column] of COLUMNS.entries()) {
      if (at === 0) row.append(h("th", { scope: "row" }, h("button", { type: "button" }, column.text(unit))));
      else row.append(h("td", { class: column.tone?.(unit) ?? "" }, column.text(unit)));
    }
    return row;
  }

  /** @param {number} unit */
  select(unit) {
    this.selected = unit;
    for (const row of this.body.rows) row.setAttribute("aria-selected", String(row.dataset.unit === String(unit)));
  }
}
