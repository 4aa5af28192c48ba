// What is chosen on the page as parts of its address, left out where it is as the page begins. Anybody may have
// written a link: what is read back is one of the choices there are, or the page's own.
import {layersOf, modules} from "./addresses.js";
import {mapTargets} from "./maps_targets.js";
import {firstState} from "./state.js";
import {typesOf} from "./truth_matches.js";

/** @typedef {import("./state.js").State} State */
/**
 * @typedef {object} Choice
 * @property {string} key  in the address
 * @property {import("./state.js").Key} name  in the state
 * @property {(texts: string[], s: State) => any} read  null: there is no such choice
 * @property {(value: any) => string[]} [write]
 */

const longest = 200;  // of a text

/** @param {...string} words */
const oneOf = (...words) => (/** @type {string[]} */ [text]) => (words.includes(text) ? text : null);

/** @param {string|undefined} text @param {number} count @returns {number|null} from 0 to count - 1 */
export const indexIn = (text, count) => (text && /^\d{1,9}$/.test(text) && Number(text) < count ? Number(text) : null);

/** @param {string} text @param {State} s */
function readClass(text, s) {
  const label = indexIn(text, s.model.classes.length);
  return label !== null && s.model.classes[label] !== null ? label : null;
}

/** @type {Choice[]} */
const choices = [
  {key: "col", name: "colour", read: oneOf("level", "head", "weight")},
  {key: "size", name: "size", read: oneOf("weight", "equal")},
  {key: "heat", name: "heatScale", read: oneOf("view", "fixed", "log")},
  {key: "class", name: "classFilter", read: ([text], s) => readClass(text, s)},
  {key: "match", name: "matchFilter", read: ([text]) => indexIn(text, typesOf("TP").length)},
  {key: "find", name: "search", read: ([text]) => text.slice(0, longest)},
  {key: "tl", name: "tokenLevel", read: ([text], s) => indexIn(text, s.model.levels)},
  {key: "target", name: "mapTarget", read: oneOf(...mapTargets.map(({id}) => id))},
  {
    key: "swipe",
    name: "swipe",
    read: ([text]) => (/^[01](\.\d{1,9})?$/.test(text) ? Math.min(1, Number(text)) : null),
    write: (at) => [String(Number(at.toFixed(3)))]
  },
  {
    key: "run",
    name: "checkpoint",
    read: ([text]) => (text.length <= longest && /^.+@\d{1,6}$/.test(text) ? text : null)
  },
  {
    key: "data",
    name: "sweepView",
    read: (texts) => {
      const [sweep, layout = "", metric = "", unit = "", x = "", y = ""] = texts.map((text) => text.slice(0, longest));
      return {sweep, layout, metric, unit, x, y};
    },
    write: (/** @type {import("./types.js").SweepView|null} */ v) =>
        (v ? [v.sweep, v.layout, v.metric, v.unit, ...(v.x || v.y ? [v.x, v.y] : [])] : [])
  },
];

/** Those that a change of the address follows. */
export const choiceKeys = choices.map(({name}) => name);

/** The map's module where nothing else is chosen.
 * @param {Pick<State, "cell"|"mode">} s */
const usualModule = ({cell, mode}) => cell?.module ?? (mode === "token" ? "enc.self" : "dec.cross");

/** @param {URLSearchParams} part @param {State} s */
export function writeChoices(part, s) {
  const usual = firstState(s.info);
  for (const {key, name, write = (/** @type {any} */ value) => [String(value)]} of choices)
    if (s[name] !== usual[name])
      for (const text of write(s[name])) part.append(key, text);
  if (s.mapModule !== usualModule(s)) part.set("map", s.mapModule);
}

/** @param {URLSearchParams} part @param {State} s
 * @param {Pick<State, "cell"|"mode">} view  what the address says of these
 * @returns {Partial<State>} */
export function readChoices(part, s, view) {
  const usual = firstState(s.info);
  const found = choices.map(({key, name, read}) => {
    const texts = part.getAll(key);
    return [name, (texts.length ? read(texts, s) : null) ?? usual[name]];
  });
  const module = part.get("map") ?? "";
  return {...Object.fromEntries(found), mapModule: module in modules ? module : usualModule(view)};
}

/** A cell of the network map, such as dec.cross,4,1; null: there is none such.
 * @param {string|null} text @param {State} s @returns {import("./types.js").Cell|null} */
export function readCell(text, {model}) {
  const [module = "", layer, head] = text?.split(",") ?? [];
  if (!(module in modules)) return null;
  const at = {layer: indexIn(layer, layersOf(module, model)), head: indexIn(head, model.heads)};
  return at.layer === null || at.head === null ? null : {module, layer: at.layer, head: at.head};
}
