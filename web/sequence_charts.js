// Draws one of the charts over the frames: lines with gaps, or the levels' shares as stacked columns.
import {digitsOf, gridLines, linear, niceStep, ticksBy} from "./charts.js";
import {number, svg} from "./dom.js";
import {levelColours} from "./palette.js";

/** @typedef {import("./sequence_rows.js").Row} Row */
/** @typedef {{rows: Row[], numbers: string[], threshold: number}} View  numbers: of the frames, as their names write them */
/** @typedef {(row: Row) => number|null|undefined} Value */

const margin = {
  top: 8,
  right: 32,
  bottom: 8,
  left: 40
};
const axisHeight = 20;

/** The columns of frames, the same in all charts. */
export class Columns {
  /** @param {number} width @param {Row[]} rows */
  constructor(width, rows) {
    this.rows = rows;
    this.right = width - margin.right;
    this.step = (this.right - margin.left) / Math.max(1, rows.length);
  }

  /** The middle of one.
   * @param {number} i among the rows */
  x(i) { return margin.left + (i + 0.5) * this.step; }

  /** @param {number} x in a chart @returns {number} frame */
  frameAt(x) {
    const i = Math.floor((x - margin.left) / this.step);
    return this.rows[Math.min(this.rows.length - 1, Math.max(0, i))].at;
  }
}

/** @param {"score"|"radius"|"shares"} id @param {View} view @param {Columns} columns @param {number} height */
export function chart(id, view, columns, height) {
  const frame = {width: columns.right + margin.right, height, margin}, {high, step} = axisOf(id, view.rows);
  const y = linear(0, high, height - axisHeight - margin.bottom, margin.top);
  const content = id === "score" ? score(view, columns, y)
      : id === "radius"          ? lines((n) => n.radius, columns, y)
                                 : levels(columns, y);
  return svg("svg", {width: frame.width, height, "aria-hidden": "true"},
      gridLines(frame, y, ticksBy(0, high, step), (v) => number(v, digitsOf(step))), ...content,
      ...axis(view, columns, height), svg("line", {class: "cursor", y1: 0, y2: height - axisHeight}));
}

/** @param {string} id @param {Row[]} rows */
function axisOf(id, rows) {
  if (id !== "radius") return {high: 1, step: 0.5};
  const most = Math.max(1, ...rows.flatMap((r) => [r.numbers?.radius ?? 0, r.bare?.radius ?? 0]));
  const step = niceStep(0, most, 3);
  return {high: Math.ceil(most / step - 1e-9) * step, step};
}

/** Numbers of frames, as many as there is room for.
 * @param {View} view @param {Columns} columns @param {number} height */
function axis(view, columns, height) {
  const room = 8 * Math.max(...view.numbers.map((n) => n.length)) + 16;
  const every = Math.max(1, Math.ceil(room / columns.step));
  return view.numbers.flatMap((n, i) => (i % every ? [] : [
    svg("text", {class: "chart-text", x: columns.x(i), y: height - 4, "text-anchor": "middle"}, n)
  ]));
}

/** @param {View} view @param {Columns} columns @param {(v: number) => number} y */
function score(view, columns, y) {
  const at = y(view.threshold), lost = (/** @type {number} */ i) => `M${columns.x(i) - 3} ${y(0) - 7}l6 6m0-6l-6 6`;
  return [
    svg("line", {class: "threshold", x1: margin.left, x2: columns.right, y1: at, y2: at}),
    ...lines((n) => n.score, columns, y),
    ...view.rows.flatMap((r, i) => (r.isAsked && !r.numbers ? [svg("path", {class: "lost-mark", d: lost(i)})] : [])),
  ];
}

/** The object's line with its dots, over the dashed one of the model as it is.
 * @param {(numbers: import("./sequence_track.js").Numbers) => number|null} value @param {Columns} columns
 * @param {(v: number) => number} y */
function lines(value, columns, y) {
  const own = stretches((r) => r.numbers && value(r.numbers), columns, y);
  const bare = stretches((r) => r.bare && value(r.bare), columns, y);
  return [
    ...bare.map((s) => polyline(s, "trace-line bare")), ...own.map((s) => polyline(s, "trace-line")),
    ...own.flat().map(([cx, cy]) => svg("circle", {class: "trace-dot", cx, cy, r: 2.5}))
  ];
}

/** Points of a line, one list for each stretch without a gap.
 * @param {Value} value @param {Columns} columns @param {(v: number) => number} y @returns {[number, number][][]} */
function stretches(value, columns, y) {
  /** @type {[number, number][][]} */
  const found = [[]];
  columns.rows.forEach((row, i) => {
    const v = value(row);
    if (v === null || v === undefined)
      found.push([]);
    else
      found[found.length - 1].push([+columns.x(i).toFixed(1), +y(v).toFixed(1)]);
  });
  return found.filter((s) => s.length);
}

/** @param {[number, number][]} points @param {string} look */
const polyline = (points, look) => svg("polyline", {class: look, points: points.join(" ")});

/** L0 at the bottom; dashed: the borders of the model as it is.
 * @param {Columns} columns @param {(v: number) => number} y */
function levels(columns, y) {
  const width = Math.max(1, columns.step - (columns.step > 4 ? 2 : 0));
  const parts =
      columns.rows.flatMap((row, i) => sums(row.numbers?.shares ?? []).map(([from, to], level) => svg("rect", {
        class: "share",
        x: columns.x(i) - width / 2,
        width,
        y: y(to),
        height: Math.max(0, y(from) - y(to)),
        fill: levelColours[level % levelColours.length]
      })));
  const count = columns.rows.find((r) => r.bare)?.bare?.shares.length ?? 0;
  const borders = Array.from({length: Math.max(0, count - 1)},
      (_, level) => stretches((r) => r.bare && sums(r.bare.shares)[level][1], columns, y));
  return [...parts, ...borders.flat().map((s) => polyline(s, "trace-line bare on-colour")), ...names(columns, y)];
}

/** Beside the last column, each at the height of its part, but never on another or above the chart.
 * @param {Columns} columns @param {(v: number) => number} y */
function names(columns, y) {
  const last = columns.rows.map((r) => r.numbers !== null).lastIndexOf(true);
  const x = columns.x(last) + columns.step / 2 + 6;
  const seen = sums(columns.rows[last]?.numbers?.shares ?? [])
                   .map(([from, to], level) => ({level, middle: (from + to) / 2, share: to - from}))
                   .filter((part) => part.share >= 0.005);
  let below = Infinity;
  return seen.map(({level, middle}, i) => {
    below = Math.max(10 + 12 * (seen.length - 1 - i), Math.min(y(middle) + 4, below - 12));
    return svg("text", {class: "chart-text", x, y: below}, `L${level}`);
  });
}

/** @param {number[]} shares @returns {[number, number][]} from where to where each reaches when stacked */
function sums(shares) {
  let sum = 0;
  return shares.map((share) => [sum, (sum += share)]);
}
