// The network map: layers by heads. A click selects, X or a double click switches, Shift+X leaves a head alone;
// the heads of rows and columns switch whole lines.
import {layersOf} from "./addresses.js";
import {byId, fill, h} from "./dom.js";
import {isChosen, select, switchCell} from "./map_actions.js";
import {drawCells} from "./map_canvas.js";
import {mapHeading, mapScale} from "./map_heading.js";
import {statisticShown, statisticWords, subjectWords} from "./map_subject.js";
import {subject} from "./selection.js";
import {headsOff, isOff, isSolo, toggleColumn, toggleRow} from "./switches.js";
import {keepingFocus} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./types.js").Cell} Cell */

/** @param {Actions} actions */
export function networkMap(actions) {
  const {store} = actions, head = h("div", {class: "block map-head"}),
        grid = h("div", {class: "map-grid", role: "grid", "aria-label": "Heads of the layers"});
  const canvas = h("canvas", {"aria-hidden": "true"}), foot = h("div", {class: "map-foot"});
  byId("map").append(head, grid, foot);
  const heading = () => keepingFocus(head, () => fill(head, ...mapHeading(actions)));
  const cells = () => keepingCell(grid, () => fill(grid, ...gridContent(actions, canvas)));
  let painted = -2;
  const paint = () => {
    const {s} = actions;
    painted = subject(s);
    drawCells(canvas, s, layersOf(s.mapModule, s.model), s.model.heads);
    const words = statisticShown(s) === "effect" && s.mapNumbers ? "ΔAP × 100" : subjectWords(s);
    fill(foot, h("span", {class: "caption grow", "data-tip": words}, words), ...mapScale(s));
  };
  store.on(["mapModule", "mapNumbers", "mapStatistic", "sweeps"], heading);
  store.on(["mapModule", "lines", "pending", "mapStatistic", "pinned", "history", "at", "image", "sweeps", "headMode"],
      cells);
  store.on(["cell", "layer", "encLayer"], () => mark(actions, grid));
  store.on(
      [
        "mapModule", "mapNumbers", "mapStatistic", "lines", "pinned", "history", "at", "token", "compare", "image",
        "sweeps", "headMode"
      ],
      paint);
  // A pinned query's map is the same whatever layer is looked at.
  store.late(["hovered", "layer", "threshold"],
      () => (actions.s.pinned < 0 || actions.s.hovered >= 0 || painted !== subject(actions.s)) && paint());
  grid.addEventListener("click", (e) => withCell(e, (cell) => select(actions, cell)));
  grid.addEventListener("dblclick", (e) => withCell(e, (cell) => switchCell(actions, cell)));
  grid.addEventListener("keydown", (e) => walk(e, grid, actions));
  grid.addEventListener("focusin", ({target}) => {
    for (const one of grid.querySelectorAll("button")) one.tabIndex = one === target ? 0 : -1;
  });
  heading();
  cells();
  paint();
}

/** @param {Actions} actions @param {HTMLCanvasElement} canvas */
function gridContent(actions, canvas) {
  const {s} = actions, module = s.mapModule, layers = layersOf(module, s.model), part = module.slice(0, 3);
  const heads = Array.from({length: s.model.heads}, (_, head) => head);
  const off = Array.from({length: layers}, (_, layer) => headsOff(s, module, layer));
  const column = (/** @type {number} */ head) => {
    const gone = off.filter((o) => o.includes(head)).length;
    return h("div", {role: "columnheader"},
        h("button", {
          class: "line-head " + lineClass(gone, layers),
          "aria-pressed": pressed(gone, layers),
          "aria-label": `head ${head} in all layers`,
          tabindex: -1,
          "data-tip": `Head ${head} in all layers on or off`,
          onclick: () => actions.runs.change(toggleColumn(s, module, head))
        },
            `h${head}`));
  };
  const row = (/** @type {number} */ layer) => {
    const gone = off[layer].length, here = layer === (part === "enc" ? s.encLayer : s.layer);
    return h("div", {role: "row", class: "map-row"},
        h("div", {role: "rowheader"},
            h("button", {
              class: `line-head ${lineClass(gone, heads.length)}${here ? " here" : ""}`,
              "aria-pressed": pressed(gone, heads.length),
              "aria-label": `${part}.${layer}, ${heads.length - gone} of ${heads.length} heads on`,
              tabindex: -1,
              "data-tip": `The whole module of ${part}.${layer} on or off`,
              onclick: () => actions.runs.change(toggleRow(s, module, layer))
            },
                `${part}.${layer}`)),
        ...heads.map((head) => cellButton(s, {module, layer, head})));
  };
  return [
    h("div", {role: "row", class: "map-row heads"}, h("span", {role: "columnheader", class: "corner", "aria-label": "Layer"}),
        ...heads.map(column)),
    canvas, ...Array.from({length: layers}, (_, i) => row(layers - 1 - i))
  ];
}

