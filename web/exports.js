// Files that the page gives: the stage as PNG or SVG, the points as CSV, the detections as JSON.
import {entries} from "./draw_boxes.js";
import {commandOf} from "./interventions_panel.js";
import {levelColours} from "./palette.js";
import {aboveThreshold, className, headShown, pointsInQuestion, queryInQuestion} from "./selection.js";
import {corners, radiusOf} from "./shapes.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./state.js").State} State */

/** @param {string} name @param {BlobPart} data @param {string} type */
export function download(name, data, type) {
  const url = URL.createObjectURL(new Blob([data], {type}));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** @param {State} s */
export const stem = (s) => (s.image?.name ?? "image").replace(/\.[^.]*$/, "");

/** @param {Actions} actions */
export const exportPng = ({s, stage}) => savePng(stage.canvases, `${stem(s)}.png`);

/** Canvases of one size, one over the other.
 * @param {HTMLCanvasElement[]} canvases @param {string} name */
export function savePng(canvases, name) {
  const sheet = document.createElement("canvas"), first = canvases[0];
  sheet.width = first.width;
  sheet.height = first.height;
  const context = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  for (const canvas of canvases) context.drawImage(canvas, 0, 0);
  sheet.toBlob((blob) => blob && download(name, blob, "image/png"), "image/png");
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** @param {Actions} actions */
export async function exportSvg({s, api}) {
  const image = s.image;
  if (!image) return;
  const blob = await (await api.request(api.photoUrl(image.id))).blob();
  const photo = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(blob);
  });
  const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${image.width} ${image.height}" width="${
      image.width}" height="${image.height}" font-family="sans-serif" font-size="11">
<desc>${escaped(commandOf(s))}</desc>
<image href="${photo}" width="${image.width}" height="${image.height}"/>
${svgBoxes(s)}
${svgPoints(s)}
</svg>
`;
  download(`${stem(s)}.svg`, text, "image/svg+xml");
}

/** @param {State} s */
function svgBoxes(s) {
  /** @type {Record<string, string>} */
  const looks = {
    lost: "stroke=\"#FF9A4A\" stroke-dasharray=\"4 3\"",
    gained: "stroke=\"#6CC3FF\"",
    before: "stroke=\"#FFFFFF\" stroke-dasharray=\"3 3\"",
    plain: "stroke=\"#FFFFFF\"",
    pinned: "stroke=\"#FFFFFF\" stroke-width=\"2.5\""
  };
  return entries(s, s.compare === "before" ? "before" : "after")
      .map((e) => {
        const [x0, y0, x1, y1] = Array.from(e.box, (v) => +v.toFixed(2));
        const place =
            `x="${x0}" y="${y0}" width="${+ (x1 - x0).toFixed(2)}" height="${+ (y1 - y0).toFixed(2)}" fill="none"`;
        const label = e.label ? `<text x="${x0 + 2}" y="${
                                    y0 - 4}" fill="#FFFFFF" stroke="#0B0D10" stroke-width="2.5" paint-order="stroke">${
                                    escaped(e.label)}</text>`
                              : "";
        return `<rect ${place} stroke="#0B0D10" stroke-opacity="0.55" stroke-width="3.5"/><rect ${
            place} stroke-width="1.5" ${looks[e.style]}/>${label}`;
      })
      .join("\n");
}

/** @param {State} s @returns {{head: number, level: number, point: number, x: number, y: number, weight: number}[]} */
function shownPoints(s) {
  const set = pointsInQuestion(s), found = [];
  if (!set) return [];
  for (let head = 0; head < set.heads; ++head)
    for (let level = 0; level < set.levels; ++level)
      for (let point = 0; point < set.points; ++point) {
        if (!headShown(s, head) || !s.shownLevels[level]) continue;
        const at = (head * set.levels + level) * set.points + point;
        found.push({head, level, point, x: set.xy[2 * at], y: set.xy[2 * at + 1], weight: set.weights[at]});
      }
  return found;
}

/** @param {State} s */
function svgPoints(s) {
  if (!s.points) return "";
  const points = shownPoints(s).sort((a, b) => b.weight - a.weight), most = points[0]?.weight ?? 0;
  return points
      .map((p) => {
        const r = radiusOf(p.weight, most), shape = corners(p.level, r);
        const look = `fill="${levelColours[p.level % levelColours.length]}" stroke="#0B0D10" stroke-width="1"`;
        if (!shape) return `<circle cx="${p.x.toFixed(2)}" cy="${p.y.toFixed(2)}" r="${r.toFixed(2)}" ${look}/>`;
        return `<polygon points="${
            shape.map(([dx, dy]) => `${(p.x + dx).toFixed(2)},${(p.y + dy).toFixed(2)}`).join(" ")}" ${look}/>`;
      })
      .join("\n");
}

/** @param {Actions} actions */
export function exportCsv({s}) {
  const token = s.mode === "token", who = token ? (s.token?.token ?? "") : queryInQuestion(s);
  const rows = shownPoints(s).map((p) => [token ? `enc.${s.encLayer}` : `dec.${s.layer}`, who, p.head, p.level, p.point,
                                      p.x.toFixed(2), p.y.toFixed(2), p.weight.toFixed(5)]
                                             .join(","));
  download(`${stem(s)}-points.csv`,
      [`layer,${token ? "token" : "query"},head,level,point,x,y,weight`, ...rows].join("\n") + "\n", "text/csv");
}

/** @param {Actions} actions */
export function exportJson({s}) {
  const detections = aboveThreshold(s).map((d) => ({
    query: d.query,
    class: d.class,
    name: className(s, d.class),
    score: +d.score.toFixed(6),
    box: d.box.map((v) => +v.toFixed(3))
  }));
  const file = {image: s.image?.name, command: commandOf(s), layer: s.layer, threshold: s.threshold, detections};
  download(`${stem(s)}-detections.json`, JSON.stringify(file, null, 1) + "\n", "application/json");
}
