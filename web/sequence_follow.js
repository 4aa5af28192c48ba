// Asks the server frame by frame, one at a time, until the tracks have what there is of their object, or it is ended.
import {ApiError} from "./api.js";

/** @typedef {import("./sequence_track.js").Track} Track */
/** @typedef {import("./sequence_track.js").Range} Range */
/** @typedef {import("./sequence_frames.js").Frame} Frame */

/** What the server answers for an image that is gone or broken. */
const unreadable = [404, 410, 415, 422];

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
      const run = await this.run(frames[step.at], track.texts, signal);
      if (run)
        track.look(run, step, this.model);
      else
        track.found.set(step.at, null);
      this.changed();
    }
  }

  /** Null where the picture cannot be read: told, and no reason to end.
   * @param {Frame} frame @param {string[]} texts @param {AbortSignal} signal */
  async run(frame, texts, signal) {
    try {
      const run = await this.api.runFrame(frame.id, texts, signal);
      signal.throwIfAborted();
      return run;
    } catch (error) {
      if (!(error instanceof ApiError) || !unreadable.includes(error.status) || error.intervention >= 0) throw error;
      this.trouble = `${frame.name}: ${error.message}`;
      return null;
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
