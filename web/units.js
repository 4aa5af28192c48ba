// Level cards and point toggles under the map: switches of all layers of the map's module.
import {pointsOf} from "./addresses.js";
import {gridsOf, levelShares} from "./attention.js";
import {byId, fill, h, number} from "./dom.js";
import {lookOf} from "./map_subject.js";
import {shapeIcon} from "./shapes.js";
import {toggleUnit, unitState} from "./switches.js";
import {choice, keepingFocus} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {Actions} actions */
export function units(actions) {
  const {store} = actions, element = byId("units");
  const draw = () => keepingFocus(element, () => fill(element, ...content(actions)));
  store.late(["hovered", "layer", "encLayer"], draw);
  store.on(
      ["mapModule", "lines", "pinned", "history", "at", "token", "compare", "levelMode", "image", "threshold"], draw);
  draw();
}

/** @param {Actions} actions */
function content(actions) {
  const {s} = actions, points = pointsOf(s.mapModule, s.model);
  element().hidden = s.model.family === "detr" || points === 0;
  if (element().hidden) return [];
  const layer = s.mapModule === "enc.self" ? s.encLayer : s.layer, look = lookOf(s, layer);
  const shares = look ? levelShares(look.set) : [];
  const where = `${s.mapModule.slice(0, 3)}.${layer}`;
  return [
    h("div", {class: "row"}, h("h2", {}, "Levels"), h("span", {class: "grow"}),
        h("span", {class: "secondary"}, look ? `share of weight, ${where}` : ""), choice({
          label: "How levels and points go off",
          value: s.levelMode,
          options: [["renorm", "renorm"], ["drop", "drop"]],
          change: (v) => actions.store.set({levelMode: v})
        })),
    h("div", {class: "cards"},
        ...gridsOf(s)
            .slice(0, s.model.levels)
            .map((grid, level) => levelCard(actions, level, grid.stride, shares[level]))),
    h("div", {class: "row"}, h("h2", {class: "points-title"}, "Points"),
        h("div", {class: "cards grow"}, ...Array.from({length: points}, (_, point) => pointButton(actions, point)))),
  ];
}

const element = () => byId("units");

/** @param {Actions} actions @param {number} level @param {number} stride @param {number|undefined} share */
function levelCard(actions, level, stride, share) {
  const {s} = actions, state = unitState(s, s.mapModule, "levels", level), bar = h("i");
  bar.style.width = `${Math.round((share ?? 0) * 100)}%`;
  return h("button", {
    class: `unit ${state}`,
    "aria-pressed": state === "partial" ? "mixed" : String(state === "on"),
    "aria-label": `Level ${level} in all layers, ${state === "partial" ? "off in some" : state}`,
    "data-tip": "Level off: its weights become 0; renorm: the others share them",
    onclick: () => actions.runs.change(toggleUnit(s, s.mapModule, "levels", level)),
  },
      h("span", {class: "row"}, shapeIcon(level, state !== "off", state !== "on"), `L${level} /${stride}`),
      h("span", {class: "row"}, h("span", {class: "bar"}, bar), share === undefined ? "–" : number(share)));
}

/** @param {Actions} actions @param {number} point */
function pointButton(actions, point) {
  const {s} = actions, state = unitState(s, s.mapModule, "points", point);
  return h("button", {
    class: `unit short ${state}`,
    "aria-pressed": state === "partial" ? "mixed" : String(state === "on"),
    "aria-label": `Point ${point} of every head and level, ${state === "partial" ? "off in some" : state}`,
    "data-tip": `Point ${point} of every head, level and layer on or off`,
    onclick: () => actions.runs.change(toggleUnit(s, s.mapModule, "points", point)),
  },
      `P${point}`);
}
