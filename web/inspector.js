// The selected unit of the map: on, off or solo, how it goes off, and its numbers.
import {cellAddress} from "./addresses.js";
import {headNumbers} from "./attention.js";
import {byId, fill, h, number, percent} from "./dom.js";
import {effectOf, sizeOf} from "./effects.js";
import {soloCell} from "./map_actions.js";
import {lookOf} from "./map_subject.js";
import {change, counted, interval} from "./number_text.js";
import {cellOff, cellOn, isOff, isSolo} from "./switches.js";
import {choice, keepingFocus, segments} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {Actions} actions */
export function inspector(actions) {
  const {store} = actions, element = byId("inspector");
  const draw = () => keepingFocus(element, () => fill(element, ...content(actions)));
  store.late(["hovered", "layer"], draw);
  store.on(["cell", "lines", "pinned", "history", "at", "token", "headMode", "compare", "threshold", "sweeps"], draw);
  draw();
}

/** @param {Actions} actions */
function content(actions) {
  const {s} = actions, cell = s.cell;
  if (!cell)
    return [h("p", {class: "caption"}, "Select a cell to see its head; ", h("kbd", {}, "X"), " switches it off.")];
  const state = isOff(s, cell) ? "off" : isSolo(s, cell) ? "solo" : "on";
  const become = (/** @type {string} */ to) => {
    if (to === state) return;
    // Solo again is what ends it.
    if (to === "solo" || (to === "on" && state === "solo"))
      soloCell(actions, cell);
    else
      actions.runs.change(to === "off" ? cellOff(s, cell) : cellOn(s, cell));
  };
  const look = lookOf(s, cell.layer);
  return [
    h("div", {class: "row"}, h("code", {class: "grow"}, cellAddress(cell)),
        h("span", {"data-tip": "Output of this head is replaced before the output projection"}, segments({
          label: "This head",
          value: state,
          options: [["on", "On"], ["off", "Off"], ["solo", "Solo"]],
          change: become
        })),
        choice({
          label: "What replaces its output",
          value: s.headMode,
          options: [["zero", "zero"], ["mean", "mean"]],
          change: (v) => changeMode(actions, cell, v)
        })),
    look ? figures(headNumbers(look.set, cell.head, look.box, look.reference), look.own.of(cell.layer, cell.head))
         : h("p", {class: "caption"}, s.model.family === "detr" ? "" : "No points of this module are at hand."),
    effectFigure(s, cell),
  ];
}

/** What a sweep measured with this head off.
 * @param {import("./state.js").State} s @param {import("./types.js").Cell} cell */
function effectFigure(s, cell) {
  const effect = effectOf(s, cell);
  if (!effect) return null;
  const {unit, sweep, mode} = effect, {low, high} = unit.intervals.AP, size = sizeOf(effect);
  const also = sweep.interventions.length ? `; in force too: ${sweep.interventions.join(", ")}` : "";
  return h("div", {
    class: "row effect",
    "data-tip": `Change of AP × 100 on the loaded sweep (${unit.text}, ${counted(sweep.images, "image")} of ${
        sweep.set}${also}); attention weight is not importance`
  },
      h("span", {class: "secondary"}, `ΔAP if off${mode === s.headMode ? "" : ` (${mode})`}`),
      h("b", {class: `figure${unit.isSignificant ? (size < 0 ? " lost" : " gained") : ""}`}, change(size)),
      h("span", {class: "caption"}, `95 % [${interval(low, high)}]`),
      h("span", {class: "caption"}, unit.isSignificant ? "significant" : "not significant"));
}

/** A head that is off goes off in the other way at once.
 * @param {Actions} actions @param {import("./types.js").Cell} cell @param {string} headMode */
function changeMode(actions, cell, headMode) {
  const {s} = actions, wasOff = isOff(s, cell);
  actions.store.set({headMode});
  if (wasOff) actions.runs.change(cellOff({...s, lines: cellOn(s, cell), headMode}, cell));
}

/** @param {ReturnType<typeof headNumbers>} n @param {{weights: number, offsets: number}|null} own */
function figures(n, own) {
  const one = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ tip) =>
      h("div", {"data-tip": tip}, h("span", {class: "secondary"}, name), h("b", {class: "figure"}, value));
  return h("div", {class: "figures"},
      one("In-box share", number(n.share),
          "Part of the head's weight that falls inside the predicted box; of a token, inside its cell"),
      one("Entropy", number(n.entropy), "0: all weight on one point; 1: equal on all of them"),
      one("Mean radius", `${number(n.radius, 0)} px`, "Weighted distance from the reference point, original pixels"),
      one("Largest weight", number(n.peak), "The largest attention weight of the head's points"),
      own && one("Own weights", percent(own.weights),
          "Part of the variation of this head's weights that is the queries' own (tokens': of the encoder); the rest is a template that all of the image share"),
      own && one("Own offsets", percent(own.offsets),
          "The same of where its points lie around the reference, in cells or boxes"));
}
