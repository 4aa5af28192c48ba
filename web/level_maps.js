// Four small maps, one a level, cells as computed and one scale: what a token reads, or who reads it; of two tokens
// side by side.
import {gridsOf, mapsInQuestion} from "./attention.js";
import {h, number} from "./dom.js";
import {colourInto, largest} from "./heat.js";
import {shapeIcon} from "./shapes.js";

/** @param {import("./state.js").State} s */
export function levelMaps(s) {
  const tokens = [s.token, s.secondToken].flatMap((t) => (t ? [t] : []));
  const maps = tokens.map((t) => mapsInQuestion(s, t.points(s.encLayer), t)), most = Math.max(...maps.flat().map(largest));
  const words = s.direction === "readers" ? "sum of weights" : "share of weight";
  const sum = (/** @type {Float32Array} */ map) => number(map.reduce((a, b) => a + b, 0));
  const whose = tokens.length > 1 ? " of tokens 1 and 2" : "";
  return h("div", {class: "level-maps", "aria-label": `Maps by level${whose}, ${words}; one scale, 0 to ${number(most, 3)}`},
      ...gridsOf(s).map((grid, level) => h("figure", {},
          h("figcaption", {class: "row", "data-tip": words}, shapeIcon(level), h("b", {}, `L${level} /${grid.stride}`),
              h("span", {class: "caption grow"}, `${grid.width} × ${grid.height}`), tokens.length > 1 ? "" : sum(maps[0][level])),
          h("div", {class: "pair"}, ...maps.map((of, i) => cells(of[level], grid, most, tokens.length > 1 && `${i + 1}: ${sum(of[level])}`))))));
}

/** @param {Float32Array} map @param {import("./types.js").Level} grid @param {number} most
 * @param {string|false} caption */
function cells(map, grid, most, caption) {
  const canvas = h("canvas", {class: "cells", width: grid.width, height: grid.height});
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const pixels = context.createImageData(grid.width, grid.height);
  colourInto(map, most, "view", false, pixels);
  context.putImageData(pixels, 0, 0);
  return h("div", {class: "one"}, caption && h("span", {class: "caption"}, caption), canvas);
}
