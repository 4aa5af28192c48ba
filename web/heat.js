// Maps of attention weight: spread over the cells that samples read, summed over levels, coloured.
import {cividis, difference} from "./palette.js";

/** @typedef {import("./types.js").PointSet} PointSet */
/** @typedef {import("./types.js").Level} Level */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{head: (head: number) => boolean, level: (level: number) => boolean}} Filter */

/** The weight that each cell gets: a sample reads the four cells around it, bilinearly, and nothing beyond the image.
 * @param {PointSet} set @param {Level[]} levels @param {Size} image @param {Filter} filter @returns {Float32Array[]} */
export function cellMaps(set, levels, image, filter) {
  const maps = levels.map((l) => new Float32Array(l.width * l.height));
  const heads = Array.from({length: set.heads}, (_, head) => head).filter(filter.head);
  for (const head of heads)
    for (let level = 0; level < set.levels; ++level) {
      if (!filter.level(level)) continue;
      for (let point = 0; point < set.points; ++point) {
        const at = (head * set.levels + level) * set.points + point;
        const x = set.xy[2 * at] / image.width, y = set.xy[2 * at + 1] / image.height;
        spread(maps[level], levels[level], x, y, set.weights[at] / heads.length);
      }
    }
  return maps;
}

/** @param {Float32Array} map @param {Level} level @param {number} x @param {number} y @param {number} weight */
function spread(map, level, x, y, weight) {
  const px = x * level.width - 0.5, py = y * level.height - 0.5;
  const column = Math.floor(px), row = Math.floor(py), fx = px - column, fy = py - row;
  for (let dy = 0; dy < 2; ++dy)
    for (let dx = 0; dx < 2; ++dx) {
      const c = column + dx, r = row + dy;
      if (c < 0 || r < 0 || c >= level.width || r >= level.height) continue;
      map[r * level.width + c] += weight * (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy);
    }
}

/** @param {Float32Array[]} maps */
export const total = (maps) => maps.reduce((sum, map) => sum + map.reduce((a, b) => a + b, 0), 0);

/** Weight per pixel of the original image on a grid over a part of it, levels summed.
 * @param {Float32Array[]} maps @param {Level[]} levels @param {Size} image
 * @param {ArrayLike<number>} part @param {number} columns @param {number} rows @returns {Float32Array} */
export function density(maps, levels, image, part, columns, rows) {
  const out = new Float32Array(columns * rows);
  maps.forEach((map, number) => {
    const level = levels[number];
    if (!map.some((v) => v !== 0)) return;
    const area = (image.width / level.width) * (image.height / level.height);
    const xs = taps(part[0], part[2], columns, image.width, level.width);
    const ys = taps(part[1], part[3], rows, image.height, level.height);
    for (let r = 0; r < rows; ++r)
      for (let c = 0; c < columns; ++c) {
        const y0 = ys.low[r] * level.width, y1 = ys.high[r] * level.width, ty = ys.t[r], tx = xs.t[c];
        const top = map[y0 + xs.low[c]] * (1 - tx) + map[y0 + xs.high[c]] * tx;
        const bottom = map[y1 + xs.low[c]] * (1 - tx) + map[y1 + xs.high[c]] * tx;
        out[r * columns + c] += (top * (1 - ty) + bottom * ty) / area;
      }
  });
  return out;
}

/** For each column of the grid the two cells around it and the share of the second; half-cell centres.
 * @param {number} from @param {number} to @param {number} count @param {number} size @param {number} cells */
function taps(from, to, count, size, cells) {
  const low = new Int32Array(count), high = new Int32Array(count), t = new Float32Array(count);
  for (let i = 0; i < count; ++i) {
    const at = ((from + ((i + 0.5) / count) * (to - from)) / size) * cells - 0.5;
    low[i] = Math.min(cells - 1, Math.max(0, Math.floor(at)));
    high[i] = Math.min(cells - 1, Math.max(0, Math.floor(at) + 1));
    t[i] = Math.min(1, Math.max(0, at - Math.floor(at)));
  }
  return {low, high, t};
}

/** Without its sign.
 * @param {ArrayLike<number>} values */
export function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; ++i)
    if (Math.abs(values[i]) > most) most = Math.abs(values[i]);
  return most;
}

/** The scale that a heat can be on: what has a sign is in proportion, and a fixed end is one of weights.
 * @param {Heat} heat @param {string} chosen */
export const scaleOf = (heat, chosen) => (heat.signed || (heat.ownUnit && chosen === "fixed") ? "view" : chosen);

/** Where a scale ends: at the view's maximum, or always at the same weight per pixel.
 * @param {number} most @param {string} scale */
