// Numbers as the page writes them: a true minus sign, a sign before changes, n/a where there is none.

/** @typedef {number | null} Value */

const NO_VALUE = "n/a";

/** @param {string} text */
const withMinus = (text) => text.replace("-", "\u2212");

/**
 * @param {Value} value
 * @param {number} digits after the point
 */
export function plain(value, digits) {
  return value === null ? NO_VALUE : withMinus(value.toFixed(digits));
}

/**
 * 0 to 1 as points of 0 to 100, with one digit.
 * @param {Value} value
 */
export function points(value) {
  return value === null ? NO_VALUE : plain(100 * value, 1);
}

/**
 * A change in points with its sign; what rounds to zero has none.
 * @param {Value} value
 */
export function change(value) {
  if (value === null) return NO_VALUE;
  const text = (100 * value).toFixed(1);
  if (Number(text) === 0) return "0.0";
  return value > 0 ? `+${text}` : withMinus(text);
}

/**
 * @param {Value} low
 * @param {Value} high
 */
export function interval(low, high) {
  return low === null || high === null ? NO_VALUE : `${change(low)}, ${change(high)}`;
}

/**
 * A probability: enough digits to be told from 0.05.
 * @param {Value} value
 */
export function probability(value) {
  return value === null ? NO_VALUE : value.toFixed(value < 0.1 ? 4 : 2);
}

/** @param {number} count */
export function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * "1 image", "84 images".
 * @param {number} count
 * @param {string} word
 */
export function counted(count, word) {
  return `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
}

/**
 * Which of lost and gained a change is, as a class of the style sheet.
 * @param {Value} value
 * @param {boolean} [isError] more is worse
 */
export function tone(value, isError = false) {
  if (value === null || change(value) === "0.0") return "";
  return value > 0 === isError ? "tab-lost" : "tab-gain";
}
