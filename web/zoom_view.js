// A view of an image that zooms and pans, and fits the image until it is moved by hand.
import {ImageView} from "./image_view.js";
import {scale as pageScale} from "./scale.js";

/** @typedef {{scale: number, x: number, y: number}} View */

/** As many pixels as the screen has there.
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
export function sizeCanvas(canvas, width, height) {
  const ratio = (window.devicePixelRatio || 1) * pageScale;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

export class ZoomView extends ImageView {
  /** @param {() => {width: number, height: number}|null} image */
  constructor(image) {
    super();
    this.image = image;
    this.fitted = true;
    /** @type {() => void} */
    this.redraw = () => undefined;
  }

  fitScale() {
    const image = this.image();
    return image ? this.scaleFor(image) : 1;
  }

  fit() {
    const image = this.image();
    if (!image || !this.width) return;
    this.place(image);
    this.fitted = true;
    this.redraw();
  }

  /** After the place on the screen changed. */
  settle() {
    if (this.fitted)
      this.fit();
    else
      this.redraw();
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] where the place under it stays */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(40, Math.max(this.fitScale() / 2, this.view.scale * factor)), by = scale / this.view.scale;
    this.look({scale, x: x - (x - this.view.x) * by, y: y - (y - this.view.y) * by});
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) { this.look({...this.view, x: this.view.x + dx, y: this.view.y + dy}); }

  /** @param {ArrayLike<number>} box */
  zoomTo(box) {
    const w = Math.max(8, box[2] - box[0]), h = Math.max(8, box[3] - box[1]);
    const scale = Math.min(12, this.width / (w * 2.4), this.height / (h * 2.4));
    this.look({
      scale,
      x: this.width / 2 - ((box[0] + box[2]) / 2) * scale,
      y: this.height / 2 - ((box[1] + box[3]) / 2) * scale
    });
  }

  /** @param {View} view  chosen by hand: it stays when the window changes */
  look(view) {
    this.view = view;
    this.fitted = false;
    this.redraw();
  }
}
