// Units as dots with their intervals: what the sorted plot and the scatter plot draw.
import { svg } from "./dom.js";
import { change } from "./number_text.js";
import { sortedUnits } from "./sweep_words.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./sweep_data.js").Unit} Unit */
/** @typedef {{unit: number, name: string, value: number, low: number, high: number, isSignificant: boolean}} Dot points, 0 to 100 */

/**
 * Sorted, the largest loss first; units without a value are left out.
 * @param {Sweep} sweep
 * @param {string} metric
 * @returns {Dot[]}
 */
export function dotsOf(sweep, metric) {
  const dots = [];
  for (const i of sortedUnits(sweep, metric)) {
    const unit = /** @type {Unit} */ (sweep.units[i]);
    const value = unit.change[metric] ?? null;
    if (value === null) continue;
    const { low, high } = unit.intervals[metric] ?? { low: null, high: null };
    dots.push({
      unit: i, name: unit.name, value: 100 * value, low: 100 * (low ?? value), high: 100 * (high ?? value),
      isSignificant: unit.isSignificant,
    });
  }
  return dots;
}

/**
 * The ends of an axis that holds 0 and all intervals.
 * @param {Dot[]} dots
 */
export function extent(dots) {
  let [low, high] = [0, 0];
  for (const dot of dots) [low, high] = [Math.min(low, dot.low), Math.max(high, dot.high)];
  return { low, high };
}

/**
 * The look of a mark.
 * @param {boolean} isSignificant
 * @param {number} value a change
 */
export const markTone = (isSignificant, value) => (!isSignificant ? "is-open" : value < 0 ? "is-lost" : "is-gain");

/**
 * @param {Dot} dot
 * @param {number} x
 * @param {(value: number) => number} y
 * @param {number} radius
 */
export function dotMark(dot, x, y, radius) {
  const tone = markTone(dot.isSignificant, dot.value);
  const hasInterval = dot.low < dot.high;
  const range = hasInterval ? ` [${change(dot.low / 100)}, ${change(dot.high / 100)}]` : "";
  const mark = svg("g", { class: `plot-mark ${tone}`, "data-unit": dot.unit }, svg("title", {}, `${dot.name}: ${change(dot.value / 100)}${range}`));
  if (hasInterval) mark.append(svg("line", { x1: x, x2: x, y1: y(dot.low), y2: y(dot.high) }));
  mark.append(svg("circle", { cx: x, cy: y(dot.value), r: radius }));
  return mark;
}

/**
 * @param {number} tick
 * @param {number} digits
 */
export function changeTick(tick, digits) {
  const text = tick.toFixed(digits);
  return tick > 0 ? `+${text}` : Number(text) === 0 ? "0" : text.replace("-", "\u2212");
}
