// The maps of the tab Maps that say what a detection is due to, computed by the server (docs/attribution.md).
import {drawDetections} from "./maps_draw.js";
import {fieldOf, shareRows, signedMeanRows, signedSumRows} from "./maps_fields.js";
import {targetOf} from "./maps_targets.js";
import {asDetection} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./maps_methods.js").MapMethod} MapMethod */
/** @typedef {import("./maps_methods.js").Reply} Reply */
/**
 * @typedef {object} Due
 * @property {string} id
 * @property {string} name
 * @property {string} sentence
 * @property {boolean} [sampled]  only of models with sampling points
 * @property {boolean} [ofTarget]  of the class or a side of the box, as chosen
 * @property {boolean} [ownUnit]  its values are no shares
 * @property {string} [cost]  it is computed on demand alone, for it takes this
 * @property {string} [more]  for the server
 * @property {(s: State) => string} unit
 * @property {(s: State) => string} key
 * @property {(field: import("./maps_fields.js").Field) => [string, string][]} rows
 */

const masks = 100;

/** @param {State} s @param {Due} of */
function askFor(s, {id, ofTarget, more = ""}) {
  const isClass = s.mapTarget === "class";
  const target = isClass ? `&class=${asDetection(s, s.pinned)?.class ?? 0}` : `&target=${s.mapTarget}`;
  return `method=${id}&query=${s.pinned}${ofTarget ? target : ""}${more}`;
}

/** @param {Due} of @returns {MapMethod} */
const due = (of) => ({
  id: of.id,
  name: of.name,
  sentence: of.sentence,
  needs: "query",
  sampled: of.sampled ?? false,
  near: true,
  ofAllLayers: true,
  cost: of.cost,
  seen: {heat: true},
  ask: (s) => askFor(s, of),
  picture: (s, reply) => {
    const field = reply && fieldOf(s, reply);
    if (!field) return null;
    const heat = {...field.heat, ownUnit: of.ownUnit};
    return {heat, numbers: of.rows(field), key: of.key(s), unit: of.unit(s), marks: drawDetections};
  }
});

/** @param {State} s */
const unitOf = (s) => (s.mapTarget === "class" ? "Logit" : "Side's px");
const share = () => "Share per pixel";
/** @param {State} s */
const ofTarget = (s) => `of the ${targetOf(s.mapTarget).name}`;

/** @type {MapMethod[]} */
export const dueMethods = [
  due({
    id: "weights",
    name: "Weights of all layers",
    sentence: "Attention weights, every layer alike.",
    unit: share,
    key: () => "all heads",
    rows: (field) => shareRows(field, true)
  }),
  due({
    id: "contribution",
    name: "Contribution",
    sentence: "What the samples added to the query, by length; mean of the layers.",
    sampled: true,
    unit: share,
    key: () => "all heads",
    rows: (field) => shareRows(field, true)
  }),
  due({
    id: "directed",
    name: "Directed contribution",
    sentence: "What the samples added along the gradient of the target: for it and against it.",
    sampled: true,
    ofTarget: true,
    ownUnit: true,
    unit: (s) => `${unitOf(s)} per pixel`,
    key: (s) => {
      const {name, raised, lowered} = targetOf(s.mapTarget);
      return `all heads, of the ${name}. Orange: ${raised}; blue: ${lowered}.`;
    },
    rows: signedSumRows
  }),
  due({
    id: "relevance",
    name: "Relevance",
    sentence: "Reads that raised the target, carried back through the encoder.",
    ofTarget: true,
    unit: share,
    key: (s) => `all heads, ${ofTarget(s)}`,
    rows: (field) => shareRows(field)
  }),
  due({
    id: "odam",
    name: "ODAM",
    sentence: "Gradient of the target times feature, at the encoder's memory.",
    ofTarget: true,
    ownUnit: true,
    unit: (s) => `${unitOf(s)} per pixel`,
    key: ofTarget,
    rows: (field) => shareRows(field)
  }),
  due({
    id: "gradient",
    name: "Gradient",
    sentence: "Length of the target's gradient at each pixel of the input.",
    ofTarget: true,
    ownUnit: true,
    cost: "It takes as long as a training step: about a second.",
    unit: (s) => `${unitOf(s)} per unit of the input`,
    key: ofTarget,
    rows: (field) => shareRows(field)
  }),
  due({
    id: "drise",
    name: "D-RISE",
    sentence: "From outside: what showing a place gains over hiding it, by random masks.",
    ownUnit: true,
    cost: `It takes ${masks} forward passes: from ten seconds to minutes.`,
    more: `&masks=${masks}`,
    unit: () => "Similarity, shown less hidden",
    key: () => "of class and box together. Orange: showing helps; blue: it hurts.",
    rows: signedMeanRows
  }),
];
