// Labels beside boxes: the first free place of twelve, with a leader where it is farther off.
import {marks} from "./palette.js";

const height = 20, gap = 4;
/** @typedef {{x: number, y: number, w: number, h: number}} Place */

/** Where labels lie already, within the edges of the stage. */
export class LabelSpace {
  /** @param {number} from @param {number} to @param {number} bottom */
  constructor(from, to, bottom) {
    this.from = from;
    this.to = to;
    this.bottom = bottom;
    /** @type {Place[]} */
    this.taken = [];
  }

  /** @param {Place} p */
  free(p) {
    if (p.x < this.from || p.y < 0 || p.x + p.w > this.to || p.y + p.h > this.bottom) return false;
    return !this.taken.some((t) => p.x < t.x + t.w && t.x < p.x + p.w && p.y < t.y + t.h && t.y < p.y + p.h);
  }
}

/** @param {[number, number, number, number]} box @param {number} width of the label @param {number} away
 * @returns {Place[]} */
function candidates([x, y, w, h], width, away) {
  const above = y - height - gap - away, below = y + h + gap + away, middle = y + h / 2 - height / 2;
  return [
    [x, above],
    [x + w - width, above],
    [x, below],
    [x + w - width, below],
    [x + w + gap + away, middle],
    [x - width - gap - away, middle],
  ].map(([px, py]) => ({x: px, y: py, w: width, h: height}));
}

/** @type {Record<string, [string, string]>} background, ink */
const looks = {
  plain: [marks.label, marks.white],
  pinned: [marks.white, marks.ink],
  lost: [marks.labelLost, marks.white],
  gained: [marks.labelGained, marks.white],
  truth: [marks.label, marks.white],
};

/** Draws nothing where no place is free: then the label waits until its box is hovered.
 * @param {CanvasRenderingContext2D} context @param {LabelSpace} space @param {[number, number, number, number]} box
 * @param {string} text @param {string} style */
export function drawLabel(context, space, box, text, style) {
  context.font = "12px system-ui, \"Segoe UI\", \"DejaVu Sans\", sans-serif";
  const width = Math.ceil(context.measureText(text).width) + 12;
  const near = candidates(box, width, 0).find((p) => space.free(p));
  const place = near ?? candidates(box, width, 20).find((p) => space.free(p));
  if (!place) return;
  space.taken.push(place);
  if (!near) leader(context, place, box);
  const [background, ink] = looks[style] ?? looks.plain;
  context.fillStyle = background;
  context.beginPath();
  context.rect(place.x, place.y, place.w, place.h);
  context.fill();
  context.fillStyle = ink;
  context.textBaseline = "middle";
  context.fillText(text, place.x + 6, place.y + height / 2 + 0.5);
}

/** @param {CanvasRenderingContext2D} context @param {Place} place @param {[number, number, number, number]} box */
function leader(context, place, [x, y, w, h]) {
  const cx = place.x + place.w / 2, cy = place.y + place.h / 2;
  context.lineWidth = 1;
  context.strokeStyle = marks.white;
  context.beginPath();
  context.moveTo(cx, cy);
  context.lineTo(Math.min(x + w, Math.max(x, cx)), Math.min(y + h, Math.max(y, cy)));
  context.stroke();
}
