// The stage: four stacked canvases, and the view (scale and shift) between the image's pixels and the screen.
import {ImageView, margin} from "./image_view.js";

/** @typedef {"photo"|"heat"|"boxes"|"hover"} LayerName */
const names = /** @type {LayerName[]} */ (["photo", "heat", "boxes", "hover"]);

export class Stage extends ImageView {
  /** @param {HTMLElement} element @param {HTMLElement} column @param {import("./state.js").Store} store */
  constructor(element, column, store) {
    super();
    this.element = element;
    this.column = column;
    this.store = store;
    /** In the order of the names. */
    this.canvases = [...element.querySelectorAll("canvas")];
    this.left = 0;
    this.top = 0;
    this.ratio = 1;
    this.fitted = true;
    /** What the heat map shows, for the legend. */
    this.heat = {most: 0, off: 0, shown: false};
    /** A point or reference while it is dragged, original pixels.
     * @type {{x: number, y: number}|null} */
    this.ghost = null;
    /** The lasso's corners so far, original pixels.
     * @type {number[][]} */
    this.outline = [];
    /** @type {() => void} */
    this.redraw = () => undefined;
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
    this.ratio = window.devicePixelRatio || 1;
    if (this.resize(width, height)) {
      for (const canvas of this.canvases) {
        canvas.width = Math.round(width * this.ratio);
        canvas.height = Math.round(height * this.ratio);
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
      }
    }
    if (this.fitted)
      this.fit();
    else
      this.redraw();
  }

  fitScale() {
    const image = this.store.state.image;
    return image ? this.scaleFor(image) : 1;
  }

  fit() {
    const image = this.store.state.image;
    if (!image || !this.width) return;
    this.place(image);
    this.fitted = true;
    this.redraw();
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] where the place under it stays */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(40, Math.max(this.fitScale() / 2, this.view.scale * factor)), by = scale / this.view.scale;
    this.view = {scale, x: x - (x - this.view.x) * by, y: y - (y - this.view.y) * by};
    this.fitted = false;
    this.redraw();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.view = {...this.view, x: this.view.x + dx, y: this.view.y + dy};
    this.fitted = false;
    this.redraw();
  }

  /** @param {ArrayLike<number>} box */
  zoomTo(box) {
    const w = Math.max(8, box[2] - box[0]), h = Math.max(8, box[3] - box[1]);
    const scale = Math.min(12, this.width / (w * 2.4), this.height / (h * 2.4));
    this.view = {
      scale,
      x: this.width / 2 - ((box[0] + box[2]) / 2) * scale,
      y: this.height / 2 - ((box[1] + box[3]) / 2) * scale
    };
    this.fitted = false;
    this.redraw();
  }
}
