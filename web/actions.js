// What buttons and keys do, in one place, so that both do the same.
import {messageOf} from "./api.js";
import {number} from "./dom.js";
import {glideFrom, keepGliding} from "./glide.js";
import {measured} from "./marks_of_time.js";
import {asDetection, bestOfAll, className, listed} from "./selection.js";
import {Tokens} from "./tokens.js";

/** @typedef {import("./state.js").Store} Store */

export class Actions {
  /** @param {import("./api.js").Api} api @param {Store} store @param {import("./runs.js").Runs} runs
   * @param {import("./stage.js").Stage} stage */
  constructor(api, store, runs, stage) {
    this.api = api;
    this.store = store;
    this.runs = runs;
    this.stage = stage;
    this.tokens = new Tokens(api, store, runs);
    this.playTimer = 0;
    this.leaveTimer = 0;
    /** The image that was asked for last, whether or not it could be opened. */
    this.tried = "";
  }

  get s() { return this.store.state; }

  best = () => bestOfAll(this.s);

  /** Draws in this very frame and notes how long it took.
   * @param {string} name @param {Partial<import("./state.js").State>} patch */
  atOnce(name, patch) {
    const start = performance.now();
    this.store.set(patch);
    this.store.flush();
    measured(name, start);
  }

  /** @param {number} query -1: none; leaving waits 80 ms, so that crossing a gap does not flicker */
  hover(query) {
    clearTimeout(this.leaveTimer);
    if (query === this.s.hovered) return;
    if (query >= 0)
      this.atOnce("saccade:hover", {hovered: query});
    else
      this.leaveTimer = window.setTimeout(() => this.store.set({hovered: -1}), 80);
  }

  /** Pins, or unpins what is pinned.
   * @param {number} query */
  pin(query) {
    const pinned = query === this.s.pinned ? -1 : query;
    this.store.set({pinned, hoverPoint: null});
    const d = asDetection(this.s, pinned);
    if (d) this.store.set({said: `Pinned query ${d.query}: ${className(this.s, d.class)} ${number(d.score)}.`});
  }

  /** @param {number} step among the list's rows */
  walkList(step) {
    const list = listed(this.s);
    if (!list.length) return;
    const now = this.s.hovered >= 0 ? this.s.hovered : this.s.pinned;
    const at = list.findIndex((d) => d.query === now);
    const next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + step))];
    this.hover(next.query);
    this.store.set({said: `${className(this.s, next.class)} ${number(next.score)}, query ${next.query}.`});
  }

  layers() { return this.s.mode === "token" ? this.s.model.enc_layers : this.s.model.dec_layers; }

  layer() { return this.s.mode === "token" ? this.s.encLayer : this.s.layer; }

  /** @param {number} layer @param {import("./glide.js").Glide|null} [glide] */
  goLayer(layer, glide = null) {
    const to = Math.min(this.layers() - 1, Math.max(0, layer));
    this.atOnce("saccade:scrub", this.s.mode === "token" ? {encLayer: to, glide} : {layer: to, glide});
    const d = asDetection(this.s, this.s.pinned);
    const what = d ? ` ${className(this.s, d.class)} ${number(d.score)}.` : "";
    this.store.set({said: `Layer ${this.s.mode === "token" ? "enc" : "dec"}.${to}.${what}`});
  }

  play() {
    clearInterval(this.playTimer);
    if (this.s.playing) return this.store.set({playing: false});
    if (this.layer() === this.layers() - 1) this.goLayer(0);
    this.store.set({playing: true});
    this.playTimer = window.setInterval(() => {
      this.goLayer(this.layer() + 1, glideFrom(this.layer()));
      keepGliding(this.store);
      if (this.layer() < this.layers() - 1) return;
      clearInterval(this.playTimer);
      this.store.set({playing: false});
    }, 700);
    return undefined;
  }

  /** Opens an image by id or name.
   * @param {string} which @param {import("./types.js").Line[]} [lines] those in force stay if left out */
  async open(which, lines = this.s.lines.map((l) => ({...l, error: ""}))) {
    const entry = this.s.images.find((i) => i.id === which) ?? this.s.images.find((i) => i.name === which);
    if (!entry) return this.runs.say({text: `${which}: there is no such image here`});
    this.tried = entry.id;
    try {
      const image = await this.api.image(entry.id);
      if (this.tried !== entry.id) return undefined;
      this.store.set({
        image,
        photo: null,
        truths: [],
        pinned: -1,
        hovered: -1,
        hoverPoint: null,
        token: null,
        secondToken: null,
        history: [],
        at: 0,
        message: null
      });
      this.load(image);
      await this.runs.start(lines);
    } catch (error) {
      this.runs.say({text: messageOf(error)});
    }
    return undefined;
  }

  /** Photograph and annotations, each when it comes.
   * @param {import("./types.js").ImageInfo} image */
  async load(image) {
    const here = () => this.s.image?.id === image.id;
    if (image.truth) this.api.truth(image.id).then((truths) => here() && this.store.set({truths}), () => undefined);
    try {
      const photo = await this.api.photo(image.id, this.s.info.exif);
      if (here()) this.store.set({photo});
    } catch (error) {
      // Where the server could not read the picture either, that is said already, with what one can do.
      if (!here() || this.s.message?.action) return;
      this.runs.say({text: messageOf(error)});
    }
  }

  /** Past an image that cannot be opened the next step goes on.
   * @param {number} step */
  stepImage(step) {
    const {images, image} = this.s;
    const placeOf = (/** @type {string|undefined} */ id) => images.findIndex((i) => i.id === id);
    const shown = placeOf(image?.id), tried = placeOf(this.tried), from = (tried - shown) * step > 0 ? tried : shown;
    const to = images[from + step] ?? images[shown + step];
    if (to) this.open(to.id);
  }

  /** @param {"query"|"token"} mode */
  setMode(mode) {
    this.store.set(
        {mode, tool: "", hovered: -1, hoverPoint: null, mapModule: mode === "token" ? "enc.self" : "dec.cross"});
  }

  /** @param {""|"edit"|"lasso"} tool */
  setTool(tool) {
    this.stage.outline = [];
    if (tool && this.s.mode === "token") this.setMode("query");
    this.store.set({tool: this.s.tool === tool ? "" : tool});
    this.stage.redraw();
  }

  /** Leaves, one step at a time, whatever is going on. */
  escape() {
    if (this.runs.cancel()) return;
    if (this.s.tool || this.stage.outline.length)
      this.setTool(this.s.tool);
    else if (this.s.hovered >= 0)
      this.store.set({hovered: -1});
    else if (this.s.secondToken && this.s.mode === "token")
      this.store.set({secondToken: null});
    else if (this.s.token && this.s.mode === "token")
      this.store.set({token: null});
    else if (this.s.mode === "token")
      this.setMode("query");
    else if (this.s.pinned >= 0)
      this.store.set({pinned: -1, hoverPoint: null});
    else if (this.s.cell)
      this.store.set({cell: null});
  }
}
