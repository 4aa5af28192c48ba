// What a sweep.json holds, checked and with names for people. Numbers stay 0 to 1, as the file has them.

/** @typedef {number | null} Value */
/** @typedef {{low: Value, high: Value, p: Value}} Interval */
/** @typedef {Record<string, Value>} Values */
/**
 * @typedef {object} Unit
 * @property {string} text what -x takes
 * @property {string} name "dec.5 head 2"
 * @property {number} row
 * @property {number} column
 * @property {Values} change of COCO's numbers: AP, AP50, ..., and of "AP of vehicle", ...
 * @property {Values} perClass change of AP
 * @property {Values} tide change of what errors of a type cost
 * @property {Record<string, Interval>} intervals by metric; the file has those of AP and AP50
 * @property {Value} q of AP
 * @property {boolean} isSignificant
 * @property {Value} importance gradient of its gate, where the sweep measured it
 * @property {{kept: number, lost: number, gained: number, moved: number}} detections
 * @property {{better: number, worse: number, best: string[], worst: string[]}} images
 */
/**
 * @typedef {object} Sweep
 * @property {string} kind
 * @property {string} manner
 * @property {string} model
 * @property {string} sha256
 * @property {string} set
 * @property {string[]} interventions in force in the baseline too
 * @property {number} images
 * @property {number} leftOut
 * @property {number} threshold
 * @property {number} resamples
 * @property {number} seed
 * @property {{stats: Values, perClass: Values, tide: Values}} baseline
 * @property {Value} gradientCorrelation of importance with |change of AP|, by rank
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {Unit[]} units
 */

export const METRICS = ["AP", "AP50", "APs", "APm", "APl", "AR100"];
export const TABLE_METRICS = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR100"];
export const SIGNIFICANT_Q = 0.05;
const MAX_UNITS = 20000;  // each is a cell of the page

const isObject = (/** @type {unknown} */ x) => typeof x === "object" && x !== null && !Array.isArray(x);
/** @returns {any} */
const objectOf = (/** @type {unknown} */ x) => (isObject(x) ? x : {});
/** @returns {Value} */
const valueOf = (/** @type {unknown} */ x) => (typeof x === "number" && Number.isFinite(x) ? x : null);
const countOf = (/** @type {unknown} */ x) => valueOf(x) ?? 0;
const textOf = (/** @type {unknown} */ x) => (typeof x === "string" ? x : "");
/** @returns {string[]} */
const textsOf = (/** @type {unknown} */ x) => (Array.isArray(x) ? x.filter((one) => typeof one === "string") : []);

/**
 * @param {unknown} x
 * @param {string} [prefix] of the keys that count; it is cut off
 * @returns {Values}
 */
function valuesOf(x, prefix = "") {
  /** @type {Values} */
  const values = {};
  for (const [key, value] of Object.entries(objectOf(x)))
    if (key.startsWith(prefix) && (value === null || typeof value === "number"))
      values[key.slice(prefix.length)] = valueOf(value);
  return values;
}

/**
 * AP of a class as a metric like others.
 * @param {string} name
 */
export const classMetric = (name) => `AP of ${name}`;

/** @returns {Values} */
function byClass(/** @type {unknown} */ x) {
  return Object.fromEntries(Object.entries(valuesOf(x)).map(([name, value]) => [classMetric(name), value]));
}

/** @returns {Interval} */
function intervalOf(/** @type {unknown} */ x) {
  const { low, high, p } = objectOf(x);
  return { low: valueOf(low), high: valueOf(high), p: valueOf(p) };
}

/**
 * "dec.5.cross.head2=off(zero)" -> "dec.5 head 2"; the kind, which says cross or self, stands above.
 * @param {string} text
 */
function unitName(text) {
  return text
    .replace(/=.*$/, "")
    .replace(/\.(cross|self)(?=\.)/, "")
    .replace(/\.(head|level|point)(\d+)/g, " $1 $2")
    .replace(/\.(weights|offset)$/, " $1")
    .replace(/\.(cross|self)$/, " $1")
    .replace(/^query\[(\d+)\]$/, "query $1");
}

/**
 * @param {any} raw
 * @param {Values} importance
 * @returns {Unit}
 */