/** @param {number} gone @param {number} all */
const lineClass = (gone, all) => (gone === 0 ? "" : gone === all ? "all-off" : "some-off");

/** @param {number} gone @param {number} all */
const pressed = (gone, all) => (gone === 0 ? "true" : gone === all ? "false" : "mixed");

/** @param {import("./state.js").State} s @param {Cell} at */
function cellButton(s, at) {
  const off = isOff(s, at), solo = !off && isSolo(s, at);
  const chosen = isChosen(s, at);
  const first = s.cell === null && at.layer === layersOf(at.module, s.model) - 1 && at.head === 0;
  const words = off ? "" : statisticWords(s, at), value = words && `, ${words}`;
  const state = off ? "off" : solo ? "alone" : "on";
  const name = `${at.module.slice(0, 3)}.${at.layer} head ${at.head}, ${state}${value}`;
  return h("div", {role: "gridcell", "aria-selected": String(chosen)}, h("button", {
    class: `cell ${state}${chosen ? " chosen" : ""}${s.pending && chosen ? " pending" : ""}`,
    "aria-label": name,
    "aria-pressed": String(!off),
    tabindex: chosen || first ? 0 : -1,
    "data-layer": at.layer,
    "data-head": at.head,
    "data-module": at.module,
    "data-tip": `${name}. X switches it`,
  }));
}

/** Moves the marks of the chosen cell and of the layer that is looked at; nothing else changes with them.
 * @param {Actions} actions @param {HTMLElement} grid */
function mark({s}, grid) {
  const layer = s.mapModule.startsWith("enc") ? s.encLayer : s.layer, layers = layersOf(s.mapModule, s.model);
  grid.querySelectorAll("[role=\"rowheader\"] .line-head")
      .forEach((head, i) => head.classList.toggle("here", layers - 1 - i === layer));
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (grid.querySelectorAll(".cell"))) {
    const chosen = isChosen(s, {module: s.mapModule, layer: Number(one.dataset.layer), head: Number(one.dataset.head)});
    one.classList.toggle("chosen", chosen);
    one.parentElement?.setAttribute("aria-selected", String(chosen));
    if (s.cell) one.tabIndex = chosen ? 0 : -1;
  }
}

/** Where the keyboard was, it stays.
 * @param {HTMLElement} grid @param {() => void} draw */
function keepingCell(grid, draw) {
  const now = document.activeElement, at = now instanceof HTMLElement && grid.contains(now) ? now : null;
  const {layer, head} = at?.dataset ?? {}, label = at?.getAttribute("aria-label")?.split(",")[0];
  draw();
  if (!at) return;
  const next = layer
      ? grid.querySelector(`[data-layer="${layer}"][data-head="${head}"]`)
      : [...grid.querySelectorAll(".line-head")].find((b) => b.getAttribute("aria-label")?.startsWith(label ?? "?"));
  /** @type {HTMLElement|null|undefined} */ (next)?.focus();
}

/** @param {Event} event @param {(cell: Cell) => void} act */
function withCell(event, act) {
  const button = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest(".cell"));
  if (button)
    act({module: button.dataset.module ?? "", layer: Number(button.dataset.layer), head: Number(button.dataset.head)});
}

/** Arrows move the cell, and beyond its edges to the heads of rows and columns.
 * @param {KeyboardEvent} event @param {HTMLElement} grid @param {Actions} actions */
function walk(event, grid, actions) {
  const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
  if (!step || event.ctrlKey || event.altKey) return;
  const rows = [...grid.querySelectorAll("[role=row]")].map((row) => [...row.children]);
  const place = /** @type {Element} */ (event.target).parentElement;
  const row = rows.findIndex((all) => all.includes(/** @type {Element} */ (place)));
  if (row < 0) return;
  event.preventDefault();
  event.stopPropagation();
  const column = rows[row].indexOf(/** @type {Element} */ (place));
  const next = /** @type {HTMLElement|null|undefined} */ (rows[row + step[0]]?.[column + step[1]]?.querySelector("button"));
  next?.focus();
  if (next?.classList.contains("cell"))
    select(actions,
        {module: actions.s.mapModule, layer: Number(next.dataset.layer), head: Number(next.dataset.head)});
}
