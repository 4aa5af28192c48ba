// Narrow windows: one panel at a time beside the stage, chosen by tabs.
import {byId, fill, h} from "./dom.js";
import {narrow} from "./scale.js";
import {aboveThreshold, changes} from "./selection.js";
import {keepingFocus} from "./toolbar.js";

/** @typedef {"detections"|"network"|"changes"} Panel */

/** @param {import("./actions.js").Actions} actions */
export function startPanels({store}) {
  const bar = byId("panel-tabs"), left = byId("left"), right = byId("right"), centre = byId("centre");
  let chosen = /** @type {Panel} */ ("network");
  const place = () => {
    // Moved only when it must be: what is moved loses the keyboard.
    if (narrow.matches && !right.contains(left)) right.append(left);
    // In this order the keyboard comes to them.
    if (!narrow.matches && right.contains(left)) centre.after(left);
    bar.hidden = !narrow.matches;
    left.hidden = narrow.matches && chosen !== "detections";
    byId("network").hidden = narrow.matches && chosen !== "network";
    byId("changes-panel").hidden = !narrow.matches || chosen !== "changes";
  };
  const draw = () => {
    const s = store.state, c = changes(s), n = c ? c.lost.length + c.gained.length + c.changed.length : 0;
    const names = /** @type {[Panel, string][]} */ ([
      ["detections", `Detections ${aboveThreshold(s).length}`], ["network", "Network"], ["changes", `Changes ${n}`]
    ]);
    keepingFocus(bar,
        () => fill(bar,
            ...names.map(([id, text]) => h("button", {
              role: "tab",
              "aria-selected": String(id === chosen),
              onclick: () => {
                chosen = id;
                draw();
              },
            },
                             text))));
    place();
  };
  store.on(["history", "at", "threshold", "layer", "compare"], draw);
  narrow.addEventListener("change", draw);
  draw();
}
