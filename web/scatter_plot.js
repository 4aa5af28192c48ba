// Two statistics of a sweep's units against each other.
import { chartSvg, digitsOf, gridLines, linear, niceStep, ticksBy } from "./charts.js";
import { svg } from "./dom.js";
import { plain } from "./number_text.js";
import { changeTick, markTone } from "./plot_dots.js";
import { placeIn } from "./scale.js";
import { unitWord } from "./sweep_words.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./sweep_data.js").Unit} Unit */
/** @typedef {import("./sweep_statistics.js").Statistic} Statistic */
/** @typedef {{unit: number, x: number, y: number}} Point in the statistics' units */

const HEIGHT = 344;
const MARGIN = { top: 24, right: 16, bottom: 40, left: 48 };
const RADIUS = 4;
const REACH = 24;

/**
 * The units that have both.
 * @param {Sweep} sweep
 * @param {Statistic} x
 * @param {Statistic} y
 * @returns {Point[]} from left to right
 */
export function pointsOf(sweep, x, y) {
  const points = sweep.units.flatMap((unit, i) => {
    const [across, up] = [x.value(unit), y.value(unit)];
    return across === null || up === null ? [] : [{ unit: i, x: across, y: up }];
  });
  return points.sort((a, b) => a.x - b.x || a.y - b.y);
}

/**
 * Round steps over the values and 0.
 * @param {number[]} values
 * @param {number} count of steps
 */
function axis(values, count) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const step = niceStep(low, high, count);
  return { low, high: high > low ? high : step, step };
}

/**
 * @param {Statistic} statistic
 * @param {number} step
 */
const tickText = ({ isSigned }, step) => (/** @type {number} */ tick) => (isSigned ? changeTick(tick, digitsOf(step)) : plain(tick, digitsOf(step)));

export class ScatterPlot {
  /**
   * @param {Sweep} sweep
   * @param {Statistic} x
   * @param {Statistic} y
   * @param {number} width
   * @param {(unit: number) => void} choose
   */
  constructor(sweep, x, y, width, choose) {
    const points = pointsOf(sweep, x, y), frame = { width, height: HEIGHT, margin: MARGIN };
    this.sweep = sweep;
    this.statistics = { x, y };
    this.frame = frame;
    this.axes = { x: axis(points.map((p) => p.x), 6), y: axis(points.map((p) => p.y), 5) };
    const across = linear(this.axes.x.low, this.axes.x.high, MARGIN.left + RADIUS, width - MARGIN.right - RADIUS);
    this.up = linear(this.axes.y.low, this.axes.y.high, HEIGHT - MARGIN.bottom - RADIUS, MARGIN.top + RADIUS);
    this.across = across;
    this.places = points.map((point) => ({ ...point, left: across(point.x), top: this.up(point.y) }));
    this.chosen = svg("g", { "aria-hidden": "true" });
    this.hovered = svg("g", { "aria-hidden": "true" });
    this.element = chartSvg(frame, `${y.name} against ${x.name} of ${points.length} ${unitWord(sweep)}`);
    this.#fill();
    this.element.addEventListener("click", (event) => { const place = this.#nearest(event); if (place) choose(place.unit); });
    this.element.addEventListener("pointermove", (event) => this.#label(this.hovered, this.#nearest(event), false));
    this.element.addEventListener("pointerleave", () => this.#label(this.hovered, null, false));
  }

  #fill() {
    const { x, y } = this.statistics, { axes, frame } = this, bottom = HEIGHT - MARGIN.bottom;
    this.element.append(
      gridLines(frame, this.up, ticksBy(axes.y.low, axes.y.high, axes.y.step), tickText(y, axes.y.step)),
      ...ticksBy(axes.x.low, axes.x.high, axes.x.step).flatMap((tick) => [
        svg("line", { class: tick === 0 ? "chart-zero" : "chart-grid", x1: this.across(tick), x2: this.across(tick), y1: MARGIN.top, y2: bottom }),
        svg("text", { class: "chart-text", x: this.across(tick), y: bottom + 16, "text-anchor": "middle" }, tickText(x, axes.x.step)(tick)),
      ]),
      svg("text", { class: "chart-text", x: frame.width - MARGIN.right, y: HEIGHT - 6, "text-anchor": "end" }, `${x.name} →`),
      svg("text", { class: "chart-text", x: 0, y: 12 }, `↑ ${y.name}`),
      ...this.places.map((place) => this.#mark(place)), this.chosen, this.hovered,
    );
  }

  /** @param {{unit: number, left: number, top: number}} place */
  #mark({ unit, left, top }) {
    const { isSignificant, change } = this.#unit(unit);
    return svg("g", { class: `plot-mark ${markTone(isSignificant, change.AP ?? 0)}`, "data-unit": unit }, svg("circle", { cx: left, cy: top, r: RADIUS }));
  }

  /** @param {number} unit */
  #unit(unit) {
    return /** @type {Unit} */ (this.sweep.units[unit]);
  }

  /** @param {MouseEvent} event */
  #nearest(event) {
    const at = placeIn(this.element, event);
    const far = (/** @type {{left: number, top: number}} */ place) => Math.hypot(place.left - at.x, place.top - at.y);
    const nearest = this.places.reduce((a, b) => (far(b) < far(a) ? b : a), /** @type {any} */ (this.places[0]));
    return nearest && far(nearest) < REACH ? nearest : null;
  }

  /**
   * A ring around a unit, its name and both numbers.
   * @param {SVGElement} group
   * @param {{unit: number, x: number, y: number, left: number, top: number} | null | undefined} place
   * @param {boolean} isSelected
   */
  #label(group, place, isSelected) {
    group.replaceChildren();
    if (!isSelected) this.chosen.lastElementChild?.setAttribute("visibility", place ? "hidden" : "visible");
    if (!place) return;
    const { x, y } = this.statistics, isLeft = place.left > this.frame.width * 0.6;
    const words = `${this.#unit(place.unit).name}: ${x.text(place.x)}, ${y.text(place.y)}`;
    group.append(
      svg("circle", { class: "plot-ring", cx: place.left, cy: place.top, r: RADIUS + 4 }),
      svg("text", { class: isSelected ? "chart-label is-selected" : "chart-label", x: place.left + (isLeft ? -13 : 13), y: place.top + 4, "text-anchor": isLeft ? "end" : "start" }, words),
    );
  }

  /** @param {number} unit */
  select(unit) {
    this.#label(this.chosen, this.places.find((place) => place.unit === unit), true);
  }

  /**
   * The unit to the left or right of another.
   * @param {number} unit
   * @param {number} step
   */
  beside(unit, step) {
    const at = this.places.findIndex((place) => place.unit === unit);
    return this.places[Math.min(this.places.length - 1, Math.max(0, at + step))]?.unit ?? unit;
  }
}
