// The tab "Maps": what explains the pinned query or token, map by map, two of them side by side.
import {fill, h, number} from "./dom.js";
import {lettersOn} from "./help.js";
import {digits, tokenStep} from "./keyboard.js";
import {filterWords, scaleChoice} from "./legend.js";
import {drawLayers, markLayer} from "./maps_layers.js";
import {hasSubject, offered, seenBy} from "./maps_methods.js";
import {MapPanes} from "./maps_panes.js";
import {MapReplies} from "./maps_replies.js";
import {drawRows, tellProgress} from "./maps_rows.js";
import {mapTargets} from "./maps_targets.js";
import {counted} from "./number_text.js";
import {activeTexts} from "./runs.js";
import {asDetection, className, listed} from "./selection.js";
import {writeMessage} from "./stage_chrome.js";
import {choice, keepingFocus, levelChoice, modeChoice} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./state.js").Key} Key */

/** What every map depends on, but for the layer. */
const subjectKeys = /** @type {Key[]} */ ([
  "tab", "image", "photo", "history", "at", "mode", "pinned", "token", "mapTarget", "shownHead", "shownLevels",
  "heatScale", "threshold", "classFilter", "matchFilter", "search", "allQueries", "truth", "versus", "resultB",
  "connected"
]);
const layerKeys = /** @type {Key[]} */ (["layer", "encLayer"]);

class MapsTab {
  /** @param {HTMLElement} element @param {Actions} actions */
  constructor(element, actions) {
    this.actions = actions;
    this.panes = new MapPanes(actions);
    this.bar = h("div", {class: "maps-toolbar", role: "toolbar", "aria-label": "What is mapped"});
    this.strip = h("div", {class: "maps-layers", role: "group", "aria-label": "By layer"});
    this.list = h("div", {class: "maps-rows", role: "group", "aria-label": "Maps"});
    this.replies = new MapReplies(
        actions, () => this.isOpen && this.drawMaps(), (method, progress) => tellProgress(this.list, method, progress));
    element.append(h("div", {class: "maps-tab"},
        h("section", {class: "maps-left", "aria-label": "Stage"}, this.bar, this.panes.element),
        h("section", {class: "maps-right", "aria-label": "Maps of the query or token"},
            h("h2", {"data-tip": "The weights that each layer reads with. ← and → change the layer"}, "By layer"),
            this.strip, h("h2", {"data-tip": "One or two maps are shown large"}, "Maps"), this.list)));
    const {store} = actions, say = () => this.isOpen && writeMessage(actions, this.panes.message);
    store.on(["message", ...subjectKeys, ...layerKeys], say);
    store.on(["image", "lines", "history", "at", "mode", "pinned", "mapTarget"], () => this.giveUpOthers());
    store.on(subjectKeys, () => this.isOpen && this.draw());
    store.on(["maps", ...layerKeys], () => {
      if (!this.isOpen) return;
      this.drawBar();
      markLayer(actions, this.strip);
      this.drawMaps();
    });
    const resized = new ResizeObserver(() => this.isOpen && drawLayers(actions, this.strip));
    resized.observe(this.strip.parentElement ?? element);
    document.addEventListener("keydown", (e) => this.isOpen && this.key(e));
    this.draw();
    say();
  }

  get isOpen() { return this.actions.s.tab === "maps"; }

  drawBar() { keepingFocus(this.bar, () => fill(this.bar, ...choices(this.actions))); }

  draw() {
    this.replies.forgetErrors();
    this.drawBar();
    drawLayers(this.actions, this.strip);
    this.drawMaps();
  }

  drawMaps() {
    /** @type {Map<string, import("./maps_rows.js").Found>} */
    const found = new Map();
    const find = (/** @type {import("./maps_methods.js").MapMethod} */ m) => {
      const one = found.get(m.id) ?? this.find(m);
      found.set(m.id, one);
      return one;
    };
    drawRows(this.actions, this.list, find);
    this.panes.show(find);
  }

  /** @param {import("./maps_methods.js").MapMethod} method @returns {import("./maps_rows.js").Found} */
  find(method) {
    const {s} = this.actions;
    if (!hasSubject(s)) return {picture: null, error: ""};
    const words = method.ask?.(s), answer = this.answer(method, words);
    const picture = method.picture(seenBy(s, method.seen), answer?.reply ?? null), error = answer?.error ?? "";
    if (!method.cost || words === undefined) return {picture, error};
    const isOn = answer !== null && !answer.reply && !error;
    const begin = () => void this.compute(method, words), end = () => this.giveUp(method);
    return {picture, error, demand: {progress: isOn ? answer.progress : null, begin, end}};
  }

