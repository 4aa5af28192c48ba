// Which groups of controls the Tab key goes through; the map's grid and the tabs have keys of their own.
import {byId} from "./dom.js";
import {roving} from "./roving.js";
import {listed} from "./selection.js";

/** @param {import("./actions.js").Actions} actions */
export function startGroups(actions) {
  for (const id of ["image-nav", "actions", "toolbar", "zoom", "legend", "changes", "panel-tabs", "units", "inspector"])
    roving(byId(id));
  roving(/** @type {HTMLElement} */ (document.querySelector(".map-head")));
  roving(byId("interventions"), {upDown: true});
  const rows = /** @type {HTMLElement} */ (document.querySelector("#detections .rows"));
  // The list walks its rows first, and is left where they end.
  roving(byId("detections"), {upDown: true, first: rows, keeps: (at, key) => at === rows && !isAtEnd(actions, key)});
}

/** @param {import("./actions.js").Actions} actions @param {string} key */
function isAtEnd({s}, key) {
  const list = listed(s), now = s.hovered >= 0 ? s.hovered : s.pinned, at = list.findIndex((d) => d.query === now);
  return list.length === 0 || at === (key === "ArrowUp" ? 0 : list.length - 1);
}
