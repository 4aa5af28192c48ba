// What the map's switches do to the list of interventions: heads, rows, columns, levels, points.
import {coversCell, layersOf, pointsOf, readOff, withoutCell, writeOff, writeSet} from "./addresses.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Cell} Cell */

/** @param {string} text @returns {Line} */
export const newLine = (text) => ({text, active: true, error: ""});

/** @param {State} s */
const offs = (s) => s.lines.map((line) => ({line, off: line.active ? readOff(line.text, s.model) : null}));

/** @param {State} s @param {Cell} cell */
export const isOff = (s, cell) => offs(s).some(({off}) => coversCell(off, cell));

/** @param {State} s @param {string} module @param {number} layer @returns {number[]} */
export function headsOff(s, module, layer) {
  const all = Array.from({length: s.model.heads}, (_, head) => head);
  return all.filter((head) => isOff(s, {module, layer, head}));
}

/** On, with all others of its layer off.
 * @param {State} s @param {Cell} cell */
export function isSolo(s, cell) {
  const off = headsOff(s, cell.module, cell.layer);
  return s.model.heads > 1 && off.length === s.model.heads - 1 && !off.includes(cell.head);
}

/** @param {State} s @param {Cell} cell @returns {Line[]} */
export function cellOn(s, cell) {
  return offs(s).flatMap(
      ({line, off}) => (off && coversCell(off, cell) ? withoutCell(off, cell, s.model).map(newLine) : [line]));
}

/** @param {State} s @param {Cell} cell @returns {Line[]} */
export function cellOff(s, cell) {
  if (isOff(s, cell)) return s.lines;
  return [
    ...s.lines,
    newLine(writeOff(
        {module: cell.module, layers: [cell.layer], heads: [cell.head], levels: null, points: null, mode: s.headMode},
        s.model))
  ];
}

/** @param {State} s @param {Cell} cell @returns {Line[]} */
export function cellSolo(s, cell) {
  const clear = rowOn(s, cell.module, cell.layer);
  if (isSolo(s, cell)) return clear;
  const heads = Array.from({length: s.model.heads}, (_, head) => head).filter((head) => head !== cell.head);
  return [
    ...clear,
    newLine(writeOff(
        {module: cell.module, layers: [cell.layer], heads, levels: null, points: null, mode: s.headMode}, s.model))
  ];
}

/** Nothing of this layer's heads off any more.
 * @param {State} s @param {string} module @param {number} layer @returns {Line[]} */
function rowOn(s, module, layer) {
  return offs(s).flatMap(({line, off}) => {
    if (!off || off.module !== module || off.levels || off.points || !off.layers.includes(layer)) return [line];
    const layers = off.layers.filter((l) => l !== layer);
    return layers.length ? [newLine(writeOff({...off, layers}, s.model))] : [];
  });
}

/** The module of a layer: all on, or off as a whole.
 * @param {State} s @param {string} module @param {number} layer @returns {Line[]} */
export function toggleRow(s, module, layer) {
  const clear = rowOn(s, module, layer);
  if (headsOff(s, module, layer).length === s.model.heads) return clear;
  return [
    ...clear, newLine(writeOff({module, layers: [layer], heads: null, levels: null, points: null, mode: ""}, s.model))
  ];
}

/** One head in all layers.
 * @param {State} s @param {string} module @param {number} head @returns {Line[]} */
export function toggleColumn(s, module, head) {
  const layers = Array.from({length: layersOf(module, s.model)}, (_, layer) => layer);
  const on = layers.filter((layer) => !isOff(s, {module, layer, head}));
  let lines = s.lines;
  for (const layer of layers) lines = cellOn({...s, lines}, {module, layer, head});
  if (on.length === 0) return lines;
  return [
    ...lines, newLine(writeOff({module, layers, heads: [head], levels: null, points: null, mode: s.headMode}, s.model))
  ];
}

/** "on", "off" or "partial" of a level or point of all layers of a module.
 * @param {State} s @param {string} module @param {"levels"|"points"} kind @param {number} index */
export function unitState(s, module, kind, index) {
  const layers = new Set();
  for (const {off} of offs(s))
    if (off && off.module === module && off[kind]?.includes(index) && !off[kind === "levels" ? "points" : "levels"])
      for (const layer of off.layers) layers.add(`${layer}${off.heads ? " " + off.heads : ""}`);
  const whole = [...layers].filter((l) => !l.includes(" ")).length;
  return layers.size === 0 ? "on" : whole === layersOf(module, s.model) ? "off" : "partial";
}

/** @param {State} s @param {string} module @param {"levels"|"points"} kind @param {number} index @returns {Line[]} */
export function toggleUnit(s, module, kind, index) {
  const count = kind === "levels" ? s.model.levels : pointsOf(module, s.model);
  const other = kind === "levels" ? "points" : "levels";
  const rest = offs(s).flatMap(({line, off}) => {
    const units = off?.[kind];
    if (!off || off.module !== module || !units?.includes(index) || off[other]) return [line];
    const left = units.filter((i) => i !== index);
    return left.length ? [newLine(writeOff({...off, [kind]: left}, s.model))] : [];
  });
  if (unitState(s, module, kind, index) !== "on") return rest;
  const [part, name] = module.split(".");
  return [
    ...rest,
    newLine(`${part}.*.${name}.${kind === "levels" ? "level" : "point"}${writeSet([index], count)}=off(${s.levelMode})`)
  ];
}

/** A line whose address is this, with another action; none where the action is null.
 * @param {Line[]} lines @param {string} address @param {string|null} action @returns {Line[]} */
export function withAction(lines, address, action) {
  const at = lines.findIndex((l) => l.text.split("=")[0] === address);
  const line = action === null ? null : newLine(`${address}=${action}`);
  if (at < 0) return line ? [...lines, line] : lines;
  return lines.flatMap((l, i) => (i === at ? (line ? [line] : []) : [l]));
}
