// The large maps of the tab Maps: one, or two side by side; zoom and pan move both.
import {fill, h, icon} from "./dom.js";
import {savePng, stem} from "./exports.js";
import {scaleEnd, scaleOf} from "./heat.js";
import {colourBar, endWords, perPixel, signedBar} from "./legend.js";
import {drawDetections, drawGround} from "./maps_draw.js";
import {hasSubject, seenBy, ticked} from "./maps_methods.js";
import {largeSheet} from "./maps_sheet.js";
import {placeIn} from "./scale.js";
import {zoomButtons} from "./stage_chrome.js";
import {boxAt} from "./stage_input.js";
import {keepingFocus} from "./toolbar.js";
import {sizeCanvas, ZoomView} from "./zoom_view.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./maps_methods.js").MapMethod} MapMethod */
/** @typedef {import("./maps_methods.js").Picture} Picture */
/** @typedef {{element: HTMLElement, canvas: HTMLCanvasElement, method: MapMethod|null, picture: Picture|null}} Pane */

const gap = 8, headHeight = 40, footHeight = 64, narrowest = 560;

/** The colours and what the marks mean, or that there is nothing yet.
 * @param {import("./maps_rows.js").Found|null} found @param {string} chosen  scale */
function foot(found, chosen) {
  const {picture = null, demand} = found ?? {}, heat = picture?.heat;
  if (!picture) {
    const isOn = demand && demand.progress !== null;
    return [demand && h("span", {}, isOn ? "Not computed yet." : "Not computed: “Compute” in its row does so.")];
  }
  return [
    heat ? h("span", {class: "row maps-bar"}, ...barOf(heat, chosen, picture.unit)) : null, h("span", {}, picture.key)
  ];
}

/** @param {import("./heat.js").Heat} heat @param {string} chosen  scale @param {string} [unit] */
function barOf(heat, chosen, unit) {
  const scale = scaleOf(heat, chosen), end = scaleEnd(heat.most, scale);
  const words = heat.cut ? `${perPixel(end)}, 0.1 % above` : endWords(scale, end);
  const [quantity, ...bar] = heat.signed ? signedBar(perPixel(end), unit ?? "") : colourBar(scale, words, unit);
  return [quantity, h("span", {class: "row"}, ...bar)];
}

