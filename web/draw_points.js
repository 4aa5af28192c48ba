// Draws sampling points, reference points, the token's cell and what is being dragged.
import {pointsNow, referenceNow} from "./glide.js";
import {drawLabel, LabelSpace} from "./labels.js";
import {headColours, levelColours, marks, sequential} from "./palette.js";
import {headShown, queryInQuestion, shownRun} from "./selection.js";
import {radiusOf, tracePath} from "./shapes.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./image_view.js").ImageView} ImageView */
/** @typedef {{x: number, y: number, weight: number, index: import("./types.js").PointIndex, inside: boolean}} Mark on the screen */

/** The visible points, heavy ones first so that small ones lie on top.
 * @param {ImageView} stage @param {State} s @returns {Mark[]} */
function visiblePoints(stage, s) {
  const set = pointsNow(s), image = s.image;
  if (!set || !image || !s.points) return [];
  // Who reads the token is a map; its own points answer the other question.
  if (s.mode === "token" && s.direction === "readers") return [];
  // A layer that is switched off reads nowhere.
  if (set.weights.every((weight) => weight === 0)) return [];
  /** @type {Mark[]} */
  const found = [];
  for (let head = 0; head < set.heads; ++head) {
    if (!headShown(s, head)) continue;
    for (let level = 0; level < set.levels; ++level) {
      if (!s.shownLevels[level]) continue;
      for (let point = 0; point < set.points; ++point) {
        const at = (head * set.levels + level) * set.points + point;
        const px = set.xy[2 * at], py = set.xy[2 * at + 1];
        const inside = px >= 0 && py >= 0 && px <= image.width && py <= image.height;
        const [x, y] = stage.toScreen(Math.min(image.width, Math.max(0, px)), Math.min(image.height, Math.max(0, py)));
        found.push({x, y, weight: set.weights[at], index: {head, level, point}, inside});
      }
    }
  }
  return found.sort((a, b) => b.weight - a.weight);
}

/** @param {ImageView} stage @param {State} s @param {number} x @param {number} y
 * @returns {Mark|null} the nearest within 8 px */
export function pointAt(stage, s, x, y) {
  let best = null, far = 8;
  for (const mark of visiblePoints(stage, s)) {
    const d = Math.hypot(mark.x - x, mark.y - y);
    if (d < far) [best, far] = [mark, d];
  }
  return best;
}

/** @param {State} s @param {Mark} mark @param {number} most */
function colourOf(s, mark, most) {
  if (s.colour === "head") return headColours[mark.index.head % headColours.length];
  if (s.colour === "weight") return sequential(mark.weight / Math.max(most, 1e-6));
  return levelColours[mark.index.level % levelColours.length];
}

/** Other heads fade while a cell of this layer is selected.
 * @param {State} s @param {number} head */
function faded(s, head) {
  const [module, layer] = s.mode === "token" ? ["enc.self", s.encLayer] : ["dec.cross", s.layer];
  return s.cell !== null && s.cell.module === module && s.cell.layer === layer && s.cell.head !== head;
}

/** @param {ImageView} stage @param {CanvasRenderingContext2D} context @param {State} s */
export function drawPoints(stage, context, s) {
  const visible = visiblePoints(stage, s);
  const most = visible[0]?.weight ?? 0;
  for (const mark of visible) {
    const r = s.size === "equal" ? 3.5 : radiusOf(mark.weight, most);
    context.globalAlpha =
        (0.4 + 0.6 * Math.min(1, mark.weight / Math.max(0.1, most))) * (faded(s, mark.index.head) ? 0.25 : 1);
    tracePath(context, mark.index.level, mark.x, mark.y, r);
    context.lineWidth = 3;
    context.strokeStyle = "rgba(11,13,16,0.8)";
    context.stroke();
    if (mark.inside) {
      context.fillStyle = colourOf(s, mark, most);
      context.fill();
    }
    context.lineWidth = 1;
    context.strokeStyle = marks.white;
    context.stroke();
    if (!mark.inside) tick(stage, context, s, mark);
  }
  context.globalAlpha = 1;
  ring(context, visible, s);
}

