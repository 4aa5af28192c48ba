// The page's state in its address: #img=…&q=…&L=…&h=…&x=… names the image, the query, the layer, what is shown and
// switched.
import {choiceKeys, indexIn, readCell, readChoices, writeChoices} from "./link_choices.js";
import {comparable} from "./second_model.js";
import {newLine} from "./switches.js";

/** @typedef {import("./state.js").State} State */

/** @param {State} s @returns {string} without the # */
export function writeLink(s) {
  const part = new URLSearchParams();
  if (s.image) part.set("img", s.images.filter((i) => i.name === s.image?.name).length > 1 ? s.image.id : s.image.name);
  if (s.tab !== "image") part.set("tab", s.tab);
  if (s.pinned >= 0) part.set("q", String(s.pinned));
  part.set("L", String(s.layer));
  if (s.shownHead >= 0) part.set("h", String(s.shownHead));
  if (s.shownLevels.includes(false)) part.set("l", s.shownLevels.flatMap((on, i) => (on ? [i] : [])).join(","));
  if (s.mode === "token") {
    const place =
        (/** @type {import("./run_result.js").TokenResult} */ t) => [...t.at.map((v) => v.toFixed(1)), t.level].join(
            ",");
    part.set("e", s.token ? place(s.token) : "");
    if (s.secondToken) part.set("e2", place(s.secondToken));
    part.set("E", String(s.encLayer));
    if (s.direction === "readers") part.set("by", "1");
  }
  const drawn = [s.points && "p", s.heat && "h", s.reference && "r", s.truth && "g"].filter(Boolean).join("");
  if (drawn !== "pr") part.set("v", drawn);
  if (s.allQueries) part.set("all", "1");
  if (s.compare !== "after") part.set("c", s.compare);
  if (s.versus === "b") part.set("vs", "b");
  if (s.tab === "maps") part.set("maps", s.maps.join(","));
  if (s.cell) part.set("cell", `${s.cell.module},${s.cell.layer},${s.cell.head}`);
  writeChoices(part, s);
  for (const line of s.lines) part.append(line.active ? "x" : "off", line.text);
  return part.toString();
}

/** @param {string} hash @param {State} s
 * @returns {{image: string|null, tab: string, lines: import("./types.js").Line[], view: Partial<State>,
 *     tokens: {which: import("./tokens.js").Which, at: number[]}[]}} */
export function readLink(hash, s) {
  const part = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {Partial<State>} */
  const view = {};
  const within = (/** @type {string} */ key, /** @type {number} */ count) => indexIn(part.get(key) ?? "", count);
  view.pinned = within("q", s.model.queries) ?? -1;
  view.layer = within("L", s.model.dec_layers) ?? s.model.dec_layers - 1;
  view.shownHead = within("h", s.model.heads) ?? -1;
  const levels = part.get("l")?.split(",").map(Number);
  view.shownLevels = s.shownLevels.map((_, i) => !levels || levels.includes(i));
  const mode = part.has("e") && s.model.family !== "detr" ? "token" : "query";
  view.mode = mode;
  view.encLayer = within("E", s.model.enc_layers) ?? s.encLayer;
  view.direction = part.has("by") ? "readers" : "reads";
  const drawn = part.get("v") ?? "pr";
  Object.assign(view, {
    points: drawn.includes("p"),
    heat: drawn.includes("h"),
    reference: drawn.includes("r"),
    truth: drawn.includes("g")
  });
  view.allQueries = part.has("all");
  if (part.has("maps")) view.maps = part.get("maps")?.split(",").filter(Boolean);
  const compare = part.get("c");
  view.compare = compare === "before" || compare === "swipe" ? compare : "after";
  view.versus = part.get("vs") === "b" && comparable(s.info) ? "b" : "before";
  const cell = readCell(part.get("cell"), s);
  Object.assign(view, {cell}, readChoices(part, s, {cell, mode}));
  const lines = [...part].flatMap(([key, text]) => (key === "x" ? [newLine(text)]
                                          : key === "off"       ? [{...newLine(text), active: false}]
                                                                : []));
  const tokenOf = (/** @type {string} */ key, /** @type {import("./tokens.js").Which} */ which) => {
    const at = part.get(key)?.split(",").map(Number) ?? [];
    return at.length === 3 && at.every(Number.isFinite) ? [{which, at}] : [];
  };
  return {
    image: part.get("img"),
    tab: part.get("tab") ?? "image",
    lines,
    view,
    tokens: [...tokenOf("e", "token"), ...tokenOf("e2", "secondToken")]
  };
}

/** Keeps the address as the state is, without a step of the browser's history for each.
 * @param {import("./state.js").Store} store */
export function keepLink(store) {
  let timer = 0;
  const write = () => {
    const s = store.state;
    if (s.image && s.history.length) history.replaceState(null, "", "#" + writeLink(s));
  };
  store.on(
      [
        "image", "tab", "pinned", "layer", "encLayer", "shownHead", "shownLevels", "mode", "token", "secondToken",
        "direction", "points", "heat", "reference", "truth", "allQueries", "compare", "versus", "cell", "lines",
        "history", "at", "maps", "mapModule", ...choiceKeys
      ],
      () => {
        clearTimeout(timer);
        timer = window.setTimeout(write, 150);
      });
  return write;
}
