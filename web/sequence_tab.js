// The tab "Sequence": one object followed through frames; stage, filmstrip and traces of it.
import {fill, h, number} from "./dom.js";
import {findAgain, rule} from "./find_again.js";
import {activeTexts} from "./runs.js";
import {className, latest} from "./selection.js";
import {drawBar, drawTitle} from "./sequence_bar.js";
import {choiceList, lonelyFrame} from "./sequence_choice.js";
import {Film} from "./sequence_film.js";
import {Follower} from "./sequence_follow.js";
import {sequenceOf, sequenceWords} from "./sequence_frames.js";
import {startKeys} from "./sequence_keys.js";
import {exportTraces, rowsOf} from "./sequence_rows.js";
import {SequenceStage} from "./sequence_stage.js";
import {Traces} from "./sequence_traces.js";
import {Track} from "./sequence_track.js";

/** @typedef {import("./sequence_frames.js").Frame} Frame */

const playEvery = 250;  // ms

export class SequenceTab {
  /** @param {HTMLElement} element @param {import("./types.js").Context} context */
  constructor(element, {actions, api, openTab}) {
    this.actions = actions;
    this.openTab = openTab;
    /** @type {Frame[]} */
    this.frames = [];
    /** @type {Track|null} */
    this.track = null;
    /** Of the model as it is.
     * @type {Track|null} */
    this.bare = null;
    this.compares = false;
    this.around = "20";
    this.now = 0;
    this.playTimer = 0;
    this.image = "";
    this.stage = new SequenceStage(api, this.s.info.exif, () => this.drawStage());
    this.film = new Film((id) => api.photoUrl(id), (at) => this.go(at));
    this.traces = new Traces((at) => this.go(at));
    this.follower = new Follower(api, this.s.model, () => this.draw());
    this.bar = h("div", {class: "tab-bar tab-row sequence-bar", role: "toolbar", "aria-label": "Sequence"});
    this.title = h("div", {class: "tab-row"});
    this.side = h("div", {class: "sequence-side"});
    this.lonely = h("div");
    this.main = h("div", {class: "sequence-main"}, this.stage.element, this.side);
    element.append(h("div", {class: "tab-root sequence-tab"}, this.bar, this.lonely, this.main, this.film.element));
    this.listen();
    this.sync();
  }

  get s() { return this.actions.s; }

  get isOpen() { return this.s.tab === "sequence"; }

  get isPlaying() { return this.playTimer !== 0; }

  get tracks() { return /** @type {Track[]} */ ([this.track, this.bare].filter(Boolean)); }

  /** The frames in sight. */
  get range() {
    const far = this.around === "all" ? Infinity : Number(this.around), at = this.track?.at ?? 0;
    return {first: Math.max(0, at - far), last: Math.min(this.frames.length - 1, at + far)};
  }

  listen() {
    const {store} = this.actions;
    store.on(["tab"], () => (this.isOpen ? this.sync() : this.leave()));
    store.on(["image", "images", "pinned", "history", "at", "lines"], () => this.sync());
    store.on(
        ["layer", "threshold", "points", "reference", "colour", "size", "shownHead", "shownLevels"], () => this.draw());
    store.on(["photo", "hovered"], () => this.track || this.drawStage());
    startKeys(this);
  }

  /** Follows the pinned object of the image on the page, unless that is what is followed already. */
  sync() {
    const s = this.s, step = s.history[s.at], before = this.image;
    if (!this.isOpen) return;
    this.image = s.image?.id ?? "";
    const isOther = !this.frames.some((f) => f.id === this.image);
    if (isOther) [this.frames, this.track, this.bare] = [s.image ? sequenceOf(s.images, this.image) : [], null, null];
    // While a run with other interventions is on its way there is nothing to follow yet.
    if (this.frames.length < 2 || !step || activeTexts(s.lines).join() !== activeTexts(step.lines).join())
      return this.draw();
    const at = this.frames.findIndex((f) => f.id === this.image), sample = this.track?.found.get(at);
    const isSame = this.track?.texts.join() === activeTexts(step.lines).join();
    // Stepping through images from here goes along the object.
    if (s.pinned < 0 && before && before !== this.image && sample && isSame) return this.actions.pin(sample.query);
    if (s.pinned < 0)
      this.forget();
    else if (!isSame || sample?.query !== s.pinned)
      return this.begin(at);
    else if (before !== this.image)
      return this.go(at);
    return this.draw();
  }

  forget() {
    this.follower.stop();
    this.track = this.bare = null;
  }

  /** @param {number} at the frame whose pinned object is to be followed */
  begin(at) {
    const s = this.s, run = latest(s);
    if (!run) return;
    this.forget();
    this.track = new Track(activeTexts(s.history[s.at].lines), run.best(run.layers - 1, s.pinned), at);
    this.track.put(at, run, s.pinned);
    this.compareAlso();
    this.go(at);
    this.follow();
  }

