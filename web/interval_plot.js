// All units sorted by their change, each with its interval where the file has one.
import { chartSvg, digitsOf, gridLines, linear, niceStep, ticksBy } from "./charts.js";
import { svg } from "./dom.js";
import { changeTick, dotMark, dotsOf, extent } from "./plot_dots.js";
import { placeIn } from "./scale.js";
import { unitWord } from "./sweep_words.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./plot_dots.js").Dot} Dot */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Box */

const HEIGHT = 224;
const MARGIN = { top: 8, right: 8, bottom: 40, left: 40 };
const LABELLED = 3;
const GAP = 9;  // from a dot to its name; clears the ring of the selected unit

export class IntervalPlot {
  /**
   * @param {Sweep} sweep
   * @param {string} metric
   * @param {number} width
   * @param {(unit: number) => void} choose
   */
  constructor(sweep, metric, width, choose) {
    const frame = { width, height: HEIGHT, margin: MARGIN };
    this.dots = dotsOf(sweep, metric);
    const { low, high } = extent(this.dots);
    this.step = (width - MARGIN.left - MARGIN.right) / Math.max(1, this.dots.length);
    this.x = linear(-0.5, this.dots.length - 0.5, MARGIN.left, width - MARGIN.right);
    this.y = linear(low, high, HEIGHT - MARGIN.bottom, MARGIN.top);
    this.width = width;
    this.choose = choose;
    this.marks = svg("g");
    this.labels = svg("g", { "aria-hidden": "true" });
    this.ring = svg("rect", { class: "plot-ring", rx: 4, visibility: "hidden" });
    this.element = chartSvg(frame, `All ${sweep.units.length} ${unitWord(sweep)} sorted by change of ${metric}; the table lists them`);
    this.#fill(frame, low, high);
  }

  /**
   * @param {import("./charts.js").Frame} frame
   * @param {number} low
   * @param {number} high
   */
  #fill(frame, low, high) {
    const step = niceStep(low, high, 5);
    const radius = Math.min(4, Math.max(1, this.step / 2 - 0.5));
    this.element.append(gridLines(frame, this.y, ticksBy(low, high, step), (tick) => changeTick(tick, digitsOf(step))));
    for (const [at, dot] of this.dots.entries()) this.marks.append(dotMark(dot, this.x(at), this.y, radius));
    this.element.append(this.ring, this.marks, this.labels);
    this.element.addEventListener("click", (event) => {
      const at = Math.floor((placeIn(this.element, event).x - MARGIN.left) / this.step);
      const dot = this.dots[Math.min(this.dots.length - 1, Math.max(0, at))];
      if (dot) this.choose(dot.unit);
    });
  }

  /** @param {number} unit */
  select(unit) {
    const at = this.dots.findIndex((dot) => dot.unit === unit);
    const dot = this.dots[at];
    this.ring.setAttribute("visibility", dot ? "visible" : "hidden");
    if (dot) {
      const half = Math.min(7, Math.max(4, this.step / 2 + 1));
      const [top, bottom] = [Math.min(this.y(dot.high), this.y(dot.value) - 6) - 4, Math.max(this.y(dot.low), this.y(dot.value) + 6) + 4];
      for (const [name, value] of Object.entries({ x: this.x(at) - half, y: top, width: 2 * half, height: bottom - top }))
        this.ring.setAttribute(name, String(value));
    }
    this.#label(at);
  }

  /**
   * Names the selected unit and the largest significant ones, under all intervals that the text would cross.
   * @param {number} selected place in the order, or -1
   */
  #label(selected) {
    const significant = this.dots.map((dot, at) => ({ dot, at })).filter(({ dot }) => dot.isSignificant);
    significant.sort((a, b) => Math.abs(b.dot.value) - Math.abs(a.dot.value));
    const wanted = new Set([...(selected >= 0 ? [selected] : []), ...significant.slice(0, LABELLED).map(({ at }) => at)]);
    /** @type {Box[]} */
    const taken = [];
    this.labels.replaceChildren();
    for (const at of wanted) {
      const boxes = this.#place(at, taken);
      if (!boxes) continue;
      taken.push(...boxes);
      this.labels.append(...this.#labelOf(at, boxes[0], at === selected));
    }
  }

  /**
   * The boxes of a label and of the line that leads to it; null: there is no free place.
   * @param {number} at
   * @param {Box[]} taken
   * @returns {[Box, Box] | null}
   */
  #place(at, taken) {
    const length = 7 * (this.dots[at]?.name.length ?? 0);
    const x = this.x(at);
    const [left, right] = x + length + GAP < this.width ? [x + GAP, x + GAP + length] : [x - GAP - length, x - GAP];
    const low = this.y(this.dots[at]?.low ?? 0);
    const under = this.dots.filter((_, i) => this.x(i) >= left - this.step && this.x(i) <= right);
    for (let top = Math.min(HEIGHT - 16, Math.max(low - 4, ...under.map((dot) => this.y(dot.low) + 4))); top <= HEIGHT - 16; top += 4) {
      const label = { left, right, top, bottom: top + 16 };
      const leader = { left: x - 2, right: x + 2, top: low, bottom: Math.max(low, top + 8) };
      if (!taken.some((one) => overlap(one, label) || overlap(one, leader))) return [label, leader];
    }
    return null;
  }

  /**
   * @param {number} at
   * @param {Box} place
   * @param {boolean} isSelected
   */
  #labelOf(at, place, isSelected) {
    const dot = /** @type {Dot} */ (this.dots[at]);
    const x = this.x(at);
    const isAfter = place.left >= x;
    return [
      svg("line", { class: "plot-leader", x1: x, x2: x, y1: this.y(dot.low) + (isSelected ? 4 : 0), y2: Math.max(this.y(dot.low), place.top + 8) }),
      svg("text", {
        class: isSelected ? "chart-label is-selected" : "chart-label", x: isAfter ? place.left : place.right, y: place.top + 12,
        "text-anchor": isAfter ? "start" : "end",
      }, dot.name),
    ];
  }
}

/**
 * @param {Box} a
 * @param {Box} b
 */
function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
