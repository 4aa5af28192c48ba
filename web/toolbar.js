// The toolbar over the stage: query or token, what is drawn, colour and size, editing.
import {gridsOf} from "./attention.js";
import {byId, fill, h, icon} from "./dom.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {string} label @param {string} key @param {boolean} on @param {string} tip @param {() => void} act */
const toggle = (label, key, on, tip, act) =>
    h("button", {class: "toggle", "aria-pressed": String(on), "data-tip": tip, onclick: act, "aria-keyshortcuts": key},
        label, h("kbd", {class: "wide-only"}, key));

/** @param {{label: string, value: string, options: [string, string][], change: (v: any) => void, tip?: string}} of */
export function choice({label, value, options, change, tip = label}) {
  const select = h("select", {"aria-label": label, "data-tip": tip, onchange: () => change(select.value)},
      ...options.map(([v, text]) => h("option", {value: v}, text)));
  select.value = value;
  return select;
}

/** @param {{label: string, value: string, options: [string, string][], change: (v: any) => void, off?: boolean}} of */
export function segments({label, value, options, change, off = false}) {
  return h("div", {class: "segments", role: "group", "aria-label": label}, ...options.map(([v,
    text]) => h("button", {"aria-pressed": String(v === value), disabled: off, onclick: () => change(v)}, text)));
}

/** Redraws an element's content and keeps the focus on the control at the same place.
 * @param {HTMLElement} element @param {() => void} draw */
export function keepingFocus(element, draw) {
  const stops = () => /** @type {HTMLElement[]} */ (Array.from(element.querySelectorAll("button, select, input")));
  const at = stops().indexOf(/** @type {HTMLElement} */ (document.activeElement));
  draw();
  if (at >= 0) stops()[at]?.focus();
}

/** With a wide font or in a narrow window a strip gives up its lesser parts, step by step; the styles say which.
 * @param {HTMLElement} strip */
export function fitWords(strip) {
  const steps = ["tight", "tighter", "tightest"];
  strip.classList.remove(...steps);
  for (const step of steps)
    if (strip.scrollWidth > strip.clientWidth) strip.classList.add(step);
}

/** @param {Actions} actions */
export function toolbar(actions) {
  const {store} = actions, bar = byId("toolbar");
  const fit = () => fitWords(bar);
  const draw = () => {
    keepingFocus(bar, () => fill(bar, ...content(actions)));
    fit();
  };
  new ResizeObserver(fit).observe(bar);
  store.on(["mode", "points", "heat", "reference", "truth", "truths", "colour", "size"], draw);
  store.on(["tool", "direction", "image", "tokenLevel"], draw);
  store.on(["history"], () => store.state.mode === "token" && draw());  // the levels' sizes
  draw();
}

/** @param {Actions} actions */
function content(actions) {
  const {s} = actions, deformable = s.model.family !== "detr";
  const flip = (/** @type {"points"|"heat"|"reference"|"truth"} */ key) => () => flipDrawn(actions, key);
  return [
    deformable && modeChoice(actions),
    h("span", {class: "gap"}),
    deformable &&
        toggle("Points", "P", s.points, "Sampling points of the query. Area is attention weight. P", flip("points")),
    deformable &&
        toggle("Heat", "H", s.heat, "Weights of all sampling points, spread bilinearly over the cells they read. H",
            flip("heat")),
    deformable && s.mode === "query" &&
        toggle("Reference", "R", s.reference, "Reference point: where this layer starts looking (its input). R",
            flip("reference")),
    s.truths.length > 0 && toggle("Truth", "G", s.truth, "Annotated boxes of this image. G", flip("truth")),
    h("span", {class: "grow"}),
    s.mode === "query"
        ? h("span", {class: "row tools"},
              deformable && tool(actions, "edit", "hand", "Edit: drag the pinned query's points or reference. M"),
              tool(actions, "lasso", "lasso", "Lasso: draw a region that no query may read, or should prefer. L"))
        : null,
    ...(s.mode === "token" ? tokenChoices(actions)
            : deformable   ? pointChoices(actions)
                           : []),
  ];
}

/** @param {import("./types.js").Level} grid @param {number} level @returns {[string, string]} */
const levelOption = (grid, level) => [String(level), `L${level} /${grid.stride}`];

/** Which level's token a click asks for.
 * @param {Actions} actions */
export function levelChoice(actions) {
  const {s} = actions;
  return [
    h("span", {class: "secondary wide-only word"}, "Token of"),
    h("span", {"data-tip": "By size: the level whose cell fits the detection there, else L1"}, choice({
      label: "Level of the token",
      value: String(s.tokenLevel),
      options: [["-1", "By size"], ...gridsOf(s).map(levelOption)],
      change: (level) => actions.tokens.chooseLevel(Number(level))
    })),
  ];
}

/** Whose token, and which way round.
 * @param {Actions} actions */
const tokenChoices = (actions) => [
  ...levelChoice(actions),
  segments({
    label: "Direction",
    value: actions.s.direction,
    options: [["reads", "Reads"], ["readers", "Is read by"]],
    change: (v) => actions.store.set({direction: v, heat: v === "readers" || actions.s.heat})
  }),
];

/** @param {Actions} actions */
export const modeChoice = (actions) => segments({
  label: "Whose attention",
  value: actions.s.mode,
  options: [["query", "Decoder query"], ["token", "Encoder token"]],
  change: (v) => actions.setMode(v)
});

/** @param {Actions} actions */
function pointChoices({s, store}) {
  const colour = choice({
    label: "Colour of points",
    value: s.colour,
    options: [["level", "Level"], ["head", "Head"], ["weight", "Weight"]],
    change: (v) => store.set({colour: v})
  });
  const size = choice({
    label: "Size of points",
    value: s.size,
    options: [["weight", "Weight"], ["equal", "Equal"]],
    change: (v) => store.set({size: v})
  });
  return [
    h("span", {class: "secondary wide-only word"}, "Colour"),
    colour,
    h("span", {class: "secondary wide-only word"}, "Size"),
    h("span", {class: "wide-only spare"}, size),
  ];
}

/** @param {Actions} actions @param {"edit"|"lasso"} name @param {string} picture @param {string} tip */
const tool = (actions, name, picture, tip) => h("button", {
  class: "toggle square",
  "aria-pressed": String(actions.s.tool === name),
  "aria-label": tip.split(":")[0],
  "data-tip": tip,
  onclick: () => actions.setTool(name)
},
    icon(picture));

/** Points go off when heat goes on; both may be turned on.
 * @param {Actions} actions @param {"points"|"heat"|"reference"|"truth"} key */
export function flipDrawn(actions, key) {
  const on = !actions.s[key];
  actions.store.set(key === "heat" ? {heat: on, points: !on} : {[key]: on});
}
