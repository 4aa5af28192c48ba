// Types of the errors of one image after another: TIDE's, as the server matches results with the truth.
import { messageOf } from "./api.js";
import { attentionOf } from "./attention.js";
import { missedOf, typesOf } from "./truth_matches.js";

/** @typedef {import("./run_result.js").RunResult} RunResult */
/** @typedef {import("./types.js").ImageEntry} ImageEntry */
/**
 * @typedef {object} Finding a result, or a truth that none is about
 * @property {ImageEntry} image
 * @property {string} type
 * @property {string} name of its class
 * @property {number} query -1: a truth
 * @property {number} score of a result
 * @property {ReturnType<typeof attentionOf>} attention in the last decoder layer
 */

export const HIT = "Hit";
const MISS = "Miss";
const BY_KIND = typesOf(HIT);
export const TYPES = [...BY_KIND, MISS];

/**
 * @param {ImageEntry} image
 * @param {RunResult} result
 * @param {import("./types.js").Truth[]} truths
 * @param {(string | null)[]} names of the classes
 * @param {number} threshold
 * @returns {Finding[]}
 */
function findingsOf(image, result, truths, names, threshold) {
  const last = result.layers - 1, matches = [], { listed } = result;
  /** @type {Finding[]} */
  const findings = [];
  for (let i = 0; i < listed.length; i += 2) {
    const [query, label] = [listed[i] ?? -1, listed[i + 1] ?? -1], score = result.score(last, query, label), match = result.match(query, label);
    if (!match || score <= threshold) continue;
    matches.push(match);
    findings.push({ image, type: BY_KIND[match.kind] ?? "", name: names[label] ?? "", query, score, attention: attentionOf(result, last, query) });
  }
  for (const { name } of missedOf(truths, matches)) findings.push({ image, type: MISS, name, query: -1, score: 0, attention: null });
  return findings;
}

export class ErrorScan {
  /**
   * @param {import("./api.js").Api} api
   * @param {ImageEntry[]} images with truth
   * @param {string[]} texts interventions in force
   * @param {number} threshold
   * @param {() => void} changed
   */
  constructor(api, images, texts, threshold, changed) {
    this.api = api;
    this.images = images;
    this.texts = texts;
    this.threshold = threshold;
    this.changed = changed;
    this.done = 0;
    this.error = "";
    this.abort = new AbortController();
    this.isRunning = false;
    /** @type {Finding[]} */
    this.findings = [];
  }

  /** Goes on where it was cancelled. */
  async run() {
    this.isRunning = true;
    this.error = "";
    const { signal } = (this.abort = new AbortController());
    try {
      while (this.done < this.images.length) {
        this.changed();
        await this.#look(/** @type {ImageEntry} */ (this.images[this.done]), signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.error = messageOf(error);
    }
    this.isRunning = false;
    this.changed();
  }

  /**
   * @param {ImageEntry} image
   * @param {AbortSignal} signal
   */
  async #look(image, signal) {
    const body = { model: "a", interventions: this.texts, viewer: `${this.api.viewer}e` };
    const [result, truths] = await Promise.all([this.api.intervene(image.id, body, signal), this.api.truth(image.id)]);
    signal.throwIfAborted();
    this.findings.push(...findingsOf(image, result, truths, this.api.classes, this.threshold));
    ++this.done;
  }

  cancel() {
    this.abort.abort();
    this.isRunning = false;
    this.changed();
  }
}
