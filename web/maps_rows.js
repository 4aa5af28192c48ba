// The rows of the tab Maps: one a map, with its preview, what it is and its numbers; a tick shows it large.
import {fill, h, number} from "./dom.js";
import {drawGround, drawOthers} from "./maps_draw.js";
import {hasSubject, offered, seenBy, ticked} from "./maps_methods.js";
import {smallSheet} from "./maps_sheet.js";
import {activeTexts} from "./runs.js";
import {className, listed} from "./selection.js";
import {keepingFocus} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./maps_methods.js").MapMethod} MapMethod */
/** @typedef {import("./maps_methods.js").Picture} Picture */
/**
 * @typedef {object} Demand  of what is computed on demand alone
 * @property {string|null} progress  null: it is not under way
 * @property {() => void} begin
 * @property {() => void} end
 */
/** @typedef {{picture: Picture|null, error: string, demand?: Demand}} Found */

const width = 128, height = 76, mostTicked = 2;

/** @param {Actions} actions @param {HTMLElement} list @param {(m: MapMethod) => Found} find */
export function drawRows(actions, list, find) {
  const {s} = actions;
  keepingRow(list,
      () => fill(list, ...(hasSubject(s) ? offered(s).map((m) => row(actions, m, find(m))) : chooser(actions))));
}

/** Draws anew; the focus stays in its row, where a button that is gone leaves it to the tick.
 * @param {HTMLElement} list @param {() => void} draw */
function keepingRow(list, draw) {
  const at = document.activeElement, row = /** @type {HTMLElement|null} */ (at?.closest(".maps-row") ?? null);
  if (!at || !row || !list.contains(row)) return keepingFocus(list, draw);
  draw();
  const now = list.querySelector(`[data-map="${row.dataset.map}"]`);
  const stop = (at.matches("button") && now?.querySelector("button")) || now?.querySelector("input");
  return stop?.focus();
}

/** What is done where a map takes long: a button, what it costs, and how far it is.
 * @param {MapMethod} method @param {string} error @param {Demand} demand */
function onDemand({name, cost}, error, {progress, begin, end}) {
  const isOn = progress !== null;
  return h("div", {class: "maps-numbers maps-demand"}, error && h("p", {class: "maps-error", role: "alert"}, error),
      h("button", {
        class: "button",
        "aria-label": isOn ? `Cancel ${name}` : `Compute ${name}`,
        "data-tip": isOn ? "Give it up. Esc" : null,
        onclick: isOn ? end : begin
      },
          isOn ? "Cancel" : "Compute"),
      h("p", {class: "secondary maps-progress"}, isOn ? progressWords(progress) : (cost ?? "")));
}

/** @param {string} progress */
const progressWords = (progress) => `Computing …${progress && ` ${progress}`}`;

/** The words alone: the rows' pictures stay.
 * @param {HTMLElement} list @param {string} method @param {string} progress */
export function tellProgress(list, method, progress) {
  const place = list.querySelector(`[data-map="${method}"] .maps-progress`);
  if (place) place.textContent = progressWords(progress);
}

/** What `saccade faith` has found of maps by a method, with what is in force; empty where it did not look.
 * @param {import("./state.js").State} s @param {string} method */
function trustIn({info: {faith}, history, at}, method) {
  const texts = history[at] ? activeTexts(history[at].lines) : [];
  if (!faith?.methods[method] || faith.interventions.join("\n") !== texts.join("\n")) return "";
  return `Faithfulness on ${faith.of}: ${faith.methods[method]}.`;
}

/** @param {Actions} actions @param {MapMethod} method @param {Found} found */
function row(actions, method, {picture, error, demand}) {
  const {s} = actions, on = s.maps.includes(method.id);
  const id = `map-${method.id}`, trust = trustIn(s, method.id);
  const tick = h("input", {type: "checkbox", id, checked: on, onchange: () => toggle(actions, method)});
  const canvas = h("canvas", {class: "maps-preview", "aria-hidden": "true"});
  const sheet = smallSheet(canvas, seenBy(s, method.seen), width, height, method.near);
  drawGround(sheet, picture?.heat ?? null);
  if (picture)
    picture.marks(sheet);
  else
    drawOthers(sheet);
  const numbers = picture?.numbers.flatMap(([name, value]) => [h("dt", {title: name}, name), h("dd", {}, value)]) ?? [];
  return h("div", {class: "maps-row", "data-map": method.id},
      h("label", {class: "maps-pick"}, tick, canvas),
      h("div", {class: "maps-name"}, h("label", {for: id}, method.name), h("p", {}, method.sentence),
          trust && h("p", {class: "maps-trust"}, trust)),
      demand && !picture ? onDemand(method, error, demand)
          : error        ? h("p", {class: "maps-numbers maps-error", role: "alert"}, error)
          : picture      ? h("dl", {class: "maps-numbers"}, ...numbers)
                         : h("p", {class: "maps-numbers secondary"}, "Computing …"));
}

/** A third tick takes the place of the oldest.
 * @param {Actions} actions @param {MapMethod} method */
function toggle({s, store}, method) {
  const here = ticked(s).map((m) => m.id), others = s.maps.filter((id) => !here.includes(id));
  const kept = s.maps.filter((id) => here.includes(id) && id !== method.id);
  const now = here.includes(method.id) ? kept : [...kept, method.id].slice(-mostTicked);
  store.set({maps: [...others, ...now]});
}

/** What to do where nothing is pinned.
 * @param {Actions} actions */
function chooser(actions) {
  const {s} = actions, isQuery = s.mode === "query";
  if (s.history.length === 0) return [h("p", {class: "maps-ask"}, s.image ? "Detecting …" : "There is no image.")];
  const choose = (/** @type {import("./types.js").Detection} */ {query, box: [x0, y0, x1, y1]}) =>
      (isQuery ? actions.pin(query) : actions.tokens.ask((x0 + x1) / 2, (y0 + y1) / 2));
  return [
    h("p", {class: "maps-ask"},
        isQuery ? "Choose a detection, here or by its box in the image, to see its maps."
                : "Click a place in the image, or choose the token at the centre of a detection, to see its maps."),
    ...listed(s).map((d) => h("button", {class: "maps-choice", onclick: () => choose(d)},
        h("span", {class: "grow"}, className(s, d.class), " ", h("small", {}, `q${d.query}`)),
        h("b", {}, number(d.score)))),
  ];
}
