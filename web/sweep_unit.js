// The numbers of one unit of a sweep: headline, metrics, errors, classes.
import { linear } from "./charts.js";
import { h, svg } from "./dom.js";
import { change, counted, interval, points, probability, tone } from "./number_text.js";
import { TABLE_METRICS, isShown } from "./sweep_data.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./sweep_data.js").Unit} Unit */
/** @typedef {import("./sweep_data.js").Value} Value */

const TRACK = 104;

/**
 * @param {Value} before
 * @param {Value} by
 * @returns {Value}
 */
const after = (before, by) => (before === null || by === null ? null : before + by);

/**
 * @param {Sweep} sweep
 * @param {Unit} unit
 */
export function headline(sweep, unit) {
  const { low, high, p } = unit.intervals.AP ?? { low: null, high: null, p: null };
  const value = unit.change.AP ?? null;
  return h(
    "div", { class: "unit-headline" },
    h("strong", { class: `unit-figure ${unit.isSignificant ? tone(value) : ""}` }, change(value)),
    h("div", {},
      h("div", { class: "unit-measure" }, "ΔAP × 100"),
      h("div", { class: "tab-caption" }, h("span", {}, `95 % [${interval(low, high)}],`), " ",
        h("span", {}, `q = ${probability(unit.q)},`), " ", h("span", {}, `p = ${probability(p)}`)),
      h("div", { class: "tab-caption" }, `${unit.isSignificant ? "significant" : "not significant"} among ${counted(sweep.units.length, "unit")}`)),
  );
}

/**
 * @param {string[]} names
 * @param {string} label
 */
function tableHead(names, label) {
  return [h("caption", { class: "tab-hidden" }, label), h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name))))];
}

/**
 * @param {Sweep} sweep
 * @param {Unit} unit
 */
export function metricsTable(sweep, unit) {
  const body = h("tbody");
  for (const metric of TABLE_METRICS) {
    const [before, by] = [sweep.baseline.stats[metric] ?? null, unit.change[metric] ?? null];
    const range = unit.intervals[metric];
    body.append(h(
      "tr", {},
      h("th", { scope: "row" }, metric), h("td", {}, points(before)), h("td", {}, points(after(before, by))),
      h("td", { class: isShown(unit, metric) ? `unit-change ${tone(by)}` : "" }, change(by)),
      h("td", { class: "tab-caption" }, range ? interval(range.low, range.high) : "–"),
    ));
  }
  return h("table", { class: "tab-table unit-metrics" }, ...tableHead(["Metric", "before", "after", "Δ", "95 % interval"], "Metrics"), body);
}

/**
 * A ring before, a dot after, on a scale from 0.
 * @param {Value} before
 * @param {Value} now
 * @param {number} most end of the scale
 */
function dumbbell(before, now, most) {
  const track = svg("svg", { class: "unit-track", width: TRACK, height: 16, "aria-hidden": "true" }, svg("line", { class: "track-line", x1: 0, x2: TRACK, y1: 8, y2: 8 }));
  if (before === null || now === null) return track;
  const x = linear(0, most, 5, TRACK - 5);
  const worse = tone(now - before, true);
  track.append(
    svg("line", { class: `track-change ${worse}`, x1: x(before), x2: x(now), y1: 8, y2: 8 }),
    svg("circle", { class: `track-before ${worse}`, cx: x(before), cy: 8, r: 3.5 }),
    svg("circle", { class: `track-after ${worse}`, cx: x(now), cy: 8, r: 3.5 }),
  );
  return track;
}

/**
 * @param {Sweep} sweep
 * @param {Unit} unit
 * @param {(type: string) => void} choose
 */
export function tideTable(sweep, unit, choose) {
  const types = Object.keys(sweep.baseline.tide);
  const most = Math.max(0.001, ...types.flatMap((type) => {
    const before = sweep.baseline.tide[type] ?? null;
    return [before ?? 0, after(before, unit.tide[type] ?? null) ?? 0];
  }));
  const body = h("tbody");
  for (const type of types) {
    const [before, by] = [sweep.baseline.tide[type] ?? null, unit.tide[type] ?? null];
    const now = after(before, by);
    body.append(h(
      "tr", {}, h("th", { scope: "row" }, h("button", { type: "button", class: "error-type", title: `Images with ${type} errors`, onclick: () => choose(type) }, type)),
      h("td", {}, dumbbell(before, now, most)),
      h("td", {}, points(now)), h("td", { class: `unit-change ${tone(by, true)}` }, change(by)),
    ));
  }
  const table = h("table", { class: "tab-table unit-tide" }, ...tableHead(["Type", "before ○ after ●", "dAP50", "Δ"], "Errors by TIDE type"), body);
  table.title = "What repairing all errors of a type would add to AP50, × 100";
  return table;
}

/**
 * Change of a class as a dot beside the mark of no change; the file has no interval of it.
 * @param {Value} by
 * @param {number} most end of the scale on both sides
 */
function classTrack(by, most) {
  const x = linear(-most, most, 5, TRACK - 5);
  const track = svg(
    "svg", { class: "unit-track", width: TRACK, height: 16, "aria-hidden": "true" },
    svg("line", { class: "track-line", x1: 0, x2: TRACK, y1: 8, y2: 8 }),
    svg("line", { class: "track-zero", x1: x(0), x2: x(0), y1: 2, y2: 14 }),
  );
  if (by !== null)
    track.append(
      svg("line", { class: `track-change ${tone(by)}`, x1: x(0), x2: x(by), y1: 8, y2: 8 }),
      svg("circle", { class: `track-after ${tone(by)}`, cx: x(by), cy: 8, r: 3.5 }),
    );
  return track;
}

/**
 * @param {Sweep} sweep
 * @param {Unit} unit
 * @param {string} chosen the class that the tab is filtered by, or empty
 */
export function classChanges(sweep, unit, chosen) {
  const names = Object.keys(sweep.baseline.perClass);
  const most = Math.max(0.001, ...names.map((name) => Math.abs(unit.perClass[name] ?? 0)));
  const list = h("ul", { class: "unit-classes" });
  for (const name of names) {
    const [before, by] = [sweep.baseline.perClass[name] ?? null, unit.perClass[name] ?? null];
    list.append(h(
      "li", { "aria-current": name === chosen ? "true" : null },
      h("div", { class: "unit-class" }, h("span", { class: "unit-class-name", title: name }, name), h("span", { class: tone(by) }, change(by))),
      classTrack(by, most),
      h("div", { class: "tab-caption" }, by === null ? "nothing to measure" : `AP ${points(before)} → ${points(after(before, by))}`),
    ));
  }
  return list;
}
