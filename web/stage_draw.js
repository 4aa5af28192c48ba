// Redraws those of the stage's canvases that a change concerns.
import {heatInQuestion} from "./attention.js";
import {drawBoxes, drawHovered, drawMissed} from "./draw_boxes.js";
import {drawHandwork, drawPoints, drawReference, drawTokens} from "./draw_points.js";
import {drawHeat, scaleEnd} from "./heat.js";

/** @typedef {import("./state.js").Key} Key */

const boxKeys = /** @type {Key[]} */ ([
  "image", "history", "at", "layer", "pinned", "threshold", "classFilter", "matchFilter", "search", "allQueries",
  "compare", "swipe", "truth", "truths", "mode", "glide"
]);
const markKeys = /** @type {Key[]} */ ([
  "image", "history", "at", "layer", "encLayer", "pinned", "hovered", "hoverPoint", "points", "reference", "shownHead",
  "shownLevels", "colour", "size", "mode", "token", "secondToken", "direction", "compare", "cell", "allQueries",
  "missedShown", "glide"
]);
const heatKeys = /** @type {Key[]} */ ([
  "image", "history", "at", "layer", "encLayer", "pinned", "hovered", "heat", "heatScale", "shownHead", "shownLevels",
  "mode", "token", "direction", "compare"
]);

/** @param {import("./stage.js").Stage} stage @param {import("./state.js").Store} store */
export function drawStage(stage, store) {
  store.on(["image", "photo", "heat"], () => drawPhoto(stage, stage.context("photo"), store.state));
  store.on(heatKeys, () => drawHeatMap(stage, store.state));
  store.on(boxKeys, () => drawBoxes(stage, stage.context("boxes"), store.state));
  store.on(markKeys, () => drawMarks(stage, store.state));
  store.on(["image"], () => stage.measure());
  stage.redraw = () => {
    drawPhoto(stage, stage.context("photo"), store.state);
    drawHeatMap(stage, store.state);
    drawBoxes(stage, stage.context("boxes"), store.state);
    drawMarks(stage, store.state);
  };
}

/** Under heat it keeps little of its colour.
 * @param {import("./image_view.js").ImageView} stage @param {CanvasRenderingContext2D} context
 * @param {import("./state.js").State} s */
export function drawPhoto(stage, context, s) {
  if (!s.photo || !s.image) return;
  // From 400 % on pixels are to be counted, so they stay squares.
  context.imageSmoothingEnabled = stage.view.scale < 4;
  context.imageSmoothingQuality = "high";
  context.filter = s.heat ? "saturate(15%)" : "none";
  context.drawImage(s.photo, ...stage.rectangle([0, 0, s.image.width, s.image.height]));
  context.filter = "none";
}

/** @param {import("./stage.js").Stage} stage @param {import("./state.js").State} s */
function drawHeatMap(stage, s) {
  const context = stage.context("heat"), heat = s.heat ? heatInQuestion(s) : null;
  stage.heat.shown = heat !== null;
  if (!heat || !s.image) return;
  stage.heat.most = scaleEnd(heat.most, s.heatScale);
  stage.heat.off = heat.off;
  drawHeat(context, heat, s.heatScale, stage.rectangle([0, 0, s.image.width, s.image.height]));
}

/** @param {import("./stage.js").Stage} stage @param {import("./state.js").State} s */
function drawMarks(stage, s) {
  const context = stage.context("hover");
  if (!s.image) return;
  drawHovered(stage, context, s);
  drawMissed(stage, context, s);
  drawPoints(stage, context, s);
  drawReference(stage, context, s);
  drawTokens(stage, context, s);
  drawHandwork(stage, context);
}
