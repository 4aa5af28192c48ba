// Redraws those of the stage's canvases that a change concerns.
import {gridsOf, mapsInQuestion} from "./attention.js";
import {drawBoxes, drawHovered} from "./draw_boxes.js";
import {drawHandwork, drawPoints, drawReference, drawToken} from "./draw_points.js";
import {drawHeat, heatOf, total} from "./heat.js";
import {pointsInQuestion} from "./selection.js";


/** @typedef {import("./state.js").Key} Key */

/** A fixed scale ends here: weight per pixel. */
const fixedMost = 1e-3;

const boxKeys = /** @type {Key[]} */ ([
  "image", "history", "at", "layer", "pinned", "threshold", "classFilter", "search", "allQueries", "compare", "swipe",
  "truth", "truths", "mode"
]);
const markKeys = /** @type {Key[]} */ ([
  "image", "history", "at", "layer", "encLayer", "pinned", "hovered", "hoverPoint", "points", "reference", "shownHead",
  "shownLevels", "colour", "size", "mode", "token", "direction", "compare", "cell", "allQueries"
]);
const heatKeys = /** @type {Key[]} */ ([
  "image", "history", "at", "layer", "encLayer", "pinned", "hovered", "heat", "heatScale", "shownHead", "shownLevels",
  "mode", "token", "direction", "compare"
]);

/** @param {import("./stage.js").Stage} stage @param {import("./state.js").Store} store */
export function drawStage(stage, store) {
  store.on(["image", "photo", "heat"], () => drawPhoto(stage, store.state));
  store.on(heatKeys, () => drawHeatMap(stage, store.state));
  store.on(boxKeys, () => drawBoxes(stage, stage.context("boxes"), store.state));
  store.on(markKeys, () => drawMarks(stage, store.state));
  store.on(["image"], () => stage.measure());
  stage.redraw = () => {
    drawPhoto(stage, store.state);
    drawHeatMap(stage, store.state);
    drawBoxes(stage, stage.context("boxes"), store.state);
    drawMarks(stage, store.state);
  };
}

/** @param {import("./stage.js").Stage} stage @param {import("./state.js").State} s */
function drawPhoto(stage, s) {
  const context = stage.context("photo");
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
  const context = stage.context("heat");
  stage.heat.shown = false;
  const set = pointsInQuestion(s);
  if (!s.heat || !s.image || !set) return;
  const maps = mapsInQuestion(s, set);
  const {values, most} = heatOf(maps, gridsOf(s), s.image);
  stage.heat.most = s.heatScale === "fixed" ? fixedMost : most;
  stage.heat.off = s.direction === "readers" && s.mode === "token" ? 0 : Math.max(0, 1 - total(maps) / shareShown(set, s));
  stage.heat.shown = true;
  drawHeat(context, values, stage.heat.most, s.heatScale, stage.rectangle([0, 0, s.image.width, s.image.height]));
}

/** The weight of the shown heads (their mean) and levels.
 * @param {import("./types.js").PointSet} set @param {import("./state.js").State} s */
function shareShown(set, s) {
  let sum = 0, heads = 0;
  for (let head = 0; head < set.heads; ++head) {
    if (s.shownHead >= 0 && s.shownHead !== head) continue;
    heads += 1;
    for (let i = 0; i < set.levels * set.points; ++i)
      if (s.shownLevels[Math.floor(i / set.points)]) sum += set.weights[head * set.levels * set.points + i];
  }
  return heads && sum > 0 ? sum / heads : 1;
}

/** @param {import("./stage.js").Stage} stage @param {import("./state.js").State} s */
function drawMarks(stage, s) {
  const context = stage.context("hover");
  if (!s.image) return;
  drawHovered(stage, context, s);
  drawPoints(stage, context, s);
  drawReference(stage, context, s);
  drawToken(stage, context, s);
  drawHandwork(stage, context);
}