  /** The same object of the model as it is, whose result on the image on the page is at hand. */
  compareAlso() {
    const {track} = this, bare = this.s.history[0]?.result, at = this.frames.findIndex((f) => f.id === this.image);
    this.bare = null;
    if (!this.compares || !track?.texts.length || !bare || !track.found.get(at)) return;
    this.bare = new Track([], track.label, at);
    const object = {query: track.sample(at).query, class: track.label, box: track.lastBox(at)};
    this.bare.put(at, bare, findAgain(bare, object, this.s.model)?.query ?? -1);
  }

  compare() {
    this.compares = !this.compares;
    this.compareAlso();
    this.follow();
  }

  follow() { this.follower.follow(this.tracks, this.frames, this.range); }

  progress() {
    return this.tracks.map((t) => t.progress(this.range))
        .reduce((sum, p) => ({done: sum.done + p.done, all: sum.all + p.all}), {done: 0, all: 0});
  }

  /** @param {string} around */
  setAround(around) {
    this.around = around;
    this.go(this.now);
    this.follow();
  }

  /** @param {number} at */
  go(at) {
    const {first, last} = this.range;
    this.now = Math.min(last, Math.max(first, at));
    this.draw();
    this.actions.store.set({said: `Frame ${this.frames[this.now].number}. ${this.label()}.`});
  }

  play() {
    const {last, first} = this.range;
    if (this.isPlaying) return this.stopPlaying();
    if (this.now === last) this.now = first - 1;
    this.playTimer =
        window.setInterval(() => (this.now < this.range.last ? this.go(this.now + 1) : this.stopPlaying()), playEvery);
    return this.draw();
  }

  stopPlaying() {
    clearInterval(this.playTimer);
    this.playTimer = 0;
    this.draw();
  }

  leave() {
    this.image = "";
    this.follower.stop();
    this.stopPlaying();
  }

  /** Back to the detections of the image on the page. */
  choose() { this.actions.store.set({pinned: -1}); }

  exportCsv() { exportTraces(this.s, this.frames, this.tracks, this.range); }

  async openHere() {
    const frame = this.frames[this.now], query = this.track?.found.get(this.now)?.query ?? -1;
    this.openTab("image");
    if (this.s.image?.id !== frame.id) await this.actions.open(frame.id);
    this.actions.store.set({pinned: query});
  }

  /** Of the object in this frame. */
  label() {
    const {track} = this, numbers = track?.numbers(this.now, this.s);
    if (!track) return "";
    const state = numbers ? number(numbers.score) : track.found.has(this.now) ? "lost" : "not asked";
    return `${className(this.s, track.label)} ${state}`;
  }

  draw() {
    if (!this.isOpen) return;
    const {track, frames} = this, isLonely = frames.length < 2;
    this.lonely.hidden = !isLonely;
    this.main.hidden = isLonely;
    this.bar.hidden = this.film.element.hidden = !track;
    if (isLonely) fill(this.lonely, lonelyFrame(this.s.image?.name ?? ""));
    if (isLonely || !track) fill(this.side, choiceList(this.actions));
    if (track) this.drawTrack(track);
    this.drawStage();
  }

  /** @param {Track} track */
  drawTrack(track) {
    const {s, frames} = this, rows = rowsOf(s, track, this.bare, this.range);
    drawBar(this, this.bar);
    drawTitle(this, track, this.title);
    if (this.traces.element.parentElement !== this.side)
      fill(this.side, this.title, this.traces.element, h("p", {class: "caption"}, rule),
          h("p", {class: "caption words"}));
    fill(/** @type {HTMLElement} */ (this.side.querySelector(".words")), sequenceWords(frames));
    this.film.draw(frames, rows, s.info.exif);
    this.traces.draw(
        {rows, numbers: rows.map((r) => frames[r.at].number), threshold: s.threshold, compares: this.bare !== null});
    this.film.mark(this.now);
    this.traces.mark(this.now);
  }

  async drawStage() {
    const {track, now, s} = this;
    if (!this.isOpen) return;
    if (!track) return void (s.photo && this.stage.drawChoice(s, s.photo));
    try {
      const photo = await this.stage.photo(this.frames[now].id);
      if (this.now !== now || this.track !== track) return;
      this.stage.drawObject(s, photo, track.found.get(now) ?? null, this.bare?.found.get(now) ?? null, this.label());
    } catch (error) {
      this.follower.trouble = `${this.frames[now].name}: ${error instanceof Error ? error.message : error}`;
    }
  }
}

/** @param {HTMLElement} element @param {import("./types.js").Context} context */
export function mount(element, context) { return new SequenceTab(element, context); }
