// The help: all keys, and the switch that turns single letters off.
import {byId, fill, h} from "./dom.js";
import {habit, keepHabit} from "./state.js";

/** @type {[string, string][]} */
const keys = [
  ["← →", "layer; on Sequence: frame"],
  ["↑ ↓", "detection"],
  ["Enter", "pin the detection walked to"],
  ["Esc", "unpin, leave a mode, cancel a run"],
  ["1 – 8", "show only head 0 – 7"],
  ["0", "show all heads and levels"],
  ["Shift 1 – 4", "show only level L0 – L3; the token's level"],
  ["Shift click", "a second encoder token"],
  ["Shift ← ↑ → ↓", "the encoder token, by a cell"],
  ["P", "points"],
  ["H", "heat"],
  ["R", "reference"],
  ["G", "truth"],
  ["B", "before or after"],
  ["X", "switch the selected cell off or on"],
  ["Shift X", "leave the selected cell alone"],
  ["U, Ctrl Z", "undo"],
  ["Shift U, Ctrl Shift Z", "redo"],
  ["S", "save the interventions"],
  ["E", "encoder or decoder"],
  ["M", "edit: drag points and reference"],
  ["L", "lasso"],
  ["Z", "zoom to the pinned box"],
  ["F", "fit"],
  ["+ −", "zoom"],
  ["[ ]", "image"],
  ["Space", "play the layers, or the frames"],
  ["O", "open an image"],
  ["C", "copy the permalink"],
  ["T", "theme"],
  ["/", "search by class"],
  ["?", "this help"],
];

export const lettersOn = () => habit("letters") !== false;

export function openHelp() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("help-dialog"));
  const letters = h("input", {type: "checkbox", onchange: () => keepHabit({letters: letters.checked})});
  letters.checked = lettersOn();
  const close = h("button", {class: "button", onclick: () => dialog.close()}, "Close");
  const rows = keys.map(([key, what]) => h("div", {}, h("b", {}, key), h("span", {}, what)));
  const words = "Show filters the drawing and costs nothing; switch changes the model, and is listed under " +
      "Interventions. Attention weight is not importance: switch a unit off to see what it does.";
  const foot = h("div", {class: "row"}, h("label", {class: "tick grow"}, letters, "Single letters are keys"), close);
    fill(dialog, h("h2", {}, "Keys"), h("div", {class: "keys"}, ...rows), h("p", {class: "secondary"}, words), foot);
    dialog.showModal();
}
