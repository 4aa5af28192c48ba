// The list of detections: threshold, classes, search, rows that hover and pin.
import {byId, fill, h, icon, number} from "./dom.js";
import {matchChips, missedLine} from "./match_controls.js";
import {aboveThreshold, changes, className, listed, matchOf, sideWords} from "./selection.js";
import {keepingFocus} from "./toolbar.js";
import {tagLook} from "./truth_matches.js";


/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./types.js").Detection} Detection */

const rowHeight = 40, fewChips = 5;
let moreChips = false;

/** @param {Actions} actions */
export function detectionsPanel(actions) {
  const {store} = actions;
  const count = h("span", {class: "count-tag"});
  const search = h("input", {
    class: "text-field",
    type: "search",
    placeholder: "Class",
    "aria-label": "Search by class",
    hidden: true,
    oninput: () => store.set({search: search.value})
  });
  const open = h("button", {
    class: "quiet",
    "aria-label": "Search",
    id: "search-open",
    "data-tip": "Search by class. /",
    onclick: () => openSearch(search)
  },
      icon("search"));
  search.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    search.value = "";
    search.hidden = true;
    store.set({search: ""});
    open.focus();
  });
  const value = h("b");
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.01,
    "aria-label": "Score threshold",
    oninput: () => store.set({threshold: Number(slider.value)})
  });
  const label = h("span",
      {class: "secondary grow", "data-tip": "Double click: 0.50", ondblclick: () => store.set({threshold: 0.5})},
      "Score threshold");
  const chips = h("div", {class: "chips", role: "group", "aria-label": "Classes"});
  const kinds = matchChips(actions), missed = missedLine(actions);
  const rows = h("div",
      {class: "rows", role: "listbox", tabindex: 0, "aria-label": "Detections; up and down to walk, Enter pins"});
  const all = h("button",
      {class: "switch-row", role: "switch", onclick: () => store.set({allQueries: !store.state.allQueries})}, h("i"),
      `Show all ${store.state.model.queries} queries`);
  byId("detections")
      .append(h("div", {class: "block"},
                  h("div", {class: "row"}, h("h2", {}, "Detections"), count, h("span", {class: "grow"}), open), search,
                  h("div", {class: "row"}, label, value), slider, chips, kinds.element),
          rows, h("div", {class: "block tight"}, missed.element, all));
  const draw = () => {
    const s = store.state;
    // A link may search: what is typed stands there already.
    if (search.value !== s.search) search.value = s.search;
    if (s.search) search.hidden = false;
    count.textContent = String(aboveThreshold(s).length);
    value.textContent = number(s.threshold);
    if (Number(slider.value) !== s.threshold) slider.value = String(s.threshold);
    all.setAttribute("aria-checked", String(s.allQueries));
    keepingFocus(chips, () => fill(chips, ...classChips(actions, () => {
      moreChips = !moreChips;
      draw();
    })));
    kinds.draw();
    missed.draw();
    drawRows(actions, rows);
  };
  store.on(
      [
        "history", "at", "layer", "threshold", "classFilter", "matchFilter", "search", "allQueries", "compare", "image",
        "pinned", "truths"
      ],
      draw);
  store.on(["hovered"], () => markHovered(rows, store.state.hovered));
  rows.addEventListener("scroll", () => drawRows(actions, rows));
  listen(actions, rows);
  draw();
}

/** @param {HTMLInputElement} search */
function openSearch(search) {
  search.hidden = false;
  search.focus();
}

/** @param {Actions} actions @param {() => void} toggle shows all classes or few */
function classChips({s, store}, toggle) {
  const counts = new Map();
  for (const d of aboveThreshold(s)) counts.set(d.class, (counts.get(d.class) ?? 0) + 1);
  if (s.classFilter >= 0 && !counts.has(s.classFilter)) counts.set(s.classFilter, 0);
  const total = aboveThreshold(s).length;
  const chip = (/** @type {string} */ text, /** @type {number} */ label) => h("button",
      {class: "chip", "aria-pressed": String(s.classFilter === label), onclick: () => store.set({classFilter: label})},
      text);
  const most = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = moreChips ? most : most.filter(([label], i) => i < fewChips || label === s.classFilter);
  const more = h("button", {class: "chip", "aria-expanded": String(moreChips), onclick: toggle},
      moreChips ? "fewer" : `+ ${most.length - shown.length}`);
  return [
    chip(`All ${total}`, -1), ...shown.map(([label, n]) => chip(`${className(s, label)} ${n}`, label)),
    (moreChips || shown.length < most.length) && more
  ];
}

