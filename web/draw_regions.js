// Draws the regions that interventions forbid or prefer: memory.region(x,y,w,h) or memory.region(x y;x y;x y).
import {dashedOutline} from "./draw_points.js";
import {drawLabel} from "./labels.js";
import {intervened} from "./selection.js";

/** @typedef {import("./image_view.js").ImageView} ImageView */

/** Corners of a region's text; none where it is something else.
 * @param {string} text @returns {{corners: number[][], action: string}|null} */
function readRegion(text) {
  const found = /^memory\.region\((.*)\)\s*=\s*(\w+)/.exec(text.trim());
  if (!found) return null;
  const numbers = found[1].includes(";") ? [] : found[1].split(",").map(Number);
  if (numbers.length === 4) {
    const [x, y, w, h] = numbers;
    return {corners: [[x, y], [x + w, y], [x + w, y + h], [x, y + h]], action: found[2]};
  }
  const corners = found[1].split(";").map((c) => c.trim().split(/\s+/).map(Number));
  return corners.every((c) => c.length === 2 && c.every(Number.isFinite)) ? {corners, action: found[2]} : null;
}

/** @param {ImageView} stage @param {CanvasRenderingContext2D} context @param {import("./state.js").State} s
 * @param {import("./labels.js").LabelSpace} space */
export function drawRegions(stage, context, s, space) {
  if (!intervened(s)) return;
  for (const line of s.lines.filter((l) => l.active)) {
    const region = readRegion(line.text);
    if (!region) continue;
    const places = region.corners.map(([x, y]) => stage.toScreen(x, y));
    dashedOutline(context, places);
    const xs = places.map((p) => p[0]), ys = places.map((p) => p[1]), x = Math.min(...xs), y = Math.min(...ys);
    drawLabel(context, space, [x, y, Math.max(...xs) - x, Math.max(...ys) - y], `${region.action} region`, "plain");
  }
}
