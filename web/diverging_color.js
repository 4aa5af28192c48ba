// The diverging colours of changes, orange for worse and blue for better, and the text colour that reads best on each.

/** @typedef {[number, number, number]} Rgb 0 to 255 */

// From -1 to 1 in equal steps. In the dark theme zero is dark and the ends are light.
const LIGHT = ["9E4808", "EC963C", "FBD9A8", "F4F4F2", "CDE2F2", "6EACD8", "0C5492"].map(rgb);
const DARK = ["FFC88C", "E8923C", "7A491D", "242A33", "23496B", "4F9FD6", "A0D4F5"].map(rgb);
const BLACK = rgb("0B0D10");
const WHITE = rgb("FFFFFF");

/** @returns {Rgb} */
function rgb(/** @type {string} */ hex) {
  const bits = parseInt(hex, 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
}

/** @param {Rgb} color */
const css = (color) => `rgb(${color.map(Math.round).join(", ")})`;

/**
 * Relative luminance as WCAG defines it.
 * @param {Rgb} color
 */
export function luminance(color) {
  const [r, g, b] = color.map((v) => (v <= 10.31 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * Number(r) + 0.7152 * Number(g) + 0.0722 * Number(b);
}

/**
 * @param {Rgb} a
 * @param {Rgb} b
 */
function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/**
 * @param {number} share -1 to 1; beyond it the end colour stays
 * @param {boolean} isDark
 * @returns {{fill: string, text: string}}
 */
export function divergingColor(share, isDark) {
  const stops = isDark ? DARK : LIGHT;
  const at = ((Math.min(1, Math.max(-1, share)) + 1) / 2) * (stops.length - 1);
  const first = Math.min(stops.length - 2, Math.floor(at));
  const [a, b] = [/** @type {Rgb} */ (stops[first]), /** @type {Rgb} */ (stops[first + 1])];
  const color = /** @type {Rgb} */ (a.map((v, i) => v + (at - first) * (Number(b[i]) - v)));
  const text = contrast(color, BLACK) >= contrast(color, WHITE) ? BLACK : WHITE;
  return { fill: css(color), text: css(text) };
}
