// The layer scrubber: score and IoU to the final box by layer, or the token's entropy; click, drag, arrows, play.
import {layersTouched} from "./addresses.js";
import {meanEntropy} from "./attention.js";
import {iou} from "./detections_of.js";
import {byId, fill, h, icon, number, svg} from "./dom.js";
import {placeIn} from "./scale.js";
import {className, listed, shownRun, subject} from "./selection.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {{values: number[], dashed: boolean, name: string}} Line */

/** @param {Actions} actions */
export function scrubber(actions) {
  const {store} = actions, element = byId("scrubber");
  const play = h("button", {class: "play", onclick: () => actions.play()});
  const step = (/** @type {number} */ by, /** @type {string} */ name) => h("button", {
    class: "quiet",
    "aria-label": by < 0 ? "Layer before" : "Next layer",
    "data-tip": by < 0 ? "Layer before. ←" : "Next layer. →",
    onclick: () => actions.goLayer(actions.layer() + by)
  },
      icon(name));
  const keys = h("div", {class: "chart-keys"});
  const chart = svg("svg", {class: "chart", role: "slider", tabindex: 0, "aria-label": "Layer"});
  element.append(
      h("div", {class: "scrub-head"}, h("h2", {"data-tip": "Boxes after layer j; points read by layer j"}, "Layer"),
          h("div", {class: "row"}, step(-1, "left"), play, step(1, "right")), keys),
      chart);
  const draw = () => drawChart(actions, /** @type {SVGElement} */ (chart), keys, play);
  store.late(["hovered"], draw);
  store.on(
      [
        "layer", "encLayer", "pinned", "history", "at", "lines", "mode", "token", "playing", "threshold", "compare",
        "image", "classFilter"
      ],
      draw);
  new ResizeObserver(draw).observe(element);
  const pick = (/** @type {PointerEvent} */ e) => {
    const n = actions.layers(), at = Math.floor(((placeIn(chart, e).x - 24) / (chart.clientWidth - 24)) * n);
    if (Math.min(n - 1, Math.max(0, at)) !== actions.layer()) actions.goLayer(at);
  };
  chart.addEventListener("pointerdown", (e) => {
    chart.setPointerCapture(/** @type {PointerEvent} */ (e).pointerId);
    pick(/** @type {PointerEvent} */ (e));
  });
  chart.addEventListener(
      "pointermove", (e) => /** @type {PointerEvent} */ (e).buttons & 1 && pick(/** @type {PointerEvent} */ (e)));
}

/** @param {Actions} actions @returns {Line[]} */
function curves({s}) {
  if (s.mode === "token") {
    const token = s.token;
    if (!token) return [];
    return [{
      values: Array.from({length: token.layers}, (_, l) => meanEntropy(token.points(l))),
      dashed: false,
      name: "entropy, mean"
    }];
  }
  const run = shownRun(s), query = subject(s);
  if (!run || query < 0) return [];
  const last = run.layers - 1, label = listed(s).find((d) => d.query === query)?.class ?? run.best(last, query);
  const each = Array.from({length: run.layers}, (_, l) => l);
  return [
    {
      values: each.map((l) => run.score(l, query, label)),
      dashed: false,
      name: `${className(s, label)} q${query}, score`
    },
    {values: each.map((l) => iou(run.box(l, query), run.box(last, query))), dashed: true, name: "IoU to final"},
  ];
}

/** @param {Actions} actions @param {SVGElement} chart @param {HTMLElement} keys @param {HTMLElement} play */
function drawChart(actions, chart, keys, play) {
  const {s} = actions, lines = curves(actions), n = actions.layers(), now = actions.layer();
  const width = chart.clientWidth || 560, left = 24, step = (width - left) / Math.max(1, n);
  const x = (/** @type {number} */ i) => left + (i + 0.5) * step, y = (/** @type {number} */ v) => 46 - 38 * v;
  const part = s.mode === "token" ? "enc" : "dec";
  const touched =
      new Set(s.mode === "token" ? [] : s.lines.filter((l) => l.active).flatMap((l) => layersTouched(l.text, s.model)));
  chart.setAttribute("aria-valuemin", "0");
  chart.setAttribute("aria-valuemax", String(n - 1));
  chart.setAttribute("aria-valuenow", String(now));
  chart.setAttribute("aria-valuetext", `${part}.${now}`);
  chart.replaceChildren(
      svg("rect", {x: x(now) - 28, y: 0, width: 56, height: 84, rx: 6, class: "here"}),
      ...[0, 1].flatMap((v) => [svg("line", {x1: left, x2: width, y1: y(v), y2: y(v), class: "grid"}),
                            svg("text", {x: 14, y: y(v) + 4, class: "axis"}, String(v))]),
      ...lines.map((l) => svg("polyline", {
        points: l.values.map((v, i) => `${x(i)},${y(v)}`).join(" "),
        class: l.dashed ? "curve dashed" : "curve"
      })),
      ...(lines[0]?.values ?? [])
          .map((v, i) =>
                   svg("circle", {cx: x(i), cy: y(v), r: i === now ? 5 : 3.5, class: i === now ? "knot now" : "knot"})),
      ...Array.from(
          {length: n}, (_, i) => svg("text", {x: x(i), y: 76, class: i === now ? "tick now" : "tick"}, `${part}.${i}`)),
      ...[...touched].map((i) => svg("rect", {x: x(i) - 6, y: 80, width: 12, height: 2.5, class: "touched"})),
      ...(lines[0] ? [svg("text", {x: x(now), y: 62, class: "value"}, number(lines[0].values[now] ?? 0))] : []),
  );
  fill(keys, ...lines.map((l) => h("span", {class: l.dashed ? "key dashed" : "key"}, l.name)));
  fill(play, icon(s.playing ? "pause" : "play"));
  play.setAttribute("aria-label", s.playing ? "Stop" : "Play the layers");
}
