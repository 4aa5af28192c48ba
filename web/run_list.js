// The runs as a table: colour and dash, how far each is, and its numbers at the crosshair or at the end.
import { h, svg } from "./dom.js";
import { dashOf, lookClass } from "./line_chart.js";
import { counted, plain } from "./number_text.js";

/** @typedef {import("./run_feed.js").Run} Run */
/** @typedef {import("./run_log.js").Key} Key */

/** @type {{key: Key, title: string}[]} */
export const NUMBERS = [
  { key: "trainLoss", title: "Training loss" }, { key: "testLoss", title: "Validation loss" },
  { key: "AP", title: "AP" }, { key: "AP50", title: "AP50" },
];
// A log does not say that its run has ended; one that is written to more rarely than this looks ended.
const LIVE_S = 600;

/** @param {number} seconds */
function ago(seconds) {
  if (seconds < 100) return `${Math.round(seconds)} s ago`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86400)} days ago`;
}

/** @param {Run} run */
function isLive(run) {
  return run.age < LIVE_S && !(run.planned !== null && run.log.last + 1 >= run.planned);
}

/** @param {Run} run */
function progress(run) {
  if (run.error) return h("span", { class: "tab-lost" }, run.error);
  if (run.log.last < 0) return h("span", {}, run.isShown ? "no epoch yet" : "not shown");
  if (!isLive(run)) return h("span", {}, `epoch ${run.log.last}, last written ${ago(run.age)}`);
  const of = run.planned === null ? "" : ` of ${run.planned}`;
  return h("span", {}, h("span", { class: "run-live", "aria-hidden": "true" }), `epoch ${run.log.last}${of}, ${ago(run.age)}`);
}

/** @param {Run} run */
function notes(run) {
  const { damaged, superseded } = run.log;
  const parts = [];
  if (damaged) parts.push(`${counted(damaged, "damaged line")} skipped`);
  if (superseded) parts.push(`${counted(superseded, "line")} superseded by a resume`);
  return parts.join("; ");
}

/**
 * @param {Run} run
 * @param {Key} key
 * @param {number | null} epoch of the crosshair
 */
function number(run, key, epoch) {
  const found = run.log.newest(key, epoch ?? Infinity);
  if (!found) return h("td", {}, "–");
  const asked = Math.min(epoch ?? Infinity, run.log.last);
  const where = found.epoch === asked ? null : h("span", { class: "tab-caption" }, ` at ${found.epoch}`);
  return h("td", { "data-key": key }, plain(found.value, 3), where);
}

/**
 * @param {Run} run
 * @param {(run: Run) => void} toggle
 */
function nameCell(run, toggle) {
  const sample = svg("svg", { class: `run-curve ${lookClass(run.order)}`, width: 32, height: 12, "aria-hidden": "true" },
    svg("polyline", { points: "0,6 32,6", "stroke-dasharray": dashOf(run.order) }));
  const box = h("input", { type: "checkbox", onchange: () => toggle(run) });
  box.checked = run.isShown;
  return h("th", { scope: "row" }, h("label", { class: "run-name" }, box, sample, h("span", { title: run.name }, run.name)));
}

/**
 * @param {Run[]} runs
 * @param {number | null} epoch of the crosshair; null: the last numbers
 * @param {(run: Run) => void} toggle
 */
export function runTable(runs, epoch, toggle) {
  const where = epoch === null ? "Last values" : `Values at epoch ${epoch}`;
  const heads = ["Run", "Progress", ...NUMBERS.map(({ title }) => title), "Notes"];
  const body = h("tbody");
  for (const run of runs)
    body.append(h("tr", { "data-run": run.name }, nameCell(run, toggle), h("td", {}, progress(run)),
      ...NUMBERS.map(({ key }) => number(run, key, epoch)), h("td", { class: "tab-caption" }, notes(run))));
  return h("table", { class: "tab-table run-table" }, h("caption", {}, where),
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))), body);
}
