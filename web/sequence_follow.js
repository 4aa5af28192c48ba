// Asks the server frame by frame, one at a time, until the tracks have what there is of their object, or it is ended.
import {ApiError} from "./api.js";

/** @typedef {import("./sequence_track.js").Track} Track */
/** @typedef {import("./sequence_track.js").Range} Range */
/** @typedef {import("./sequence_frames.js").Frame} Frame */

export class Follower {
  /** @param {import("./api.js").Api} api @param {import("./types.js").Shape} model @param {() => void} changed */
  constructor(api, model, changed) {
    this.api = api;
    this.model = model;
    this.changed = changed;
    /** @type {AbortController|null} */
    this.running = null;
    /** Why it ended before its time. */
    this.trouble = "";
  }

  /** @param {Track[]} tracks @param {Frame[]} frames @param {Range} range */
  async follow(tracks, frames, range) {
    this.running?.abort();
    const own = (this.running = new AbortController());
    this.trouble = "";
    this.changed();
    try {
      for (const track of tracks) {
        await this.walk(track, 1, frames, range, own.signal);
        await this.walk(track, -1, frames, range, own.signal);
      }
    } catch (error) {
      if (this.running !== own) return;
      if (error instanceof ApiError)
        this.trouble = error.isSuperseded || error.message === "cancelled" ? "" : error.message;
      else if (!(error instanceof DOMException))
        throw error;
    } finally {
      if (this.running === own) {
        this.running = null;
        this.changed();
      }
    }
  }

  /** @param {Track} track @param {import("./sequence_track.js").Direction} direction @param {Frame[]} frames
   * @param {Range} range @param {AbortSignal} signal */
  async walk(track, direction, frames, range, signal) {
    for (let step = track.next(direction, range); step; step = track.next(direction, range)) {
      track.look(await this.run(frames[step.at], track.texts, signal), step, this.model);
      this.changed();
    }
  }

  /** @param {Frame} frame @param {string[]} texts @param {AbortSignal} signal */
  async run(frame, texts, signal) {
    try {
      const run = await this.api.runFrame(frame.id, texts, signal);
      signal.throwIfAborted();
      return run;
    } catch (error) {
      // A person must be told which of the frames cannot be read.
      if (error instanceof ApiError && error.status >= 400 && error.status !== 409)
        error.message = `${frame.name}: ${error.message}`;
      throw error;
    }
  }

  /** Whether there was something to end. */
  stop() {
    if (!this.running) return false;
    this.running.abort();
    this.running = null;
    this.api.cancel("s").catch(() => undefined);
    this.changed();
    return true;
  }
}
