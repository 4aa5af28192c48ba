// A canvas of the tab Maps made ready for drawing.
import {LabelSpace} from "./labels.js";
import {shownRun} from "./selection.js";
import {sizeCanvas, ZoomView} from "./zoom_view.js";

/** @typedef {import("./state.js").State} State */

/** A small one, on which nothing is written: of the whole image, or near the query or token.
 * @param {HTMLCanvasElement} canvas @param {State} s @param {number} width @param {number} height
 * @param {boolean} isNear @returns {import("./maps_draw.js").Sheet} */
export function smallSheet(canvas, s, width, height, isNear) {
  const view = new ZoomView(() => s.image), box = isNear ? subjectBox(s) : null;
  sizeCanvas(canvas, width, height);
  view.margin = 0;
  view.resize(width, height);
  view.fit();
  if (box) {
    view.zoomTo(box);
    stayInside(view);
  }
  return {view, context: cleared(canvas, view), s, space: null};
}

/** Moves the view so that no more than the image is seen.
 * @param {ZoomView} view */
function stayInside({view, width, height, image}) {
  const size = image() ?? {width, height};
  view.x = Math.min(0, Math.max(width - size.width * view.scale, view.x));
  view.y = Math.min(0, Math.max(height - size.height * view.scale, view.y));
}

/** The same in all layers, so that they compare; what is small keeps some of its surroundings.
 * @param {State} s */
function subjectBox(s) {
  const run = shownRun(s), box = s.mode === "token" ? s.token?.cell : run?.box(run.layers - 1, s.pinned);
  if (!box || !s.image) return null;
  const x = (box[0] + box[2]) / 2, y = (box[1] + box[3]) / 2, least = s.image.width / 10;
  const w = Math.max(least, box[2] - box[0]) / 2, h = Math.max(least, box[3] - box[1]) / 2;
  return [x - w, y - h, x + w, y + h];
}

/** One that the view fits already, with room for labels.
 * @param {HTMLCanvasElement} canvas @param {ZoomView} view @param {State} s
 * @returns {import("./maps_draw.js").Sheet} */
export function largeSheet(canvas, view, s) {
  return {view, context: cleared(canvas, view), s, space: new LabelSpace(0, view.width, view.height)};
}

/** @param {HTMLCanvasElement} canvas @param {ZoomView} view */
function cleared(canvas, view) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const ratio = canvas.width / Math.max(1, view.width);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  return context;
}
