// Draws the cells of the network map: thumbnails of what each head reads, or its number, and a bar of the chosen
// statistic.
import {gridsOf} from "./attention.js";
import {drawEffect, drawEffectBar} from "./draw_effects.js";
import {effectOf, effectRange} from "./effects.js";
import {cellMaps, colourInto, density, largest} from "./heat.js";
import {lookOf, statistic, statistics, statisticShown, statisticText} from "./map_subject.js";
import {inkOn, sequential} from "./palette.js";
import {scale} from "./scale.js";
import {isOff} from "./switches.js";
import {sizeCanvas} from "./zoom_view.js";

/** @typedef {import("./state.js").State} State */

const pitch = 36, cell = 32, picture = 27;
const columns = 16, rows = 14;
const small = document.createElement("canvas");
small.width = columns;
small.height = rows;

/** @param {ArrayLike<number>} box @param {State} s the box × 1.5, a token's cell × 9 */
function cropOf(box, s) {
  const by = s.mapModule === "enc.self" ? 9 : 1.5;
  const cx = (box[0] + box[2]) / 2, cy = (box[1] + box[3]) / 2;
  const half = (Math.max(box[2] - box[0], ((box[3] - box[1]) * columns) / rows, 8) * by) / 2;
  return [cx - half, cy - (half * rows) / columns, cx + half, cy + (half * rows) / columns];
}

/** @param {HTMLCanvasElement} canvas @param {State} s @param {number} layers @param {number} heads */
export function drawCells(canvas, s, layers, heads) {
  const ratio = (window.devicePixelRatio || 1) * scale, width = heads * pitch, height = layers * pitch;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio))
    sizeCanvas(canvas, width, height);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(document.documentElement);
  const ink = {
    bar: style.getPropertyValue("--ink2"),
    groove: style.getPropertyValue("--line"),
    empty: style.getPropertyValue("--sunk"),
    frame: style.getPropertyValue("--ctl")
  };
  for (let layer = 0; layer < layers; ++layer)
    for (let head = 0; head < heads; ++head)
      drawCell(context, s, layer, head, head * pitch + 2, (layers - 1 - layer) * pitch + 2, ink);
}

/** @param {CanvasRenderingContext2D} context @param {State} s @param {number} layer @param {number} head
 * @param {number} x @param {number} y
 * @param {{bar: string, groove: string, empty: string, frame: string}} ink */
function drawCell(context, s, layer, head, x, y, ink) {
  const at = {module: s.mapModule, layer, head}, off = isOff(s, at), look = lookOf(s, layer);
  const effect = !off && statisticShown(s) === "effect" ? effectOf(s, at) : null;
  if (effect && s.mapNumbers) return drawEffect(context, effect, effectRange(s, s.mapModule), [x, y, cell, cell]);
  if (off || !look) {
    context.fillStyle = ink.empty;
    context.fillRect(x, y, cell, off ? cell : picture);
    context.lineWidth = 1;
    context.strokeStyle = ink.frame;
    context.strokeRect(x + 0.5, y + 0.5, cell - 1, (off ? cell : picture) - 1);
    if (off) slash(context, x, y);
  } else if (s.mapNumbers)
    numberCell(context, s, look, head, x, y);
  else
    thumbnail(context, s, look, head, x, y);
  if (off || (!look && !effect)) return undefined;
  context.fillStyle = ink.groove;
  context.fillRect(x, y + cell - 3, cell, 3);
  context.fillStyle = ink.bar;
  if (effect)
    drawEffectBar(context, effect, effectRange(s, s.mapModule), [x, y + cell - 3, cell, 3]);
  else if (look)
    context.fillRect(x, y + cell - 3, cell * partOf(s, look, head), 3);
  return undefined;
}

/** The statistic's share of its scale.
 * @param {State} s @param {import("./map_subject.js").Look} look @param {number} head */
const partOf = (s, look, head) => Math.min(1, statistic(s, look, head) / statistics[statisticShown(s)].top(s));

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y */
function slash(context, x, y) {
  context.beginPath();
  context.moveTo(x + 7, y + cell - 7);
  context.lineTo(x + cell - 7, y + 7);
  context.lineWidth = 1.5;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {State} s @param {import("./map_subject.js").Look} look
 * @param {number} head @param {number} x @param {number} y */
function numberCell(context, s, look, head, x, y) {
  const part = partOf(s, look, head), text = statisticText(s, statistic(s, look, head));
  context.fillStyle = sequential(part);
  context.fillRect(x, y, cell, picture);
  context.fillStyle = inkOn(part);
  context.font = "600 11px system-ui, \"DejaVu Sans\", sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text.replace(/^0\./, "."), x + cell / 2, y + picture / 2 + 0.5);
}

/** @param {CanvasRenderingContext2D} context @param {State} s @param {import("./map_subject.js").Look} look
 * @param {number} head @param {number} x @param {number} y */
function thumbnail(context, s, look, head, x, y) {
  const image = s.image ?? {width: 1, height: 1}, grids = gridsOf(s);
  const maps = cellMaps(look.set, grids, image, {head: (h) => h === head, level: () => true});
  const values = density(maps, grids, image, cropOf(look.box, s), columns, rows);
  const draft = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  const pixels = draft.createImageData(columns, rows);
  colourInto(values, largest(values), "view", false, pixels);
  draft.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, x, y, cell, picture);
}
