// The card at the foot of the left column: scores and places of the pinned query, or of the chosen token.
import {headNumbers} from "./attention.js";
import {iou} from "./detections_of.js";
import {byId, fill, h, icon, number} from "./dom.js";
import {asDetection, className, matchOf, shownRun, truthOf} from "./selection.js";
import {tagLook} from "./truth_matches.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {Actions} actions */
export function card(actions) {
  const {store} = actions, element = byId("card");
  const draw = () => fill(element, ...(store.state.mode === "token" ? tokenCards(actions) : queryCard(actions)));
  store.on(
      ["pinned", "layer", "encLayer", "history", "at", "compare", "mode", "token", "secondToken", "truths", "image"],
      draw);
  draw();
}

/** @param {string} title @param {() => void} close */
const head = (title, close) => h("div", {class: "row"}, h("h2", {class: "grow"}, title),
    h("button", {class: "quiet", "aria-label": "Close", onclick: close}, icon("close")));

/** @param {[string, string|Node][]} rows */
const facts = (rows) => h("dl", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

/** @param {Actions} actions */
function queryCard({s, store}) {
  const d = asDetection(s, s.pinned), run = shownRun(s);
  if (!d || !run) return [];
  const labels = run.labels;
  const best = labels.map((label) => ({label, score: run.score(s.layer, d.query, label)}))
                   .sort((a, b) => b.score - a.score)
                   .slice(0, 5);
  const [x, y] = run.referenceOf(s.layer, d.query), [x0, y0, x1, y1] = d.box;
  return [
    head(`Pinned: query ${d.query}`, () => store.set({pinned: -1})),
    h("div", {
      class: "scores",
      "data-tip": s.model.family === "detr" ? "Softmax score of this class"
                                            : "Sigmoid score of this class; the classes need not add up to 1"
    },
        ...best.map(({label, score}) => scoreRow(className(s, label), score))),
    facts([
      ["Box", `${number(x0, 0)}, ${number(y0, 0)}, ${number(x1 - x0, 0)} × ${number(y1 - y0, 0)} px`],
      ...(s.model.family === "detr" ? [] : [/** @type {[string, string]} */ (
                                               ["Reference", `${number(x, 1)}, ${number(y, 1)} px`])]),
      ...(s.truths.length ? [/** @type {[string, string|Node]} */ (["Truth", truthWords(s, d)])] : []),
    ]),
  ];
}

/** What the server says of it; of results that it does not hold against the annotations, the overlap alone.
 * @param {import("./state.js").State} s @param {import("./types.js").Detection} d */
function truthWords(s, d) {
  const match = matchOf(s, d), best = truthOf(s, d);
  if (match) {
    const {text, look, tip} = tagLook(match), truth = s.truths[match.truth];
    return h(
        "span", {"data-tip": tip}, h("b", {class: look}, text), truth ? ` IoU ${number(iou(truth.box, d.box))}` : "");
  }
  return best.overlap > 0 ? `best IoU ${number(best.overlap)}` : "none of this class here";
}

/** @param {string} name @param {number} score */
function scoreRow(name, score) {
  const bar = h("i");
  bar.style.width = `${Math.round(score * 100)}%`;
  return h("div", {class: "score"}, h("span", {class: "class"}, name), h("span", {class: "bar"}, bar),
      h("span", {}, number(score)));
}

/** Of both, numbered where there are two.
 * @param {Actions} actions */
function tokenCards({s, store}) {
  const number = (/** @type {string} */ n) => (s.secondToken ? `${n}: ` : "");
  return [
    ...(s.token ? tokenCard(s, s.token, number("1"), () => store.set({token: s.secondToken, secondToken: null})) : []),
    ...(s.secondToken ? tokenCard(s, s.secondToken, number("2"), () => store.set({secondToken: null})) : []),
  ];
}

/** @param {import("./state.js").State} s @param {import("./run_result.js").TokenResult} t @param {string} place
 * @param {() => void} close */
function tokenCard(s, t, place, close) {
  const level = s.history[0]?.result.levels[t.level], set = t.points(s.encLayer), [x, y] = t.centre;
  const heads = Array.from({length: set.heads}, (_, head) => headNumbers(set, head, t.cell, t.centre));
  const mean = (/** @type {"radius"|"entropy"} */ key) => heads.reduce((sum, n) => sum + n[key], 0) / heads.length;
  return [
    head(`${place}Token ${t.token}`, close),
    facts([
      ["Level", `L${t.level} /${level?.stride}, ${level?.width} × ${level?.height}`],
      ["Cell", `col ${t.column}, row ${t.row}`],
      ["Centre", `${number(x, 1)}, ${number(y, 1)} px`],
      ["Mean radius", `${number(mean("radius"), 0)} px`],
      ["Entropy", number(mean("entropy"))],
    ]),
  ];
}
