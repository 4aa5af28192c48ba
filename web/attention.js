// Numbers and maps of what a query's or token's heads read.
import {cellMaps, heatOf, total} from "./heat.js";
import {headShown, pointsInQuestion} from "./selection.js";

/** @typedef {import("./types.js").PointSet} PointSet */
/** @typedef {import("./state.js").State} State */

/** @param {PointSet} set @param {number} head
 * @param {(weight: number, x: number, y: number, level: number, point: number) => void} visit */
function eachOf(set, head, visit) {
  for (let level = 0; level < set.levels; ++level)
    for (let point = 0; point < set.points; ++point) {
      const at = (head * set.levels + level) * set.points + point;
      visit(set.weights[at], set.xy[2 * at], set.xy[2 * at + 1], level, point);
    }
}

/** Share of the head's weight inside the box; normalised entropy; weighted distance from the reference, pixels; largest weight.
 * @param {PointSet} set @param {number} head @param {ArrayLike<number>} box @param {ArrayLike<number>} reference */
export function headNumbers(set, head, box, reference) {
  let sum = 0, inside = 0, entropy = 0, far = 0, peak = 0;
  eachOf(set, head, (w, x, y) => {
    sum += w;
    if (x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]) inside += w;
    if (w > 0) entropy -= w * Math.log(w);
    far += w * Math.hypot(x - reference[0], y - reference[1]);
    if (w > peak) peak = w;
  });
  const scale = sum > 0 ? 1 / sum : 0;
  return {share: inside * scale, entropy: entropy / Math.log(set.levels * set.points || 2), radius: far * scale, peak};
}

/** Each level's part of the weight, mean of the heads.
 * @param {PointSet} set @returns {number[]} */
export function levelShares(set) {
  const shares = Array(set.levels).fill(0);
  for (let head = 0; head < set.heads; ++head)
    eachOf(set, head, (w, _x, _y, level) => (shares[level] += w / set.heads));
  return shares;
}

/** What a query samples in a layer, mean of the heads: weighted distance from the reference in pixels, share of the weight
 * inside its box, each level's share; null for plain DETR.
 * @param {import("./run_result.js").RunResult} run @param {number} layer @param {number} query */
export function attentionOf(run, layer, query) {
  const set = run.points(layer, query);
  if (!set) return null;
  const box = run.box(layer, query), reference = run.referenceOf(layer, query);
  const heads = Array.from({length: set.heads}, (_, head) => headNumbers(set, head, box, reference));
  const mean = (/** @type {"radius"|"share"} */ key) => heads.reduce((sum, one) => sum + one[key], 0) / set.heads;
  return {radius: mean("radius"), inBox: mean("share"), levels: levelShares(set)};
}

/** Part of the shown weight that lies outside the image, and the largest weight.
 * @param {PointSet} set @param {{width: number, height: number}} image @param {State} s */
export function shownNumbers(set, image, s) {
  let off = 0, sum = 0, peak = 0;
  for (let head = 0; head < set.heads; ++head) {
    if (!headShown(s, head)) continue;
    eachOf(set, head, (w, x, y, level) => {
      if (!s.shownLevels[level]) return;
      sum += w;
      if (x < 0 || y < 0 || x > image.width || y > image.height) off += w;
      if (w > peak) peak = w;
    });
  }
  return {off: sum > 0 ? off / sum : 0, peak};
}

/** Mean entropy of the heads, 0 to 1.
 * @param {PointSet} set */
export function meanEntropy(set) {
  let sum = 0;
  for (let head = 0; head < set.heads; ++head) sum += headNumbers(set, head, [0, 0, 0, 0], [0, 0]).entropy;
  return sum / set.heads;
}

/** The levels' grids as a run on this image has them.
 * @param {State} s */
export const gridsOf = (s) => s.history[0]?.result.levels ?? [];

/** Weight by cell of each level: what is read, or (encoder) which tokens read the chosen one.
 * @param {State} s @param {PointSet} set @param {State["token"]} [token] @returns {Float32Array[]} */
export function mapsInQuestion(s, set, token = s.token) {
  if (!s.image) return [];
  if (s.mode === "token" && s.direction === "readers" && token)
    return token.readers(s.encLayer).map((map, level) => (s.shownLevels[level] ? map : new Float32Array(map.length)));
  return cellMaps(set, gridsOf(s), s.image, {head: (h) => headShown(s, h), level: (l) => s.shownLevels[l]});
}

/** The weight of the shown heads (their mean) and levels.
 * @param {PointSet} set @param {State} s */
function shareShown(set, s) {
  let sum = 0, heads = 0;
  for (let head = 0; head < set.heads; ++head) {
    if (!headShown(s, head)) continue;
    heads += 1;
    eachOf(set, head, (w, _x, _y, level) => (sum += s.shownLevels[level] ? w : 0));
  }
  return heads && sum > 0 ? sum / heads : 1;
}

/** The weights of the query or token in question as heat.
 * @param {State} s @returns {import("./heat.js").Heat|null} */
export function heatInQuestion(s) {
  const set = pointsInQuestion(s);
  if (!s.image || !set) return null;
  const maps = mapsInQuestion(s, set), readers = s.mode === "token" && s.direction === "readers";
  return {...heatOf(maps, gridsOf(s), s.image), off: readers ? 0 : Math.max(0, 1 - total(maps) / shareShown(set, s))};
}
