// The stage of a sequence: the frame's picture, the object's box, its points and reference, drawn as on the Image tab.
import {h} from "./dom.js";
import {drawBoxes, drawHovered, frame} from "./draw_boxes.js";
import {drawPoints, drawReference} from "./draw_points.js";
import {ImageView} from "./image_view.js";
import {drawLabel, LabelSpace} from "./labels.js";
import {scale} from "./scale.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./sequence_track.js").Sample} Sample */

/** Photographs that are kept decoded: enough to step to and fro. */
const mostPhotos = 8;

export class SequenceStage {
  /** @param {import("./api.js").Api} api @param {boolean} exif @param {() => void} redraw */
  constructor(api, exif, redraw) {
    this.api = api;
    this.exif = exif;
    this.canvas = h("canvas", {"aria-hidden": "true"});
    this.element = h("div", {class: "sequence-stage"}, this.canvas);
    this.view = new ImageView();
    /** By the frame's id, the newest last.
     * @type {Map<string, Promise<ImageBitmap>>} */
    this.photos = new Map();
    new ResizeObserver(() => redraw()).observe(this.element);
  }

  /** @param {string} id @returns {Promise<ImageBitmap>} */
  photo(id) {
    const photo = this.photos.get(id) ?? this.api.photo(id, this.exif);
    this.photos.delete(id);
    this.photos.set(id, photo);
    photo.catch(() => this.photos.delete(id));
    for (const old of this.photos.keys())
      if (this.photos.size > mostPhotos) this.photos.delete(old);
    return photo;
  }

  /** An empty drawing of the picture.
   * @param {ImageBitmap} photo */
  begin(photo) {
    const ratio = (window.devicePixelRatio || 1) * scale, {clientWidth, clientHeight} = this.element;
    if (this.view.resize(clientWidth, clientHeight) || this.canvas.width !== Math.round(clientWidth * ratio)) {
      this.canvas.width = Math.round(clientWidth * ratio);
      this.canvas.height = Math.round(clientHeight * ratio);
    }
    this.view.place(photo);
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, clientWidth, clientHeight);
    context.imageSmoothingQuality = "high";
    context.drawImage(photo, ...this.view.rectangle([0, 0, photo.width, photo.height]));
    return context;
  }

  /** The object in its frame; `bare`: of the model as it is.
   * @param {State} s @param {ImageBitmap} photo @param {Sample|null} sample @param {Sample|null} bare
   * @param {string} label */
  drawObject(s, photo, sample, bare, label) {
    const context = this.begin(photo);
    if (bare) frame(context, this.view.rectangle(bare.run.box(s.layer, 0)), "before");
    if (!sample) return;
    const seen = stateOf(s, sample), place = this.view.rectangle(sample.run.box(s.layer, 0));
    frame(context, place, "pinned");
    drawPoints(this.view, context, seen);
    drawReference(this.view, context, seen);
    drawLabel(context, new LabelSpace(0, this.view.width, this.view.height), place, label, "pinned");
  }

  /** The image that an object is to be chosen of, with all its boxes.
   * @param {State} s @param {ImageBitmap} photo */
  drawChoice(s, photo) {
    const context = this.begin(photo), view = /** @type {State} */ ({...s, mode: "query", compare: "after"});
    drawBoxes(this.view, context, view);
    drawHovered(this.view, context, view);
  }
}

/** The page's state as if this one query were all there is: the drawing's functions read it.
 * @param {State} s @param {Sample} sample @returns {State} */
function stateOf(s, {run}) {
  const {id, name, width, height} = run.image;
  return {
    ...s,
    image: {id, name, width, height, truth: false},
    history: [{label: "", lines: [], result: run, gesture: ""}],
    at: 0,
    pinned: 0,
    hovered: -1,
    hoverPoint: null,
    mode: "query",
    compare: "after",
    versus: "before",
  };
}
