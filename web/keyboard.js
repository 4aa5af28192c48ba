// Keys of the whole page. Digits go by place on the keyboard, letters are dead where one types.
import {lettersOn, openHelp} from "./help.js";
import {saveFile} from "./interventions_panel.js";
import {select, soloCell, switchCell} from "./map_actions.js";
import {asDetection, intervened} from "./selection.js";
import {flipDrawn} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {{copyLink: () => void, openFile: () => void, theme: () => void, search: () => void}} Page  what other modules do */

/** @param {Actions} actions @param {Page} page */
export function startKeyboard(actions, page) {
  const table = letters(actions, page);
  document.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || document.querySelector("dialog[open]") || document.getElementById("image-tab")?.hidden)
      return;
    const at = /** @type {Element} */ (e.target),
          typing = at.matches("input:not([type=range]):not([type=checkbox]), textarea, select");
    if (e.key === "Escape" && !typing) return actions.escape();
    if ((e.ctrlKey || e.metaKey) && e.code === "KeyZ" && !typing) {
      e.preventDefault();
      return actions.runs.go(actions.s.at + (e.shiftKey ? 1 : -1));
    }
    if (typing || e.ctrlKey || e.metaKey || e.altKey) return undefined;
    const act = tokenStep(actions, e, at) ?? moves(actions, e, at) ?? digits(actions, e) ??
        (lettersOn() ? table[(e.shiftKey && /^[A-Z]$/.test(e.key) ? "Shift+" : "") + e.key.toLowerCase()] : undefined);
    if (!act) return undefined;
    e.preventDefault();
    return act();
  });
}

/** @param {Actions} actions @param {KeyboardEvent} e @param {Element} at @returns {(() => void)|undefined} */
function moves(actions, e, at) {
  if (at.matches("input[type=range]") && e.key.startsWith("Arrow")) return undefined;
  const onButton = at.matches("button, a, input, [role=switch]");
  switch (e.key) {
    case "ArrowLeft":
      return () => actions.goLayer(actions.layer() - 1);
    case "ArrowRight":
      return () => actions.goLayer(actions.layer() + 1);
    case "ArrowUp":
      return () => actions.walkList(-1);
    case "ArrowDown":
      return () => actions.walkList(1);
    case "Enter": {
      const query = actions.s.hovered >= 0 ? actions.s.hovered : actions.s.pinned;
      return onButton || query < 0 ? undefined : () => actions.pin(query);
    }
    case " ":
      return onButton ? undefined : () => actions.play();
    default:
      return undefined;
  }
}

/** Shift and an arrow: the encoder's token, by a cell.
 * @param {Actions} actions @param {KeyboardEvent} e @param {Element} at @returns {(() => void)|undefined} */
export function tokenStep(actions, e, at) {
  const step = /** @type {Record<string, [number, number]>} */ (
      {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]})[e.key];
  if (!step || !e.shiftKey || actions.s.mode !== "token" || at.matches("input[type=range]")) return undefined;
  return () => actions.tokens.step(...step);
}

/** What is shown: heads, levels.
 * @param {Actions} actions @param {KeyboardEvent} e @returns {(() => void)|undefined} */
export function digits(actions, e) {
  const found = /^Digit(\d)$/.exec(e.code), {s, store} = actions;
  if (!found) return undefined;
  const n = Number(found[1]) - 1;
  if (!e.shiftKey && n < 0) return () => store.set({shownHead: -1, shownLevels: s.shownLevels.map(() => true)});
  if (!e.shiftKey) return n < s.model.heads ? () => store.set({shownHead: s.shownHead === n ? -1 : n}) : undefined;
  if (n < 0 || n >= s.model.levels) return undefined;
  if (s.mode === "token") return () => actions.tokens.chooseLevel(n);
  return () => store.set({shownLevels: s.shownLevels.map((_, i) => i === n)});
}

/** @param {Actions} actions @param {Page} page @returns {Record<string, () => void>} */
function letters(actions, page) {
  const {store, stage, runs} = actions;
  const cell = () => {
    // The cell that has the keyboard, or the one that is selected.
    const at = document.activeElement;
    if (at instanceof HTMLElement && at.classList.contains("cell"))
      select(
          actions, {module: at.dataset.module ?? "", layer: Number(at.dataset.layer), head: Number(at.dataset.head)});
    return actions.s.cell;
  };
  const withCell = (/** @type {(a: Actions, c: import("./types.js").Cell) => void} */ act) => () => {
    const at = cell();
    if (at) act(actions, at);
  };
  const deformable = actions.s.model.family !== "detr";
  return {
    ...(deformable ? {
      p: () => flipDrawn(actions, "points"),
      h: () => flipDrawn(actions, "heat"),
      r: () => flipDrawn(actions, "reference"),
      e: () => actions.setMode(actions.s.mode === "token" ? "query" : "token"),
      m: () => actions.setTool("edit")
    }
                   : {}),
    g: () => flipDrawn(actions, "truth"),
    b: () => intervened(actions.s) && store.set({compare: actions.s.compare === "before" ? "after" : "before"}),
    x: withCell(switchCell),
    "Shift+x": withCell(soloCell),
    u: () => runs.go(actions.s.at - 1),
    "Shift+u": () => runs.go(actions.s.at + 1),
    s: () => saveFile(actions),
    l: () => actions.setTool("lasso"),
    z: () => {
      const d = asDetection(actions.s, actions.s.pinned);
      if (d) stage.zoomTo(d.box);
    },
    f: () => stage.fit(),
    "+": () => stage.zoom(1.25),
    "=": () => stage.zoom(1.25),
    "-": () => stage.zoom(1 / 1.25),
    "[": () => actions.stepImage(-1),
    "]": () => actions.stepImage(1),
    o: page.openFile,
    c: page.copyLink,
    t: page.theme,
    "/": page.search,
    "?": openHelp,
  };
}
