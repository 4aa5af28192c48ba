// Marker shapes of the levels: circle, square, triangle, diamond, all of the same area for the same radius.
import {svg} from "./dom.js";
import {levelColours} from "./palette.js";

/** Radius of a circle of that weight: area in proportion, 1.5 to 7.5 px.
 * @param {number} weight @param {number} most largest of the view */
export function radiusOf(weight, most) {
  return Math.min(7.5, Math.max(1.5, 7.5 * Math.sqrt(weight / Math.max(0.35, most))));
}

/** @param {number} level @param {number} r @returns {number[][]|null} corners about 0, 0; null: a circle */
export function corners(level, r) {
  const side = (r * Math.sqrt(Math.PI)) / 2, third = r * 1.5551, half = r * 1.3468;
  switch (level % 4) {
    case 1:
      return [[-side, -side], [side, -side], [side, side], [-side, side]];
    case 2:
      return [[0, -third], [half, third / 2], [-half, third / 2]];
    case 3:
      return [[0, -side * 1.4142], [side * 1.4142, 0], [0, side * 1.4142], [-side * 1.4142, 0]];
    default:
      return null;
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} level @param {number} x @param {number} y
 * @param {number} r */
export function tracePath(context, level, x, y, r) {
  context.beginPath();
  const points = corners(level, r);
  if (!points)
    context.arc(x, y, r, 0, 2 * Math.PI);
  else {
    points.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx, y + dy) : context.moveTo(x + dx, y + dy)));
    context.closePath();
  }
}

/** The shape as a small drawing for legends and cards.
 * @param {number} level @param {boolean} [filled] @param {boolean} [slashed] */
export function shapeIcon(level, filled = true, slashed = false) {
  const points = corners(level, 4.6);
  const look = {class: "shape", fill: filled ? levelColours[level % levelColours.length] : "none"};
  const shape = points
      ? svg("polygon",
            {...look, points: points.map(([x, y]) => `${(x + 8).toFixed(1)},${(y + 8).toFixed(1)}`).join(" ")})
      : svg("circle", {...look, cx: 8, cy: 8, r: 4.6});
  const slash = slashed ? [svg("path", {d: "M2 14L14 2", class: "slash"})] : [];
  return svg("svg", {class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true"}, shape, ...slash);
}
