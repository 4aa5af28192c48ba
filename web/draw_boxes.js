// Draws the boxes of a run and their labels: results, lost and gained ones, what was there before, annotations.
import {number} from "./dom.js";
import {drawRegions} from "./draw_regions.js";
import {drawLabel, LabelSpace} from "./labels.js";
import {marks} from "./palette.js";
import {asDetection, baseline, changes, className, intervened, latest, listed, sideWords} from "./selection.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./image_view.js").ImageView} ImageView */
/** @typedef {"plain"|"pinned"|"lost"|"gained"|"before"|"truth"} Style */
/** @typedef {{box: ArrayLike<number>, style: Style, label: string, query: number, score: number}} Entry */

/** @type {Record<Style, {colour: string, width: number, dash: number[]}>} */
const styles = {
  plain: {colour: marks.white, width: 1.5, dash: []},
  pinned: {colour: marks.white, width: 2.5, dash: []},
  lost: {colour: marks.lost, width: 1.5, dash: [4, 3]},
  gained: {colour: marks.gained, width: 1.5, dash: []},
  before: {colour: marks.white, width: 1, dash: [3, 3]},
  truth: {colour: marks.white, width: 1.5, dash: [1, 2.5]},
};

/** What is to be framed. Marks of change belong to the last layer, of which the changes are told.
 * @param {State} s @param {"before"|"after"} side @returns {Entry[]} */
export function entries(s, side) {
  const seen = {...s, compare: side};
  const changed =
      side === "after" && latest(s) !== null && s.layer === (baseline(s)?.layers ?? 0) - 1 ? changes(s) : null;
  const gained = new Set(changed?.gained.map((p) => `${p.after?.query} ${p.after?.class}`));
  /** @type {Entry[]} */
  const found = listed(/** @type {State} */ (seen)).map((d) => {
    const isGained = gained.has(`${d.query} ${d.class}`);
    const label = `${className(s, d.class)}  ${number(d.score)}${isGained ? "  " + sideWords(s).gained : ""}`;
    return {
      box: d.box,
      style: d.query === s.pinned ? "pinned"
          : isGained              ? "gained"
                                  : "plain",
      label,
      query: d.query,
      score: d.score
    };
  });
  if (s.pinned >= 0 && !found.some((e) => e.query === s.pinned)) {
    const d = asDetection(/** @type {State} */ (seen), s.pinned);
    if (d)
      found.push({
        box: d.box,
        style: "pinned",
        label: `${className(s, d.class)}  ${number(d.score)}`,
        query: d.query,
        score: d.score
      });
  }
  for (const {before, after} of changed?.lost ?? [])
    if (before)
      found.push({
        box: before.box,
        style: "lost",
        label: `${className(s, before.class)}  ${after ? number(after.score) + "  " : ""}${sideWords(s).lost}`,
        query: before.query,
        score: before.score
      });
  if (side === "after" && intervened(s)) found.push(...earlier(s, found));
  return found;
}

/** The same queries' boxes before the interventions, where they lay elsewhere.
 * @param {State} s @param {Entry[]} now @returns {Entry[]} */
function earlier(s, now) {
  const first = baseline(s), isLast = s.layer === (first?.layers ?? 0) - 1;
  if (!first) return [];
  // After a change of the encoder the queries of a two-stage model are other ones: only what was matched is known.
  const isOther = s.model.two_stage && latest(s)?.encoder === true;
  const kept = new Map(isLast ? changes(s)?.kept.map((p) => [p.after?.query, p.before]) : []);
  return now.filter((e) => e.style === "plain" || e.style === "pinned").flatMap((e) => {
    const box = kept.get(e.query)?.box ?? (isOther ? null : first.box(s.layer, e.query));
    const moved = box?.some((v, i) => Math.abs(v - e.box[i]) > 0.5);
    return box && moved ? [{box, style: /** @type {Style} */ ("before"), label: "", query: e.query, score: 0}] : [];
  });
}

/** @param {CanvasRenderingContext2D} context @param {[number, number, number, number]} place @param {Style} style */
export function frame(context, place, style) {
  const {colour, width, dash} = styles[style];
  context.setLineDash([]);
  context.lineWidth = width + 2;
  context.strokeStyle = marks.halo;
  context.strokeRect(...place);
  context.setLineDash(dash);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.strokeRect(...place);
  context.setLineDash([]);
}

/** @param {ImageView} stage @param {CanvasRenderingContext2D} context @param {State} s */
export function drawBoxes(stage, context, s) {
  if (!s.image || s.history.length === 0) return;
  if (s.compare !== "swipe" || !intervened(s)) {
    drawSide(stage, context, s, s.compare === "before" ? "before" : "after", 0, stage.width);
    return;
  }
  const middle = s.swipe * stage.width;
  drawSide(stage, context, s, "before", 0, middle);
  drawSide(stage, context, s, "after", middle, stage.width);
}

/** @param {ImageView} stage @param {CanvasRenderingContext2D} context @param {State} s @param {"before"|"after"} side
 * @param {number} from @param {number} to */
function drawSide(stage, context, s, side, from, to) {
  context.save();
  context.beginPath();
  context.rect(from, 0, to - from, stage.height);
  context.clip();
  const all = entries(s, side);
  const small = s.allQueries && all.length > 60;
  if (s.truth)
    for (const t of s.truths) frame(context, stage.rectangle(t.box), "truth");
  for (const e of all.filter((x) => x.style === "before")) frame(context, stage.rectangle(e.box), e.style);
  for (const e of all.filter((x) => x.style !== "before")) frame(context, stage.rectangle(e.box), e.style);
  // A token's map is looked at without names on it.
  if (s.mode === "token") {
    context.restore();
    return;
  }
  const space = new LabelSpace(from, to, stage.height);
  if (side === "after") drawRegions(stage, context, s, space);
  const order = all.filter((e) => e.label)
                    .sort((a, b) => Number(b.style === "pinned") - Number(a.style === "pinned") || b.score - a.score);
  for (const e of order.slice(0, small ? 12 : 60)) drawLabel(context, space, stage.rectangle(e.box), e.label, e.style);
  if (s.truth)
    for (const t of s.truths) drawLabel(context, space, stage.rectangle(t.box), "truth", "truth");
  context.restore();
}

/** The box under the cursor, with its label, on the topmost canvas.
 * @param {ImageView} stage @param {CanvasRenderingContext2D} context @param {State} s */
export function drawHovered(stage, context, s) {
  const d = s.hovered >= 0 && s.hovered !== s.pinned ? asDetection(s, s.hovered) : null;
  if (!d) return;
  const place = stage.rectangle(d.box);
  frame(context, place, "pinned");
  if (s.allQueries)
    drawLabel(context, new LabelSpace(0, stage.width, stage.height), place,
        `${className(s, d.class)}  ${number(d.score)}`, "pinned");
}
