// Between two layers while they play: boxes, points and references move there in 200 ms.
import {pointsInQuestion, shownRun} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {{from: number, part: number}} Glide  the layer that is left; how much of the way is done, 0 to 1 */

const lasts = 200;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Slow at both ends.
 * @param {number} t  0 to 1 */
const eased = (t) => t * t * (3 - 2 * t);

/** What a step of the playing starts with; null where the system asks for less motion.
 * @param {number} from @returns {Glide|null} */
export const glideFrom = (from) => (still.matches ? null : {from, part: 0});

/** Goes on, frame by frame, until it is there or something else was chosen.
 * @param {import("./state.js").Store} store */
export function keepGliding(store) {
  const start = performance.now();
  let glide = store.state.glide;
  const frame = () => {
    if (!glide || store.state.glide !== glide) return;
    const t = (performance.now() - start) / lasts;
    glide = t < 1 ? {from: glide.from, part: eased(t)} : null;
    store.set({glide});
    store.flush();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** @template {ArrayLike<number>} T @param {State} s @param {ArrayLike<number>} from @param {T} to @returns {T|number[]} */
function between(s, from, to) {
  const part = s.glide?.part ?? 1;
  return Array.from(to, (v, i) => from[i] + (v - from[i]) * part);
}

/** Where a box of the shown layer is drawn.
 * @param {State} s @param {number} query @param {ArrayLike<number>} box */
export function boxNow(s, query, box) {
  const run = shownRun(s);
  return s.glide && run ? between(s, run.box(s.glide.from, query), box) : box;
}

/** @param {State} s @param {number} query @param {number[]} reference */
export function referenceNow(s, query, reference) {
  const run = shownRun(s);
  return s.glide && run ? between(s, run.referenceOf(s.glide.from, query), reference) : reference;
}

/** @param {State} s @returns {import("./types.js").PointSet|null} */
export function pointsNow(s) {
  const to = pointsInQuestion(s);
  if (!s.glide || !to) return to;
  const layer = s.mode === "token" ? {encLayer: s.glide.from} : {layer: s.glide.from};
  const from = pointsInQuestion({...s, ...layer});
  if (!from) return to;
  return {
    ...to,
    xy: Float32Array.from(between(s, from.xy, to.xy)),
    weights: Float32Array.from(between(s, from.weights, to.weights))
  };
}
