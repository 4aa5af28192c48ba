// Above and below the network map's cells: its module and statistic, and what the colours mean.
import {modules} from "./addresses.js";
import {h} from "./dom.js";
import {effectRamp} from "./draw_effects.js";
import {effectRange} from "./effects.js";
import {statistics, statisticShown} from "./map_subject.js";
import {plain} from "./number_text.js";
import {choice, segments} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {Actions} actions */
export function mapHeading(actions) {
  const {s, store} = actions, dense = s.model.family === "detr";
  return [
    h("div", {class: "row"}, h("h2", {class: "grow"}, "Network map"), dense ? null : segments({
      label: "Cells",
      value: s.mapNumbers ? "n" : "t",
      options: [["t", "Thumbnails"], ["n", "Numbers"]],
      change: (v) => store.set({mapNumbers: v === "n"})
    })),
    h("div", {class: "row"}, choice({
      label: "Module",
      value: s.mapModule,
      options: Object.entries(modules),
      change: (v) => store.set({mapModule: v, cell: null})
    }),
        h("span", {class: "grow"}), ...dense ? [] : barChoice(actions)),
  ];
}

/** What the colours mean.
 * @param {import("./state.js").State} s */
export function mapScale(s) {
  const caption = (/** @type {string} */ text) => h("span", {class: "caption"}, text);
  const kind = statisticShown(s), top = statistics[kind].top(s), ramp = h("span", {class: "ramp small"});
  if (kind === "effect") {
    ramp.style.background = effectRamp();
    const hatched = h("span", {class: "caption row", "data-tip": "Not significant (Benjamini-Hochberg, q = 0.05)"},
        h("span", {class: "hatched", "aria-hidden": "true"}), "not significant");
    return [caption(`−${plain(100 * top, 1)}`), ramp, caption(`+${plain(100 * top, 1)}`), hatched];
  }
  if (s.model.family === "detr" || s.mapModule === "dec.self") return [];
  return [caption("0"), ramp, caption(s.mapNumbers ? `${+ top.toFixed(0)}` : "max of cell")];
}

/** @param {Actions} actions */
function barChoice({s, store}) {
  const there = Object.entries(statistics).filter(([kind]) => kind !== "effect" || effectRange(s, s.mapModule) > 0);
  return [
    h("span", {class: "secondary wide-only"}, "Bar"),
    choice({
      label: "Statistic of the bar",
      tip: statistics[statisticShown(s)].tip,
      value: statisticShown(s),
      options: there.map(([kind, {name}]) => [kind, name]),
      change: (v) => store.set({mapStatistic: v})
    })
  ];
}
