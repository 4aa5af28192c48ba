// Where an image lies on a drawing: the scale and the shift between its pixels and the screen.

/** Free space around an image that fits. */
export const margin = 8;

export class ImageView {
  constructor() {
    this.width = 0;
    this.height = 0;
    this.margin = margin;
    this.view = {scale: 1, x: 0, y: 0};
  }

  /** @param {number} width @param {number} height on the screen @returns {boolean} whether they are other ones */
  resize(width, height) {
    const changes = width !== this.width || height !== this.height;
    this.width = width;
    this.height = height;
    return changes;
  }

  /** The largest scale at which the whole image is seen.
   * @param {{width: number, height: number}} image */
  scaleFor(image) {
    const edges = 2 * this.margin;
    return Math.max(0.01, Math.min((this.width - edges) / image.width, (this.height - edges) / image.height));
  }

  /** Shows the whole image, in the middle.
   * @param {{width: number, height: number}} image */
  place(image) {
    const scale = this.scaleFor(image);
    this.view = {scale, x: (this.width - image.width * scale) / 2, y: (this.height - image.height * scale) / 2};
  }

  /** Screen pixels of the drawing.
   * @param {number} x @param {number} y @returns {[number, number]} */
  toScreen(x, y) { return [x * this.view.scale + this.view.x, y * this.view.scale + this.view.y]; }

  /** Original pixels.
   * @param {number} x @param {number} y @returns {[number, number]} */
  toImage(x, y) { return [(x - this.view.x) / this.view.scale, (y - this.view.y) / this.view.scale]; }

  /** @param {ArrayLike<number>} box @returns {[number, number, number, number]} x, y, width, height on the screen */
  rectangle(box) {
    const [x0, y0] = this.toScreen(box[0], box[1]), [x1, y1] = this.toScreen(box[2], box[3]);
    return [x0, y0, x1 - x0, y1 - y0];
  }
}