function unitOf(raw, importance) {
  const { detections, images } = { detections: objectOf(raw.detections), images: objectOf(raw.images) };
  const q = valueOf(raw.q);
  return {
    text: raw.unit,
    name: unitName(raw.unit),
    row: raw.row,
    column: raw.column,
    change: { ...valuesOf(raw, "d"), ...byClass(raw.per_class) },
    perClass: valuesOf(raw.per_class),
    tide: valuesOf(raw.tide),
    intervals: { AP: intervalOf(raw.AP_interval), AP50: intervalOf(raw.AP50_interval) },
    q,
    importance: importance[raw.unit] ?? null,
    isSignificant: q !== null && q <= SIGNIFICANT_Q,
    detections: {
      kept: countOf(detections.kept), lost: countOf(detections.lost),
      gained: countOf(detections.gained), moved: countOf(detections.moved),
    },
    images: {
      better: countOf(images.better), worse: countOf(images.worse),
      best: textsOf(images.best), worst: textsOf(images.worst),
    },
  };
}

/**
 * What is wrong with a parsed file, or "".
 * @param {any} raw
 */
function fault(raw) {
  if (!isObject(raw) || !("saccade_sweep" in raw)) return "not the sweep.json of a sweep";
  if (raw.saccade_sweep !== 1) return `a sweep of format ${String(raw.saccade_sweep).slice(0, 20)}; this page reads format 1`;
  for (const key of ["rows", "columns", "units"])
    if (!Array.isArray(raw[key]) || raw[key].length === 0) return `"${key}" is missing or empty; was the file cut off?`;
  if (Math.max(raw.units.length, raw.rows.length * raw.columns.length) > MAX_UNITS) return `more than ${MAX_UNITS} units`;
  if (!isObject(raw.baseline)) return '"baseline" is missing; was the file cut off?';
  const inside = (/** @type {any} */ at, /** @type {any[]} */ names) => Number.isInteger(at) && at >= 0 && at < names.length;
  for (const [i, unit] of raw.units.entries()) {
    if (!isObject(unit) || typeof unit.unit !== "string") return `unit ${i} has no text`;
    if (!inside(unit.row, raw.rows) || !inside(unit.column, raw.columns)) return `unit ${i} lies outside the matrix`;
  }
  return "";
}

/**
 * Throws an Error of one sentence that names the file.
 * @param {unknown} raw parsed JSON
 * @param {string} name of the file or sweep
 * @returns {Sweep}
 */
export function sweepOf(raw, name) {
  const wrong = fault(raw);
  if (wrong) throw new Error(`${name}: ${wrong}`);
  const file = objectOf(raw);
  const importance = objectOf(file.importance);
  const gradients = valuesOf(importance.units);
  return {
    kind: textOf(file.unit), manner: textOf(file.manner), model: textOf(file.model),
    sha256: textOf(file.weights_sha256), set: textOf(file.set), interventions: textsOf(file.interventions),
    images: countOf(file.images), leftOut: countOf(file.left_out_images), threshold: countOf(file.threshold),
    resamples: countOf(objectOf(file.bootstrap).resamples), seed: countOf(objectOf(file.bootstrap).seed),
    baseline: {
      stats: { ...valuesOf(file.baseline), ...byClass(file.baseline.per_class) }, perClass: valuesOf(file.baseline.per_class), tide: valuesOf(file.baseline.tide),
    },
    gradientCorrelation: valueOf(importance.rank_correlation_with_abs_dAP),
    rows: file.rows.map(String), columns: file.columns.map(String),
    units: file.units.map((/** @type {unknown} */ unit) => unitOf(unit, gradients)),
  };
}

/**
 * Whether a change is shown to be one: AP by its q, AP50 by its interval; of others the file does not say.
 * @param {Unit} unit
 * @param {string} metric
 */
export function isShown(unit, metric) {
  if (metric === "AP") return unit.isSignificant;
  const { low, high } = unit.intervals[metric] ?? { low: null, high: null };
  return low !== null && high !== null && (low > 0 || high < 0);
}

/**
 * @param {string} text
 * @param {string} name
 */
export function parseSweep(text, name) {
  let raw;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new Error(`${name}: not JSON, so not the sweep.json of a sweep; or it was cut off`);
  }
  return sweepOf(raw, name);
}
