// Parses a safetensors container: typed arrays over the bytes as they came, and the texts of its metadata.

/** @typedef {Float32Array|Int32Array|Uint16Array} Numbers */
/** @typedef {{shape: number[], data: Numbers}} Tensor */

/** @type {Record<string, new (buffer: ArrayBuffer, at: number, count: number) => Numbers>} */
const kinds = {
  F32: Float32Array,
  I32: Int32Array,
  U16: Uint16Array
};

/** @param {ArrayBuffer} buffer @returns {{metadata: Record<string, string>, tensors: Record<string, Tensor>}} */
export function parseSafetensors(buffer) {
  if (buffer.byteLength < 8) throw new Error("the reply is too short for a safetensors file");
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (8 + length > buffer.byteLength) throw new Error("the reply's header is longer than the reply");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const kind = kinds[entry.dtype];
    if (!kind) throw new Error(`tensor ${name} has type ${entry.dtype}, which the page does not know`);
    tensors[name] = {shape: entry.shape, data: numbers(buffer, kind, 8 + length, entry.data_offsets)};
  }
  return {metadata: header.__metadata__ ?? {}, tensors};
}

/** @param {ArrayBuffer} buffer @param {new (b: ArrayBuffer, at: number, n: number) => Numbers} kind
 * @param {number} base @param {[number, number]} offsets */
function numbers(buffer, kind, base, [from, to]) {
  const size = /** @type {any} */ (kind).BYTES_PER_ELEMENT;
  // A typed array must begin at a multiple of its element; a tensor that does not is copied.
  if ((base + from) % size === 0) return new kind(buffer, base + from, (to - from) / size);
  return new kind(buffer.slice(base + from, base + to), 0, (to - from) / size);
}
