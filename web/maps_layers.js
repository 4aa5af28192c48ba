// The strip "By layer" of the tab Maps: a small map of every layer, of which one is chosen.
import {heatInQuestion} from "./attention.js";
import {fill, h} from "./dom.js";
import {drawDetections, drawGround, drawOthers, drawTokenCell} from "./maps_draw.js";
import {hasSubject, seenBy} from "./maps_methods.js";
import {smallSheet} from "./maps_sheet.js";
import {keepingFocus} from "./toolbar.js";

const widest = 60, narrowest = 40;

/** @param {import("./actions.js").Actions} actions @param {HTMLElement} strip */
export function drawLayers(actions, strip) {
  const {s} = actions, part = s.mode === "token" ? "enc" : "dec", now = actions.layer();
  const width = Math.min(widest, Math.max(narrowest, Math.floor(strip.clientWidth / actions.layers()) - 8));
  const button = (/** @type {number} */ layer) => h("button", {
    class: "maps-layer",
    "aria-pressed": String(layer === now),
    tabindex: layer === now ? 0 : -1,
    onclick: () => actions.goLayer(layer)
  },
      picture(actions, layer, width), h("span", {}, `${part}.${layer}`));
  keepingFocus(strip, () => fill(strip, ...Array.from({length: actions.layers()}, (_, layer) => button(layer))));
}

/** Marks the chosen layer; the pictures stay. The keyboard goes along.
 * @param {import("./actions.js").Actions} actions @param {HTMLElement} strip */
export function markLayer(actions, strip) {
  const hadFocus = strip.contains(document.activeElement);
  strip.querySelectorAll("button").forEach((button, layer) => {
    const isNow = layer === actions.layer();
    button.setAttribute("aria-pressed", String(isNow));
    button.tabIndex = isNow ? 0 : -1;
    if (isNow && hadFocus) button.focus();
  });
}

/** @param {import("./actions.js").Actions} actions @param {number} layer @param {number} width */
function picture({s}, layer, width) {
  const {width: w, height} = s.image ?? {width: 5, height: 3};
  const canvas = h("canvas", {"aria-hidden": "true"}), isQuery = s.mode === "query", known = hasSubject(s);
  const seen = seenBy(s, {heat: known && s.model.family !== "detr", ...(isQuery ? {layer} : {encLayer: layer})});
  const sheet = smallSheet(canvas, seen, width, Math.min(width, 4 * Math.round((width * height) / w / 4)), known);
  drawGround(sheet, seen.heat ? heatInQuestion(seen) : null);
  if (!known)
    drawOthers(sheet);
  else if (isQuery)
    drawDetections(sheet);
  else
    drawTokenCell(sheet);
  return canvas;
}
