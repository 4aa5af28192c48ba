// The strip under the stage: levels and sizes of the points, or the colour bar of the heat; a filter in force is
// said here.
import {gridsOf, shownNumbers} from "./attention.js";
import {byId, fill, h, number, percent, svg} from "./dom.js";
import {diverging, sequential} from "./palette.js";
import {pointsInQuestion, shownRun} from "./selection.js";
import {radiusOf, shapeIcon} from "./shapes.js";
import {habit, keepHabit} from "./state.js";
import {choice, fitWords, keepingFocus} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {Actions} actions */
export function legend(actions) {
  const {store} = actions, strip = byId("legend");
  const draw = () => {
    keepingFocus(strip, () => fill(strip, ...content(actions)));
    fitWords(strip);
  };
  new ResizeObserver(() => fitWords(strip)).observe(strip);
  store.on(
      [
        "points", "heat", "heatScale", "shownHead", "shownLevels", "pinned", "mode", "token", "history", "at",
        "direction", "compare", "image", "tokenLevel"
      ],
      draw);
  store.late(["hovered", "layer", "encLayer"], draw);
  store.on(["pinned"], () => store.state.pinned >= 0 && keepHabit({pinned: true}));
  draw();
}

/** @param {Actions} actions */
function content(actions) {
  const {s} = actions;
  if (s.model.family === "detr")
    return [h("span", {class: "caption"}, "Plain DETR reads every place: it has no sampling points.")];
  const filter = filterWords(actions), template = templateWords(s);
  if (s.heat) return [...heatBar(actions), ...template, h("span", {class: "grow"}), ...filter];
  return [...levels(actions), ...template, h("span", {class: "grow"}), ...(filter.length ? filter : sizes(s))];
}

/** Where the picture shows mostly what all queries, or tokens, share.
 * @param {import("./state.js").State} s */
function templateWords(s) {
  const [source, layer, whose] =
      s.mode === "token" ? [s.token, s.encLayer, "tokens"] : [shownRun(s), s.layer, "queries"];
  const own = source?.own.of(layer, -1);
  if (!own || !pointsInQuestion(s) || !source?.own.mostlyTemplate(layer)) return [];
  return [h("b", {
    class: "filter template",
    "data-tip":
        `Only ${percent(own.weights)} of the weights' and ${percent(own.offsets)} of the offsets' variation is the ${
            whose}' own: the rest is a pattern that all ${whose} of the image share`,
  },
      "Mostly template", h("span", {class: "spare"}, `: ${percent(own.weights)} own`))];
}

/** @param {Actions} actions */
function levels(actions) {
  const {s, store} = actions;
  return gridsOf(s)
      .slice(0, s.model.levels)
      .map((grid, level) => h("button", {
        class: "toggle level",
        "aria-pressed": String(s.shownLevels[level]),
        "aria-label": `Show L${level}`,
        "data-tip": s.mode === "token"
            ? `Tokens of L${level} are asked for: Shift+${level + 1}`
            : `Show or hide points of L${level} /${grid.stride}. Only this level: Shift+${level + 1}`,
        onclick: () => store.set({shownLevels: s.shownLevels.map((on, i) => (i === level ? !on : on))}),
      },
               shapeIcon(level, s.shownLevels[level]), `L${level} /${grid.stride}`));
}

/** Circles at their true size.
 * @param {import("./state.js").State} s */
function sizes(s) {
  const set = pointsInQuestion(s);
  if (!set || !s.image)
    return habit("pinned") || s.pinned >= 0
        ? []
        : [h("span", {class: "caption"},
              s.mode === "token" ? "Click a place to see what its token reads."
                                 : "Hover a box to see where its query looked. ? lists the keys.")];
  if (s.mode === "token" && s.direction === "readers")
    return [h("span", {class: "caption"}, "Heat shows which places read this token.")];
  const {off, peak} = shownNumbers(set, s.image, s), uniform = 1 / (set.levels * set.points);
  const circle = (/** @type {number} */ weight, /** @type {string} */ text, word = "") => {
    const r = radiusOf(weight, peak);
    return h("span", {class: "row size"},
        svg("svg", {width: 17, height: 17, "aria-hidden": "true"}, svg("circle", {cx: 8.5, cy: 8.5, r, class: "ring"})),
        text, word && h("span", {class: "spare"}, word));
  };
  return [
    h("span", {class: "secondary wide-only word"}, "Weight"),
    circle(0.01, "0.01"),
    circle(uniform, String(+uniform.toFixed(4)), "uniform"),
    circle(peak, number(peak), "max"),
    h("span", {class: "secondary wide-only", "data-tip": "Part of the shown weight that lies outside the image"},
        `off-image ${number(off)}`),
  ];
}

