// The stage: four stacked canvases over one view of the image.
import {margin} from "./image_view.js";
import {scale as pageScale} from "./scale.js";
import {sizeCanvas, ZoomView} from "./zoom_view.js";

/** @typedef {"photo"|"heat"|"boxes"|"hover"} LayerName */
const names = /** @type {LayerName[]} */ (["photo", "heat", "boxes", "hover"]);

export class Stage extends ZoomView {
  /** @param {HTMLElement} element @param {HTMLElement} column @param {import("./state.js").Store} store */
  constructor(element, column, store) {
    super(() => store.state.image);
    this.element = element;
    this.column = column;
    this.store = store;
    /** In the order of the names. */
    this.canvases = [...element.querySelectorAll("canvas")];
    this.left = 0;
    this.top = 0;
    this.ratio = 1;
    /** What the heat map shows, for the legend. */
    this.heat = {most: 0, off: 0, shown: false};
    /** A point or reference while it is dragged, original pixels.
     * @type {{x: number, y: number}|null} */
    this.ghost = null;
    /** The lasso's corners so far, original pixels.
     * @type {number[][]} */
    this.outline = [];
    new ResizeObserver(() => this.measure()).observe(column);
  }

  /** @param {LayerName} name @returns {CanvasRenderingContext2D} */
  context(name) {
    const canvas = this.canvases[names.indexOf(name)];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    return context;
  }

  /** Reads sizes from the page: on resize alone, never while the pointer moves. */
  measure() {
    const image = this.store.state.image ?? {width: 640, height: 380};
    const rest = Array.from(this.column.children).filter((c) => c !== this.element);
    const used =
        rest.reduce((sum, c) => sum + (c.id === "changes" ? 96 : /** @type {HTMLElement} */ (c).offsetHeight), 0);
    const width = this.column.clientWidth;
    const most = Math.max(200, this.column.clientHeight - used);
    const height = Math.min(most, Math.round(((width - 2 * margin) * image.height) / image.width) + 2 * margin);
    this.element.style.height = `${height}px`;
    const box = this.element.getBoundingClientRect();
    this.left = box.left;
    this.top = box.top;
    this.ratio = (window.devicePixelRatio || 1) * pageScale;
    if (this.resize(width, height))
      for (const canvas of this.canvases) sizeCanvas(canvas, width, height);
    this.settle();
  }

  /** Where the pointer is; no layout is read.
   * @param {MouseEvent} event */
  placeOf(event) { return {x: (event.clientX - this.left) / pageScale, y: (event.clientY - this.top) / pageScale}; }
}
