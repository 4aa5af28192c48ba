// The pinned object through the epochs of a run: what the checkpoint makes of it beside what the open model does.
import { attentionOf } from "./attention.js";
import { counterpart, detection, iou } from "./detections_of.js";
import { h } from "./dom.js";
import { LineChart } from "./line_chart.js";
import { plain } from "./number_text.js";
import { className } from "./selection.js";

/** @typedef {import("./run_result.js").RunResult} RunResult */
/** @typedef {import("./types.js").Detection} Detection */
/** @typedef {import("./state.js").State} State */
/** @typedef {{run: RunResult, found: Detection}} Side */

const CHART_WIDTH = 352;

/**
 * The pinned query of the tab Image, as its last layer has it with nothing switched.
 * @param {State} s
 * @returns {Side | null}
 */
function pinnedSide(s) {
  const run = s.history[0]?.result;
  if (!run || s.pinned < 0) return null;
  const last = run.layers - 1;
  return { run, found: detection(run, last, s.pinned, run.best(last, s.pinned)) };
}

/**
 * The same object in the result of a checkpoint, whose classes may stand elsewhere.
 * @param {RunResult} run
 * @param {Detection} pinned
 * @param {State} s
 * @returns {Side | null}
 */
function checkpointSide(run, pinned, s) {
  const model = run.of ?? s.model;
  const label = model.classes.indexOf(className(s, pinned.class));
  const found = label < 0 ? null : counterpart(run, { ...pinned, class: label }, model);
  return found && { run, found };
}

/**
 * Name and text of each number of an object.
 * @param {Side | null} side
 * @param {Detection} pinned
 * @param {string} name of its class
 * @returns {[string, string][]}
 */
function numbers(side, pinned, name) {
  if (!side) return [];
  const { run, found } = side, [x0, y0, x1, y1] = found.box;
  const attention = attentionOf(run, run.layers - 1, found.query);
  return [
    [`Score as ${name}`, plain(found.score, 2)], ["Query", String(found.query)],
    ["Left, top, px", `${plain(x0, 0)}, ${plain(y0, 0)}`], ["Size, px", `${plain(x1 - x0, 0)} × ${plain(y1 - y0, 0)}`], ["IoU with the pinned box", plain(iou(found.box, pinned.box), 2)],
    ...(attention ? /** @type {[string, string][]} */ ([
      ["Mean radius, px", plain(attention.radius, 1)], ["Weight inside the box", plain(attention.inBox, 2)],
      ...attention.levels.map((share, level) => [`Weight on L${level} /${run.levels[level]?.stride}`, plain(share, 2)]),
    ]) : []),
  ];
}

/**
 * @param {Side} pinned
 * @param {Side | null} here
 * @param {string} name of its class
 * @param {[string, string]} heads what the two columns are of
 */
function table(pinned, here, name, heads) {
  const then = new Map(numbers(here, pinned.found, name)), now = numbers(pinned, pinned.found, name);
  const rows = now.map(([what, text]) => h("tr", {}, h("th", { scope: "row" }, what), h("td", {}, text), h("td", {}, then.get(what) ?? "–")));
  return h("table", { class: "tab-table checkpoint-table" },
    h("thead", {}, h("tr", {}, ...["", ...heads].map((head) => h("th", { scope: "col", title: head }, head)))), h("tbody", {}, ...rows));
}

export class CheckpointObject {
  constructor() {
    this.element = h("div", { class: "checkpoint-object" });
    this.of = "";
    /** @type {Map<number, number>} score by epoch, of the epochs that were looked at */
    this.scores = new Map();
  }

  /**
   * @param {State} s
   * @param {RunResult | null} result
   * @param {{name: string, look: number, epoch: number, last: number}} run
   */
  show(s, result, run) {
    const pinned = pinnedSide(s);
    if (!pinned) {
      this.element.replaceChildren(h("p", { class: "tab-caption" }, "Pin a detection on the tab Image to follow it through the epochs."));
      return -1;
    }
    const here = result && checkpointSide(result, pinned.found, s), name = className(s, pinned.found.class);
    this.#remember([s.image?.id, run.name, s.pinned, ...pinned.found.box].join(" "), run.epoch, result ? (here?.found.score ?? 0) : null);
    this.element.replaceChildren(
      h("h3", {}, `Pinned: ${name}, query ${s.pinned}`),
      ...(result && !here ? [h("p", { class: "tab-caption" }, `At this epoch no result of ${name} overlaps the pinned box.`)] : []),
      table(pinned, here, name, [s.model.name, `epoch ${run.epoch}`]), this.#chart(name, run),
    );
    return here?.found.query ?? -1;
  }

  /**
   * @param {string} of whose scores these are
   * @param {number} epoch
   * @param {number | null} score
   */
  #remember(of, epoch, score) {
    if (of !== this.of) this.scores.clear();
    this.of = of;
    if (score !== null) this.scores.set(epoch, score);
  }

  /**
   * @param {string} name
   * @param {{name: string, look: number, epoch: number, last: number}} run
   */
  #chart(name, run) {
    const points = [...this.scores].sort(([a], [b]) => a - b).map(([epoch, value]) => ({ epoch, value }));
    if (points.length < 2) return h("p", { class: "tab-caption" }, "Its score over epochs is drawn as you go through them.");
    const chart = new LineChart(`Score of the pinned ${name}`, [{ name: run.name, look: run.look, points }], CHART_WIDTH, run.last);
    chart.element.setAttribute("aria-label", `Score of the pinned ${name}: ${points.map(({ epoch, value }) => `epoch ${epoch} ${plain(value, 2)}`).join(", ")}`);
    chart.setCross(run.epoch);
    return h("div", {}, h("div", { class: "tab-caption" }, "Score over the epochs looked at"), chart.element);
  }
}
