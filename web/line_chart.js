// A chart of one number of all runs over epochs, with a crosshair that all charts share.
import { bottomNumbers, chartSvg, digitsOf, gridLines, linear, niceStep, ticksBy } from "./charts.js";
import { svg } from "./dom.js";
import { plain } from "./number_text.js";
import { placeIn } from "./scale.js";

/** @typedef {{name: string, look: number, points: {epoch: number, value: number}[]}} Curve `look`: which colour and dash */

const HEIGHT = 232;
const MARGIN = { top: 8, right: 16, bottom: 24, left: 56 };

// Both tell runs apart, so that neither colour nor dash has to alone.
const DASHES = ["", "7 4", "2 3", "10 3 2 3", "12 4", "5 2 1 2"];

/** @param {number} look */
export const lookClass = (look) => `run-line-${look % 6}`;

/** @param {number} look */
export const dashOf = (look) => DASHES[(look + Math.floor(look / 6)) % 6] ?? "";

/**
 * The axis of values: round numbers around all of them.
 * @param {Curve[]} curves none without points
 */
function range(curves) {
  let [low, high] = curves.length ? [Infinity, -Infinity] : [0, 1];
  for (const { points } of curves)
    for (const { value } of points) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const step = niceStep(low, high === low ? low + 1 : high, 4);
  const first = Math.floor(low / step + 1e-9);
  return { low: first * step, high: Math.max(Math.ceil(high / step - 1e-9), first + 1) * step, step };
}

export class LineChart {
  /**
   * @param {string} title
   * @param {Curve[]} curves
   * @param {number} width
   * @param {number} lastEpoch end of the axis, the same in all charts
   */
  constructor(title, curves, width, lastEpoch) {
    const frame = { width, height: HEIGHT, margin: MARGIN };
    const { low, high, step } = range(curves);
    this.curves = curves;
    this.lastEpoch = Math.max(1, lastEpoch);
    this.x = linear(0, this.lastEpoch, MARGIN.left, width - MARGIN.right);
    this.y = linear(low, high, HEIGHT - MARGIN.bottom, MARGIN.top);
    this.element = chartSvg(frame, `${title} over epochs, ${curves.length === 1 ? "1 run" : `${curves.length} runs`}; the table above has the numbers`);
    this.cross = svg("g", { class: "chart-cross", visibility: "hidden" });
    const ticks = ticksBy(low, high, step);
    const epochs = ticksBy(0, this.lastEpoch, Math.max(1, niceStep(0, this.lastEpoch, Math.min(8, width / 60))));
    this.element.append(
      gridLines(frame, this.y, ticks, (value) => plain(value, digitsOf(step))),
      bottomNumbers(frame, this.x, epochs),
      svg("text", { class: "chart-text", x: MARGIN.left - 16, y: HEIGHT - 8, "text-anchor": "end" }, "epoch"),
      ...curves.map((curve) => this.#line(curve)), this.cross,
    );
    if (!curves.length) this.element.append(svg("text", { class: "chart-text", x: width / 2, y: HEIGHT / 2, "text-anchor": "middle" }, "not in these logs"));
  }

  /** @param {Curve} curve */
  #line(curve) {
    const place = (/** @type {{epoch: number, value: number}} */ p) => `${this.x(p.epoch).toFixed(1)},${this.y(p.value).toFixed(1)}`;
    const group = svg("g", { class: `run-curve ${lookClass(curve.look)}`, "data-run": curve.name }, svg("title", {}, curve.name));
    group.append(svg("polyline", { points: curve.points.map(place).join(" "), "stroke-dasharray": dashOf(curve.look) }));
    const last = curve.points.at(-1);
    if (last) group.append(svg("circle", { cx: this.x(last.epoch), cy: this.y(last.value), r: 3, "data-value": last.value }));
    return group;
  }

  /**
   * The epoch under a place of the page.
   * @param {MouseEvent} event
   */
  epochAt(event) {
    const share = (placeIn(this.element, event).x - this.x(0)) / (this.x(this.lastEpoch) - this.x(0));
    return Math.min(this.lastEpoch, Math.max(0, Math.round(share * this.lastEpoch)));
  }

  /** @param {number | null} epoch */
  setCross(epoch) {
    this.cross.setAttribute("visibility", epoch === null ? "hidden" : "visible");
    if (epoch === null) return;
    const x = Math.round(this.x(epoch)) + 0.5;
    this.cross.replaceChildren(svg("line", { x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }));
    for (const curve of this.curves) {
      const point = curve.points.find((one) => one.epoch === epoch);
      if (point) this.cross.append(svg("circle", { class: lookClass(curve.look), cx: x, cy: this.y(point.value), r: 4 }));
    }
  }
}
