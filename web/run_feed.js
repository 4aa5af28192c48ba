// Asks the server for the runs and for what their logs have gained, every two seconds while somebody looks.
import { messageOf } from "./api.js";
import { RunLog } from "./run_log.js";

/**
 * @typedef {object} Run
 * @property {string} name
 * @property {number} order place among all runs seen: its colour and dash
 * @property {boolean} isShown
 * @property {number} age seconds since its log was written
 * @property {number | null} planned epochs, where the server knows
 * @property {RunLog} log
 * @property {string} error why its log could not be read
 */
/** @typedef {{json: (path: string) => Promise<any>, text: (path: string) => Promise<string>}} Api */

const PERIOD_MS = 2000;
const SHOWN_AT_FIRST = 8;

export class RunFeed {
  /**
   * @param {Api} api
   * @param {() => boolean} isSeen whether somebody can see the runs
   * @param {() => void} changed after every look at the server
   */
  constructor(api, isSeen, changed) {
    this.api = api;
    this.isSeen = isSeen;
    this.changed = changed;
    /** @type {Run[]} */
    this.runs = [];
    this.error = "";
    this.hasAnswer = false;
    this.isOver = false;
    this.isLooking = false;
    this.count = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.onVisible = () => { if (!document.hidden) this.hurry(); };
    document.addEventListener("visibilitychange", this.onVisible);
    this.hurry();
  }

  /** Looks now instead of in two seconds; a look that is under way is enough. */
  hurry() {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.isLooking && !this.isOver) void this.#look();
  }

  async #look() {
    this.isLooking = true;
    try {
      if (!document.hidden && this.isSeen()) await this.#update();
      this.error = "";
    } catch (error) {
      this.error = messageOf(error);
    }
    this.isLooking = false;
    if (this.isOver) return;
    this.changed();
    this.timer = setTimeout(() => this.hurry(), PERIOD_MS);
  }

  async #update() {
    const { runs } = await this.api.json("/api/runs");
    const sizes = new Map();
    this.runs = runs.map((/** @type {any} */ listed) => {
      sizes.set(listed.name, listed.bytes);
      const run = this.runs.find((one) => one.name === listed.name) ?? this.#newRun(listed.name);
      run.age = listed.age_s ?? 0;
      run.planned = Number.isInteger(listed.epochs) ? listed.epochs : null;
      return run;
    });
    this.hasAnswer = true;
    for (const run of this.runs) if (run.isShown && !this.isOver) await this.#read(run, sizes.get(run.name));
  }

  /** @param {string} name @returns {Run} */
  #newRun(name) {
    const order = this.count++;
    return { name, order, isShown: order < SHOWN_AT_FIRST, age: 0, planned: null, log: new RunLog(), error: "" };
  }

  /**
   * @param {Run} run
   * @param {number} bytes that its log has now
   */
  async #read(run, bytes) {
    if (bytes === run.log.bytes && !run.error) return;
    const isFresh = bytes < run.log.bytes || (run.log.isUnclean && bytes !== run.log.bytes);
    const log = isFresh ? new RunLog() : run.log;
    try {
      log.append(await this.api.text(`/api/run/${encodeURIComponent(run.name)}/log?from=${log.bytes}`));
      run.error = "";
    } catch (error) {
      run.error = messageOf(error);
      return;
    }
    if (log.isUnclean) log.bytes = bytes;
    run.log = log;
  }

  end() {
    this.isOver = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onVisible);
  }
}
