// What results of each type have in common: means over the last decoder layer, beside those of hits.
import { h } from "./dom.js";
import { plain } from "./number_text.js";

/** @typedef {import("./error_scan.js").Finding} Finding */

/** @param {number[]} values */
const mean = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);

/**
 * @param {Finding[]} findings
 * @param {number} levels
 * @returns {string[]}
 */
function numbers(findings, levels) {
  const results = findings.filter(({ query }) => query >= 0);
  const attention = results.flatMap((one) => one.attention ?? []);
  return [
    String(findings.length), String(new Set(findings.map(({ image }) => image.id)).size),
    ...[
      plain(mean(results.map(({ score }) => score)), 2), plain(mean(attention.map(({ radius }) => radius)), 1), plain(mean(attention.map(({ inBox }) => inBox)), 2),
      ...Array.from({ length: levels }, (_, level) => plain(mean(attention.map((one) => one.levels[level] ?? 0)), 2)),
    ].map((text) => (results.length ? text : "–")),
  ];
}

/**
 * @param {Finding[]} findings
 * @param {readonly string[]} types
 * @param {string} chosen
 * @param {number} levels of the model
 * @param {(type: string) => void} choose
 */
export function errorTable(findings, types, chosen, levels, choose) {
  const heads = ["Type", "n", "Images", "Score", "Radius, px", "In box", ...Array.from({ length: levels }, (_, level) => `L${level}`)];
  const body = h("tbody");
  for (const type of types) {
    const button = h("button", { type: "button", class: "error-type", "aria-pressed": String(type === chosen), onclick: () => choose(type) }, type);
    body.append(h("tr", {}, h("th", { scope: "row" }, button), ...numbers(findings.filter((one) => one.type === type), levels).map((text) => h("td", {}, text))));
  }
  return h("table", { class: "tab-table error-table" },
    h("caption", {}, "Means over the results of a type, last decoder layer: score, weighted distance of the points from the reference, share of the weights inside the box and on each level. Miss: annotated boxes that none of them is about."),
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))), body);
}