export const scaleEnd = (most, scale) => (scale === "fixed" ? 1e-3 : most);

/** 0 to 1. Log: the top three decades.
 * @param {number} value @param {number} most @param {string} scale */
function onScale(value, most, scale) {
  if (most <= 0 || value <= 0) return 0;
  return scale === "log" ? Math.max(0, 1 + Math.log10(value / most) / 3) : Math.min(1, value / most);
}

/** Colours into an image of the grid's size; clear where nothing is read if `clear`.
 * @param {ArrayLike<number>} values @param {number} most @param {string} scale @param {boolean} clear
 * @param {ImageData} out */
export function colourInto(values, most, scale, clear, out) {
  for (let i = 0; i < values.length; ++i) {
    const t = onScale(values[i], most, scale), at = Math.round(t * 255) * 3;
    out.data[4 * i] = cividis[at];
    out.data[4 * i + 1] = cividis[at + 1];
    out.data[4 * i + 2] = cividis[at + 2];
    out.data[4 * i + 3] = clear ? 255 * 0.74 * Math.min(1, 4 * t) : 255;
  }
}

/** Blue below 0, orange above; colour and opacity rise in proportion, as in the figures of `explain --kind map`.
 * @param {ArrayLike<number>} values @param {number} most @param {ImageData} out */
export function colourSigned(values, most, out) {
  for (let i = 0; i < values.length; ++i) {
    const t = most > 0 ? Math.min(1, Math.max(-1, values[i] / most)) : 0, at = Math.round(127.5 * (1 + t)) * 3;
    out.data[4 * i] = difference[at];
    out.data[4 * i + 1] = difference[at + 1];
    out.data[4 * i + 2] = difference[at + 2];
    out.data[4 * i + 3] = 255 * Math.min(0.85, 1.15 * Math.abs(t));
  }
}

const grid = document.createElement("canvas");
const longestSide = 800;  // of a grid of pixels

/**
 * @typedef {object} Heat  values on a grid over the image
 * @property {Float32Array} values  weight per pixel, or what else the map is of
 * @property {number} columns
 * @property {number} rows
 * @property {number} most  where its colours end: the largest, without its sign
 * @property {boolean} [cut]  a few are larger
 * @property {number} off  the share off the image
 * @property {boolean} [signed]  values below 0 mean something
 * @property {boolean} [ownUnit]  it is not of weights or shares of them
 */

/** What the heat map of a view is: the density on the stage's grid, and its maximum.
 * @param {Float32Array[]} maps @param {Level[]} levels @param {Size} image */
export function heatOf(maps, levels, image) {
  const columns = 160, rows = 96;
  const values = density(maps, levels, image, [0, 0, image.width, image.height], columns, rows);
  return {values, columns, rows, most: largest(values)};
}

/** The value that 0.1 % of them exceed: where it is 0, the largest.
 * @param {Float32Array} values */
function mostButFew(values) {
  const sorted = values.slice().sort();
  return sorted[Math.floor(0.999 * (sorted.length - 1))] || sorted[sorted.length - 1];
}

/** Of values of pixels: as they are, or means of blocks where there are more than a screen shows. Of those without a
 * sign colours end, as in the figures, where few exceed them: one pixel would else decide.
 * @param {ArrayLike<number>} data @param {Size} size @param {boolean} isSigned */
export function heatOfPixels(data, {width, height}, isSigned) {
  const by = Math.max(1, Math.max(width, height) / longestSide);
  const columns = Math.ceil(width / by), rows = Math.ceil(height / by);
  const values = new Float32Array(columns * rows), counts = new Float32Array(columns * rows);
  for (let y = 0; y < height; ++y)
    for (let x = 0, row = Math.floor((y * rows) / height) * columns; x < width; ++x) {
      const at = row + Math.floor((x * columns) / width);
      values[at] += data[y * width + x];
      counts[at] += 1;
    }
  for (let i = 0; i < values.length; ++i) values[i] /= counts[i];
  return {values, columns, rows, most: isSigned ? largest(values) : mostButFew(values), cut: !isSigned};
}

/** @param {CanvasRenderingContext2D} context @param {Heat} heat @param {string} chosen  scale
 * @param {[number, number, number, number]} place on the screen */
export function drawHeat(context, heat, chosen, place) {
  const {values, columns, rows, most} = heat, scale = scaleOf(heat, chosen);
  const small = /** @type {CanvasRenderingContext2D} */ (grid.getContext("2d"));
  const pixels = small.createImageData(columns, rows);
  grid.width = columns;
  grid.height = rows;
  if (heat.signed)
    colourSigned(values, most, pixels);
  else
    colourInto(values, scaleEnd(most, scale), scale, true, pixels);
  small.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(grid, ...place);
}
