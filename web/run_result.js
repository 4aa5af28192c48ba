// Typed access to a reply of the server: scores, boxes, references, points and weights of every layer and query.
import {parseSafetensors} from "./safetensors.js";

/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").PointSet} PointSet */

/** The 16-bit shares of the image's width and height as pixels.
 * @param {import("./safetensors.js").Numbers} data @param {number} width @param {number} height */
function toPixels(data, width, height) {
  const out = new Float32Array(data.length);
  const x = (3 * width) / 65535, y = (3 * height) / 65535;
  for (let i = 0; i < data.length; i += 2) {
    out[i] = data[i] * x - width;
    out[i + 1] = data[i + 1] * y - height;
  }
  return out;
}

/** @param {import("./safetensors.js").Numbers} data */
function toWeights(data) {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; ++i) out[i] = data[i] / 65535;
  return out;
}

/** Null without truth.
 * @param {Record<string, import("./safetensors.js").Tensor>} tensors @param {number} classes */
function matchesOf({detections, matches}, classes) {
  if (!matches) return null;
  /** @type {Map<number, import("./types.js").Match>} */
  const found = new Map();
  for (let i = 0; i < matches.data.length; i += 2) {
    const [kind, truth] = matches.data.subarray(i, i + 2);
    if (kind >= 0) found.set(detections.data[i] * classes + detections.data[i + 1], {kind, truth});
  }
  return found;
}

/** Which part of weights and offsets is the queries' own, of a layer's heads or of all of them (head -1); null where
 * nothing is known.
 * @typedef {{of: (layer: number, head: number) => {weights: number, offsets: number}|null, mostlyTemplate: (layer: number) => boolean}} OwnParts */

/** @param {Record<string, import("./safetensors.js").Tensor>} tensors @param {number[]} layers  that are mostly template
 * @returns {OwnParts} */
function ownParts({query_specific: parts}, layers) {
  const rows = parts ? parts.shape[1] : 0;
  const numbers = Float32Array.from(parts ? parts.data : []);  // a copy: it outlives the reply's memory
  return {
    of: (layer, head) => {
      const at = 2 * (layer * rows + (head < 0 ? rows - 1 : head));
      if (!rows || at >= numbers.length) return null;
      const [weights, offsets] = numbers.subarray(at, at + 2);
      return Number.isNaN(weights) ? null : {weights, offsets};
    },
    mostlyTemplate: (layer) => (layers ?? []).includes(layer),
  };
}

/** One detection run, decoded once; nothing here asks the server. */
export class RunResult {
  /** @param {ArrayBuffer} buffer @param {(string|null)[]} names of the classes; null: there is none */
  constructor(buffer, names) {
    const {metadata, tensors} = parseSafetensors(buffer);
    const run = JSON.parse(metadata.run);
    /** @type {{id: string, name: string, width: number, height: number, input_width: number, input_height: number}} */
    this.image = run.image;
    /** @type {string[]} */
    this.interventions = run.interventions;
    /** @type {string[]} */
    this.words = run.words;
    /** @type {number} */
    this.firstLayer = run.first_layer;
    /** @type {boolean} */
    this.encoder = run.encoder;
    /** @type {number} */
    this.ms = run.ms;
    /** @type {import("./types.js").Level[]} */
    this.levels = run.levels;
    /** What made it, where that is a checkpoint of a run.
     * @type {import("./types.js").Shape|null} */
    this.of = run.of ?? null;
    const [layers, queries, classes] = tensors.scores.shape;
    this.layers = layers;
    this.queries = queries;
    this.classes = classes;
    /** Indices that are classes. */
    this.labels = Array.from({length: classes}, (_, c) => c).filter((c) => (this.of?.classes ?? names)[c] !== null);
    this.scores = tensors.scores.data;
    this.boxes = tensors.boxes.data;
    this.listed = tensors.detections.data;
    /** What the results of the last layer are against the annotations, by query and class; null without truth.
     * @type {Map<number, import("./types.js").Match>|null} */
    this.matches = matchesOf(tensors, classes);
    // A plain DETR reads every place: its reply has neither references nor points.
    const {reference, points} = tensors;
    this.reference = reference?.data ?? null;
    this.referenceSize = reference ? reference.shape[2] : 0;
    this.heads = points ? points.shape[2] : 0;
    this.pointLevels = points ? points.shape[3] : 0;
    this.pointsPerLevel = points ? points.shape[4] : 0;
    this.xy = points ? toPixels(points.data, this.image.width, this.image.height) : null;
    this.weights = points ? toWeights(tensors.weights.data) : null;
    this.own = ownParts(tensors, run.mostly_template);
  }

