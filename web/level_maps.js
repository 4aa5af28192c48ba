// Four small maps, one a level, cells as computed and one scale: what a token reads, or who reads it; of two tokens
// side by side.
import {gridsOf, mapsInQuestion} from "./attention.js";
import {h, number} from "./dom.js";
import {colourInto, largest} from "./heat.js";
import {shapeIcon} from "./shapes.js";

/** @param {import("./state.js").State} s */
export function levelMaps(s) {
  const tokens = [s.token, s.secondToken].flatMap((t) => (t ? [t] : []));
  const maps = tokens.map((t) => mapsInQuestion(s, t.points(s.encLayer), t));
  const most = Math.max(...maps.flat().map(largest)), whose = tokens.length > 1 ? " of tokens 1 and 2" : "";
  const words = s.direction === "readers" ? "sum of weights" : "share of weight";
  const label = `Maps by level${whose}, ${words}; one scale, 0 to ${number(most, 3)}`;
  const figures = gridsOf(s).map((grid, level) => figure(maps.map((of) => of[level]), grid, level, most, words));
  return h("div", {class: "level-maps", "aria-label": label}, ...figures);
}

/** @param {Float32Array} map */
const sum = (map) => number(map.reduce((a, b) => a + b, 0));

/** @param {Float32Array[]} maps  of each token @param {import("./types.js").Level} grid @param {number} level
 * @param {number} most @param {string} words */
function figure(maps, grid, level, most, words) {
  const isAlone = maps.length === 1;
  const caption =
      h("figcaption", {class: "row", "data-tip": words}, shapeIcon(level), h("b", {}, `L${level} /${grid.stride}`),
          h("span", {class: "caption grow"}, `${grid.width} × ${grid.height}`), isAlone && sum(maps[0]));
  const each =
      maps.map((map, i) => h("div", {class: "one"}, !isAlone && h("span", {class: "caption"}, `${i + 1}: ${sum(map)}`),
                   cells(map, grid, most)));
  return h("figure", {}, caption, h("div", {class: "pair"}, ...each));
}

/** @param {Float32Array} map @param {import("./types.js").Level} grid @param {number} most */
function cells(map, grid, most) {
  const canvas = h("canvas", {class: "cells", width: grid.width, height: grid.height});
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const pixels = context.createImageData(grid.width, grid.height);
  colourInto(map, most, "view", false, pixels);
  context.putImageData(pixels, 0, 0);
  return canvas;
}
