// What the tab Maps draws over the photograph: queries that were heard, reference points, the path of a box.
import {drawBoxes, frame} from "./draw_boxes.js";
import {cross, drawTokens} from "./draw_points.js";
import {drawHeat} from "./heat.js";
import {drawLabel, LabelSpace} from "./labels.js";
import {number} from "./dom.js";
import {marks, sequential} from "./palette.js";
import {asDetection, className, listed, shownRun} from "./selection.js";
import {drawPhoto} from "./stage_draw.js";

/** @typedef {import("./image_view.js").ImageView} ImageView */
/** @typedef {import("./state.js").State} State */
/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {{view: ImageView, context: Context, s: State, space: LabelSpace|null}} Sheet  space: where labels go; null: none, the sheet is small */

/** The photograph, and heat over it.
 * @param {Sheet} sheet @param {import("./heat.js").Heat|null} heat */
export function drawGround({view, context, s}, heat) {
  drawPhoto(view, context, s);
  if (!heat || !s.image) return;
  drawHeat(context, heat, s.heatScale, view.rectangle([0, 0, s.image.width, s.image.height]));
}

/** The detections as in the tab Image; a small sheet has the pinned one alone.
 * @param {Sheet} sheet */
export function drawDetections(sheet) {
  if (sheet.space)
    drawBoxes(sheet.view, sheet.context, sheet.s);
  else
    drawPinned(sheet);
}

/** @param {Sheet} sheet */
export function drawTokenCell({view, context, s, space}) {
  if (space) drawBoxes(view, context, s);
  drawTokens(view, context, s);
}

/** @param {Sheet} sheet */
function drawPinned({view, context, s, space}) {
  const d = asDetection(s, s.pinned);
  if (!d) return;
  const place = view.rectangle(d.box);
  frame(context, place, "pinned");
  if (space) drawLabel(context, space, place, `${className(s, d.class)}  ${number(d.score)}`, "pinned");
}

/** @param {Sheet} sheet */
export function drawOthers({view, context, s}) {
  context.globalAlpha = 0.4;
  for (const d of listed(s))
    if (d.query !== s.pinned) frame(context, view.rectangle(d.box), "plain");
  context.globalAlpha = 1;
}

/** Boxes of the queries that this one heard, colour, opacity and width by weight; the strongest by number.
 * @param {Sheet} sheet @param {Float32Array} weights  by query
 * @param {{query: number, weight: number}[]} strongest  falling */
export function drawHeard(sheet, weights, strongest) {
  const {view, context, s, space} = sheet, run = shownRun(s), most = strongest[0]?.weight ?? 0;
  if (!run) return;
  const order = Array.from(weights, (weight, query) => ({weight, query}))
                    .filter(({weight, query}) => query !== s.pinned && weight > 0.02 * most)
                    .sort((a, b) => a.weight - b.weight);
  for (const {weight, query} of order) {
    const part = weight / most, [x, y, w, h] = view.rectangle(run.box(s.layer, query));
    context.globalAlpha = 0.1 + 0.9 * part;
    for (const [more, colour] of /** @type {[number, string][]} */ ([[2, marks.halo], [0, sequential(part)]])) {
      context.lineWidth = 0.5 + 3 * part + more;
      context.strokeStyle = colour;
      context.strokeRect(x, y, w, h);
    }
  }
  context.globalAlpha = 1;
  drawPinned(sheet);
  for (const {query, weight} of space ? strongest : [])
    drawLabel(context, /** @type {LabelSpace} */ (space), view.rectangle(run.box(s.layer, query)),
        `q${query}  ${number(weight, 3)}`, "plain");
}

/** Where the listed queries start looking, each with a line to its box's centre; the pinned one is the cross.
 * @param {Sheet} sheet */
export function drawReferences(sheet) {
  const {view, context, s} = sheet, run = shownRun(s);
  if (!run) return;
  drawOthers(sheet);
  for (const d of listed(s)) {
    if (d.query === s.pinned) continue;
    const [x, y] = run.referenceOf(s.layer, d.query), start = view.toScreen(x, y);
    line(context, [start, centreOf(view, d.box)], 1);
    dot(context, start, sheet.space ? 4 : 2, marks.white);
  }
  drawPinned(sheet);
  const d = asDetection(s, s.pinned);
  if (!d) return;
  const [x, y] = run.referenceOf(s.layer, s.pinned), start = view.toScreen(x, y);
  line(context, [start, centreOf(view, d.box)], sheet.space ? 2 : 1);
  cross(context, ...start);
}

/** The way of the pinned query's box centre through the layers.
 * @param {Sheet} sheet */
export function drawDrift(sheet) {
  const {view, context, s, space} = sheet, run = shownRun(s);
  if (!run || s.pinned < 0) return;
  drawOthers(sheet);
  drawPinned(sheet);
  const path = Array.from({length: run.layers}, (_, layer) => centreOf(view, run.box(layer, s.pinned)));
  line(context, path, space ? 2 : 1.5);
  if (space) for (const place of path) dot(context, place, 4, marks.ink);
  dot(context, path[s.layer], space ? 4 : 3, marks.white);
  if (space) nameLayers(context, space, path, s.layer);
}

/** This layer first, then the ends; layers too close to one that is named have to wait until one zooms in.
 * @param {Context} context @param {LabelSpace} space @param {[number, number][]} path @param {number} now */
function nameLayers(context, space, path, now) {
  const order = [...new Set([now, 0, path.length - 1, ...path.keys()])];
  /** @type {[number, number][]} */
  const named = [];
  for (const layer of order) {
    const [x, y] = path[layer];
    if (named.some(([nx, ny]) => Math.hypot(nx - x, ny - y) < 16)) continue;
    named.push([x, y]);
    drawLabel(context, space, [x - 6, y - 6, 12, 12], `dec.${layer}`, layer === now ? "pinned" : "plain");
  }
}

/** @param {ImageView} view @param {ArrayLike<number>} box @returns {[number, number]} */
const centreOf = (view, box) => view.toScreen((box[0] + box[2]) / 2, (box[1] + box[3]) / 2);

/** @param {Context} context @param {[number, number][]} places @param {number} width */
function line(context, places, width) {
  context.beginPath();
  places.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  for (const [more, colour] of /** @type {[number, string][]} */ ([[2, marks.halo], [0, marks.white]])) {
    context.lineWidth = width + more;
    context.strokeStyle = colour;
    context.stroke();
  }
}

/** Outlined dark and light, so that it shows on any ground.
 * @param {Context} context @param {[number, number]} place @param {number} radius @param {string} colour */
function dot(context, [x, y], radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.lineWidth = 4;
  context.strokeStyle = marks.halo;
  context.stroke();
  context.lineWidth = 1.5;
  context.strokeStyle = marks.white;
  context.stroke();
  context.fillStyle = colour;
  context.fill();
}
