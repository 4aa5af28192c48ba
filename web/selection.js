// What follows from the state: the run on show, its list, the query in question, its points, what changed.
import {changesBetween, detectionsOf, iou} from "./detections_of.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./types.js").Detection} Detection */

/** What is compared with: the model without interventions, or the second model with them.
 * @param {State} s */
export const baseline = (s) => (s.versus === "b" ? s.resultB : (s.history[0]?.result ?? null));
/** With the interventions in force.
 * @param {State} s */
export const latest = (s) => s.preview ?? s.history[s.at]?.result ?? null;
/** What is said of a detection that only one side has: the side before, the side after.
 * @param {State} s @returns {{lost: string, gained: string}} */
export const sideWords = (s) =>
    (s.versus === "b" ? {lost: "only B", gained: "only A"} : {lost: "lost", gained: "gained"});
/** The run that list, points and map are about.
 * @param {State} s */
export const shownRun = (s) => (s.compare === "before" ? (baseline(s) ?? latest(s)) : latest(s));
/** Whether there are two results to compare.
 * @param {State} s */
export const intervened = (s) =>
    (s.versus === "b" ? s.resultB !== null : s.at > 0 || s.preview !== null) && baseline(s) !== latest(s);
/** Hovering wins while it lasts.
 * @param {State} s */
export const queryInQuestion = (s) => (s.hovered >= 0 ? s.hovered : s.pinned);
/** @param {State} s @param {number} label */
export const className = (s, label) => s.model.classes[label] ?? `class ${label}`;

/** @type {{run: unknown, layer: number, all: Detection[]}} */
let memo = {run: null, layer: -1, all: []};

/** All results of the shown layer.
 * @param {State} s @returns {Detection[]} */
function allDetections(s) {
  const run = shownRun(s);
  if (!run) return [];
  if (memo.run !== run || memo.layer !== s.layer)
    memo = {run, layer: s.layer, all: detectionsOf(run, s.layer, s.model)};
  return memo.all;
}

/** @type {{run: unknown, layer: number, all: Detection[]}} */
let memoQ = {run: null, layer: -1, all: []};

/** Each query once, with its best class.
 * @param {State} s @returns {Detection[]} */
function everyQuery(s) {
  const run = shownRun(s);
  if (!run) return [];
  if (memoQ.run === run && memoQ.layer === s.layer) return memoQ.all;
  const all = Array.from({length: run.queries}, (_, q) => {
    const label = run.best(s.layer, q);
    return {query: q, class: label, score: run.score(s.layer, q, label), box: run.box(s.layer, q)};
  });
  memoQ = {run, layer: s.layer, all: all.sort((a, b) => b.score - a.score)};
  return memoQ.all;
}

/** Above the threshold, before the filter by class.
 * @param {State} s @returns {Detection[]} */
export function aboveThreshold(s) { return allDetections(s).filter((d) => d.score > s.threshold); }

/** Whether the shown results are held against annotations: the server does so for the last layer.
 * @param {State} s */
export const hasMatches = (s) => s.layer === s.model.dec_layers - 1 && Boolean(shownRun(s)?.matches);

/** What a shown result is against the annotations; null where it does not count.
 * @param {State} s @param {Detection} d */
export const matchOf = (s, d) => (hasMatches(s) ? (shownRun(s)?.match(d.query, d.class) ?? null) : null);

/** What the list shows and the stage frames.
 * @param {State} s @returns {Detection[]} */
export function listed(s) {
  const word = s.search.toLowerCase(), kind = hasMatches(s) ? s.matchFilter : -1;
  const from = s.allQueries ? everyQuery(s) : aboveThreshold(s);
  return from.filter((d) => (s.classFilter < 0 || d.class === s.classFilter) &&
          (kind < 0 || matchOf(s, d)?.kind === kind) && className(s, d.class).toLowerCase().includes(word));
}

/** The best result whatever its score.
 * @param {State} s */
export const bestOfAll = (s) => allDetections(s)[0] ?? null;

/** A query as a detection of the shown layer, with the class it ends with.
 * @param {State} s @param {number} query @returns {Detection|null} */
export function asDetection(s, query) {
  const run = shownRun(s);
  if (!run || query < 0 || query >= run.queries) return null;
  const label = run.best(run.layers - 1, query);
  return {query, class: label, score: run.score(s.layer, query, label), box: run.box(s.layer, query)};
}

/** The query of the map, the scrubber and the heat: in question, else the first of the list.
 * @param {State} s */
export function subject(s) {
  const query = queryInQuestion(s);
  return query >= 0 ? query : (listed(s)[0]?.query ?? -1);
}

/** What the query or token in question samples.
 * @param {State} s @returns {import("./types.js").PointSet|null} */
export function pointsInQuestion(s) {
  if (s.mode === "token") return s.token?.points(s.encLayer) ?? null;
  const query = queryInQuestion(s);
  return query < 0 ? null : (shownRun(s)?.points(s.layer, query) ?? null);
}

/** @param {State} s @param {number} head */
export const headShown = (s, head) => s.shownHead < 0 || s.shownHead === head;

/** Lost, gained, changed by the interventions in force; null without any.
 * @param {State} s */
export function changes(s) {
  const first = baseline(s), second = latest(s);
  return first && second && intervened(s) ? memoChanges(first, second, s) : null;
}

/** @type {{key: unknown[], value: import("./detections_of.js").Changes|null}} */
let memoC = {key: [], value: null};

/** @param {import("./run_result.js").RunResult} first @param {import("./run_result.js").RunResult} second
 * @param {State} s */
function memoChanges(first, second, s) {
  const key = [first, second, s.threshold];
  if (!memoC.value || key.some((k, i) => k !== memoC.key[i]))
    memoC = {key, value: changesBetween(first, second, s.threshold, s.model)};
  return memoC.value;
}

/** The annotated box that this one covers best.
 * @param {State} s @param {Detection} d */
export function truthOf(s, d) {
  let best = {overlap: 0, truth: /** @type {import("./types.js").Truth|null} */ (null)};
  for (const truth of s.truths) {
    const overlap = iou(truth.box, d.box);
    if (truth.class === d.class && overlap > best.overlap) best = {overlap, truth};
  }
  return best;
}
