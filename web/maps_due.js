// The maps of the tab Maps that say what a detection is due to, computed by the server (docs/attribution.md).
import {gridsOf} from "./attention.js";
import {number} from "./dom.js";
import {density, heatOf, total} from "./heat.js";
import {perPixel} from "./legend.js";
import {drawDetections} from "./maps_draw.js";
import {asDetection} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./maps_methods.js").MapMethod} MapMethod */
/** @typedef {import("./maps_methods.js").Reply} Reply */

/** Of what maps hold, the part in a box.
 * @param {Float32Array[]} maps @param {import("./types.js").Level[]} grids @param {import("./heat.js").Size} image
 * @param {number[]} box */
function inBox(maps, grids, image, [x0, y0, x1, y1]) {
  const part = [Math.max(0, x0), Math.max(0, y0), Math.min(image.width, x1), Math.min(image.height, y1)];
  const columns = 64, rows = 64, area = ((part[2] - part[0]) * (part[3] - part[1])) / (columns * rows);
  return density(maps, grids, image, part, columns, rows).reduce((sum, value) => sum + value * area, 0);
}

/** @param {boolean} adds  its sum means something: with what fell outside it is 1
 * @returns {(s: State, reply: Reply|null) => import("./maps_methods.js").Picture|null} */
const picture = (adds) => (s, reply) => {
  const d = asDetection(s, s.pinned);
  if (!reply || !s.image || !d) return null;
  const grids = gridsOf(s);
  const maps = grids.map((_, level) => /** @type {Float32Array} */ (reply.tensors[`level.${level}`].data));
  const sum = total(maps), off = adds ? Math.max(0, 1 - sum) : 0;
  const heat = {...heatOf(maps, grids, s.image), off};
  /** @type {[string, string][]} */
  const numbers = [
    ["In the box", sum > 0 ? number(inBox(maps, grids, s.image, Array.from(d.box)) / sum) : "–"],
    ["Maximum", `${perPixel(heat.most)} per pixel`],
    ...(adds ? [/** @type {[string, string]} */ (["Off-image share", number(off)])] : []),
  ];
  return {heat, numbers, key: "all heads", marks: drawDetections};
};

/** @param {string} id @param {string} name @param {string} sentence @param {boolean} sampled
 * @param {boolean} ofClass @param {string} quantity @param {ReturnType<typeof picture>} pictured @returns {MapMethod} */
const due = (id, name, sentence, sampled, ofClass, quantity, pictured) => ({
  id,
  name,
  sentence,
  needs: "query",
  sampled,
  near: true,
  ofAllLayers: true,
  quantity,
  seen: {heat: true},
  ask: (s) => `method=${id}&query=${s.pinned}` + (ofClass ? `&class=${asDetection(s, s.pinned)?.class ?? 0}` : ""),
  picture: pictured
});

/** @type {MapMethod[]} */
export const dueMethods = [
  due("contribution", "Contribution", "What the samples added to the query, by length; mean of the layers.", true,
      false, "Share", picture(true)),
  due("relevance", "Relevance", "Reads that raised the class, carried back through the encoder.", false, true, "Share",
      picture(false)),
  due("odam", "ODAM", "Gradient of the class times feature, at the encoder's memory.", false, true, "Logit",
      picture(false)),
];
