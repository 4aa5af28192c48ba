// The log of a training run as it grows: a line of JSON an epoch, as the original program writes it.

/** @typedef {number | null} Value */
/** @typedef {{epoch: number, trainLoss: Value, testLoss: Value, AP: Value, AP50: Value}} Epoch epochs count from 0 */
/** @typedef {"trainLoss" | "testLoss" | "AP" | "AP50"} Key */

/**
 * Python writes NaN and Infinity, which JSON has not. Texts stay as they are.
 * @param {string} line
 */
function withoutNonFinite(line) {
  return line.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) => (found.startsWith('"') ? found : "null"));
}

/** @returns {Value} */
const valueOf = (/** @type {unknown} */ x) => (typeof x === "number" && Number.isFinite(x) ? x : null);

/** COCO's -1 says that there was nothing to measure. @returns {Value} */
function apOf(/** @type {unknown} */ list, /** @type {number} */ index) {
  const value = Array.isArray(list) ? valueOf(list[index]) : null;
  return value !== null && value >= 0 ? value : null;
}

/**
 * @param {string} line
 * @returns {Epoch | null} null: damaged
 */
function epochOf(line) {
  let raw;
  try {
    raw = JSON.parse(withoutNonFinite(line));
  } catch {
    return null;
  }
  const epoch = raw?.epoch;
  if (!Number.isSafeInteger(epoch) || epoch < 0) return null;
  const boxes = raw.test_coco_eval_bbox;
  return { epoch, trainLoss: valueOf(raw.train_loss), testLoss: valueOf(raw.test_loss), AP: apOf(boxes, 0), AP50: apOf(boxes, 1) };
}

export class RunLog {
  constructor() {
    /** @type {Epoch[]} ascending, each once */
    this.epochs = [];
    this.damaged = 0;
    this.superseded = 0;
    this.bytes = 0;
    this.isUnclean = false;
  }

  /**
   * The next part of the log; a last line without its end is left for the next time.
   * @param {string} text
   */
  append(text) {
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    // A byte that is no UTF-8 arrives as another number of bytes: places can no longer be counted.
    if (whole.includes("\ufffd")) this.isUnclean = true;
    this.bytes += new TextEncoder().encode(whole).length;
    for (const line of whole.split("\n")) if (line.trim()) this.#add(epochOf(line));
  }

  /** @param {Epoch | null} epoch */
  #add(epoch) {
    if (!epoch) {
      ++this.damaged;
      return;
    }
    // A run that was resumed from an earlier epoch gave up the weights that later lines tell of.
    while ((this.epochs.at(-1)?.epoch ?? -1) >= epoch.epoch) {
      this.epochs.pop();
      ++this.superseded;
    }
    this.epochs.push(epoch);
  }

  /** The last epoch, or -1. */
  get last() {
    return this.epochs.at(-1)?.epoch ?? -1;
  }

  /**
   * The newest value up to an epoch: not every epoch is evaluated.
   * @param {Key} key
   * @param {number} [until]
   * @returns {{epoch: number, value: number} | null}
   */
  newest(key, until = Infinity) {
    for (let i = this.epochs.length - 1; i >= 0; --i) {
      const epoch = this.epochs[i];
      const value = epoch && epoch.epoch <= until ? epoch[key] : null;
      if (epoch && value !== null) return { epoch: epoch.epoch, value };
    }
    return null;
  }

  /** @param {Key} key */
  points(key) {
    /** @type {{epoch: number, value: number}[]} */
    const points = [];
    for (const epoch of this.epochs) {
      const value = epoch[key];
      if (value !== null) points.push({ epoch: epoch.epoch, value });
    }
    return points;
  }
}
