// The tab "Sequence": one object followed through frames; stage, filmstrip and traces of it.
import {messageOf} from "./api.js";
import {fill, h, number} from "./dom.js";
import {rule} from "./find_again.js";
import {className} from "./selection.js";
import {placeIn} from "./scale.js";
import {drawBar, drawTitle} from "./sequence_bar.js";
import {choiceList, choose, lonelyFrame} from "./sequence_choice.js";
import {Film} from "./sequence_film.js";
import {sequenceWords} from "./sequence_frames.js";
import {startKeys} from "./sequence_keys.js";
import {exportTraces, rowsOf} from "./sequence_rows.js";
import {SequenceStage} from "./sequence_stage.js";
import {Subject} from "./sequence_subject.js";
import {Traces} from "./sequence_traces.js";
import {boxAt} from "./stage_input.js";

const playEvery = 250;  // ms

export class SequenceTab {
  /** @param {HTMLElement} element @param {import("./types.js").Context} context */
  constructor(element, {actions, api, openTab}) {
    this.actions = actions;
    this.openTab = openTab;
    /** The frame on the stage. */
    this.now = 0;
    this.playTimer = 0;
    this.subject = new Subject(actions, () => this.draw());
    this.stage = new SequenceStage(api, this.s.info.exif, () => this.drawStage());
    this.film = new Film((id) => api.photoUrl(id), (at) => this.go(at));
    this.traces = new Traces((at) => this.go(at));
    this.bar = h("div", {class: "tab-bar tab-row sequence-bar", role: "toolbar", "aria-label": "Sequence"});
    this.title = h("div", {class: "tab-row"});
    this.words = h("p", {class: "caption"});
    this.side = h("div", {class: "sequence-side"});
    this.lonely = h("div");
    this.main = h("div", {class: "sequence-main"}, this.stage.element, this.side);
    element.append(h("div", {class: "tab-root sequence-tab"}, this.bar, this.lonely, this.main, this.film.element));
    this.listen();
    this.sync();
  }

  get s() { return this.actions.s; }

  get frames() { return this.subject.frames; }

  get isOpen() { return this.s.tab === "sequence"; }

  get isPlaying() { return this.playTimer !== 0; }

  listen() {
    const {store} = this.actions;
    store.on(["tab"], () => (this.isOpen ? this.sync() : this.leave()));
    store.on(["image", "images", "pinned", "history", "at", "lines"], () => this.sync());
    store.on(
        ["layer", "threshold", "points", "reference", "colour", "size", "shownHead", "shownLevels"], () => this.draw());
    store.on(["photo", "hovered"], () => this.subject.track || this.drawStage());
    startKeys(this);
    const {canvas} = this.stage;
    const query = (/** @type {MouseEvent} */ e) => {
      const {x, y} = placeIn(canvas, e);
      return this.subject.track ? -1 : boxAt(this.stage.view, {...this.s, compare: "after"}, x, y);
    };
    canvas.addEventListener("pointermove", (e) => this.actions.hover(query(e)));
    canvas.addEventListener("pointerleave", () => this.actions.hover(-1));
    canvas.addEventListener("click", (e) => query(e) >= 0 && choose(this.actions, query(e)));
  }

  sync() {
    if (!this.isOpen) return;
    const at = this.subject.look();
    if (at >= 0 && this.subject.track)
      this.go(at);
    else
      this.draw();
  }

  /** @param {number} at */
  go(at) {
    const {first, last} = this.subject.range;
    this.now = Math.min(last, Math.max(first, at));
    this.draw();
    if (!this.isPlaying) this.actions.store.set({said: `Frame ${this.frames[this.now].number}. ${this.label()}.`});
  }

  /** @param {string} around */
  setAround(around) {
    this.subject.around = around;
    this.go(this.now);
    this.subject.follow();
  }

  play() {
    const {first, last} = this.subject.range;
    if (this.isPlaying) return this.stopPlaying();
    if (this.now === last) this.go(first);
    this.playTimer = window.setInterval(() => {
      this.go(this.now + 1);
      if (this.now >= this.subject.range.last) this.stopPlaying();
    }, playEvery);
    return this.draw();
  }

  stopPlaying() {
    clearInterval(this.playTimer);
    this.playTimer = 0;
    this.draw();
  }

  leave() {
    this.subject.leave();
    this.stopPlaying();
  }

  exportCsv() { exportTraces(this.s, this.frames, this.subject.tracks, this.subject.range); }

  /** Opens this frame on the Image tab, with the object's query pinned. */
  async openHere() {
    const frame = this.frames[this.now], query = this.subject.track?.found.get(this.now)?.query ?? -1;
    this.openTab("image");
    if (this.s.image?.id !== frame.id) await this.actions.open(frame.id);
    if (this.s.image?.id === frame.id) this.actions.store.set({pinned: query});
  }

  /** Of the object in this frame. */
  label() {
    const {track} = this.subject, numbers = track?.numbers(this.now, this.s);
    if (!track) return "";
    const state = numbers ? number(numbers.score) : track.found.has(this.now) ? "lost" : "not asked";
    return `${className(this.s, track.label)}  ${state}`;
  }

  draw() {
    if (!this.isOpen) return;
    const {track} = this.subject, isLonely = this.frames.length < 2;
    this.lonely.hidden = !isLonely;
    this.main.hidden = isLonely;
    this.bar.hidden = this.film.element.hidden = !track;
    if (isLonely)
      fill(this.lonely, lonelyFrame(this.s.image?.name ?? ""));
    else if (track)
      this.drawTrack(track);
    else
      fill(this.side, choiceList(this.actions));
    this.drawStage();
  }

  /** @param {import("./sequence_track.js").Track} track */
  drawTrack(track) {
    const {s, frames, now} = this, {bare, range} = this.subject, rows = rowsOf(s, track, bare, range);
    drawBar(this, this.bar);
    drawTitle(this, track, this.title);
    this.words.textContent = sequenceWords(frames) +
        (track.hasPoints ? ""
                         : " Plain DETR reads every place: it has no sampling points, so no radius and no levels.");
    if (this.traces.element.parentElement !== this.side)
      fill(this.side, this.title, this.traces.element, h("p", {class: "caption"}, rule), this.words);
    this.film.draw(frames, rows, s.info.exif);
    this.film.mark(now);
    this.traces.draw({rows, numbers: rows.map((r) => frames[r.at].number), threshold: s.threshold}, now);
  }

  async drawStage() {
    const {now, s} = this, {track, bare, follower} = this.subject;
    if (!this.isOpen) return;
    if (!track) return void (s.photo && this.stage.drawChoice(s, s.photo));
    try {
      const photo = await this.stage.photo(this.frames[now].id);
      if (this.now !== now || this.subject.track !== track) return;
      this.stage.drawObject(s, photo, track.found.get(now) ?? null, bare?.found.get(now) ?? null, this.label());
    } catch (error) {
      follower.trouble = `${this.frames[now].name}: ${messageOf(error)}`;
      drawBar(this, this.bar);
    }
  }
}

/** @param {HTMLElement} element @param {import("./types.js").Context} context */
export function mount(element, context) { return new SequenceTab(element, context); }
