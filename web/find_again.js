// The rule by which an object of one frame is found again in the next.
import {detection, detectionsOf, iou} from "./detections_of.js";

/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Detection} Detection */
/** @typedef {{box: Box, at: number}} Seen  at: number of the frame */

// So low that a dip of the score is seen, not lost.
const leastScore = 0.05;
const leastOverlap = 0.3, leastOfSameQuery = 0.1;
// Without this, a faint second detection of the same object would now and then look like a dip of its score.
const duplicateOverlap = 0.5;
export const mostGaps = 3;

export const rule =
    "In the next frame the object is the detection of its class that overlaps most with the last box, " +
    `moved on as it moved last (score ${leastScore} or more, IoU ${leastOverlap} or more; detections that overlap a ` +
    `better one by ${duplicateOverlap} do not count); else the same query, if its class agrees (IoU ${
        leastOfSameQuery} or more); ` +
    `else it is lost there, and after ${mostGaps} such frames it is no longer looked for.`;

/** Where the object should be: the last box, moved on at the pace of its centre between the last two.
 * @param {Seen} last @param {Seen|null} before @param {number} at @returns {Box} */
export function movedOn(last, before, at) {
  if (!before) return last.box;
  const pace = (at - last.at) / (last.at - before.at),
        centre = (/** @type {Box} */ b, /** @type {number} */ i) => (b[i] + b[i + 2]) / 2;
  const [dx, dy] = [0, 1].map((i) => pace * (centre(last.box, i) - centre(before.box, i)));
  const [x0, y0, x1, y1] = last.box;
  return [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
}

/** Of a class, each once: a detection that overlaps a better one is its duplicate.
 * @param {import("./run_result.js").RunResult} run @param {number} label @param {import("./types.js").Shape} model */
function candidates(run, label, model) {
  /** @type {Detection[]} */
  const kept = [];
  for (const d of detectionsOf(run, run.layers - 1, model))
    if (d.class === label && d.score >= leastScore && kept.every((k) => iou(k.box, d.box) < duplicateOverlap))
      kept.push(d);
  return kept;
}

/** @param {import("./run_result.js").RunResult} run
 * @param {{query: number, class: number, box: Box}} object query of the last frame, place in this one
 * @param {import("./types.js").Shape} model @returns {Detection|null} */
export function findAgain(run, object, model) {
  const last = run.layers - 1;
  let best = null, most = 0;
  for (const d of candidates(run, object.class, model)) {
    const overlap = iou(d.box, object.box);
    if (overlap >= leastOverlap && overlap > most) [best, most] = [d, overlap];
  }
  if (best) return best;
  const same = detection(run, last, object.query, object.class);
  const agrees = run.best(last, object.query) === object.class && iou(same.box, object.box) >= leastOfSameQuery;
  return agrees ? same : null;
}
