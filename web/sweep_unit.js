// The numbers of one unit of a sweep: headline, metrics, errors, classes.
import { linear } from "./charts.js";
import { change, counted, interval, points, probability, tone } from "./number_text.js";
import { TABLE_METRICS, isShown } from "./sweep_data.js";
import { html, svg } from "./tab_dom.js";

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
  return html(
    "div", { class: "unit-headline" },
    html("strong", { class: `unit-figure ${unit.isSignificant ? tone(value) : ""}` }, change(value)),
    html("div", {},
      html("div", { class: "unit-measure" }, "ΔAP × 100"),
      html("div", { class: "tab-caption" }, html("span", {}, `95 % [${interval(low, high)}],`), " ",
        html("span", {}, `q = ${probability(unit.q)},`), " ", html("span", {}, `p = ${probability(p)}`)),
      html("div", { class: "tab-caption" }, `${unit.isSignificant ? "significant" : "not significant"} among ${counted(sweep.units.length, "unit")}`)),
  );
}

/**
 * @param {string[]} names
 * @param {string} label
 */
function tableHead(names, label) {
  return [html("caption", { class: "tab-hidden" }, label), html("thead", {}, html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name))))];
}

/**
 * @param {Sweep} sweep
 * @param {Unit} unit
 */
export function metricsTable(sweep, unit) {
  const body = html("tbody");
  for (const metric of TABLE_METRICS) {
    const [before, by] = [sweep.baseline.stats[metric] ?? null, unit.change[metric] ?? null];
    const range = unit.intervals[metric];
    body.append(html(
      "tr", {},
      html("th", { scope: "row" }, metric), html("td", {}, points(before)), html("td", {}, points(after(before, by))),
      html("td", { class: isShown(unit, metric) ? `unit-change ${tone(by)}` : "" }, change(by)),
      html("td", { class: "tab-caption" }, range ? interval(range.low, range.high) : "–"),
    ));
  }
  return html("table", { class: "tab-table unit-metrics" }, ...tableHead(["Metric", "before", "after", "Δ", "95 % interval"], "Metrics"), body);
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
  const body = html("tbody");
  for (const type of types) {
    const [before, by] = [sweep.baseline.tide[type] ?? null, unit.tide[type] ?? null];
    const now = after(before, by);
    body.append(html(
      "tr", {}, html("th", { scope: "row" }, html("button", { type: "button", class: "error-type", title: `Images with ${type} errors`, onclick: () => choose(type) }, type)),
      html("td", {}, dumbbell(before, now, most)),
      html("td", {}, points(now)), html("td", { class: `unit-change ${tone(by, true)}` }, change(by)),
    ));
  }
  const table = html("table", { class: "tab-table unit-tide" }, ...tableHead(["Type", "before ○ after ●", "dAP50", "Δ"], "Errors by TIDE type"), body);
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
  const list = html("ul", { class: "unit-classes" });
  for (const name of names) {
    const [before, by] = [sweep.baseline.perClass[name] ?? null, unit.perClass[name] ?? null];
    list.append(html(
      "li", { "aria-current": name === chosen ? "true" : null },
      html("div", { class: "unit-class" }, html("span", { class: "unit-class-name", title: name }, name), html("span", { class: tone(by) }, change(by))),
      classTrack(by, most),
      html("div", { class: "tab-caption" }, by === null ? "nothing to measure" : `AP ${points(before)} → ${points(after(before, by))}`),
    ));
  }
  return list;
}
