// Before | after: what the interventions changed, the history of steps, undo and redo; or, in encoder mode, the maps
// by level.
import {byId, fill, h, icon, number, signed, svg} from "./dom.js";
import {listen} from "./detections_panel.js";
import {levelMaps} from "./level_maps.js";
import {previewTag} from "./preview.js";
import {narrow} from "./scale.js";
import {comparable, compareWith} from "./second_model.js";
import {changes, className, intervened, sideWords} from "./selection.js";
import {keepingFocus, segments} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./detections_of.js").Pair} Pair */

/** @param {Actions} actions */
export function changesPanel(actions) {
  const {store} = actions, element = byId("changes"), panel = byId("changes-panel");
  const draw = () => {
    const maps = store.state.mode === "token" && store.state.token !== null;
    keepingFocus(element, () => fill(element, ...(maps ? [levelMaps(store.state)] : [
      head(actions), narrow.matches ? summary(actions) : columns(actions)
    ])));
    element.querySelector(".pill[aria-pressed=true]")?.scrollIntoView({block: "nearest", inline: "nearest"});
    fill(panel, narrow.matches ? columns(actions) : "");
  };
  store.on(
      [
        "history", "at", "threshold", "compare", "versus", "resultB", "troubleB", "mode", "token", "secondToken",
        "encLayer", "shownHead", "shownLevels", "direction", "image"
      ],
      draw);
  store.on(["hovered"], () => {
    for (const row of document.querySelectorAll(".change"))
      row.classList.toggle("hovered", Number(/** @type {HTMLElement} */ (row).dataset.query) === store.state.hovered);
  });
  narrow.addEventListener("change", draw);
  for (const part of [element, panel]) listen(actions, part);
  draw();
}

/** @param {import("./state.js").State} s @returns {[string, string]} */
const sides = (s) => (s.versus === "b" ? ["B", "A"] : ["Before", "After"]);
/** @param {import("./state.js").State} s */
const words = (s) => [sideWords(s).lost, sideWords(s).gained].map((w) => w[0].toUpperCase() + w.slice(1));
/** The second model's name, told apart from the first.
 * @param {import("./types.js").ModelInfo} info */
const nameOfB = ({models: {a, b}}) => `B: ${b?.name}${b?.name === a.name ? " " + b?.sha256.slice(0, 8) : ""}`;

/** Why there is nothing to compare.
 * @param {import("./state.js").State} s */
function nothing(s) {
  if (!s.history.length) return "";
  if (s.versus === "b") return s.troubleB || "The second model runs.";
  return "Nothing is switched: what is shown is the baseline.";
}

/** @param {Actions} actions */
function head(actions) {
  const {s, store, runs} = actions;
  const pills = s.history.map((step, i) => h("button", {
    class: "pill",
    "aria-pressed": String(i === s.at),
    "data-tip": step.lines.map((l) => l.text).join("\n") || "No intervention",
    onclick: () => runs.go(i)
  },
                                  `${i} ${step.label}`));
  const [left, right] = sides(s);
  return h("div", {class: "row changes-head"}, h("h2", {}, s.versus === "b" ? "B | A" : "Before | after"),
      s.preview && h("span", {class: "tag"}, previewTag), comparable(s.info) && segments({
        label: "Compare with",
        value: s.versus,
        options: [["before", "Before"], ["b", nameOfB(s.info)]],
        change: (v) => compareWith(store, {versus: v})
      }),
      h("span", {class: "pills grow"},
          ...(narrow.matches
                  ? [h("span", {class: "caption"}, `snapshot ${s.at} of ${Math.max(0, s.history.length - 1)}`)]
                  : pills.slice(-12))),
      h("button", {
        class: "quiet",
        id: "undo",
        "aria-label": "Undo",
        "data-tip": "Undo. U",
        disabled: s.at === 0,
        onclick: () => runs.go(s.at - 1)
      },
          icon("undo")),
      h("button", {
        class: "quiet",
        id: "redo",
        "aria-label": "Redo",
        "data-tip": "Redo. Shift+U",
        disabled: s.at >= s.history.length - 1,
        onclick: () => runs.go(s.at + 1)
      },
          icon("redo")),
      segments({
        label: "Which result",
        value: intervened(s) ? s.compare : "after",
        options: [["before", left], ["swipe", "Swipe"], ["after", right]],
        change: (v) => store.set({compare: v}),
        off: !intervened(s)
      }));
}

