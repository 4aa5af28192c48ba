// What the tab "Sequence" shows without an object: the image's detections to choose from; or what is to be done first.
import {h, number} from "./dom.js";
import {className, listed} from "./selection.js";
import {emptyPanel} from "./tab_dom.js";

/** The row or box that was hovered goes away, and with it the event that would say so.
 * @param {import("./actions.js").Actions} actions @param {number} query */
export function choose(actions, query) {
  actions.hover(-1);
  actions.pin(query);
}

/** @param {import("./actions.js").Actions} actions */
export function choiceList(actions) {
  const {s} = actions, all = listed({...s, mode: "query", compare: "after"});
  const rows = all.map((d) => h("button", {
    class: "sequence-choice",
    onclick: () => choose(actions, d.query),
    onpointerenter: () => actions.hover(d.query),
    onpointerleave: () => actions.hover(-1),
    onfocus: () => actions.hover(d.query),
    onblur: () => actions.hover(-1)
  },
                           h("span", {class: "grow"}, className(s, d.class), h("small", {}, `q${d.query}`)),
                           h("b", {}, number(d.score))));
  const none = `No detection at ${number(s.threshold)}: lower the threshold on the Image tab.`;
  return h("div", {class: "sequence-choices"}, h("h2", {}, "No object is pinned"),
      h("p", {class: "secondary"}, rows.length ? "Choose the one to follow through the frames:" : none), ...rows);
}

/** @param {string} name of the only image; empty: there is none */
export function lonelyFrame(name) {
  const words = name
      ? `${name} is the only frame of its sequence: no image with the same name before the number has a ` +
          "number near it."
      : "No image is open.";
  return emptyPanel(words, "saccade view --images FOLDER",
      "A folder of frames whose names end with their number, such as drive_000001.jpg, drive_000002.jpg.");
}
