// What is said of a sweep in words: its kind of unit, its order, and what limits what it shows.
import { counted, probability } from "./number_text.js";
import { SIGNIFICANT_Q } from "./sweep_data.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./sweep_data.js").Unit} Unit */

/** @type {Record<string, [string, string]>} kind: words, plural of the unit */
const KINDS = {
  "dec.cross.head": ["Decoder cross-attention heads", "heads"],
  "dec.cross.level": ["Decoder cross-attention levels", "levels"],
  "dec.cross.point": ["Decoder cross-attention points", "points"],
  "dec.cross.layer": ["Decoder cross-attention layers", "layers"],
  "dec.self.head": ["Decoder self-attention heads", "heads"],
  "enc.head": ["Encoder heads", "heads"],
  "enc.level": ["Encoder levels", "levels"],
  "enc.point": ["Encoder points", "points"],
  query: ["Object queries", "queries"],
};
const ENOUGH_IMAGES = 30;

/** @param {Sweep} sweep */
export function kindWords(sweep) {
  const words = KINDS[sweep.kind]?.[0] ?? sweep.kind;
  return sweep.manner ? `${words}, ${sweep.manner}` : words;
}

/** @param {Sweep} sweep */
export const unitWord = (sweep) => KINDS[sweep.kind]?.[1] ?? "units";

/**
 * Rows from the top: layers stand deep above shallow, as in the network map.
 * @param {Sweep} sweep
 */
export function rowOrder(sweep) {
  const rows = sweep.rows.map((_, row) => row);
  return sweep.kind === "query" ? rows : rows.reverse();
}

/**
 * @param {Sweep} sweep
 * @param {number} column
 */
export function columnName(sweep, column) {
  const name = sweep.columns[column] ?? "";
  return sweep.columns.length > 8 ? name : name.replace(/^h(\d+)$/, "head $1").replace(/^L(\d+)$/, "level $1");
}

/**
 * Units by their change, the largest loss first; those without a value last.
 * @param {Sweep} sweep
 * @param {string} metric
 */
export function sortedUnits(sweep, metric) {
  const at = (/** @type {Unit} */ unit) => unit.change[metric] ?? Infinity;
  return sweep.units.map((_, i) => i).sort((a, b) => {
    const [x, y] = [at(/** @type {Unit} */ (sweep.units[a])), at(/** @type {Unit} */ (sweep.units[b]))];
    return x < y ? -1 : x > y ? 1 : a - b;
  });
}

/**
 * Why no image can be opened with these interventions, or "": the viewer's server opens no files and knows no data set.
 * @param {string[]} texts
 */
export function whyNotOpened(texts) {
  if (texts.some((text) => /=\s*(off\(\s*mean\s*,|patch\()/.test(text))) return "This unit opens a file, which the viewer does not.";
  return texts.some((text) => /=\s*off\(\s*resample/.test(text)) ? "This unit draws other images of the data set, which the viewer does not." : "";
}

/**
 * What a reader of the numbers has to know beside them.
 * @param {Sweep} sweep
 * @param {string} modelSha256 of the model that is open, or ""
 */
export function sweepNotes(sweep, modelSha256) {
  const notes = [];
  if (modelSha256 && sweep.sha256 && modelSha256 !== sweep.sha256)
    notes.push(`Of another model: ${sweep.model} ${sweep.sha256.slice(0, 8)}; the one open here is ${modelSha256.slice(0, 8)}.`);
  if (sweep.interventions.length) notes.push(`In force in the baseline and in every variant: ${sweep.interventions.join(", ")}.`);
  if (sweep.images < ENOUGH_IMAGES)
    notes.push(`${counted(sweep.images, "image")}: too few to trust the intervals; resamples cannot show what other images would.`);
  const least = 2 / (sweep.resamples + 1);
  if (least * sweep.units.length > SIGNIFICANT_Q)
    notes.push(`p cannot fall below ${probability(least)} with ${counted(sweep.resamples, "resample")}: fewer than ${Math.ceil((least * sweep.units.length) / SIGNIFICANT_Q)} of ${counted(sweep.units.length, "unit")} cannot become significant.`);
  if (sweep.leftOut) notes.push(`${counted(sweep.leftOut, "image")} left out: not readable.`);
  return notes;
}