/** @param {number} value  weight per pixel */
export const perPixel = (value) => value.toExponential(1).replace("-", "−");

/** The colours between their numbers.
 * @param {string} scale @param {string} end @param {string} [unit] */
export function colourBar(scale, end, unit = "Weight per pixel") {
  const bar = h("span", {class: "ramp", role: "img", "aria-label": "Colour bar from 0 to the maximum"});
  bar.style.background = `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map(sequential).join(", ")})`;
  return [h("span", {class: "secondary"}, unit), scale === "log" ? "max / 1000" : "0", bar, h("span", {}, end)];
}

/** Of values with a sign, in proportion whatever the scale: 0 stands between the halves.
 * @param {string} end  the largest, without its sign @param {string} unit */
export function signedBar(end, unit) {
  const half = (/** @type {number[]} */ stops, /** @type {string} */ label) => {
    const bar = h("span", {class: "ramp signed", role: "img", "aria-label": label});
    bar.style.background = `linear-gradient(to right, ${stops.map(diverging).join(", ")})`;
    return bar;
  };
  return [
    h("span", {class: "secondary"}, unit), h("span", {}, `−${end}`), half([-1, -0.5, 0], "Blue: below 0"), "0",
    half([0, 0.5, 1], "Orange: above 0"),
    h("span", {"data-tip": "In proportion: both ends are the largest absolute value"}, `+${end}`)
  ];
}

/** @param {string} scale @param {number} most */
export const endWords = (scale, most) => `${perPixel(most)}${scale === "fixed" ? "" : " max of view"}`;

/** @param {import("./state.js").State} s */
export const headWords = (s) => (s.shownHead >= 0 ? `head ${s.shownHead}` : `${s.model.heads} heads averaged`);

/** @param {Actions} actions */
export const scaleChoice = ({s, store}) => choice({
  label: "Scale",
  value: s.heatScale,
  options: [["view", "Per view"], ["fixed", "Fixed"], ["log", "Log"]],
  change: (v) => store.set({heatScale: v})
});

/** @param {Actions} actions */
function heatBar(actions) {
  const {s} = actions, heatNow = actions.stage.heat, ask = s.mode === "token" ? "click a place" : "pin a box";
  return [
    ...colourBar(s.heatScale, heatNow.shown ? endWords(s.heatScale, heatNow.most) : ask),
    h("span", {class: "secondary wide-only"}, headWords(s)),
    h("span", {class: `secondary${s.shownHead >= 0 ? " wide-only" : ""}`}, `off-image ${number(heatNow.off)}`),
    scaleChoice(actions),
  ];
}

/** @param {Actions} actions @returns {HTMLElement[]} */
export function filterWords({s, store}) {
  const parts = [];
  if (s.shownHead >= 0) parts.push(`head ${s.shownHead} only`);
  const shown = s.shownLevels.flatMap((on, i) => (on ? [`L${i}`] : []));
  if (shown.length < s.shownLevels.length) parts.push(shown.length ? `${shown.join(", ")} only` : "no level");
  if (!parts.length) return [];
  const all = () => store.set({shownHead: -1, shownLevels: s.shownLevels.map(() => true)});
  return [
    h("b", {class: "filter"}, `Shown: ${parts.join(", ")}`),
    h("button", {class: "button", onclick: all, "data-tip": "Show all heads and levels. 0"}, "Show all")
  ];
}
