// Where the encoder takes long to run again, the result on a smaller picture is shown first, and is never kept.
import {ApiError} from "./api.js";

const longestSide = 480;
export const previewTag = `preview ${longestSide}`;
/** A run of the encoder that takes longer is previewed; ?preview=MS in the address sets another time. */
const patienceMs = Number(new URLSearchParams(location.search).get("preview") ?? 600);

/** @param {string} text */
const reachesEncoder = (text) => /^\s*enc\b/.test(text);

export class Preview {
  /** @param {import("./api.js").Api} api @param {import("./state.js").Store} store */
  constructor(api, store) {
    this.api = api;
    this.store = store;
    this.encoderMs = 0;
  }

  /** How long the encoder takes is what its last run took; one that was kept from before took no time.
   * @param {import("./run_result.js").RunResult} result */
  learn(result) {
    if (result.encoder && result.ms >= 0.05) this.encoderMs = result.ms;
  }

  /** @param {string[]} texts */
  isWorthwhile(texts) {
    const first = this.store.state.history[0]?.result;
    if (!first || Math.max(first.image.input_width, first.image.input_height) <= longestSide) return false;
    return texts.some(reachesEncoder) && (this.encoderMs || first.ms) > patienceMs;
  }

  /** Shows the small picture's result; without one (a server that makes none) the run itself is waited for.
   * @param {string} image @param {string[]} texts @param {() => boolean} isNewest */
  async show(image, texts, isNewest) {
    if (!this.isWorthwhile(texts)) return;
    try {
      const preview = await this.api.run(image, texts, "a", {longest_side: longestSide});
      if (isNewest()) this.put(preview);
    } catch (error) {
      const isRefused = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 409;
      if (!isRefused) throw error;
    }
  }

  hide() { this.put(null); }

  /** @param {import("./run_result.js").RunResult|null} preview */
  put(preview) {
    if (this.store.state.preview === preview) return;
    // Who draws what the history's step holds draws anew.
    this.store.changed.add("at");
    this.store.set({preview});
  }
}
