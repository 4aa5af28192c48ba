// One object through the frames of a sequence: where it was found, where it was lost, which frame is to be asked next.
import {headNumbers, levelShares, shownNumbers} from "./attention.js";
import {findAgain, mostGaps, movedOn} from "./find_again.js";

/** @typedef {import("./run_result.js").RunResult} RunResult */
/** @typedef {import("./state.js").State} State */
/** @typedef {{run: RunResult, query: number}} Sample  run: cut down to the query */
/** @typedef {1|-1} Direction */
/** @typedef {{first: number, last: number}} Range  of frames, both included */
/**
 * @typedef {object} Numbers  of one frame and decoder layer
 * @property {number} score
 * @property {import("./types.js").Box} box
 * @property {number|null} radius  pixels, mean of the heads; null: a plain DETR
 * @property {number[]} shares  of the weight, by level
 * @property {number|null} off  share outside the image
 */

export class Track {
  /** @param {string[]} texts interventions in force @param {number} label class of the object
   * @param {number} at the frame that it starts in */
  constructor(texts, label, at) {
    this.texts = texts;
    this.label = label;
    this.at = at;
    /** By frame; null: lost there.
     * @type {Map<number, Sample|null>} */
    this.found = new Map();
  }

  /** @param {number} at @param {RunResult} run @param {number} query -1: lost */
  put(at, run, query) { this.found.set(at, query < 0 ? null : {run: run.only(query), query}); }

  /** The next frame to ask in this direction, and the frames behind it where the object was seen, nearest first;
   * null where the range or the patience ends.
   * @param {Direction} direction @param {Range} range */
  next(direction, range) {
    let at = this.at;
    while (this.found.has(at)) at += direction;
    if (at < range.first || at > range.last) return null;
    const seen = [];
    for (let i = at - direction; this.found.has(i) && seen.length < 2; i -= direction)
      if (this.found.get(i)) seen.push(i);
    return seen.length === 0 || Math.abs(at - seen[0]) > mostGaps ? null : {at, seen};
  }

  /** Looks for the object in the frame that `next` named.
   * @param {RunResult} run @param {{at: number, seen: number[]}} step @param {import("./types.js").Shape} model */
  look(run, {at, seen}, model) {
    const [last, before] = seen.map((i) => ({at: i, box: this.lastBox(i)}));
    const object = {query: this.sample(seen[0]).query, class: this.label, box: movedOn(last, before ?? null, at)};
    this.put(at, run, findAgain(run, object, model)?.query ?? -1);
  }

  /** @param {number} at a frame where it was seen */
  sample(at) { return /** @type {Sample} */ (this.found.get(at)); }

  /** @param {number} at */
  lastBox(at) {
    const {run} = this.sample(at);
    return run.box(run.layers - 1, 0);
  }

  /** Whether the model samples points: a plain DETR reads every place. */
  get hasPoints() { return (this.found.get(this.at)?.run.heads ?? 0) > 0; }

  /** How many frames of the range are answered, and how many will be; without the one it starts in.
   * @param {Range} range */
  progress(range) {
    const within = [...this.found.keys()].filter((i) => i >= range.first && i <= range.last && i !== this.at).length;
    const after = this.next(1, range)?.at ?? range.last + 1, before = this.next(-1, range)?.at ?? range.first - 1;
    const left = range.last + 1 - after + (before + 1 - range.first);
    return {done: within, all: within + left};
  }

  /** Null where it was lost or nobody looked.
   * @param {number} at @param {State} s whose layer is read @returns {Numbers|null} */
  numbers(at, s) {
    const sample = this.found.get(at);
    if (!sample) return null;
    const {run} = sample, layer = s.layer, box = run.box(layer, 0), set = run.points(layer, 0);
    const seen = {score: run.score(layer, 0, this.label), box};
    if (!set) return {...seen, radius: null, shares: [], off: null};
    const reference = run.referenceOf(layer, 0);
    const radii = Array.from({length: set.heads}, (_, head) => headNumbers(set, head, box, reference).radius);
    const every = {...s, shownHead: -1, shownLevels: Array(set.levels).fill(true)};
    return {
      ...seen,
      radius: radii.reduce((a, b) => a + b, 0) / set.heads,
      shares: levelShares(set),
      off: shownNumbers(set, run.image, every).off,
    };
  }
}
