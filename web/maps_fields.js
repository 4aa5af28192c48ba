// A map that the server computed, as values over the image: heat, and sums inside the detection's box.
import {gridsOf} from "./attention.js";
import {number, signed} from "./dom.js";
import {density, heatOf, heatOfPixels, largest, total} from "./heat.js";
import {perPixel} from "./legend.js";
import {asDetection} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./maps_numbers.js").Row} Row */
/** @typedef {(value: number) => number} Part */
/**
 * @typedef {object} Field
 * @property {import("./heat.js").Heat} heat
 * @property {number} sum
 * @property {number} largest  without its sign
 * @property {number} area  of the image, pixels
 * @property {boolean} isDensity  its values are per pixel: their sum does not depend on the image's size
 * @property {(part: Part) => number} inBox  the sum over the box's pixels of a part of each value
 */

/** Null where there is nothing that it could be of.
 * @param {State} s @param {import("./maps_methods.js").Reply} reply @returns {Field|null} */
export function fieldOf(s, reply) {
  const isSigned = JSON.parse(reply.metadata.map).signed;
  const box = asDetection(s, s.pinned)?.box, {pixels} = reply.tensors;
  if (!box || !s.image) return null;
  const [x0, y0, x1, y1] = box, {width, height} = s.image, area = width * height;
  const part = [Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1)];
  const field = pixels ? pixelField(pixels, part, isSigned) : levelField(s, s.image, reply, part);
  return {...field, heat: {...field.heat, off: 0, signed: isSigned}, area, isDensity: !pixels};
}

/** @param {State} s @param {import("./heat.js").Size} image @param {import("./maps_methods.js").Reply} reply
 * @param {number[]} part */
function levelField(s, image, reply, part) {
  const grids = gridsOf(s), columns = 64, rows = 64;
  const maps = grids.map((_, level) => /** @type {Float32Array} */ (reply.tensors[`level.${level}`].data));
  const cell = (Math.max(0, part[2] - part[0]) * Math.max(0, part[3] - part[1])) / (columns * rows);
  const inBox = (/** @type {Part} */ of) =>
      density(maps, grids, image, part, columns, rows).reduce((all, value) => all + of(value) * cell, 0);
  const heat = heatOf(maps, grids, image);
  return {heat, sum: total(maps), largest: heat.most, inBox};
}

/** @param {import("./safetensors.js").Tensor} pixels @param {number[]} part @param {boolean} isSigned */
function pixelField({data, shape: [height, width]}, [x0, y0, x1, y1], isSigned) {
  let sum = 0;
  for (let i = 0; i < data.length; ++i) sum += data[i];
  const inBox = (/** @type {Part} */ of) => {
    let all = 0;
    for (let y = Math.ceil(y0 - 0.5); y + 0.5 < y1; ++y)
      for (let x = Math.ceil(x0 - 0.5); x + 0.5 < x1; ++x) all += of(data[y * width + x]);
    return all;
  };
  return {heat: heatOfPixels(data, {width, height}, isSigned), sum, largest: largest(data), inBox};
}

/** @param {Field} field */
const ends = ({largest: most, isDensity}) => `${perPixel(most)}${isDensity ? " per pixel" : ""}`;

/** @param {Field} field @param {boolean} [adds]  its sum means something: with what fell outside it is 1
 * @returns {Row[]} */
export function shareRows(field, adds = false) {
  return [
    ["In the box", field.sum > 0 ? number(field.inBox((value) => value) / field.sum) : "–"],
    ["Maximum", ends(field)],
    ...(adds ? [/** @type {Row} */ (["Off-image share", number(Math.max(0, 1 - field.sum))])] : []),
  ];
}

/** What speaks for the target, and what against it.
 * @param {Field} field @returns {Row[]} */
export const signedSumRows = (field) => [["Sum", signed(field.sum)],
    ["For, in the box", signed(field.inBox((value) => Math.max(0, value)))],
    ["Against, in the box", signed(field.inBox((value) => Math.min(0, value)))],
    ["Largest", `±${ends(field)}`],
];

/** Of values that are no densities, whose sum would say nothing.
 * @param {Field} field @returns {Row[]} */
export function signedMeanRows(field) {
  const count = field.inBox(() => 1), sum = field.inBox((value) => value), others = field.area - count;
  return [
    ["Mean in the box", count > 0 ? signed(sum / count, 3) : "–"],
    ["Mean elsewhere", others > 0 ? signed((field.sum - sum) / others, 3) : "–"],
    ["Largest", `±${ends(field)}`],
  ];
}
