// Cells of the network map that show a sweep's change of AP: diverging colours, hatched where it is not significant.
import {divergingColor} from "./diverging_color.js";
import {sizeOf} from "./effects.js";
import {change} from "./number_text.js";
import {isDarkTheme} from "./theme_watch.js";

/** @typedef {import("./effects.js").Effect} Effect */
/** @typedef {[number, number, number, number]} Place  x, y, width, height */

/** @param {number} share  -1 to 1 */
const colours = (share) => divergingColor(share, isDarkTheme(document.documentElement));

/** @param {CanvasRenderingContext2D} context @param {Effect} effect @param {number} range @param {Place} place */
export function drawEffect(context, effect, range, [x, y, width, height]) {
  const {fill, text} = colours(sizeOf(effect) / range);
  context.fillStyle = fill;
  context.fillRect(x, y, width, height);
  if (!effect.unit.isSignificant) hatch(context, text, [x, y, width, height]);
  context.fillStyle = text;
  context.font = "600 11px system-ui, \"DejaVu Sans\", sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(change(sizeOf(effect)), x + width / 2, y + height / 2 + 0.5);
}

/** @param {CanvasRenderingContext2D} context @param {string} colour @param {Place} place */
function hatch(context, colour, [x, y, width, height]) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.globalAlpha = 0.24;
  context.lineWidth = 1;
  context.strokeStyle = colour;
  context.beginPath();
  for (let at = 0; at < width + height; at += 6) {
    context.moveTo(x + at, y);
    context.lineTo(x + at - height, y + height);
  }
  context.stroke();
  context.restore();
}

/** A bar from the middle, to the left where the unit is needed; in pieces where that is not significant.
 * @param {CanvasRenderingContext2D} context @param {Effect} effect @param {number} range @param {Place} place */
export function drawEffectBar(context, effect, range, [x, y, width, height]) {
  const share = sizeOf(effect) / range, half = width / 2, from = x + half + Math.min(0, share) * half;
  const length = Math.abs(share) * half, piece = effect.unit.isSignificant ? length : 2;
  // The ends of the scale are the colours of worse and better, which tell from the groove at any length.
  context.fillStyle = colours(Math.sign(share)).fill;
  for (let at = 0; at < length; at += 2 * piece) context.fillRect(from + at, y, Math.min(piece, length - at), height);
}

/** The colours from the largest loss to the largest gain, for a legend. */
export function effectRamp() {
  const stops = [-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1];
  return `linear-gradient(to right, ${stops.map((share) => colours(share).fill).join(", ")})`;
}