/** @typedef {Detection & {tag: string}} Row */

/** The list, and below it what was lost.
 * @param {import("./state.js").State} s @returns {Row[]} */
function rowsOf(s) {
  const c = s.compare === "before" || s.layer !== s.model.dec_layers - 1 ? null : changes(s);
  const gained = new Set(c?.gained.map((p) => p.after?.query));
  const found = listed(s).map((d) => ({...d, tag: gained.has(d.query) ? "gained" : ""}));
  if (s.allQueries) return found;
  const lost =
      (c?.lost ?? []).flatMap((p) => (p.before ? [{...p.before, score: p.after?.score ?? NaN, tag: "lost"}] : []));
  return [...found, ...lost.filter((d) => s.classFilter < 0 || d.class === s.classFilter)];
}

/** Only the rows in sight are made: there may be hundreds.
 * @param {Actions} actions @param {HTMLElement} rows */
function drawRows({s}, rows) {
  const all = rowsOf(s), first = Math.max(0, Math.floor(rows.scrollTop / rowHeight) - 4);
  const height = rows.parentElement?.clientHeight || 400,
        some = all.slice(first, first + Math.ceil(height / rowHeight) + 8);
  const before = h("div", {class: "filler"}), after = h("div", {class: "filler"});
  before.style.height = `${first * rowHeight}px`;
  after.style.height = `${Math.max(0, all.length - first - some.length) * rowHeight}px`;
  fill(rows, before, ...some.map((d) => row(s, d)), after);
  markHovered(rows, s.hovered);
}

/** @param {import("./state.js").State} s @param {Row} d */
function row(s, d) {
  const bar = h("i");
  bar.style.width = `${Math.round((d.score || 0) * 100)}%`;
  const pinned = d.query === s.pinned, match = d.tag === "lost" ? null : matchOf(s, d);
  return h("div", {class: `detection ${d.tag}`, role: "option", "aria-selected": String(pinned), "data-query": d.query},
      h("span", {class: "pin"}, pinned && icon("pin")),
      h("span", {class: "grow"},
          h("span", {class: "name"}, h("span", {class: "class", title: className(s, d.class)}, className(s, d.class)),
              h("small", {}, `q${d.query}`)),
          h("span", {class: "bar"}, bar)),
      h("span", {class: "tags"}, d.tag && h("span", {class: `tag ${d.tag}`}, tagWord(s, d.tag)),
          match && matchTag(match)),
      h("b", {}, Number.isNaN(d.score) ? "–" : number(d.score)));
}

/** @param {import("./types.js").Match} match */
function matchTag(match) {
  const {text, look, tip} = tagLook(match);
  return h("span", {class: `tag ${look}`, "data-tip": tip}, text);
}

/** @param {import("./state.js").State} s @param {string} tag */
const tagWord = (s, tag) => (tag === "lost" || tag === "gained" ? sideWords(s)[tag] : tag);

/** @param {HTMLElement} rows @param {number} query */
function markHovered(rows, query) {
  for (const row of rows.querySelectorAll(".detection"))
    row.classList.toggle("hovered", Number(/** @type {HTMLElement} */ (row).dataset.query) === query);
}

/** @param {Event} event */
function queryOf(event) {
  const row = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest?.(".detection") ?? null);
  return row ? Number(row.dataset.query) : -1;
}

/** Rows anywhere (this list, changes) hover and pin alike.
 * @param {Actions} actions @param {HTMLElement} rows */
export function listen(actions, rows) {
  rows.addEventListener("pointerover", (e) => actions.hover(queryOf(e)));
  rows.addEventListener("pointerleave", () => actions.hover(-1));
  rows.addEventListener("click", (e) => queryOf(e) >= 0 && actions.pin(queryOf(e)));
}