export class MapPanes {
  /** @param {Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.element = h("div", {class: "maps-panes", role: "group", "aria-label": "Maps shown large"});
    /** @type {Pane[]} */
    this.panes = [];
    this.view = new ZoomView(() => actions.s.image);
    this.zoom = h("div", {class: "zoom", role: "group", "aria-label": "Zoom"});
    this.message = h("div", {class: "floating maps-message", hidden: true});
    const tellScale = zoomButtons(this.zoom, this.view);
    this.view.redraw = () => {
      for (const pane of this.panes) this.draw(pane);
      tellScale();
    };
    new ResizeObserver(() => this.measure()).observe(this.element);
  }

  /** @param {(m: MapMethod) => import("./maps_rows.js").Found} find */
  show(find) {
    const {s} = this.actions, chosen = hasSubject(s) ? ticked(s) : [];
    this.panes = chosen.length ? chosen.map((m) => this.pane(m, find(m))) : [this.pane(null, null)];
    keepingFocus(this.element, () => fill(this.element, ...this.panes.map((p) => p.element), this.zoom, this.message));
    this.measure();
  }

  measure() {
    const {clientWidth, clientHeight} = this.element, n = this.panes.length, image = this.actions.s.image;
    if (!clientWidth || !image || n === 0) return;
    const isStacked = clientWidth < narrowest, columns = isStacked ? 1 : n;
    this.element.classList.toggle("is-stacked", isStacked);
    const width = Math.floor((clientWidth - gap * (columns - 1)) / columns);
    const fitting = Math.round(((width - 2 * gap) * image.height) / image.width) + 2 * gap;
    const height = isStacked ? fitting : Math.max(120, Math.min(fitting, clientHeight - headHeight - footHeight));
    for (const {canvas} of this.panes) sizeCanvas(canvas, width, height);
    this.view.resize(width, height);
    this.view.settle();
  }

  /** @param {MapMethod|null} method  null: the detections alone @param {import("./maps_rows.js").Found|null} found @returns {Pane} */
  pane(method, found) {
    const {s} = this.actions, picture = found?.picture ?? null, name = method?.name ?? "Detections";
    const layer = method?.ofAllLayers ? "all layers"
        : method?.needs === "token"   ? `enc.${s.encLayer}`
                                      : `dec.${s.layer}`;
    const canvas = h("canvas", {class: "maps-canvas", role: "img", "aria-label": `${name}, ${layer}`});
    this.listen(canvas);
    const save = h("button", {
      class: "quiet",
      "aria-label": `Save ${name} as PNG`,
      "data-tip": "Save as PNG",
      onclick: () => savePng([canvas], `${stem(s)}-${method?.id ?? "detections"}-${layer.replace(" ", "-")}.png`)
    },
        icon("down"));
    const element = h("figure", {class: "maps-pane"},
        h("figcaption", {class: "row"}, h("h2", {}, name), h("span", {class: "secondary grow"}, layer), save), canvas,
        h("div", {class: "maps-foot secondary"}, ...foot(found, s.heatScale)));
    return {element, canvas, method, picture};
  }

  /** @param {Pane} pane */
  draw({canvas, method, picture}) {
    const sheet = largeSheet(canvas, this.view, seenBy(this.actions.s, method?.seen ?? {heat: false}));
    drawGround(sheet, picture?.heat ?? null);
    (picture?.marks ?? drawDetections)(sheet);
  }

  /** Drag pans, the wheel zooms, a click pins or asks for a token.
   * @param {HTMLCanvasElement} canvas */
  listen(canvas) {
    const {view, actions} = this;
    /** @type {{x: number, y: number, moved: boolean}|null} */
    let drag = null;
    canvas.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      canvas.setPointerCapture(e.pointerId);
      drag = {...placeIn(canvas, e), moved: false};
    });
    canvas.addEventListener("pointermove", (e) => {
      const {x, y} = placeIn(canvas, e);
      if (!drag) return this.look(canvas, x, y);
      const dx = x - drag.x, dy = y - drag.y;
      // A click must never move anything: a drag starts after 3 px.
      if (!drag.moved && Math.hypot(dx, dy) < 3) return undefined;
      drag = {x, y, moved: true};
      return view.pan(dx, dy);
    });
    canvas.addEventListener("pointerup", () => {
      if (drag && !drag.moved) this.click(drag.x, drag.y);
      drag = null;
    });
    canvas.addEventListener("pointercancel", () => (drag = null));
    canvas.addEventListener("pointerleave", () => actions.store.set({cursor: null}));
    canvas.addEventListener("dblclick", () => view.fit());
    canvas.addEventListener("wheel", (e) => {
      e.preventDefault();
      const {x, y} = placeIn(canvas, e);
      view.zoom(Math.exp(-e.deltaY * 0.0015), x, y);
    }, {passive: false});
  }

  /** @param {number} x @param {number} y on the canvas */
  inside(x, y) {
    const [ix, iy] = this.view.toImage(x, y), image = this.actions.s.image;
    return image && ix >= 0 && iy >= 0 && ix < image.width && iy < image.height ? {x: ix, y: iy} : null;
  }

  /** @param {HTMLCanvasElement} canvas @param {number} x @param {number} y */
  look(canvas, x, y) {
    const {s, store} = this.actions;
    canvas.style.cursor = s.mode === "token" ? "crosshair" : boxAt(this.view, s, x, y) >= 0 ? "pointer" : "default";
    store.set({cursor: this.inside(x, y)});
  }

  /** @param {number} x @param {number} y */
  click(x, y) {
    const {s} = this.actions, place = this.inside(x, y), query = boxAt(this.view, s, x, y);
    if (s.mode === "token")
      place && this.actions.tokens.ask(place.x, place.y);
    else if (query >= 0)
      this.actions.pin(query);
  }
}
