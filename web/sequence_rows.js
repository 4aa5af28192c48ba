// What film, traces and file show of each frame in sight, and the file.
import {download} from "./exports.js";

/** @typedef {import("./sequence_track.js").Track} Track */
/** @typedef {import("./sequence_track.js").Numbers} Numbers */
/** @typedef {import("./sequence_frames.js").Frame} Frame */
/** @typedef {import("./state.js").State} State */
/**
 * @typedef {object} Row  one frame
 * @property {number} at  which of the sequence
 * @property {boolean} isAsked
 * @property {Numbers|null} numbers  null: lost, or not asked
 * @property {Numbers|null} bare  of the model as it is, where it is compared with
 * @property {{width: number, height: number}|null} size  of the image
 */

/** @param {State} s @param {Track} track @param {Track|null} bare @param {import("./sequence_track.js").Range} range
 * @returns {Row[]} */
export function rowsOf(s, track, bare, {first, last}) {
  return Array.from({length: last - first + 1}, (_, i) => ({
    at: first + i,
    isAsked: track.found.has(first + i),
    numbers: track.numbers(first + i, s),
    bare: bare?.numbers(first + i, s) ?? null,
    size: track.found.get(first + i)?.run.image ?? null,
  }));
}

/** @param {string} text */
const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, "\"\"")}"` : text);

/** A line for each frame that was asked; a lost object leaves its numbers empty.
 * @param {State} s @param {Frame[]} frames @param {Track} track @param {import("./sequence_track.js").Range} range
 * @returns {string[]} */
function lines(s, frames, track, {first, last}) {
  const found = [], levels = track.hasPoints ? s.model.levels : 0;
  for (let at = first; at <= last; ++at) {
    if (!track.found.has(at)) continue;
    const n = track.numbers(at, s), query = track.found.get(at)?.query ?? "";
    const numbers = n ? [n.score.toFixed(6), query, ...n.box.map((v) => v.toFixed(2))] : ["", "", "", "", "", ""];
    const points = levels ? [n?.radius?.toFixed(2) ?? "", n?.off?.toFixed(5) ?? "",
      ...Array.from({length: levels}, (_, level) => n?.shares[level].toFixed(5) ?? "")] : [];
    found.push([
      frames[at].number, quoted(frames[at].name), ...numbers, ...points, `dec.${s.layer}`,
      quoted(track.texts.join("; "))
    ].join(","));
  }
  return found;
}

/** Gives the traces as a file; with what is compared below.
 * @param {State} s @param {Frame[]} frames @param {Track[]} tracks the object's, and the one compared with
 * @param {import("./sequence_track.js").Range} range */
export function exportTraces(s, frames, tracks, range) {
  const points = tracks[0].hasPoints
      ? ["radius", "off_image", ...Array.from({length: s.model.levels}, (_, level) => `share_L${level}`)]
      : [];
  const head =
      ["frame", "name", "score", "query", "x0", "y0", "x1", "y1", ...points, "layer", "interventions"].join(",");
  const text = [head, ...tracks.flatMap((track) => lines(s, frames, track, range))].join("\n") + "\n";
  download(`${frames[tracks[0].at].name.replace(/^.*\/|\.[^.]*$/g, "")}-sequence.csv`, text, "text/csv");
}
