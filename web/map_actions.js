// Choosing and switching cells of the network map, by pointer, key or inspector.
import {cellOff, cellOn, cellSolo, isOff} from "./switches.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./types.js").Cell} Cell */

/** @param {import("./state.js").State} s @param {Cell} at */
export const isChosen = (s, at) =>
    s.cell !== null && s.cell.module === at.module && s.cell.layer === at.layer && s.cell.head === at.head;

/** Selecting shows the unit: its layer, its head among the others.
 * @param {Actions} actions @param {Cell} cell */
export function select(actions, cell) {
  const {s} = actions;
  if (isChosen(s, cell)) return;
  actions.store.set({cell});
  if (cell.module.startsWith("dec") && s.mode === "query") actions.goLayer(cell.layer);
  if (cell.module.startsWith("enc") && s.mode === "token") actions.goLayer(cell.layer);
}

/** @param {Actions} actions @param {Cell} cell */
export function switchCell(actions, cell) {
  const {s} = actions;
  actions.runs.change(isOff(s, cell) ? cellOn(s, cell) : cellOff(s, cell));
}

/** @param {Actions} actions @param {Cell} cell */
export const soloCell = (actions, cell) => actions.runs.change(cellSolo(actions.s, cell));
