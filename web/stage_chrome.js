// What lies over the canvases: zoom buttons, tooltip of a point or token, messages, progress, the divider, the
// region's choice.
import {byId, fill, h, icon, number} from "./dom.js";
import {previewTag} from "./preview.js";
import {intervened, pointsInQuestion, shownRun} from "./selection.js";
import {newLine} from "./switches.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {Actions} actions @param {import("./stage.js").Stage} stage */
export function stageChrome(actions, stage) {
  const {store} = actions;
  const tellScale = zoomButtons(byId("zoom"), stage);
  const draw = stage.redraw;
  stage.redraw = () => {
    draw();
    tellScale();
    place(actions, stage);
  };
  store.on(["hoverPoint", "token", "secondToken", "mode", "layer", "encLayer", "pinned", "points"],
      () => place(actions, stage));
  store.on(["message", "history", "preview", "threshold", "image", "compare", "classFilter", "search", "layer"],
      (changed) => message(actions, changed.has("threshold")));
  store.on(["pending", "progress"], () => progress(actions));
  byId("preview").textContent = previewTag;
  store.on(["preview", "compare"], () => (byId("preview").hidden = shownRun(store.state) !== store.state.preview));
  divider(actions, stage);
  stage.element.addEventListener("region", () => region(actions, stage));
  store.on(["tool", "lines"], () => region(actions, stage));
}

/** @param {HTMLElement} element @param {import("./zoom_view.js").ZoomView} view
 * @returns {() => void} says the scale as it is now */
export function zoomButtons(element, view) {
  const percent = h("span", {class: "percent"});
  const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ act) =>
      h("button", {"aria-label": label, title: label, onclick: act}, icon(name));
  element.append(button("minus", "Zoom out, −", () => view.zoom(1 / 1.25)), percent,
      button("plus", "Zoom in, +", () => view.zoom(1.25)), button("fit", "Fit, F", () => view.fit()));
  return () => (percent.textContent = `${Math.round(view.view.scale * 100)} %`);
}

/** The tooltip, to the right of what it names where there is room.
 * @param {Actions} actions @param {import("./stage.js").Stage} stage */
function place(actions, stage) {
  const {s} = actions, tip = byId("tooltip");
  const found = pointWords(s) ?? tokenWords(s);
  tip.hidden = !found;
  if (!found) return;
  fill(tip, h("b", {}, found.title),
      ...found.rows.map(([name, value]) => h("div", {}, h("span", {}, name), h("span", {}, value))));
  const [x, y] = stage.toScreen(found.x, found.y);
  const left = x + 232 < stage.width ? x + 32 : x - 232, top = Math.min(Math.max(8, y - 24), stage.height - 104);
  tip.style.transform = `translate(${Math.round(Math.max(8, left))}px, ${Math.round(top)}px)`;
}

/** @param {import("./state.js").State} s */
function pointWords(s) {
  const set = pointsInQuestion(s), at = s.hoverPoint;
  if (!set || !at) return null;
  const i = (at.head * set.levels + at.level) * set.points + at.point, x = set.xy[2 * i], y = set.xy[2 * i + 1];
  const layer = s.mode === "token" ? `enc.${s.encLayer}` : `dec.${s.layer}`;
  const stride = s.history[0]?.result.levels[at.level]?.stride ?? 0;
  return {
    x,
    y,
    title: `${layer} head ${at.head}, L${at.level} /${stride}, point ${at.point}`,
    rows: [["Attention weight", number(set.weights[i])], ["Location", `${number(x, 1)}, ${number(y, 1)} px`]],
  };
}

/** @param {import("./state.js").State} s */
function tokenWords(s) {
  if (s.mode !== "token" || !s.token) return null;
  const t = s.token, stride = s.history[0]?.result.levels[t.level]?.stride ?? 0;
  return {
    x: t.cell[2],
    y: t.cell[1],
    title: `${s.secondToken ? "1: " : ""}Token ${t.token}`,
    rows: [
      [`L${t.level} /${stride}, col ${t.column}, row ${t.row}`, ""],
      ...(s.secondToken ? [["Points and heat: token 1", ""]] : [])
    ]
  };
}

