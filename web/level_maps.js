// Four small maps, one a level, cells as computed and one scale: what a token reads, or who reads it.
import {gridsOf, mapsInQuestion} from "./attention.js";
import {h, number} from "./dom.js";
import {colourInto, largest} from "./heat.js";
import {shapeIcon} from "./shapes.js";

/** @param {import("./state.js").State} s */
export function levelMaps(s) {
  if (!s.token) return h("div");
  const maps = mapsInQuestion(s, s.token.points(s.encLayer)), most = Math.max(...maps.map(largest));
  const sums = maps.map((map) => map.reduce((a, b) => a + b, 0));
  const words = s.direction === "readers" ? "sum of weights" : "share of weight";
  return h("div", {class: "level-maps", "aria-label": `Maps by level, ${words}; one scale, 0 to ${number(most, 3)}`},
      ...gridsOf(s).map(
          (grid, level) => h("figure", {},
              h("figcaption", {class: "row", "data-tip": words}, shapeIcon(level),
                  h("b", {}, `L${level} /${grid.stride}`),
                  h("span", {class: "caption grow"}, `${grid.width} × ${grid.height}`), number(sums[level])),
              cells(maps[level], grid, most))));
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
