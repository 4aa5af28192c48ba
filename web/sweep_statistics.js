// The statistics that a sweep has of its units, as the scatter plot offers them, and their rank correlation.
import { change, plain } from "./number_text.js";
import { classMetric } from "./sweep_data.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./sweep_data.js").Unit} Unit */
/** @typedef {import("./sweep_data.js").Value} Value */
/**
 * @typedef {object} Statistic
 * @property {string} key
 * @property {string} group
 * @property {string} name with its unit
 * @property {(unit: Unit) => Value} value as it is drawn
 * @property {(value: number) => string} text
 * @property {boolean} isSigned a change, whose axis says + and −
 */

/** @type {Record<"lost" | "gained" | "kept" | "moved", string>} */
const DETECTIONS = { lost: "Detections lost", gained: "Detections gained", kept: "Detections kept", moved: "Detections moved" };

/**
 * A change of 0 to 1, drawn in points.
 * @param {string} key
 * @param {string} group
 * @param {string} name
 * @param {(unit: Unit) => Value} value
 * @returns {Statistic}
 */
function changeOf(key, group, name, value) {
  const scaled = (/** @type {Unit} */ unit) => { const by = value(unit); return by === null ? null : 100 * by; };
  return { key, group, name: `${name} × 100`, value: scaled, text: (by) => change(by / 100), isSigned: true };
}

/**
 * @param {string} key
 * @param {string} group
 * @param {string} name
 * @param {(unit: Unit) => Value} value
 * @returns {Statistic}
 */
const countOf = (key, group, name, value) => ({ key, group, name, value, text: (count) => plain(count, 0), isSigned: false });

/**
 * Those that at least two units have.
 * @param {Sweep} sweep
 * @returns {Statistic[]}
 */
export function statisticsOf(sweep) {
  const classes = Object.keys(sweep.baseline.perClass), ofClasses = new Set(classes.map(classMetric));
  const metrics = Object.keys(sweep.baseline.stats).filter((metric) => !ofClasses.has(metric));
  /** @type {Statistic[]} */
  const all = [
    ...metrics.map((metric) => changeOf(metric, "COCO", `Δ${metric}`, (unit) => unit.change[metric] ?? null)),
    ...classes.map((name) => changeOf(classMetric(name), "AP of a class", `ΔAP of ${name}`, (unit) => unit.perClass[name] ?? null)),
    ...Object.keys(sweep.baseline.tide).map((type) => changeOf(`tide ${type}`, "What errors cost", `Δ cost of ${type} errors`, (unit) => unit.tide[type] ?? null)),
    ...Object.entries(DETECTIONS).map(([key, name]) => countOf(key, "Detections", name, (unit) => unit.detections[/** @type {"lost"} */ (key)])),
    countOf("better", "Images", "Images better", (unit) => unit.images.better), countOf("worse", "Images", "Images worse", (unit) => unit.images.worse),
    { key: "gradient", group: "Gradient", name: "|gradient| of the gate / norm of its layer", value: (unit) => unit.importance, text: (by) => plain(by, 3), isSigned: false },
  ];
  return all.filter(({ value }) => sweep.units.filter((unit) => value(unit) !== null).length > 1);
}

/**
 * Ranks from 1; equal values share the mean of theirs.
 * @param {number[]} values
 */
function ranks(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}

/**
 * Spearman's: the correlation of the ranks; null where one of them has no order.
 * @param {number[]} x
 * @param {number[]} y
 * @returns {Value}
 */
export function rankCorrelation(x, y) {
  const middle = (x.length + 1) / 2;
  const [a, b] = [x, y].map((values) => ranks(values).map((rank) => rank - middle));
  const product = (/** @type {number[]} */ p, /** @type {number[]} */ q) => p.reduce((sum, value, i) => sum + value * (q[i] ?? 0), 0);
  const norm = Math.sqrt(product(a ?? [], a ?? []) * product(b ?? [], b ?? []));
  return norm > 0 ? product(a ?? [], b ?? []) / norm : null;
}
