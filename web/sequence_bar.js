// The toolbar of the tab "Sequence": steps and play, what is asked and drawn, how far the asking is, the file; and
// the object's title.
import {fill, h, icon} from "./dom.js";
import {className} from "./selection.js";
import {choice, flipDrawn, keepingFocus} from "./toolbar.js";

/** @typedef {import("./sequence_tab.js").SequenceTab} SequenceTab */

/** @type {[string, string][]} */
const spans = [["10", "10 each way"], ["20", "20 each way"], ["50", "50 each way"], ["all", "All frames"]];

/** @param {SequenceTab} tab @param {HTMLElement} bar */
export function drawBar(tab, bar) {
  keepingFocus(
      bar, () => fill(bar, ...steps(tab), ...drawn(tab), h("span", {class: "grow"}), ...asking(tab), ...ends(tab)));
}

/** @param {SequenceTab} tab */
function steps(tab) {
  const {first, last} = tab.subject.range;
  const step = (/** @type {number} */ by, /** @type {string} */ name, /** @type {string} */ label) => h("button", {
    class: "quiet",
    "aria-label": label,
    "data-tip": `${label}. ${by < 0 ? "←" : "→"}`,
    disabled: by < 0 ? tab.now <= first : tab.now >= last,
    onclick: () => tab.go(tab.now + by)
  },
      icon(name));
  return [
    h("span", {class: "row tools"}, step(-1, "left", "Frame before"),
        h("button", {
          class: "quiet",
          "aria-label": tab.isPlaying ? "Stop" : "Play the frames",
          "data-tip": "Play, 4 frames a second. Space",
          onclick: () => tab.play()
        },
            icon(tab.isPlaying ? "pause" : "play")),
        step(1, "right", "Next frame")),
    h("span", {}, h("b", {}, tab.frames[tab.now].number),
        h("span", {class: "caption wide-only"}, ` ${tab.now + 1} / ${tab.frames.length}`)),
    h("span", {class: "caption"}, "← → frame", h("span", {class: "wide-only"}, ", Space plays")),
  ];
}

/** @param {SequenceTab} tab */
function drawn(tab) {
  const {s} = tab,
        layers = Array.from(
            {length: s.model.dec_layers}, (_, i) => /** @type {[string, string]} */ ([String(i), `dec.${i}`]));
  const toggle = (/** @type {string} */ text, /** @type {boolean} */ on, /** @type {string} */ tip,
      /** @type {() => void} */ act) =>
      h("button", {class: "toggle", "aria-pressed": String(on), "data-tip": tip, onclick: act}, text);
  const points = s.model.family !== "detr" ? [
    toggle("Points", s.points, "Sampling points of the query. Area is attention weight", () => flipDrawn(tab.actions, "points")),
    toggle("Reference", s.reference, "Reference point: where this layer starts looking (its input)",
        () => flipDrawn(tab.actions, "reference"))
  ]
                                           : [];
  return [
    choice({
      label: "Frames to ask before and after",
      value: tab.subject.around,
      options: spans,
      change: (v) => tab.setAround(v)
    }),
    choice({
      label: "Decoder layer",
      value: String(s.layer),
      options: layers,
      change: (v) => tab.actions.store.set({layer: Number(v)})
    }),
    ...points
  ];
}

/** How far the asking is, with what ends it or goes on.
 * @param {SequenceTab} tab */
function asking(tab) {
  const {done, all} = tab.subject.progress(), trouble = tab.subject.follower.trouble;
  const words = `${done} of ${all} ${all === 1 ? "frame" : "frames"}`;
  if (tab.subject.follower.running)
    return [
      h("span", {class: "secondary progress"}, words),
      h("button",
          {class: "button", "data-tip": "Ask for no more frames. Esc", onclick: () => tab.subject.follower.stop()},
          "Cancel")
    ];
  return [
    trouble ? h("span", {class: "progress state-lost", role: "alert", title: trouble}, trouble)
            : h("span", {class: "secondary progress"}, done < all ? `Stopped at ${words}` : words),
    done < all && h("button", {class: "button", onclick: () => tab.subject.follow()}, "Continue")
  ];
}

/** @param {SequenceTab} tab */
function ends(tab) {
  return [
    h("button", {
      class: "button",
      "aria-label": "Traces as CSV",
      "data-tip": "The traces as CSV",
      onclick: () => tab.exportCsv()
    },
        icon("down"), h("span", {class: "wide-only"}, "CSV")),
    h("button",
        {class: "button", "data-tip": "This frame with the object's query pinned", onclick: () => tab.openHere()},
        "Open on Image tab")
  ];
}

/** Which object it is, and what is done with it.
 * @param {SequenceTab} tab @param {import("./sequence_track.js").Track} track @param {HTMLElement} head */
export function drawTitle(tab, track, head) {
  const query = track.found.get(tab.now)?.query, {bare} = tab.subject;
  keepingFocus(head,
      () => fill(head, h("h2", {}, className(tab.s, track.label), query !== undefined && ` q${query}`),
          h("button", {
            class: "button",
            "data-tip": "Choose another object of the image",
            onclick: () => tab.actions.store.set({pinned: -1})
          },
              "Other object"),
          h("span", {class: "grow"}),
          track.texts.length > 0 &&
              h("button", {
                class: "toggle",
                "aria-pressed": String(tab.subject.compares),
                "data-tip": "Follows the object without interventions too: dashed",
                onclick: () => tab.subject.compare()
              },
                  "Compare with the model as it is"),
          bare && !bare.found.get(bare.at) &&
              h("span", {class: "caption"}, "The model as it is does not find this object.")));
}
