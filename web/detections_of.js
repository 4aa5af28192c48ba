// What a run detected: results above a threshold, their matching with those of another run, overlaps.

/** @typedef {import("./types.js").Detection} Detection */
/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./run_result.js").RunResult} RunResult */
/** @typedef {{before: Detection|null, after: Detection|null, delta: number, iou: number}} Pair */
/** @typedef {{lost: Pair[], gained: Pair[], changed: Pair[], kept: Pair[], same: number}} Changes  kept: all that were found again */

/** @param {Box|number[]} a @param {Box|number[]} b */
export function iou(a, b) {
  const w = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), h = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (w <= 0 || h <= 0) return 0;
  const area = (/** @type {number[]} */ x) => (x[2] - x[0]) * (x[3] - x[1]);
  return (w * h) / (area(a) + area(b) - w * h);
}

/** @param {RunResult} run @param {number} layer @param {number} query @param {number} label @returns {Detection} */
export function detection(run, layer, query, label) {
  return {query, class: label, score: run.score(layer, query, label), box: run.box(layer, query)};
}

/** By falling score: the last layer's as the server lists them, other layers' by the same rule (the best 100 of all
 * queries and classes; plain DETR: each query's best class).
 * @param {RunResult} run @param {number} layer @param {import("./types.js").Shape} model @returns {Detection[]} */
export function detectionsOf(run, layer, model) {
  /** @type {Detection[]} */
  const found = [];
  if (layer === run.layers - 1) {
    for (let i = 0; i < run.listed.length; i += 2) found.push(detection(run, layer, run.listed[i], run.listed[i + 1]));
    return found;
  }
  if (model.family !== "detr") return bestPairs(run, layer, 100);
  for (let q = 0; q < run.queries; ++q) found.push(detection(run, layer, q, run.best(layer, q)));
  return found.sort((a, b) => b.score - a.score);
}

/** The best of all queries and classes; tens of thousands of pairs are numbers until few are left.
 * @param {RunResult} run @param {number} layer @param {number} count @returns {Detection[]} */
function bestPairs(run, layer, count) {
  const from = layer * run.queries * run.classes, scores = run.scores.subarray(from, from + run.queries * run.classes);
  let pairs = above(scores, 0.02, run);
  if (pairs.length < count) pairs = above(scores, -1, run);
  pairs.sort((a, b) => scores[b] - scores[a] || a - b);
  return pairs.slice(0, count).map((at) => detection(run, layer, Math.floor(at / run.classes), at % run.classes));
}

/** @param {ArrayLike<number>} scores @param {number} least @param {RunResult} run */
function above(scores, least, run) {
  const found = [];
  for (let q = 0; q < run.queries; ++q)
    for (const c of run.labels)
      if (scores[q * run.classes + c] > least) found.push(q * run.classes + c);
  return found;
}

/** Same query and class where boxes overlap by half, then by falling overlap within a class.
 * @param {Detection[]} before @param {Detection[]} after @returns {Map<Detection, Detection>} */
function match(before, after) {
  /** @type {Map<Detection, Detection>} */
  const pairs = new Map();
  const taken = new Set();
  for (const b of before) {
    const same = after.find((a) => a.query === b.query && a.class === b.class && iou(a.box, b.box) >= 0.5);
    if (!same) continue;
    pairs.set(b, same);
    taken.add(same);
  }
  const rest = [];
  for (const b of before.filter((d) => !pairs.has(d)))
    for (const a of after)
      if (!taken.has(a) && a.class === b.class) rest.push({a, b, overlap: iou(a.box, b.box)});
  rest.sort((x, y) => y.overlap - x.overlap);
  for (const {a, b, overlap} of rest) {
    if (overlap < 0.5 || pairs.has(b) || taken.has(a)) continue;
    pairs.set(b, a);
    taken.add(a);
  }
  return pairs;
}

/** The same query's result, if it still lies there.
 * @param {RunResult} run @param {Detection} d @returns {Detection|null} */
function samePlace(run, d) {
  const other = detection(run, run.layers - 1, d.query, d.class);
  return iou(other.box, d.box) >= 0.5 ? other : null;
}

/** What another model makes of a detection: the same query's result if it still lies there, else the result of its class
 * that overlaps it most.
 * @param {RunResult} run @param {Detection} d @param {import("./types.js").Shape} model @returns {Detection|null} */
export function counterpart(run, d, model) {
  const same = samePlace(run, d);
  if (same) return same;
  let best = null, most = 0;
  for (const other of detectionsOf(run, run.layers - 1, model)) {
    const overlap = other.class === d.class ? iou(other.box, d.box) : 0;
    if (overlap > most) [best, most] = [other, overlap];
  }
  return best;
}

/** @param {Detection|null} before @param {Detection|null} after @returns {Pair} */
function pairOf(before, after) {
  const overlap = before && after ? iou(before.box, after.box) : 0;
  return {before, after, delta: (after?.score ?? 0) - (before?.score ?? 0), iou: overlap};
}

/** What an intervention changed, by the results of the last layer.
 * @param {RunResult} first @param {RunResult} second @param {number} threshold
 * @param {import("./types.js").Shape} model @returns {Changes} */
export function changesBetween(first, second, threshold, model) {
  const last = first.layers - 1;
  const listed = (/** @type {RunResult} */ run) => detectionsOf(run, last, model).filter((d) => d.score > threshold);
  const before = listed(first), after = listed(second), pairs = match(before, after);
  const matched = new Set(pairs.values());
  /** @type {Changes} */
  const changes = {lost: [], gained: [], changed: [], kept: [], same: 0};
  for (const b of before) {
    const pair = pairOf(b, pairs.get(b) ?? samePlace(second, b));
    if (pairs.has(b)) changes.kept.push(pair);
    if (!pairs.has(b))
      changes.lost.push(pair);
    else if (Math.abs(pair.delta) >= 0.02 || pair.iou < 0.95)
      changes.changed.push(pair);
    else
      changes.same += 1;
  }
  for (const a of after.filter((d) => !matched.has(d))) changes.gained.push(pairOf(samePlace(first, a), a));
  for (const list of [changes.lost, changes.gained, changes.changed])
    list.sort((x, y) => Math.abs(y.delta) - Math.abs(x.delta));
  return changes;
}