/** @param {Actions} actions */
function columns({s}) {
  const c = changes(s);
  if (!c) return h("p", {class: "caption"}, nothing(s));
  const column = (/** @type {string} */ title, /** @type {string} */ look, /** @type {Pair[]} */ pairs,
      /** @type {string} */ note) => h("div", {class: "column"},
      h("div", {class: "row column-head"}, h("span", {class: `tag ${look}`}, title), h("b", {}, String(pairs.length)),
          h("span", {class: "caption"}, note)),
      ...pairs.map((p) => changeRow(s, p, look)));
  const [lost, gained] = words(s);
  return h("div", {class: "columns"}, column(lost, "lost", c.lost, ""), column(gained, "gained", c.gained, ""),
      column("Changed", "", c.changed, `${c.same} the same`));
}

/** @param {import("./state.js").State} s @param {Pair} p @param {string} look */
function changeRow(s, p, look) {
  const d = p.after ?? p.before, [left, right] = sides(s).map((side) => side.length > 1 ? side.toLowerCase() : side);
  if (!d) return "";
  return h("div", {
    class: `detection change ${look}`,
    "data-query": d.query,
    "data-tip": `Score ${p.before ? number(p.before.score) : "none"} ${left}, ${
        p.after ? number(p.after.score) : "none"} ${right}; IoU of the boxes ${number(p.iou)}`
  },
      h("span", {class: "class grow"}, className(s, d.class)), h("small", {}, `q${d.query}`), dumbbell(p, s.threshold),
      h("b", {}, signed(p.delta)));
}

/** Ring before, dot after, tick at the threshold; 0 to 1.
 * @param {Pair} p @param {number} threshold */
function dumbbell(p, threshold) {
  const x = (/** @type {number} */ v) => 5 + 46 * v, before = x(p.before?.score ?? 0), after = x(p.after?.score ?? 0);
  return svg("svg", {width: 56, height: 16, class: "dumbbell", "aria-hidden": "true"},
      svg("line", {x1: 5, x2: 51, y1: 8, y2: 8, class: "grid"}),
      svg("line", {x1: x(threshold), x2: x(threshold), y1: 1, y2: 15, class: "threshold"}),
      svg("line", {x1: before, x2: after, y1: 8, y2: 8, class: "span"}),
      svg("circle", {cx: before, cy: 8, r: 3.5, class: "ring"}), svg("circle", {cx: after, cy: 8, r: 4, class: "dot"}));
}

/** One line, where there is no room for three columns.
 * @param {Actions} actions */
function summary({s}) {
  const c = changes(s);
  if (!c) return h("p", {class: "caption"}, nothing(s));
  const part = (/** @type {string} */ title, /** @type {string} */ look, /** @type {Pair[]} */ pairs) => {
    const first = pairs[0], d = first?.after ?? first?.before;
    return h("span", {class: "row"}, h("span", {class: `tag ${look}`}, `${title} ${pairs.length}`),
        d && className(s, d.class), first && h("b", {class: look}, signed(first.delta)),
        pairs.length > 1 && h("span", {class: "caption"}, `+ ${pairs.length - 1}`));
  };
  const [lost, gained] = words(s);
  return h("div", {class: "row summary"}, part(lost, "lost", c.lost), part(gained, "gained", c.gained),
      part("Changed", "", c.changed));
}
