// Three charts over the frames with one axis: the object's score, its mean radius, its weight by level.
import {fill, h, number} from "./dom.js";
import {placeIn} from "./scale.js";
import {chart, Columns} from "./sequence_charts.js";
import {shapeIcon} from "./shapes.js";

/** @typedef {import("./sequence_rows.js").Row} Row */
/** @typedef {import("./sequence_charts.js").View} View */

/** @type {["score"|"radius"|"shares", string, string][]} */
const charts = [
  ["score", "Score", "Of the object's class in this layer; dashed across: the threshold"],
  ["radius", "Mean radius", "Weighted distance from the reference point, original pixels, mean of the heads"],
  ["shares", "Weight by level", "Each level's share of the attention weight, mean of the heads"],
];

export class Traces {
  /** @param {(at: number) => void} pick */
  constructor(pick) {
    /** @type {View|null} */
    this.view = null;
    this.columns = new Columns(0, []);
    this.now = 0;
    this.parts = charts.map(([id, title, tip]) => {
      const value = h("span", {class: "value"}), place = h("div", {class: "place"});
      const head = h("div", {class: "row"}, h("h2", {"data-tip": tip}, title), h("span", {class: "grow"}), value);
      return {id, value, place, section: h("section", {class: "trace", "data-trace": id}, head, place)};
    });
    this.element = h("div", {class: "sequence-traces", role: "slider", tabindex: 0, "aria-label": "Frame"},
        ...this.parts.map((p) => p.section));
    this.element.addEventListener("pointerdown", (e) => {
      const place = /** @type {Element} */ (e.target).closest(".place");
      if (place) pick(this.columns.frameAt(placeIn(place, e).x));
    });
    new ResizeObserver(() => this.redraw()).observe(this.element);
  }

  /** @param {View} view @param {number} now the frame of the cursor */
  draw(view, now) {
    this.view = view;
    this.now = now;
    this.redraw();
  }

  redraw() {
    const view = this.view, width = this.parts[0].place.clientWidth;
    if (!view || width <= 0) return;
    this.columns = new Columns(width, view.rows);
    const hasPoints = view.rows.every((r) => !r.numbers || r.numbers.radius !== null);
    for (const {id, section} of this.parts) section.hidden = id !== "score" && !hasPoints;
    for (const {id, section, place} of this.parts)
      if (!section.hidden) fill(place, chart(id, view, this.columns, Math.max(72, place.clientHeight)));
    this.mark();
  }

  /** Puts the cursor at its frame and says the numbers there. */
  mark() {
    const {rows} = this.columns, {now} = this, i = rows.findIndex((r) => r.at === now);
    if (i < 0 || !this.view) return;
    const x = String(Math.round(this.columns.x(i)) + 0.5);
    for (const {place} of this.parts)
      for (const end of ["x1", "x2"]) place.querySelector(".cursor")?.setAttribute(end, x);
    this.write(rows[i]);
    this.element.setAttribute("aria-valuemin", String(rows[0].at));
    this.element.setAttribute("aria-valuemax", String(rows[rows.length - 1].at));
    this.element.setAttribute("aria-valuenow", String(now));
    this.element.setAttribute("aria-valuetext", `Frame ${this.view.numbers[i]}, ${stateWords(rows[i])}`);
  }

  /** The numbers of a frame beside the charts' titles.
   * @param {Row} row */
  write(row) {
    const [score, radius, shares] = this.parts.map((p) => p.value), n = row.numbers;
    const lost = this.columns.rows.filter((r) => r.isAsked && !r.numbers).length;
    fill(score, lost > 0 && secondary(`× lost in ${lost} ${lost === 1 ? "frame" : "frames"}`),
        row.bare && secondary(`as it is ${number(row.bare.score)}`), h("b", {}, stateWords(row)));
    fill(radius, row.bare && secondary(`as it is ${pixels(row.bare.radius)}`), h("b", {}, pixels(n?.radius ?? null)));
    fill(shares, ...(n?.shares ?? []).map((v, level) => h("span", {class: "level"}, shapeIcon(level), number(v))),
        n && n.off !== null && h("span", {class: "secondary wide-only"}, `off-image ${number(n.off)}`));
  }
}

/** @param {string} text */
const secondary = (text) => h("span", {class: "secondary"}, text);

/** @param {number|null} value */
const pixels = (value) => (value === null ? "–" : `${number(value, 1)} px`);

/** What is said of a frame: the score, or why there is none.
 * @param {Row} row */
export const stateWords = (row) => (row.numbers ? number(row.numbers.score) : row.isAsked ? "lost" : "not asked");