  /** What takes long is not asked for here.
   * @param {import("./maps_methods.js").MapMethod} method @param {string|undefined} words */
  answer({cost}, words) {
    if (words === undefined) return null;
    return cost ? this.replies.known(words) : this.replies.get(words);
  }

  /** @param {import("./maps_methods.js").MapMethod} method @param {string} words */
  async compute({id, name}, words) {
    const {store} = this.actions;
    store.set({said: `Computing ${name}.`});
    if (await this.replies.compute(words, id)) store.set({said: `${name} is computed.`});
  }

  /** What is computed of another query, target, image or with other interventions than now. */
  giveUpOthers() { this.replies.giveUp(this.wanted()); }

  /** @param {import("./maps_methods.js").MapMethod} method */
  giveUp(method) { this.replies.giveUp(this.wanted().filter((words) => words !== method.ask?.(this.actions.s))); }

  /** What may be computed on demand now. */
  wanted() {
    const {s} = this.actions;
    return hasSubject(s) ? offered(s).flatMap((m) => (m.cost && m.ask ? [m.ask(s)] : [])) : [];
  }

  /** The keys of the tab Image that mean something here.
   * @param {KeyboardEvent} e */
  key(e) {
    const {actions, panes: {view}} = this, at = /** @type {Element} */ (e.target);
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
    if (at.matches("input:not([type=checkbox]), select")) return;
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowLeft: () => actions.goLayer(actions.layer() - 1),
      ArrowRight: () => actions.goLayer(actions.layer() + 1),
      Escape: () => void (this.replies.giveUp() || actions.escape())
    };
    /** @type {Record<string, () => void>} */
    const letters = {
      "[": () => actions.stepImage(-1),
      "]": () => actions.stepImage(1),
      "+": () => view.zoom(1.25),
      "=": () => view.zoom(1.25),
      "-": () => view.zoom(1 / 1.25),
      f: () => view.fit(),
      z: () => {
        const d = asDetection(actions.s, actions.s.pinned);
        if (d) view.zoomTo(d.box);
      }
    };
    if (actions.s.model.family !== "detr")
      letters.e = () => actions.setMode(actions.s.mode === "token" ? "query" : "token");
    const act = tokenStep(actions, e, at) ?? moves[e.key] ?? digits(actions, e) ?? (lettersOn() ? letters[e.key.toLowerCase()] : undefined);
    if (!act) return;
    e.preventDefault();
    act();
  }
}

/** Whose maps, of which heads, on which scale.
 * @param {Actions} actions */
function choices(actions) {
  const {s, store} = actions;
  const heads = Array.from(
      {length: s.model.heads}, (_, head) => /** @type {[string, string]} */ ([String(head), `Head ${head}`]));
  return [
    s.model.family !== "detr" && modeChoice(actions),
    ...(s.mode === "token" ? levelChoice(actions) : [detectionChoice(actions), targetChoice(actions)]),
    choice({
      label: "Heads",
      value: String(s.shownHead),
      options: [["-1", "All heads"], ...heads],
      change: (v) => store.set({shownHead: Number(v)})
    }),
    s.model.family !== "detr" && scaleChoice(actions),
    ...filterWords(actions),
    interventionTag(s),
  ];
}

/** That the maps are not those of the model as it is.
 * @param {import("./state.js").State} s */
function interventionTag(s) {
  const texts = s.history[s.at] ? activeTexts(s.history[s.at].lines) : [];
  if (texts.length === 0) return null;
  return h("span", {class: "tag", "data-tip": texts.join(", ")}, counted(texts.length, "intervention"));
}

/** @param {Actions} actions */
function detectionChoice({s, store}) {
  const all = listed(s), pinned = asDetection(s, s.pinned);
  const some = pinned && !all.some((d) => d.query === pinned.query) ? [pinned, ...all] : all;
  return choice({
    label: "Detection",
    value: String(s.pinned),
    options: [
      ["-1", "No detection"],
      ...some.map((d) => /** @type {[string, string]} */ (
          [String(d.query), `${className(s, d.class)} ${number(d.score)}, q${d.query}`]))
    ],
    change: (v) => store.set({pinned: Number(v), hoverPoint: null})
  });
}

/** @param {Actions} actions */
const targetChoice = ({s, store}) => choice({
  label: "Target",
  tip: "What directed contribution, relevance, ODAM and gradient are of",
  value: s.mapTarget,
  options: mapTargets.map(({id, name}) => [id, `Target: ${name}`]),
  change: (v) => store.set({mapTarget: v})
});

/** @param {HTMLElement} element @param {import("./types.js").Context} context */
export function mount(element, {actions}) { return new MapsTab(element, actions); }