/** What is not urgent is said to readers of the screen in turn, at most once a second.
 * @param {Actions} actions @param {boolean} thresholdMoved */
function message(actions, thresholdMoved) {
  const {s, store} = actions, said = writeMessage(actions, byId("message"));
  if (said && !said.urgent && (s.message || thresholdMoved)) store.set({said: said.text});
}

/** What is to be said on a stage, with the button that does something about it.
 * @param {Actions} actions @param {HTMLElement} box @returns {import("./types.js").Message|null} */
export function writeMessage(actions, box) {
  const said = actions.s.message ?? nothingFound(actions);
  box.hidden = !said;
  if (!said) return null;
  fill(box, said.text, said.action ? " " : "",
      said.action ? h("button", {class: "linkish", onclick: () => said.act?.()}, said.action) : "");
  if (said.urgent)
    box.setAttribute("role", "alert");
  else
    box.removeAttribute("role");
  return said;
}

/** @param {Actions} actions @returns {import("./types.js").Message|null} */
function nothingFound({s, store, best}) {
  if (s.history.length === 0 || s.allQueries) return null;
  const top = best();
  if (!top || top.score > s.threshold) return null;
  const at = Math.max(0, Math.floor(top.score * 100 - 1e-6) / 100);
  return {
    text: `No detection at ${number(s.threshold)}. The best score is ${number(top.score)} (${
        s.model.classes[top.class] ?? "?"}).`,
    action: `Show at ${number(at)}`,
    act: () => store.set({threshold: at}),
  };
}

/** @param {Actions} actions */
function progress({s}) {
  const bar = byId("run-bar");
  bar.hidden = !s.pending;
  const part = s.progress?.part ?? 0.1;
  fill(bar, h("i"), h("span", {class: "floating"}, `${s.progress?.text ?? "Running"} · `, h("small", {}, "Esc cancels")));
  /** @type {HTMLElement} */ (bar.firstChild).style.width = `${Math.round(part * 100)}%`;
}

/** @param {Actions} actions @param {import("./stage.js").Stage} stage */
function divider(actions, stage) {
  const {store} = actions, bar = byId("swipe");
  fill(bar, h("span", {class: "side before"}, "before"), h("i"), h("span", {class: "side after"}, "after"));
  const show = () => {
    const {swipe, compare} = store.state;
    bar.hidden = compare !== "swipe" || !intervened(store.state);
    bar.style.transform = `translateX(${Math.round(swipe * stage.width)}px)`;
    bar.setAttribute("aria-valuenow", String(Math.round(swipe * 100)));
  };
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  store.on(["swipe", "compare", "history", "at"], show);
  bar.addEventListener("pointerdown", (e) => bar.setPointerCapture(e.pointerId));
  bar.addEventListener("pointermove", (e) => {
    if (e.buttons & 1) store.set({swipe: Math.min(1, Math.max(0, stage.placeOf(e).x / stage.width))});
  });
  bar.addEventListener("keydown", (e) => {
    const step = e.key === "ArrowLeft" ? -0.01 : e.key === "ArrowRight" ? 0.01 : 0;
    if (!step) return;
    e.preventDefault();
    e.stopPropagation();
    store.set({swipe: Math.min(1, Math.max(0, store.state.swipe + step))});
  });
}

/** Forbid or prefer what the lasso went round.
 * @param {Actions} actions @param {import("./stage.js").Stage} stage */
function region(actions, stage) {
  const box = byId("region"), {s} = actions;
  const ready = stage.outline.length >= 3;
  box.hidden = s.tool !== "lasso";
  if (box.hidden) return;
  const take = (/** @type {string} */ action) => () => {
    const corners = stage.outline.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join(";");
    stage.outline = [];
    actions.store.set({tool: ""});
    stage.redraw();
    actions.runs.change([...s.lines, newLine(`memory.region(${corners})=${action}`)]);
  };
  fill(box, ready ? "Region: " : "Draw round a region. Esc leaves. ",
      ready && h("button", {class: "linkish", onclick: take("forbid")}, "Forbid"), ready && "  ",
      ready && h("button", {class: "linkish", onclick: take("prefer(2)")}, "Prefer"));
}
