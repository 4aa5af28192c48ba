// Change of each unit against the gradient of its gate, for sweeps that measured both (--preselect).
import { chartSvg, digitsOf, gridLines, linear, niceStep, ticksBy } from "./charts.js";
import { plain } from "./number_text.js";
import { changeTick, dotMark, dotsOf, extent } from "./plot_dots.js";
import { placeIn } from "./scale.js";
import { unitWord } from "./sweep_words.js";
import { svg } from "./tab_dom.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */

const HEIGHT = 344;
const MARGIN = { top: 8, right: 16, bottom: 40, left: 40 };
const RADIUS = 4;

export class ScatterPlot {
  /**
   * @param {Sweep} sweep
   * @param {string} metric
   * @param {number} width
   * @param {(unit: number) => void} choose
   */
  constructor(sweep, metric, width, choose) {
    const gradient = (/** @type {number} */ unit) => sweep.units[unit]?.importance ?? null;
    const dots = dotsOf(sweep, metric).filter((dot) => gradient(dot.unit) !== null);
    const most = dots.reduce((high, dot) => Math.max(high, gradient(dot.unit) ?? 0), 0);
    const { low, high } = extent(dots);
    const x = linear(0, most, MARGIN.left + RADIUS, width - MARGIN.right);
    this.y = linear(low, high, HEIGHT - MARGIN.bottom, MARGIN.top);
    this.places = dots.map((dot) => ({ dot, x: x(gradient(dot.unit) ?? 0) }));
    this.width = width;
    this.choose = choose;
    this.chosen = svg("g", { "aria-hidden": "true" });
    this.element = chartSvg({ width, height: HEIGHT, margin: MARGIN }, `Change of ${metric} against the gradient of ${sweep.units.length} ${unitWord(sweep)}; the table lists the changes`);
    this.#fill(low, high, most, x);
  }

  /**
   * @param {number} low
   * @param {number} high
   * @param {number} most
   * @param {import("./charts.js").Scale} x
   */
  #fill(low, high, most, x) {
    const frame = { width: this.width, height: HEIGHT, margin: MARGIN };
    const [step, across] = [niceStep(low, high, 5), niceStep(0, most, 6)];
    this.element.append(gridLines(frame, this.y, ticksBy(low, high, step), (tick) => changeTick(tick, digitsOf(step))));
    for (const tick of ticksBy(0, most, across))
      this.element.append(svg("text", { class: "chart-text", x: x(tick), y: HEIGHT - 24, "text-anchor": "middle" }, plain(tick, digitsOf(across))));
    this.element.append(svg("text", { class: "chart-text", x: this.width - MARGIN.right, y: HEIGHT - 8, "text-anchor": "end" }, "|gradient| of the unit's gate, divided by the norm of its layer"));
    for (const { dot, x: at } of this.places) this.element.append(dotMark(dot, at, this.y, RADIUS));
    this.element.append(this.chosen);
    this.element.addEventListener("click", (event) => this.#click(event));
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const at = placeIn(this.element, event);
    const far = (/** @type {{dot: import("./plot_dots.js").Dot, x: number}} */ place) =>
      Math.hypot(place.x - at.x, this.y(place.dot.value) - at.y);
    const nearest = this.places.reduce((a, b) => (far(b) < far(a) ? b : a), /** @type {any} */ (this.places[0]));
    if (nearest && far(nearest) < 24) this.choose(nearest.dot.unit);
  }

  /** @param {number} unit */
  select(unit) {
    const place = this.places.find(({ dot }) => dot.unit === unit);
    this.chosen.replaceChildren();
    if (!place) return;
    const y = this.y(place.dot.value);
    const isLeft = place.x > this.width * 0.7;
    this.chosen.append(
      svg("circle", { class: "plot-ring", cx: place.x, cy: y, r: RADIUS + 4 }),
      svg("text", { class: "chart-label is-selected", x: place.x + (isLeft ? -13 : 13), y: y + 4, "text-anchor": isLeft ? "end" : "start" }, place.dot.name),
    );
  }
}
