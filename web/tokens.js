// The encoder's tokens that are looked at: of which level they are, a second one beside the first, and both anew
// when the interventions change.
import {ApiError} from "./api.js";
import {gridsOf} from "./attention.js";
import {activeTexts} from "./runs.js";
import {asDetection, listed, queryInQuestion} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./run_result.js").TokenResult} TokenResult */
/** @typedef {"token"|"secondToken"} Which */

/** Of the levels the coarsest whose cell fits into the smallest detection at this place; without one L1.
 * @param {State} s @param {number} x @param {number} y original pixels */
function fittingLevel(s, x, y) {
  const grids = gridsOf(s),
        here = listed(s).map((d) => d.box).filter((b) => x >= b[0] && y >= b[1] && x <= b[2] && y <= b[3]);
  if (!here.length || !s.image) return Math.min(1, s.model.levels - 1);
  const [w, h] = here.map((b) => [b[2] - b[0], b[3] - b[1]]).reduce((a, b) => (a[0] * a[1] <= b[0] * b[1] ? a : b));
  const {width, height} = s.image;
  const fitting = grids.map((grid, level) => (width / grid.width <= w && height / grid.height <= h ? level : 0));
  return Math.max(...fitting);
}

export class Tokens {
  /** @param {import("./api.js").Api} api @param {import("./state.js").Store} store
   * @param {import("./runs.js").Runs} runs */
  constructor(api, store, runs) {
    this.api = api;
    this.store = store;
    this.runs = runs;
    this.askedWith = "";
    /** Where steps lead whose token is not there yet.
     * @type {[number, number]|null} */
    this.going = null;
    store.on(["history", "at"], () => this.askedWith !== this.texts().join("\n") && this.again());
  }

  get s() { return this.store.state; }

  texts() { return activeTexts(this.s.lines); }

  /** @param {number} x @param {number} y original pixels @param {Which} [which] @param {number} [level]
   * left out: as chosen */
  async ask(x, y, which = "token", level = this.s.tokenLevel) {
    const image = this.s.image, texts = this.texts();
    if (!image) return;
    this.askedWith = texts.join("\n");
    try {
      const token = await this.api.token(image, [x, y], level < 0 ? fittingLevel(this.s, x, y) : level, texts, which);
      if (this.s.image?.id === image.id)
        this.store.set({[which]: token, said: `Token ${token.token}, level ${token.level}.`});
    } catch (error) {
      if (error instanceof ApiError)
        error.isSuperseded || this.runs.say({text: error.message});
      else if (!(error instanceof DOMException))
        throw error;
    }
  }

  /** A first one, then others in the second one's place.
   * @param {number} x @param {number} y */
  askBeside(x, y) { return this.ask(x, y, this.s.token ? "secondToken" : "token"); }

  /** The first token by cells of its level; where there is none one comes to the detection in question, else to the
   * middle of the image.
   * @param {number} columns @param {number} rows */
  async step(columns, rows) {
    const {image, token} = this.s;
    if (!image) return;
    if (!token) return this.ask(...this.startOn(image));
    const [x0, y0, x1, y1] = token.cell, [x, y] = this.going ?? token.centre;
    const on = (/** @type {number} */ at, /** @type {number} */ by, /** @type {number} */ end) =>
        Math.min(end - Math.abs(by) / 2, Math.max(Math.abs(by) / 2, at + by));
    const to = (this.going = [
      columns ? on(x, columns * (x1 - x0), image.width) : x, rows ? on(y, rows * (y1 - y0), image.height) : y
    ]);
    await this.ask(to[0], to[1], "token", token.level);
    if (this.going === to) this.going = null;
  }

  /** @param {{width: number, height: number}} image @returns {[number, number]} */
  startOn({width, height}) {
    const [x0, y0, x1, y1] = asDetection(this.s, queryInQuestion(this.s))?.box ?? [0, 0, width, height];
    return [Math.min(width - 1, Math.max(0, (x0 + x1) / 2)), Math.min(height - 1, Math.max(0, (y0 + y1) / 2))];
  }

  /** @param {number} tokenLevel -1: as fits the detection at the place */
  chooseLevel(tokenLevel) {
    this.store.set({tokenLevel});
    this.again(tokenLevel);
  }

  /** Where they are, of these levels or their own.
   * @param {number} [level] */
  again(level) {
    for (const which of /** @type {Which[]} */ (["token", "secondToken"])) {
      const token = this.s[which];
      if (token) this.ask(token.at[0], token.at[1], which, level ?? token.level);
    }
  }
}
