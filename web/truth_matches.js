// What each detection of a run is against the annotations: a hit, or TIDE's type of error; and what none of them finds.
import {counted} from "./number_text.js";
import {aboveThreshold, className, hasMatches, matchOf} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./types.js").Match} Match */
/** @typedef {import("./types.js").Truth} Truth */

/** By the number that the server gives; IoU from 0.5 is a hit, below 0.1 is background. */
const kinds = [
  {tag: "TP", words: "Hit: IoU at least 0.5 with an annotation of this class"},
  {tag: "Cls", words: "Wrong class: IoU at least 0.5 with an annotation of another class"},
  {tag: "Loc", words: "Badly placed: IoU 0.1 to 0.5 with an annotation of this class"},
  {tag: "Both", words: "Wrong class and badly placed: IoU 0.1 to 0.5 with an annotation of another class"},
  {tag: "Dupe", words: "Duplicate: a detection with a higher score has taken this annotation"},
  {tag: "Bkg", words: "Background: IoU below 0.1 with every annotation"},
];
const hit = 0, claims = [hit, 1, 2];  // Cls and Loc: repaired they would find their annotation

/** TIDE's names of what a result may be, by the server's number; a hit is no error and has a word instead.
 * @param {string} hitWord */
export const typesOf = (hitWord) => kinds.map(({tag}, kind) => (kind === hit ? hitWord : tag));

/** @param {Match|null} match */
export const tagOf = (match) => (match ? kinds[match.kind].tag : "");

/** The tag as the lists show it.
 * @param {Match} match @returns {{text: string, look: string, tip: string}} */
export function tagLook(match) {
  const {tag, words} = kinds[match.kind];
  return {text: tag, look: match.kind === hit ? "hit" : "fault", tip: words};
}

/** How many there are of each kind above the threshold, of those that occur.
 * @param {State} s @returns {{kind: number, tag: string, words: string, count: number}[]} */
export function matchCounts(s) {
  if (!hasMatches(s)) return [];
  const found = aboveThreshold(s).map((d) => matchOf(s, d)?.kind);
  return kinds.map(({tag, words}, kind) => ({kind, tag, words, count: found.filter((k) => k === kind).length}))
      .filter(({kind, count}) => count > 0 || kind === s.matchFilter);
}

/** Annotations of the model's classes that none of these results hits, nor would with its class or place mended.
 * @param {Truth[]} truths @param {(Match|null)[]} matches @returns {Truth[]} */
export function missedOf(truths, matches) {
  const claimed = new Set(matches.flatMap((m) => (m && claims.includes(m.kind) ? [m.truth] : [])));
  return truths.filter((truth, i) => !truth.crowd && truth.class >= 0 && !claimed.has(i));
}

/** Those that nothing above the threshold finds.
 * @param {State} s @returns {Truth[]} */
export function missedTruths(s) {
  if (!hasMatches(s)) return [];
  return missedOf(s.truths, aboveThreshold(s).map((d) => matchOf(s, d)))
      .filter((truth) => s.classFilter < 0 || s.classFilter === truth.class);
}

/** @param {State} s @param {Truth[]} missed */
export function missedWords(s, missed) {
  const counts = new Map();
  for (const {class: label} of missed) counts.set(label, (counts.get(label) ?? 0) + 1);
  // A name that ends in s, such as skis, gets no second one.
  const many = (/** @type {string} */ name) => name.replace(/s$/, "");
  return "Missed: " +
      [...counts].map(([label, n]) => counted(n, n > 1 ? many(className(s, label)) : className(s, label))).join(", ");
}
