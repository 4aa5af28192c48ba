// The filmstrip: a thumbnail of each frame with the object's box; a click goes there.
import {fill, h, svg} from "./dom.js";
import {stateWords} from "./sequence_traces.js";

/** @typedef {import("./sequence_rows.js").Row} Row */
/** @typedef {import("./sequence_frames.js").Frame} Frame */

export class Film {
  /** @param {(id: string) => string} photoUrl @param {(at: number) => void} pick */
  constructor(photoUrl, pick) {
    this.photoUrl = photoUrl;
    this.pick = pick;
    this.element = h("div", {class: "sequence-film", role: "group", "aria-label": "Frames"});
    this.shown = "";
    this.now = -1;
  }

  /** @param {Frame[]} frames @param {Row[]} rows @param {boolean} exif whether pictures are turned as their tag says */
  draw(frames, rows, exif) {
    const shown = rows.map((r) => frames[r.at].id).join(" ");
    if (shown !== this.shown) {
      this.shown = shown;
      this.now = -1;
      fill(this.element, ...rows.map((row) => this.thumb(frames[row.at], row.at, exif)));
    }
    rows.forEach((row, i) => update(/** @type {HTMLElement} */ (this.element.children[i]), frames[row.at], row));
  }

  /** @param {Frame} frame @param {number} at @param {boolean} exif */
  thumb(frame, at, exif) {
    const picture = h("img", {src: this.photoUrl(frame.id), alt: "", loading: "lazy", class: exif ? "" : "as-stored"});
    return h("button",
        {class: "sequence-thumb", "data-at": at, tabindex: -1, title: frame.name, onclick: () => this.pick(at)},
        h("span", {class: "picture"}, picture, svg("svg", {"aria-hidden": "true"})), h("span", {class: "caption"}));
  }

  /** @param {number} now */
  mark(now) {
    if (now === this.now) return;
    this.now = now;
    for (const thumb of /** @type {Iterable<HTMLElement>} */ (this.element.children)) {
      const isHere = Number(thumb.dataset.at) === now;
      thumb.toggleAttribute("aria-current", isHere);
      thumb.tabIndex = isHere ? 0 : -1;
      if (isHere) this.reveal(thumb);
    }
  }

  /** Moves the strip alone: scrollIntoView would move the page too.
   * @param {HTMLElement} thumb */
  reveal(thumb) {
    const strip = this.element, middle = thumb.offsetLeft + thumb.offsetWidth / 2;
    strip.scrollLeft = middle - strip.clientWidth / 2;
  }
}

/** @param {HTMLElement} thumb @param {Frame} frame @param {Row} row */
function update(thumb, frame, row) {
  const words = stateWords(row);
  const state = `${words} ${row.numbers?.box}`;
  if (thumb.dataset.state === state) return;
  thumb.dataset.state = state;
  thumb.setAttribute("aria-label", `Frame ${frame.number}, ${words}`);
  thumb.classList.toggle("lost", words === "lost");
  fill(/** @type {HTMLElement} */ (thumb.querySelector(".caption")), h("span", {}, frame.number),
      h("b", {}, row.isAsked ? words : "–"));
  const overlay = /** @type {SVGElement} */ (thumb.querySelector("svg"));
  overlay.replaceChildren(...(row.numbers && row.size ? boxOn(overlay, row.numbers.box, row.size) : []));
}

/** @param {SVGElement} overlay @param {number[]} box @param {{width: number, height: number}} size */
function boxOn(overlay, [x0, y0, x1, y1], {width, height}) {
  overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const place = {x: x0, y: y0, width: Math.max(0, x1 - x0), height: Math.max(0, y1 - y0)};
  return ["halo", "line"].map((name) => svg("rect", {...place, class: name}));
}
