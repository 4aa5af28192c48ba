// The matrix of a sweep: a cell for each unit, coloured by its change, hatched where that is not significant.
import { divergingColor } from "./diverging_color.js";
import { h } from "./dom.js";
import { change, probability } from "./number_text.js";
import { columnName, rowOrder } from "./sweep_words.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */

/**
 * The ends of the colours, the same on both sides of 0.
 * @param {Sweep} sweep
 * @param {string} metric
 */
function colorRange(sweep, metric) {
  return Math.max(0, ...sweep.units.map((unit) => Math.abs(unit.change[metric] ?? 0)));
}

export class SweepMatrix {
  /**
   * @param {Sweep} sweep
   * @param {(unit: number) => void} choose
   */
  constructor(sweep, choose) {
    this.sweep = sweep;
    this.choose = choose;
    this.order = rowOrder(sweep);
    /** @type {Map<number, HTMLElement>} cell of each unit */
    this.cells = new Map();
    this.element = h("div", {
      class: `sweep-matrix${sweep.rows.length > 8 ? " is-dense" : ""}${sweep.columns.length > 8 ? " is-narrow" : ""}`,
      role: "grid", "aria-label": "Change of each unit", onkeydown: (/** @type {KeyboardEvent} */ event) => this.#move(event),
    });
    this.element.style.setProperty("--columns", String(sweep.columns.length));
    this.element.style.setProperty("--label", `${Math.max(4, ...sweep.rows.map((row) => row.length)) + 2}ch`);
    this.#build();
  }

  #build() {
    const head = h("div", { role: "row", class: "sweep-row" }, h("span", { role: "columnheader", "aria-label": "Row" }));
    for (let column = 0; column < this.sweep.columns.length; ++column)
      head.append(h("span", { role: "columnheader", class: "sweep-column" }, columnName(this.sweep, column)));
    this.element.append(head);
    const at = new Map(this.sweep.units.map((unit, i) => [`${unit.row},${unit.column}`, i]));
    for (const row of this.order) {
      const line = h("div", { role: "row", class: "sweep-row" }, h("span", { role: "rowheader" }, this.sweep.rows[row] ?? ""));
      for (let column = 0; column < this.sweep.columns.length; ++column) line.append(this.#cell(at.get(`${row},${column}`)));
      this.element.append(line);
    }
  }

  /** @param {number | undefined} unit undefined: this place was not measured */
  #cell(unit) {
    if (unit === undefined) return h("span", { role: "gridcell", class: "sweep-cell is-empty", "aria-label": "not measured" });
    const cell = h("span", { role: "gridcell", class: "sweep-cell", tabindex: -1, onclick: () => this.choose(unit) });
    this.cells.set(unit, cell);
    return cell;
  }

  /**
   * @param {string} metric
   * @param {boolean} isDark
   */
  show(metric, isDark) {
    const range = colorRange(this.sweep, metric);
    for (const [i, cell] of this.cells) {
      const unit = this.sweep.units[i];
      const value = unit?.change[metric] ?? null;
      const color = divergingColor(range > 0 ? (value ?? 0) / range : 0, isDark);
      cell.style.backgroundColor = value === null ? "transparent" : color.fill;
      cell.style.color = value === null ? "inherit" : color.text;
      cell.textContent = change(value);
      cell.classList.toggle("is-hatched", !unit?.isSignificant);
      const doubt = unit?.isSignificant ? "significant" : "not significant";
      cell.setAttribute("aria-label", `${unit?.name}, change of ${metric} ${change(value)}, AP ${doubt}`);
      cell.title = `${unit?.name}: Δ${metric} × 100 ${change(value)}; change of AP ${doubt}, q = ${probability(unit?.q ?? null)}`;
    }
  }

  /** @param {number} unit */
  select(unit) {
    for (const [i, cell] of this.cells) {
      cell.setAttribute("aria-selected", String(i === unit));
      cell.tabIndex = i === unit ? 0 : -1;
    }
  }

  /** @param {number} unit */
  focus(unit) {
    this.cells.get(unit)?.focus();
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const unit = [...this.cells].find(([, cell]) => cell === event.target)?.[0];
    const from = unit === undefined ? undefined : this.sweep.units[unit];
    if (!from || event.altKey || event.metaKey) return;
    const next = this.#neighbour(event, this.order.indexOf(from.row), from.column);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(next);
    this.focus(next);
  }

  /**
   * The unit that a key goes to; places that were not measured are passed over.
   * @param {KeyboardEvent} event
   * @param {number} row from the top
   * @param {number} column
   */
  #neighbour(event, row, column) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, 1], End: [0, -1] }[event.key];
    if (!step) return undefined;
    if (event.key === "Home") column = -1;
    if (event.key === "End") column = this.sweep.columns.length;
    for (;;) {
      row += Number(step[0]);
      column += Number(step[1]);
      if (row < 0 || column < 0 || row >= this.order.length || column >= this.sweep.columns.length) return undefined;
      const found = this.sweep.units.findIndex((unit) => unit.row === this.order[row] && unit.column === column);
      if (found >= 0) return found;
    }
  }
}

/**
 * What the colours and the hatching mean.
 * @param {Sweep} sweep
 * @param {string} metric
 * @param {boolean} isDark
 */
export function matrixLegend(sweep, metric, isDark) {
  const end = (100 * colorRange(sweep, metric)).toFixed(1);
  const bar = h("span", { class: "sweep-bar", "aria-hidden": "true" });
  const stops = [-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1].map((share) => divergingColor(share, isDark).fill);
  bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
  return h(
    "div", { class: "sweep-legend" },
    h("span", {}, `Δ${metric} × 100`), h("span", {}, `\u2212${end}`), bar, h("span", {}, `+${end}`),
    h("span", { class: "sweep-hatching", title: "Not significant (Benjamini-Hochberg, q = 0.05)" },
      h("span", { class: "sweep-swatch is-hatched", "aria-hidden": "true" }),
      metric === "AP" ? "not significant (Benjamini-Hochberg, q = 0.05)" : "change of AP not significant (q = 0.05)"),
  );
}
