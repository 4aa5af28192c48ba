// The maps that the tab Maps offers: each is one object that says what it is, what it needs, where its data come from
// and how it is drawn.
import {gridsOf, heatInQuestion, mapsInQuestion} from "./attention.js";
import {heatOf, total} from "./heat.js";
import {headWords} from "./legend.js";
import {drawDetections, drawDrift, drawHeard, drawReferences, drawTokenCell} from "./maps_draw.js";
import {dueMethods} from "./maps_due.js";
import {driftRows, heardRows, heatRows, readerRows, referenceRows, shareRows} from "./maps_numbers.js";
import {headShown, pointsInQuestion} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./maps_draw.js").Sheet} Sheet */
/** @typedef {ReturnType<typeof import("./safetensors.js").parseSafetensors>} Reply */
/**
 * @typedef {object} Picture  a map as it is now
 * @property {import("./heat.js").Heat|null} heat
 * @property {[string, string][]} numbers
 * @property {string} key  what the marks mean
 * @property {string} [unit]  of the heat; weight per pixel, unless said
 * @property {(sheet: Sheet) => void} marks
 */
/**
 * @typedef {object} MapMethod
 * @property {string} id  also in the address
 * @property {string} name
 * @property {string} sentence
 * @property {"query"|"token"} needs
 * @property {boolean} sampled  only of models with sampling points
 * @property {boolean} near  the preview shows what lies about the query or token, not the whole image
 * @property {boolean} [ofAllLayers]  it does not change with the layer
 * @property {string} [cost]  what it takes, where that is much: it is computed on demand alone
 * @property {Partial<State>} seen  what the drawing code takes for shown
 * @property {(s: State) => string} [ask]  what the server is asked for; without it everything is at hand
 * @property {(s: State, reply: Reply|null) => Picture|null} picture  null: there is nothing yet
 */

/** @param {State} s @returns {Picture|null} */
function readsPicture(s) {
  const heat = heatInQuestion(s);
  return heat && {
    heat,
    numbers: [...heatRows(heat), ...shareRows(s)],
    key: headWords(s),
    marks: s.mode === "token" ? drawTokenCell : drawDetections
  };
}

/** @param {State} s @param {Reply|null} reply @returns {Picture|null} */
function heardPicture(s, reply) {
  if (!reply) return null;
  const weights = shownMean(s, reply.tensors.weights);
  const strongest = Array.from(weights, (weight, query) => ({weight, query}))
                        .filter(({query}) => query !== s.pinned)
                        .sort((a, b) => b.weight - a.weight)
                        .slice(0, 5);
  return {
    heat: null,
    numbers: heardRows(s, weights, strongest),
    key: `Colour, width and opacity of a line: weight, ${headWords(s)}. Labels: the strongest five.`,
    marks: (sheet) => drawHeard(sheet, weights, strongest)
  };
}

/** Over the shown heads.
 * @param {State} s @param {import("./safetensors.js").Tensor} weights  [heads, queries] */
function shownMean(s, {shape: [heads, queries], data}) {
  const shown = Array.from({length: heads}, (_, head) => head).filter((head) => headShown(s, head));
  return Float32Array.from({length: queries},
      (_, query) => shown.reduce((sum, head) => sum + data[head * queries + query], 0) / shown.length);
}

/** @param {State} s @returns {Picture|null} */
function readersPicture(s) {
  const heat = heatInQuestion(s), set = pointsInQuestion(s);
  return heat && set &&
      {heat, numbers: readerRows(s, mapsInQuestion(s, set)), key: "all heads averaged", marks: drawTokenCell};
}

/** @param {State} s @param {Reply|null} reply @returns {Picture|null} */
function flowPicture(s, reply) {
  if (!reply || !s.image) return null;
  const maps = gridsOf(s).map((_, level) => /** @type {Float32Array} */ (reply.tensors[`level.${level}`].data));
  const heat = {...heatOf(maps, gridsOf(s), s.image), off: Math.max(0, 1 - total(maps))};
  return {heat, numbers: heatRows(heat), key: "all heads, all layers up to this one", marks: drawTokenCell};
}

/** @type {MapMethod[]} */
const methods = [
  {
    id: "attention",
    name: "Attention weights",
    sentence: "Where the query read in this layer, by weight.",
    needs: "query",
    sampled: true,
    near: true,
    seen: {heat: true},
    picture: readsPicture
  },
  {
    id: "self-attention",
    name: "Self-attention",
    sentence: "Which other queries this one heard in this layer.",
    needs: "query",
    sampled: false,
    near: false,
    seen: {heat: false},
    ask: (s) => `method=self-attention&query=${s.pinned}&layer=${s.layer}`,
    picture: heardPicture
  },
  {
    id: "references",
    name: "References",
    sentence: "Where the queries start looking in this layer.",
    needs: "query",
    sampled: true,
    near: false,
    seen: {heat: false},
    picture: (s) => ({
      heat: null,
      numbers: referenceRows(s),
      key: "Cross: reference of the pinned query. Dots: those of the others. Lines lead to the boxes' centres.",
      marks: drawReferences
    })
  },
  {
    id: "drift",
    name: "Drift",
    sentence: "How the centre of the box moved through the layers.",
    needs: "query",
    sampled: false,
    near: true,
    seen: {heat: false},
    picture: (s) => ({
      heat: null,
      numbers: driftRows(s),
      key: "Dots: centre of the box after each layer. Filled white: this layer.",
      marks: drawDrift
    })
  },
  {
    id: "reads",
    name: "Reads",
    sentence: "What the token reads in this encoder layer, by weight.",
    needs: "token",
    sampled: true,
    near: true,
    seen: {heat: true, direction: "reads"},
    picture: readsPicture
  },
  {
    id: "readers",
    name: "Is read by",
    sentence: "Which tokens read this one in this encoder layer.",
    needs: "token",
    sampled: true,
    near: false,
    seen: {heat: true, direction: "readers"},
    picture: readersPicture
  },
  {
    id: "flow",
    name: "Flow",
    sentence: "Where what the token knows came from, through all layers up to this one; an approximation.",
    needs: "token",
    sampled: true,
    near: true,
    seen: {heat: true, direction: "readers"},
    ask: (s) => {
      const [x, y] = s.token?.at ?? [0, 0];
      return `method=flow&at=${x.toFixed(1)},${y.toFixed(1)}&level=${s.token?.level}&layer=${s.encLayer}`;
    },
    picture: flowPicture
  },
  ...dueMethods,
];

/** Those of the query, or of the token.
 * @param {State} s */
export const offered = (s) => methods.filter((m) => m.needs === s.mode && (s.model.family !== "detr" || !m.sampled));

/** Those that are shown large.
 * @param {State} s */
export const ticked = (s) => offered(s).filter((m) => s.maps.includes(m.id));

/** Whether there is a query or token to draw maps of.
 * @param {State} s */
export const hasSubject = (s) => s.history.length > 0 && (s.mode === "token" ? s.token !== null : s.pinned >= 0);

/** The state as a map's drawing code shall see it: the run with the interventions in force, no preview of it, nothing
 * hovered or on its way, the first token alone.
 * @param {State} s @param {Partial<State>} seen @returns {State} */
export const seenBy = (s, seen) =>
    ({...s, compare: "after", preview: null, hovered: -1, glide: null, secondToken: null, ...seen});
