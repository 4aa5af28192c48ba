// What charts share: scales, ticks at round numbers, and the frame of grid lines with their numbers.
import { svg } from "./dom.js";
import { plain } from "./number_text.js";

/**
 * @typedef {object} Frame
 * @property {number} width
 * @property {number} height
 * @property {{top: number, right: number, bottom: number, left: number}} margin
 */
/** @typedef {(value: number) => number} Scale */

/**
 * @param {number} from
 * @param {number} to
 * @param {number} start
 * @param {number} end
 * @returns {Scale}
 */
export function linear(from, to, start, end) {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

/**
 * Steps of 1, 2 or 5 times a power of ten, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function niceStep(low, high, count) {
  const raw = (high - low || 1) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const times = raw / power;
  return power * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

/**
 * Multiples of the step inside of low to high.
 * @param {number} low
 * @param {number} high
 * @param {number} step
 */
export function ticksBy(low, high, step) {
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) ticks.push(i * step);
  return ticks;
}

/** Digits after the point that a step needs. */
export const digitsOf = (/** @type {number} */ step) => Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));

/**
 * @param {Frame} frame
 * @param {string} label what the picture shows, in words
 */
export function chartSvg(frame, label) {
  return svg("svg", { class: "tab-chart", width: frame.width, height: frame.height, role: "img", "aria-label": label });
}

/**
 * Horizontal grid lines with their numbers at the left.
 * @param {Frame} frame
 * @param {Scale} y
 * @param {number[]} ticks
 * @param {(value: number) => string} text
 */
export function gridLines(frame, y, ticks, text) {
  const lines = svg("g", { "aria-hidden": "true" });
  for (const tick of ticks) {
    const at = Math.round(y(tick)) + 0.5;
    lines.append(
      svg("line", { class: tick === 0 ? "chart-zero" : "chart-grid", x1: frame.margin.left, x2: frame.width - frame.margin.right, y1: at, y2: at }),
      svg("text", { class: "chart-text", x: frame.margin.left - 8, y: at + 4, "text-anchor": "end" }, text(tick)),
    );
  }
  return lines;
}

/**
 * Numbers under the chart.
 * @param {Frame} frame
 * @param {Scale} x
 * @param {number[]} ticks
 */
export function bottomNumbers(frame, x, ticks) {
  const group = svg("g", { "aria-hidden": "true" });
  for (const tick of ticks)
    group.append(svg("text", { class: "chart-text", x: x(tick), y: frame.height - frame.margin.bottom + 16, "text-anchor": "middle" }, plain(tick, 0)));
  return group;
}

/**
 * Draws when the element is shown and whenever its width changes. Returns what ends it.
 * @param {Element} element
 * @param {(width: number) => void} draw
 */
export function onWidth(element, draw) {
  let known = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.floor(element.clientWidth);
    if (width > 0 && width !== known) draw(width);
    known = width;
  });
  observer.observe(element);
  return () => observer.disconnect();
}
