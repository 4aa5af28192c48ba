// The pointer on the stage: hover, pin, pan, zoom, tokens, dragging points and references, the lasso.
import {pointAt} from "./draw_points.js";
import {measured} from "./marks_of_time.js";
import {listed, shownRun} from "./selection.js";
import {withAction} from "./switches.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {{kind: "pan"|"point"|"reference"|"lasso"|"none", x: number, y: number, moved: boolean, address: string, id: string}} Drag */

/** The smallest box around the place.
 * @param {import("./image_view.js").ImageView} stage @param {import("./state.js").State} s @param {number} x @param {number} y */
export function boxAt(stage, s, x, y) {
  const [ix, iy] = stage.toImage(x, y), slack = 3 / stage.view.scale;
  let best = -1, size = Infinity;
  for (const d of listed(s)) {
    const [x0, y0, x1, y1] = d.box;
    if (ix < x0 - slack || iy < y0 - slack || ix > x1 + slack || iy > y1 + slack) continue;
    const area = (x1 - x0) * (y1 - y0);
    if (area < size) [best, size] = [d.query, area];
  }
  return best;
}

let gestures = 0;

export class StageInput {
  /** @param {Stage} stage @param {Actions} actions */
  constructor(stage, actions) {
    this.stage = stage;
    this.actions = actions;
    /** @type {Drag|null} */
    this.drag = null;
    this.place = {x: 0, y: 0};
    this.waiting = false;
    const e = stage.element, canvas = stage.canvases[3];
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointercancel", () => this.drop());
    canvas.addEventListener("dblclick", () => stage.fit());
    e.addEventListener("wheel", (event) => {
      event.preventDefault();
      stage.zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - stage.left, event.clientY - stage.top);
    }, {passive: false});
  }

  get s() { return this.actions.s; }

  /** Stores the place; the work is done once a frame.
   * @param {PointerEvent} event */
  move(event) {
    this.place = {x: event.clientX - this.stage.left, y: event.clientY - this.stage.top};
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.drag ? this.dragged() : this.look();
    });
  }

  /** What lies under the cursor. */
  look() {
    const start = performance.now(), {x, y} = this.place, s = this.s, stage = this.stage;
    const [ix, iy] = stage.toImage(x, y);
    const inside = s.image && ix >= 0 && iy >= 0 && ix < s.image.width && iy < s.image.height;
    const anchored = s.mode === "token" ? s.token !== null : s.pinned >= 0 && (s.hovered < 0 || s.hovered === s.pinned);
    const mark = anchored ? pointAt(stage, s, x, y) : null;
    const query = s.mode === "token" || s.tool === "lasso" || mark ? -1 : boxAt(stage, s, x, y);
    stage.canvases[3].style.cursor = this.cursor(query, mark !== null);
    const old = s.hoverPoint, now = mark?.index ?? null;
    const same = old && now && old.head === now.head && old.level === now.level && old.point === now.point;
    const changes = query !== s.hovered || !same;
    this.actions.store.set({cursor: inside ? {x: ix, y: iy} : null, hoverPoint: same ? old : now});
    if (query >= 0 || mark || s.hovered < 0) {
      clearTimeout(this.actions.leaveTimer);
      this.actions.store.set({hovered: query});
    } else
      this.actions.hover(-1);
    this.actions.store.flush();
    if (changes && (query >= 0 || mark)) measured("saccade:hover", start);
  }

  /** @param {number} query @param {boolean} point */
  cursor(query, point) {
    if (this.s.tool === "lasso" || this.s.mode === "token") return "crosshair";
    if (this.s.tool === "edit" && (point || this.nearReference())) return "grab";
    return query >= 0 ? "pointer" : "default";
  }

  nearReference() {
    const run = shownRun(this.s);
    if (!run || this.s.pinned < 0) return false;
    const [rx, ry] = run.referenceOf(this.s.layer, this.s.pinned), [x, y] = this.stage.toScreen(rx, ry);
    return Math.hypot(x - this.place.x, y - this.place.y) < 10;
  }

  leave() {
    if (this.drag) return;
    this.actions.hover(-1);
    this.actions.store.set({cursor: null, hoverPoint: null});
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    this.place = {x: event.clientX - this.stage.left, y: event.clientY - this.stage.top};
    this.stage.canvases[3].setPointerCapture(event.pointerId);
    this.drag = {kind: "pan", ...this.place, moved: false, address: "", id: `drag ${++gestures}`};
    if (this.s.tool === "lasso")
      this.drag.kind = "lasso";
    else if (this.s.tool === "edit" && this.s.pinned >= 0)
      this.grab(this.drag);
  }

  /** What an edit would move: a point of the pinned query, else its reference.
   * @param {Drag} drag */
  grab(drag) {
    const {layer, pinned} = this.s, mark = pointAt(this.stage, {...this.s, hovered: -1}, drag.x, drag.y);
    if (this.nearReference()) {
      drag.kind = "reference";
      drag.address = `dec.${layer}.cross.query[${pinned}].reference`;
    } else if (mark) {
      const {head, level, point} = mark.index;
      drag.kind = "point";
      drag.address = `dec.${layer}.cross.head${head}.level${level}.point${point}.query[${pinned}].offset`;
    }
  }

  dragged() {
    const drag = this.drag, {x, y} = this.place;
    // A click must never move anything: a drag starts after 3 px.
    if (!drag || (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < 3)) return;
    if (!drag.moved && drag.kind === "lasso") this.stage.outline = [this.stage.toImage(drag.x, drag.y)];
    drag.moved = true;
    if (drag.kind === "pan") {
      this.stage.pan(x - drag.x, y - drag.y);
      [drag.x, drag.y] = [x, y];
      return;
    }
    const [ix, iy] = this.stage.toImage(x, y);
    if (drag.kind === "lasso")
      this.stage.outline.push([ix, iy]);
    else
      this.edit(drag, ix, iy);
    this.stage.redraw();
  }

  /** @param {Drag} drag @param {number} x @param {number} y */
  edit(drag, x, y) {
    this.stage.ghost = {x, y};
    const verb = drag.kind === "reference" ? "set" : "at";
    const lines = withAction(this.s.lines, drag.address, `${verb}(${x.toFixed(1)},${y.toFixed(1)})`);
    this.actions.runs.change(lines, drag.id);
  }

  /** @param {PointerEvent} event */
  release(event) {
    this.place = {x: event.clientX - this.stage.left, y: event.clientY - this.stage.top};
    if (this.drag?.moved) this.dragged();
    const drag = this.drag;
    this.drop();
    if (drag?.kind === "lasso") return this.finishLasso();
    if (drag && !drag.moved) this.click();
    return undefined;
  }

  click() {
    const {x, y} = this.place, [ix, iy] = this.stage.toImage(x, y), image = this.s.image;
    if (!image) return;
    if (this.s.mode === "token") {
      if (ix >= 0 && iy >= 0 && ix < image.width && iy < image.height) this.actions.askToken(ix, iy);
      return;
    }
    const query = boxAt(this.stage, this.s, x, y);
    if (query >= 0 && !(this.s.tool === "edit" && query === this.s.pinned)) this.actions.pin(query);
  }

  finishLasso() {
    if (this.stage.outline.length < 3)
      this.stage.outline = [];
    else
      this.stage.outline = thinned(this.stage.outline);
    this.stage.redraw();
    this.actions.store.set({said: this.stage.outline.length ? "Region drawn. Forbid or prefer." : ""});
    this.stage.element.dispatchEvent(new Event("region"));
  }

  drop() {
    this.drag = null;
    if (!this.stage.ghost) return;
    this.stage.ghost = null;
    this.stage.redraw();
  }
}

/** At most 24 corners, which a text can hold.
 * @param {number[][]} outline */
function thinned(outline) {
  const step = Math.max(1, Math.ceil(outline.length / 24));
  return outline.filter((_, i) => i % step === 0);
}