/** At the border, towards where the point really is.
 * @param {ImageView} stage @param {CanvasRenderingContext2D} context @param {State} s @param {Mark} mark */
function tick(stage, context, s, mark) {
  const [ix, iy] = stage.toImage(mark.x, mark.y), image = /** @type {{width: number, height: number}} */ (s.image);
  const dx = ix <= 0.01          ? -1
      : ix >= image.width - 0.01 ? 1
                                 : 0,
        dy = iy <= 0.01           ? -1
      : iy >= image.height - 0.01 ? 1
                                  : 0;
  context.beginPath();
  context.moveTo(mark.x, mark.y);
  context.lineTo(mark.x + dx * 6, mark.y + dy * 6);
  context.stroke();
}

/** Around the point under the cursor.
 * @param {CanvasRenderingContext2D} context @param {Mark[]} visible @param {State} s */
function ring(context, visible, s) {
  const want = s.hoverPoint;
  const mark =
      want && visible.find(({index: i}) => i.head === want.head && i.level === want.level && i.point === want.point);
  if (!mark) return;
  context.beginPath();
  context.arc(mark.x, mark.y, 12, 0, 2 * Math.PI);
  strokeOutlined(context);
}

/** The path in white over a wider dark one, so that it shows on any ground.
 * @param {CanvasRenderingContext2D} context */
function strokeOutlined(context) {
  for (const [width, colour] of /** @type {[number, string][]} */ ([[4, marks.ink], [2, marks.white]])) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y */
export function cross(context, x, y) {
  context.beginPath();
  context.moveTo(x - 8, y);
  context.lineTo(x + 8, y);
  context.moveTo(x, y - 8);
  context.lineTo(x, y + 8);
  strokeOutlined(context);
}

/** @param {ImageView} stage @param {CanvasRenderingContext2D} context @param {State} s */
export function drawReference(stage, context, s) {
  const run = shownRun(s), query = queryInQuestion(s);
  if (!run || query < 0 || !s.reference || s.mode === "token" || s.model.family === "detr") return;
  const [x, y, w, h] = referenceNow(s, query, run.referenceOf(s.layer, query));
  if (w) {  // layers before the first refined box start from a point
    context.setLineDash([1, 3]);
    context.lineWidth = 1.5;
    context.strokeStyle = marks.white;
    context.strokeRect(...stage.rectangle([x - w / 2, y - h / 2, x + w / 2, y + h / 2]));
    context.setLineDash([]);
  }
  cross(context, ...stage.toScreen(x, y));
}

/** The chosen tokens at their true size, numbered where there are two.
 * @param {ImageView} stage @param {CanvasRenderingContext2D} context @param {State} s */
export function drawTokens(stage, context, s) {
  if (s.mode !== "token") return;
  const space = new LabelSpace(0, stage.width, stage.height);
  [s.token, s.secondToken].forEach((token, i) => {
    if (!token) return;
    const place = stage.rectangle(token.cell);
    context.beginPath();
    context.rect(...place);
    strokeOutlined(context);
    if (s.secondToken) drawLabel(context, space, place, String(i + 1), "pinned");
  });
}

/** A closed line by hand: white dashes over a halo.
 * @param {CanvasRenderingContext2D} context @param {[number, number][]} places  on the screen
 * @param {string} [fill] */
export function dashedOutline(context, places, fill) {
  context.beginPath();
  places.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  if (fill) {
    context.fillStyle = fill;
    context.fill();
  }
  context.lineWidth = 4;
  context.strokeStyle = marks.halo;
  context.stroke();
  context.setLineDash([6, 4]);
  context.lineWidth = 1.5;
  context.strokeStyle = marks.white;
  context.stroke();
  context.setLineDash([]);
}

/** What is dragged or drawn by hand.
 * @param {import("./stage.js").Stage} stage @param {CanvasRenderingContext2D} context */
export function drawHandwork(stage, context) {
  if (stage.ghost) cross(context, ...stage.toScreen(stage.ghost.x, stage.ghost.y));
  if (stage.outline.length < 2) return;
  dashedOutline(context, stage.outline.map(([x, y]) => stage.toScreen(x, y)), "rgba(255,255,255,0.12)");
}
