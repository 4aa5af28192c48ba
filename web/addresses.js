// The part of the intervention grammar that the map's switches write and read back: heads, levels, points and
// modules off.

/** @typedef {{module: string, layers: number[], heads: number[]|null, levels: number[]|null, points: number[]|null, mode: string}} Off */
/** @typedef {import("./types.js").Shape} Shape */

/** "*", "5", "0-2" or "1,3,5-7".
 * @param {string} text @param {number} count @returns {number[]} */
function readSet(text, count) {
  if (text === "*") return Array.from({length: count}, (_, i) => i);
  return text.split(",").flatMap((part) => {
    const ends = part.split("-").map(Number), from = ends[0], to = ends[ends.length - 1];
    // Of a range that goes far beyond what there is, one too many is enough to be none of them.
    const last = Math.min(to, Math.max(from, count));
    return Array.from({length: Math.max(0, last - from + 1)}, (_, i) => from + i);
  });
}

/** @param {number[]} numbers @param {number} count @returns {string} */
export function writeSet(numbers, count) {
  const sorted = [...numbers].sort((a, b) => a - b);
  if (sorted.length === count && count > 1) return "*";
  const parts = [];
  for (let i = 0; i < sorted.length;) {
    let j = i;
    while (j + 1 < sorted.length && sorted[j + 1] === sorted[j] + 1) ++j;
    if (j - i >= 2)
      parts.push(`${sorted[i]}-${sorted[j]}`);
    else
      parts.push(...sorted.slice(i, j + 1));
    i = j + 1;
  }
  return parts.join(",");
}

/** Modules whose heads the network map shows.
 * @type {Record<string, string>} */
export const modules = Object.assign(Object.create(null), {
  "dec.cross": "Decoder cross-attention",
  "dec.self": "Decoder self-attention",
  "enc.self": "Encoder self-attention"
});
/** @param {string} module @param {Shape} model */
export const layersOf = (module, model) => (module.startsWith("enc") ? model.enc_layers : model.dec_layers);
/** @param {string} module @param {Shape} model */
export const pointsOf = (module, model) => (module === "enc.self" ? model.enc_points
        : module === "dec.cross"                                  ? model.dec_points
                                                                  : 0);

const set = "(\\*|[0-9][0-9,-]*)";
const pattern = new RegExp(`^(enc|dec)\\.${set}(?:\\.(self|cross))?(?:\\.head${set})?(?:\\.level${set})?(?:\\.point${
    set})?=off(?:\\((\\w*)\\))?$`);

/** Null where the text is something else.
 * @param {string} text @param {Shape} model @returns {Off|null} */
export function readOff(text, model) {
  const found = pattern.exec(text.replace(/\s+/g, ""));
  if (!found) return null;
  const [, part, layers, kind, heads, levels, points, mode = ""] = found;
  if (!kind && !heads && !levels && !points) return null;  // a whole layer, which is more than its attention
  const module = `${part}.${kind ?? (part === "enc" ? "self" : "cross")}`;
  const every = (/** @type {string|undefined} */ t, /** @type {number} */ n) =>
      (t === undefined ? null : readSet(t, n));
  return {
    module,
    layers: readSet(layers, layersOf(module, model)),
    heads: every(heads, model.heads),
    levels: every(levels, model.levels),
    points: every(points, pointsOf(module, model)),
    mode,
  };
}

/** @param {Off} off @param {Shape} model @returns {string} */
export function writeOff(off, model) {
  const [part, kind] = off.module.split(".");
  const unit = (/** @type {string} */ name, /** @type {number[]|null} */ numbers, /** @type {number} */ count) =>
      numbers ? `.${name}${writeSet(numbers, count)}` : "";
  return (`${part}.${writeSet(off.layers, layersOf(off.module, model))}.${kind}` +
      unit("head", off.heads, model.heads) + unit("level", off.levels, model.levels) +
      unit("point", off.points, pointsOf(off.module, model)) + "=off" + (off.mode ? `(${off.mode})` : ""));
}

/** Whether a text switches this head off whole.
 * @param {Off|null} off @param {import("./types.js").Cell} cell */
export function coversCell(off, cell) {
  return off !== null && off.module === cell.module && off.layers.includes(cell.layer) && !off.levels && !off.points &&
      (off.heads === null || off.heads.includes(cell.head));
}

/** What is left of a text that covers the cell once the cell is on again.
 * @param {Off} off @param {import("./types.js").Cell} cell @param {Shape} model @returns {string[]} */
export function withoutCell(off, cell, model) {
  const others = off.layers.filter((l) => l !== cell.layer);
  const heads = (off.heads ?? readSet("*", model.heads)).filter((x) => x !== cell.head);
  const left = [];
  if (others.length) left.push(writeOff({...off, layers: others}, model));
  if (heads.length) left.push(writeOff({...off, layers: [cell.layer], heads}, model));
  return left;
}

/** As the inspector names it: dec.5.cross.head2.
 * @param {import("./types.js").Cell} cell */
export function cellAddress(cell) {
  const [part, kind] = cell.module.split(".");
  return `${part}.${cell.layer}.${kind}.head${cell.head}`;
}

/** Short, for the history: "dec.5 h2".
 * @param {string} text */
export function shortLabel(text) {
  const [address, action = ""] = text.split("=");
  const short =
      address.replace(/\.(cross|self)/, "").replace(/\.head/, " h").replace(/\.level/, " L").replace(/\.point/, " P");
  const named = short.replace(/\.?query\[([^\]]*)\]/, " q$1")
                    .replace(/memory\.region\(.*/, "region")
                    .replace(/\.(offset|weights|reference)/, " $1")
                    .trim();
  return (action.startsWith("off") ? named : `${named} ${action.split("(")[0]}`).slice(0, 28);
}

/** The decoder layers that a text touches.
 * @param {string} text @param {Shape} model @returns {number[]} */
export function layersTouched(text, model) {
  const found = new RegExp(`^dec\\.${set}`).exec(text);
  return found ? readSet(found[1], model.dec_layers) : [];
}
