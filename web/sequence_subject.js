// Which object is followed through which frames, and how far: follows what is pinned on the image of the page.
import {findAgain} from "./find_again.js";
import {activeTexts, keyOf} from "./runs.js";
import {latest} from "./selection.js";
import {Follower} from "./sequence_follow.js";
import {sequenceOf} from "./sequence_frames.js";
import {Track} from "./sequence_track.js";

export class Subject {
  /** @param {import("./actions.js").Actions} actions @param {() => void} changed */
  constructor(actions, changed) {
    this.actions = actions;
    this.follower = new Follower(actions.api, actions.s.model, changed);
    /** @type {import("./sequence_frames.js").Frame[]} */
    this.frames = [];
    /** @type {Track|null} */
    this.track = null;
    /** Of the model as it is.
     * @type {Track|null} */
    this.bare = null;
    this.compares = false;
    /** How many frames before and after, or "all". */
    this.around = "20";
    /** Of the page. */
    this.image = "";
    /** The last one of which there was a result here, and whether the tab has been open since. */
    this.seen = "";
    this.stayed = false;
  }

  get s() { return this.actions.s; }

  get tracks() { return /** @type {Track[]} */ ([this.track, this.bare].filter(Boolean)); }

  /** The frames in sight. */
  get range() {
    const far = this.around === "all" ? Infinity : Number(this.around), at = this.track?.at ?? 0;
    return {first: Math.max(0, at - far), last: Math.min(this.frames.length - 1, at + far)};
  }

  /** The frame that is the image of the page. */
  get here() { return this.frames.findIndex((f) => f.id === this.image); }

  /** Takes what is pinned, unless that is what is followed already. Returns the frame to go to, -1: none.
   * @returns {number} */
  look() {
    const s = this.s, step = s.history[s.at], before = this.seen, stayed = this.stayed;
    this.image = s.image?.id ?? "";
    if (this.here < 0) {
      this.forget();
      this.frames = sequenceOf(s.images, this.image);
    }
    // While a run with other interventions is on its way there is nothing to follow yet.
    if (this.frames.length < 2 || !step || keyOf(s.lines) !== keyOf(step.lines)) return -1;
    [this.seen, this.stayed] = [this.image, true];
    const isSame = this.track?.texts.join("\n") === keyOf(step.lines);
    const known = isSame ? this.track?.found.get(this.here) : null;
    // Stepping through images from here goes along the object.
    if (s.pinned < 0 && stayed && before !== this.image && known)
      this.actions.pin(known.query);
    else if (s.pinned < 0)
      this.forget();
    else if (known?.query !== s.pinned)
      return this.begin();
    return before === this.image ? -1 : this.here;
  }

  leave() {
    this.stayed = false;
    this.follower.stop();
  }

  forget() {
    this.follower.stop();
    this.track = this.bare = null;
  }

  begin() {
    const s = this.s, run = latest(s), at = this.here;
    if (!run) return -1;
    this.forget();
    this.track = new Track(activeTexts(s.lines), run.best(run.layers - 1, s.pinned), at);
    this.track.put(at, run, s.pinned);
    this.compareAlso();
    this.follow();
    return at;
  }

  /** The same object of the model as it is, whose result on the image of the page is at hand. */
  compareAlso() {
    const {track, here} = this, bare = this.s.history[0]?.result;
    this.bare = null;
    if (!this.compares || !track?.texts.length || !bare || !track.found.get(here)) return;
    this.bare = new Track([], track.label, here);
    const object = {query: track.sample(here).query, class: track.label, box: track.lastBox(here)};
    this.bare.put(here, bare, findAgain(bare, object, this.s.model)?.query ?? -1);
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
}
