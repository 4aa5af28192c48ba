// Errors image by image: found on demand with the open model, listed by type, opened with the result in question pinned.
import { h } from "./dom.js";
import { ErrorScan, HIT, TYPES } from "./error_scan.js";
import { errorTable } from "./error_table.js";
import { counted, plain } from "./number_text.js";
import { imageCard } from "./sweep_images.js";
import { whyNotOpened } from "./sweep_words.js";
import { segments } from "./tab_dom.js";

/** @typedef {import("./sweep_data.js").Unit} Unit */
/** @typedef {import("./error_scan.js").Finding} Finding */
/** @typedef {{type: string, isOff: boolean}} Choice kept from unit to unit */
/**
 * @typedef {object} Place
 * @property {import("./api.js").Api} api
 * @property {import("./state.js").Store} store
 * @property {import("./types.js").ImageEntry[]} images
 * @property {(image: string, texts: string[], query: number) => void} open
 */

const BASELINE = "Baseline";
const OFF = "Unit off";

export class ErrorPanel {
  /**
   * @param {import("./sweep_data.js").Sweep} sweep
   * @param {Choice} choice
   * @param {Place} place
   */
  constructor(sweep, choice, place) {
    this.sweep = sweep;
    this.choice = choice;
    this.place = place;
    this.images = place.images.filter((image) => image.truth);
    this.unit = "";
    this.className = "";
    /** @type {Map<string, ErrorScan>} by what is in force, and the threshold */
    this.scans = new Map();
    /** @type {Map<string, HTMLElement>} cards that are kept while others come */
    this.cards = new Map();
    const which = segments("Errors of", [BASELINE, OFF], choice.isOff ? OFF : BASELINE, (name) => this.#change({ isOff: name === OFF }));
    this.controls = h("div", { class: "tab-row tab-end" });
    this.note = h("p", { class: "tab-caption", role: "status" });
    this.found = h("div", { onpointerdown: () => this.#hold() });
    this.isHeld = false;
    this.element = h("section", { class: "unit-block unit-errors", "aria-label": "Errors by image" },
      h("div", { class: "tab-row" }, h("h3", {}, "Errors by image"), which, this.controls), this.note, this.found);
    this.endThreshold = place.store.on(["threshold"], () => this.#change({}));
  }

  /**
   * @param {Unit} unit
   * @param {string} className empty: all
   */
  show(unit, className) {
    this.unit = unit.text;
    this.className = className;
    this.#change({});
  }

  /** @param {string} type */
  choose(type) {
    this.#change({ type });
  }

  /** @param {Partial<Choice>} part */
  #change(part) {
    Object.assign(this.choice, part);
    for (const scan of this.scans.values()) if (scan.isRunning && scan !== this.scan) scan.cancel();
    this.#draw();
  }

  get texts() {
    return [...this.sweep.interventions, ...(this.choice.isOff ? [this.unit] : [])];
  }

  get key() {
    return [this.place.store.state.threshold, ...this.texts].join("\n");
  }

  get scan() {
    return this.scans.get(this.key);
  }

  #start() {
    const { api, store } = this.place;
    const scan = this.scan ?? new ErrorScan(api, this.images, this.texts, store.state.threshold, () => { if (scan === this.scan) this.#draw(); });
    this.scans.set(this.key, scan);
    void scan.run();
  }

  /** Until the pointer is up again, and what it clicks has been told: what is pressed stays where it is. */
  #hold() {
    this.isHeld = true;
    const letGo = () => setTimeout(() => {
      this.isHeld = false;
      this.#draw();
    });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, letGo, { once: true });
  }

  #draw() {
    const { scan } = this;
    this.#drawControls(scan);
    this.note.textContent = this.#words(scan);
    this.note.classList.toggle("tab-lost", Boolean(scan?.error));
    if (!this.isHeld) this.#drawFound(scan);
  }

  /** @param {ErrorScan | undefined} scan */
  #drawFound(scan) {
    const { choice } = this;
    if (!scan?.done) return this.found.replaceChildren();
    const seen = scan.findings.filter(({ name }) => !this.className || name === this.className);
    const hadFocus = this.found.contains(document.activeElement) ? document.activeElement?.textContent : null;
    const levels = this.place.store.state.model.family === "detr" ? 0 : this.place.store.state.model.levels;
    this.found.replaceChildren(errorTable(seen, TYPES, choice.type, levels, (type) => this.choose(type)), this.#cardsOf(seen.filter(({ type }) => type === choice.type)));
    if (hadFocus) [...this.found.querySelectorAll("button")].find((button) => button.textContent === hadFocus)?.focus();
  }

  /** @param {ErrorScan | undefined} scan */
  #drawControls(scan) {
    if (scan?.isRunning)
      return this.controls.replaceChildren(h("progress", { max: scan.images.length, value: scan.done, "aria-label": "Images looked at" }),
        h("button", { type: "button", class: "tab-button", onclick: () => scan.cancel() }, "Cancel"));
    if ((scan?.done ?? 0) === this.images.length || whyNotOpened(this.texts)) return this.controls.replaceChildren();
    const { type } = this.choice;
    return this.controls.replaceChildren(h("button", { type: "button", class: "tab-button", onclick: () => this.#start() }, `Find images with ${type === HIT ? "hits" : `${type} errors`}`));
  }

  /** @param {ErrorScan | undefined} scan */
  #words(scan) {
    if (!this.images.length) return "None of the images that are open here has annotations: start the viewer with --annotations.";
    if (whyNotOpened(this.texts)) return whyNotOpened(this.texts);
    if (scan?.error) return scan.error;
    const threshold = plain(this.place.store.state.threshold, 2);
    if (!scan) return `Asks the open model for ${counted(this.images.length, "annotated image")} and matches its results above ${threshold} with the truth.`;
    return `${scan.done} of ${counted(scan.images.length, "annotated image")} looked at: results above ${threshold}${this.className ? ` of ${this.className}` : ""}, matched at IoU 0.5.`;
  }

  /** @param {Finding[]} findings of one type */
  #cardsOf(findings) {
    /** @type {Map<string, Finding[]>} */
    const byImage = new Map();
    for (const one of findings) byImage.set(one.image.id, [...(byImage.get(one.image.id) ?? []), one]);
    const sorted = [...byImage.values()].sort((a, b) => b.length - a.length);
    if (!sorted.length) return h("p", { class: "tab-second" }, this.scan?.isRunning ? "No image so far." : "No image has any.");
    return h("div", { class: "image-cards" }, ...sorted.map((group) => this.#card(group)));
  }

  /** @param {Finding[]} group of one image, by falling score */
  #card(group) {
    const first = /** @type {Finding} */ (group[0]), { image, type, query } = first, texts = this.texts;
    const key = [image.id, type, group.length, query, ...texts].join("\n");
    const known = this.cards.get(key);
    if (known) return known;
    const card = imageCard(image, [h("b", {}, `${group.length} × ${type}`), ` ${image.name}`], `Open ${image.name} with its truth${query < 0 ? "" : ` and query ${query} pinned`}`, () => this.place.open(image.id, texts, query));
    this.cards.set(key, card);
    return card;
  }

  end() {
    this.endThreshold();
    for (const scan of this.scans.values()) scan.cancel();
  }
}
