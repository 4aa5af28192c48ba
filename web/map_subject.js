// Of whom the network map speaks: the query or token in question, its points in each layer, where it looks from.
import {headNumbers} from "./attention.js";
import {number} from "./dom.js";
import {effectOf, effectRange, sizeOf} from "./effects.js";
import {change} from "./number_text.js";
import {className, shownRun, subject} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./run_result.js").OwnParts} OwnParts */
/** @typedef {{set: import("./types.js").PointSet, box: ArrayLike<number>, reference: number[], own: OwnParts}} Look */

/** What the map's module reads in this layer; null where there is nothing to draw.
 * @param {State} s @param {number} layer @returns {Look|null} */
export function lookOf(s, layer) {
  if (s.mapModule === "enc.self") {
    if (!s.token || layer >= s.token.layers) return null;
    return {set: s.token.points(layer), box: s.token.cell, reference: s.token.centre, own: s.token.own};
  }
  const run = shownRun(s), query = subject(s);
  if (s.mapModule !== "dec.cross" || !run || query < 0) return null;
  const set = run.points(layer, query);
  return set ? {set, box: run.box(layer, query), reference: run.referenceOf(layer, query), own: run.own} : null;
}

/** @param {State} s */
export function subjectWords(s) {
  if (s.mapModule === "enc.self") return s.token ? `Cells: token ${s.token.token}` : "Click a place in encoder mode";
  if (s.model.family === "detr" || s.mapModule === "dec.self") return "Switches alone: nothing is sampled here";
  const run = shownRun(s), query = subject(s);
  if (!run || query < 0) return "Cells: no query";
  return `Cells: ${className(s, run.best(run.layers - 1, query))} q${query}, box × 1.5`;
}

/** @type {Record<string, {name: string, tip: string, digits: number, top: (s: State) => number}>} */
export const statistics = {
  share: {
    name: "In-box share",
    tip: "Part of the head's weight that falls inside the predicted box; of a token, inside its cell",
    digits: 2,
    top: () => 1
  },
  entropy: {name: "Entropy", tip: "0: all weight on one point; 1: equal on all of them", digits: 2, top: () => 1},
  radius: {
    name: "Mean radius",
    tip: "Weighted distance from the reference point, original pixels",
    digits: 0,
    top: (s) => Math.max(1, (s.image?.width ?? 640) / 5)
  },
  peak: {name: "Largest weight", tip: "The largest attention weight of the head's points", digits: 2, top: () => 1},
  effect: {
    name: "ΔAP",
    tip: "Change of AP × 100 on the loaded sweep; attention weight is not importance",
    digits: 1,
    top: (s) => effectRange(s, s.mapModule)
  },
};

/** The statistic of the cells: the one chosen, where the map's heads have it.
 * @param {State} s */
export const statisticShown = (s) =>
    (s.mapStatistic === "effect" && effectRange(s, s.mapModule) === 0 ? "share" : s.mapStatistic);

/** Of what a head reads.
 * @param {State} s @param {Look} look @param {number} head @returns {number} */
export function statistic(s, look, head) {
  const all = headNumbers(look.set, head, look.box, look.reference), kind = statisticShown(s);
  return kind === "effect" ? 0 : all[kind];
}

/** @param {State} s @param {number} value */
export const statisticText = (s, value) => number(value, statistics[statisticShown(s)].digits);

/** The cell's statistic for readers of the screen; "" where there is none.
 * @param {State} s @param {import("./types.js").Cell} at */
export function statisticWords(s, at) {
  const kind = statisticShown(s), look = lookOf(s, at.layer), effect = effectOf(s, at);
  if (kind !== "effect")
    return look ? `${statistics[kind].name.toLowerCase()} ${statisticText(s, statistic(s, look, at.head))}` : "";
  if (!effect) return "";
  return `ΔAP ${change(sizeOf(effect))}, ${effect.unit.isSignificant ? "significant" : "not significant"}`;
}
