// The numbers beside each map of the tab Maps.
import {gridsOf, headNumbers} from "./attention.js";
import {iou} from "./detections_of.js";
import {number} from "./dom.js";
import {perPixel} from "./legend.js";
import {asDetection, className, headShown, listed, pointsInQuestion, shownRun} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {[string, string]} Row  name, value */

/** @param {import("./heat.js").Heat} heat @returns {Row[]} */
export const heatRows = (heat) => [
  ["Maximum", `${perPixel(heat.most)} per pixel`],
  ["Off-image share", number(heat.off)],
];

/** Mean of the shown heads: the share in the box, or in the token's cell.
 * @param {State} s @returns {Row[]} */
export function shareRows(s) {
  const set = pointsInQuestion(s), token = s.mode === "token" ? s.token : null;
  const box = token ? token.cell : asDetection(s, s.pinned)?.box;
  const from = token ? token.centre : shownRun(s)?.referenceOf(s.layer, s.pinned);
  if (!set || !box || !from) return [];
  const all = Array.from({length: set.heads}, (_, head) => head)
                  .filter((head) => headShown(s, head))
                  .map((head) => headNumbers(set, head, box, from));
  const mean = (/** @type {"share"|"radius"} */ key) => all.reduce((sum, n) => sum + n[key], 0) / all.length;
  return [
    [token ? "In its own cell" : "In-box share", number(mean("share"))],
    ["Mean radius", `${number(mean("radius"), 0)} px`],
  ];
}

/** @param {State} s @param {Float32Array} weights  by query @param {{query: number, weight: number}[]} strongest
 * @returns {Row[]} */
export function heardRows(s, weights, strongest) {
  return [
    ...strongest.map(({query, weight}) => {
      const d = asDetection(s, query);
      return /** @type {Row} */ ([`q${query} ${d ? `${className(s, d.class)} ${number(d.score)}` : ""}`,
        number(weight, 3)]);
    }),
    ["Itself", number(weights[s.pinned], 3)],
  ];
}

/** @param {State} s @returns {Row[]} */
export function referenceRows(s) {
  const run = shownRun(s), d = asDetection(s, s.pinned);
  if (!run || !d) return [];
  const [x, y] = run.referenceOf(s.layer, d.query), [cx, cy] = centre(d.box);
  return [
    ["Reference", `${number(x, 1)}, ${number(y, 1)} px`],
    ["To the box's centre", `${number(Math.hypot(x - cx, y - cy), 1)} px`],
    ["Other queries shown", String(listed(s).filter((o) => o.query !== d.query).length)],
  ];
}

/** @param {State} s @returns {Row[]} */
export function driftRows(s) {
  const run = shownRun(s);
  if (!run || s.pinned < 0) return [];
  const boxes = Array.from({length: run.layers}, (_, layer) => run.box(layer, s.pinned)), last = run.layers - 1;
  const steps = boxes.slice(1).map((box, i) => far(box, boxes[i]));
  const longest = steps.indexOf(Math.max(...steps)) + 1;
  return [
    ["Length of the path", `${number(steps.reduce((a, b) => a + b, 0), 1)} px`],
    ["Start to end", `${number(far(boxes[0], boxes[last]), 1)} px`],
    ...(last > 0 ? [/** @type {Row} */ (["Longest step", `${number(steps[longest - 1], 1)} px, dec.${longest}`])] : []),
    ["IoU of first and last", number(iou(boxes[0], boxes[last]))],
  ];
}

/** Which token reads the chosen one most, and all of them together.
 * @param {State} s @param {Float32Array[]} maps  by level @returns {Row[]} */
export function readerRows(s, maps) {
  let sum = 0, best = {weight: 0, level: 0, at: 0};
  maps.forEach((map, level) => map.forEach((weight, at) => {
    sum += weight;
    if (weight > best.weight) best = {weight, level, at};
  }));
  const width = gridsOf(s)[best.level]?.width ?? 1;
  return [
    ["Sum of weights", number(sum)],
    ["Largest weight", number(best.weight, 3)],
    ["of the token at", `L${best.level}, col ${best.at % width}, row ${Math.floor(best.at / width)}`],
  ];
}

/** @param {ArrayLike<number>} box */
const centre = (box) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];

/** Between two boxes' centres.
 * @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function far(a, b) {
  const [ax, ay] = centre(a), [bx, by] = centre(b);
  return Math.hypot(ax - bx, ay - by);
}