  /** @param {number} layer @param {number} query @param {number} label */
  score(layer, query, label) { return this.scores[(layer * this.queries + query) * this.classes + label]; }

  /** What this result of the last layer is against the annotations; null where it is not counted or not listed.
   * @param {number} query @param {number} label */
  match(query, label) { return this.matches?.get(query * this.classes + label) ?? null; }

  /** The class with the highest score.
   * @param {number} layer @param {number} query */
  best(layer, query) {
    let best = this.labels[0] ?? 0;
    for (const c of this.labels)
      if (this.score(layer, query, c) > this.score(layer, query, best)) best = c;
    return best;
  }

  /** @param {number} layer @param {number} query @returns {Box} */
  box(layer, query) {
    const at = (layer * this.queries + query) * 4, b = this.boxes;
    return [b[at], b[at + 1], b[at + 2], b[at + 3]];
  }

  /** Where this layer starts looking: x, y and, where boxes are refined, width and height; empty for plain DETR.
   * @param {number} layer @param {number} query @returns {number[]} */
  referenceOf(layer, query) {
    if (!this.reference) return [];
    const at = (layer * this.queries + query) * this.referenceSize;
    return Array.from(this.reference.subarray(at, at + this.referenceSize));
  }

  /** What the query samples in this layer; null for plain DETR.
   * @param {number} layer @param {number} query @returns {PointSet|null} */
  points(layer, query) {
    if (!this.xy || !this.weights) return null;
    const size = this.heads * this.pointLevels * this.pointsPerLevel;
    const at = (layer * this.queries + query) * size;
    return {
      heads: this.heads,
      levels: this.pointLevels,
      points: this.pointsPerLevel,
      xy: this.xy.subarray(at * 2, (at + size) * 2),
      weights: this.weights.subarray(at, at + size),
    };
  }

  /** Cut down to one query, which is number 0 there: small enough to keep hundreds, as nothing of the reply's memory
   * stays.
   * @param {number} query @returns {RunResult} */
  only(query) {
    const of = (/** @type {import("./safetensors.js").Numbers} */ data) => {
      const size = data.length / (this.layers * this.queries);
      return Float32Array.from({length: this.layers * size}, (_, i) => {
        const layer = Math.floor(i / size);
        return data[(layer * this.queries + query) * size + i - layer * size];
      });
    };
    return Object.assign(Object.create(RunResult.prototype), this, {
      queries: 1,
      scores: of(this.scores),
      boxes: of(this.boxes),
      listed: new Int32Array(0),
      matches: null,
      reference: this.reference && of(this.reference),
      xy: this.xy && of(this.xy),
      weights: this.weights && of(this.weights),
    });
  }
}

/** What one token of the encoder reads, and which tokens read it. */
export class TokenResult {
  /** @param {ArrayBuffer} buffer @param {{width: number, height: number}} image
   * @param {number} x @param {number} y  the place that was asked for */
  constructor(buffer, image, x, y) {
    const {metadata, tensors} = parseSafetensors(buffer);
    const token = JSON.parse(metadata.token);
    this.at = [x, y];
    /** @type {number} */
    this.token = token.token;
    /** @type {number} */
    this.level = token.level;
    /** @type {number} */
    this.column = token.column;
    /** @type {number} */
    this.row = token.row;
    /** @type {Box} */
    this.cell = token.cell;
    const [layers, heads, levels, perLevel] = tensors.points.shape;
    this.layers = layers;
    this.heads = heads;
    this.levels = levels;
    this.perLevel = perLevel;
    this.xy = toPixels(tensors.points.data, image.width, image.height);
    this.weights = toWeights(tensors.weights.data);
    this.own = ownParts(tensors, token.mostly_template);
    this.readBy = Array.from({length: this.levels}, (_, l) => tensors[`read_by.${l}`]);
  }

  get centre() { return [(this.cell[0] + this.cell[2]) / 2, (this.cell[1] + this.cell[3]) / 2]; }

  /** @param {number} layer @returns {PointSet} */
  points(layer) {
    const size = this.heads * this.levels * this.perLevel, at = layer * size;
    return {
      heads: this.heads,
      levels: this.levels,
      points: this.perLevel,
      xy: this.xy.subarray(at * 2, (at + size) * 2),
      weights: this.weights.subarray(at, at + size),
    };
  }

  /** The weights with which each level's tokens read this one.
   * @param {number} layer @returns {Float32Array[]} */
  readers(layer) {
    return this.readBy.map(({shape, data}) => {
      const size = shape[1] * shape[2];
      return Float32Array.from(data.subarray(layer * size, (layer + 1) * size));
    });
  }
}
