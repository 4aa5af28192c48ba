// With annotations: chips that filter the list by hit and type of error, and the line of what no detection finds.
import {fill, h} from "./dom.js";
import {keepingFocus} from "./toolbar.js";
import {matchCounts, missedTruths, missedWords} from "./truth_matches.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {Actions} actions */
export function matchChips({store}) {
  const chips = h("div", {class: "chips", role: "group", "aria-label": "Hits and types of error"});
  const draw = () => {
    const s = store.state, counts = matchCounts(s);
    chips.hidden = counts.length === 0;
    keepingFocus(chips,
        () => fill(chips,
            ...counts.map(({kind, tag, words, count}) => h("button", {
              class: "chip",
              "aria-pressed": String(s.matchFilter === kind),
              "data-tip": words,
              onclick: () => store.set({matchFilter: s.matchFilter === kind ? -1 : kind})
            },
                              `${tag} ${count}`))));
  };
  return {element: chips, draw};
}

/** Looking at it shows what was missed; a click zooms to one after the other.
 * @param {Actions} actions */
export function missedLine({store, stage}) {
  let next = 0;
  const show = (/** @type {boolean} */ missedShown) => () => store.set({missedShown});
  const line = h("button", {
    class: "missed secondary",
    "data-tip": "Annotations that no detection above the threshold finds. Click: zoom to one after the other",
    onpointerenter: show(true),
    onpointerleave: show(false),
    onfocus: show(true),
    onblur: show(false),
    onclick: () => {
      const missed = missedTruths(store.state);
      stage.zoomTo(missed[next++ % missed.length].box);
    }
  });
  const draw = () => {
    const missed = missedTruths(store.state);
    line.hidden = missed.length === 0;
    line.textContent = missed.length ? missedWords(store.state, missed) : "";
    if (line.hidden) store.set({missedShown: false});
  };
  store.on(["image"], () => (next = 0));
  return {element: line, draw};
}
