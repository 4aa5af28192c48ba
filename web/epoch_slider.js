// A slider over the epochs of which there are weights; arrows move it, play steps through them.
import { h, icon } from "./dom.js";

const PAUSE_MS = 700;

export class EpochSlider {
  /** @param {() => Promise<boolean>} moved shows the epoch; false: it could not */
  constructor(moved) {
    this.moved = moved;
    /** @type {number[]} ascending */
    this.epochs = [];
    this.isPlaying = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.slider = h("input", { type: "range", min: 0, step: 1, "aria-label": "Epoch", oninput: () => this.#drag() });
    this.player = h("button", { type: "button", class: "tab-bare", onclick: () => (this.isPlaying ? this.stop() : this.#play()) });
    this.words = h("span", { class: "tab-second" });
    this.element = h("div", { class: "epoch-slider tab-row" }, this.player, this.slider, this.words);
    this.#setPlaying(false);
  }

  get at() {
    return Number(this.slider.value);
  }

  /** -1 where there is none. */
  get epoch() {
    return this.epochs[this.at] ?? -1;
  }

  /**
   * Goes to the wanted epoch, which is the chosen one unless another is named, else to the last.
   * @param {number[]} epochs
   * @param {number} [wanted]
   * @returns {boolean} whether it is another epoch than before
   */
  set(epochs, wanted = this.epoch) {
    const before = this.epoch;
    this.epochs = epochs;
    const at = epochs.indexOf(wanted);
    this.slider.max = String(epochs.length - 1);
    this.#go(at < 0 ? epochs.length - 1 : at);
    return this.epoch !== before;
  }

  /** @param {number} at */
  #go(at) {
    this.slider.value = String(at);
    const words = `epoch ${this.epoch}`;
    this.slider.setAttribute("aria-valuetext", words);
    this.words.textContent = `${words}, ${at + 1} of ${this.epochs.length} with weights`;
  }

  #drag() {
    this.stop();
    this.#go(this.at);
    void this.moved();
  }

  #play() {
    this.#setPlaying(true);
    void this.#step(this.at === this.epochs.length - 1 ? 0 : this.at + 1);
  }

  /**
   * The next epoch waits until this one is shown.
   * @param {number} at
   */
  async #step(at) {
    this.#go(at);
    const isShown = await this.moved();
    if (!this.isPlaying) return;
    if (!isShown || at >= this.epochs.length - 1) this.stop();
    else this.timer = setTimeout(() => this.#step(at + 1), PAUSE_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.#setPlaying(false);
  }

  /** @param {boolean} isPlaying */
  #setPlaying(isPlaying) {
    this.isPlaying = isPlaying;
    this.player.replaceChildren(icon(isPlaying ? "pause" : "play"));
    this.player.setAttribute("aria-label", isPlaying ? "Stop" : "Play the epochs");
  }
}
