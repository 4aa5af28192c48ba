// Asks for detections when the interventions change, and keeps the history of results.
import {shortLabel} from "./addresses.js";
import {ApiError} from "./api.js";
import {Connection} from "./connection.js";
import {measured} from "./marks_of_time.js";
import {Preview} from "./preview.js";
import {changes} from "./selection.js";

/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Snapshot} Snapshot */

/** @param {Line[]} lines */
export const activeTexts = (lines) => lines.filter((l) => l.active && !l.error).map((l) => l.text);
/** @param {Line[]} lines */
export const keyOf = (lines) => activeTexts(lines).join("\n");

/** What the newest change is called in the history.
 * @param {Line[]} before @param {Line[]} after */
function labelOf(before, after) {
  const had = activeTexts(before), has = activeTexts(after);
  const added = has.find((t) => !had.includes(t)), gone = had.find((t) => !has.includes(t));
  return added ? shortLabel(added) : gone ? `without ${shortLabel(gone)}` : "baseline";
}

const mostSteps = 60;

export class Runs {
  /** @param {import("./api.js").Api} api @param {import("./state.js").Store} store */
  constructor(api, store) {
    this.api = api;
    this.store = store;
    this.wanted = 0;
    /** @type {{lines: Line[], gesture: string}|null} */
    this.next = null;
    this.busy = false;
    this.connection = new Connection(api, store);
    this.preview = new Preview(api, store);
  }

  /** Detects with these lines from now on. Changes of one gesture (a drag, a slider) are one step of the history, and
   * have one request in flight at most: the newest value goes next.
   * @param {Line[]} lines @param {string} [gesture] */
  change(lines, gesture = "") {
    const s = this.store.state;
    this.store.set({lines});
    if (!s.image) return undefined;
    // The first run goes on with the lines as they are then; one that was cancelled or refused starts again.
    if (s.history.length === 0) return this.busy ? undefined : this.start(lines);
    const known = s.history.find((h) => keyOf(h.lines) === keyOf(lines));
    if (known && !gesture) {
      this.abandon();
      return this.commit(lines, known.result, gesture);
    }
    if (gesture && this.busy) {
      this.next = {lines, gesture};
      return undefined;
    }
    return this.detect(lines, gesture);
  }

  /** Whether its result is shown now.
   * @param {Line[]} lines @param {string} gesture @returns {Promise<boolean>} */
  async detect(lines, gesture) {
    const image = this.store.state.image;
    if (!image) return false;
    this.connection.forget();
    const turn = ++this.wanted, start = performance.now();
    this.busy = true;
    this.next = null;
    const late = setTimeout(() => this.store.set({pending: true}), 100);
    try {
      const isNewest = () => turn === this.wanted && this.store.state.image?.id === image.id;
      await this.preview.show(image.id, activeTexts(lines), isNewest);
      // A newer value of a drag or slider need not wait for the whole run of this one.
      if (!isNewest() || this.next) return false;
      const result = await this.api.run(image.id, activeTexts(lines));
      this.preview.learn(result);
      if (!isNewest()) return false;
      this.connection.answered();
      const replied = performance.now();
      this.commit(lines, result, gesture);
      // Runs after the store's own frame, when the new boxes are drawn.
      requestAnimationFrame(() => (measured("saccade:run", start), measured("saccade:run:draw", replied)));
      return true;
    } catch (error) {
      if (turn === this.wanted) this.failed(error, lines, gesture);
    } finally {
      clearTimeout(late);
      if (turn === this.wanted) this.settle();
    }
    return false;
  }

  settle() {
    this.busy = false;
    this.store.set({pending: false, progress: null});
    if (this.next)
      this.detect(this.next.lines, this.next.gesture);
    else
      this.preview.hide();
  }

  /** @param {Line[]} lines @param {import("./run_result.js").RunResult} result @param {string} gesture */
  commit(lines, result, gesture) {
    const s = this.store.state;
    const kept = s.history.slice(0, s.at + 1), cut = s.history.slice(s.at + 1);
    const here = kept[kept.length - 1];
    const sameStep = gesture !== "" && here && here.gesture === gesture;
    if (here && !sameStep && keyOf(here.lines) === keyOf(lines)) return;
    if (sameStep) kept.pop();
    const before = kept[kept.length - 1]?.lines ?? [];
    kept.push({label: kept.length ? labelOf(before, lines) : "baseline", lines, result, gesture});
    // Each step holds its results, some megabytes: the oldest go, the baseline stays.
    if (kept.length > mostSteps) kept.splice(1, 1);
    if (cut.length) this.offerBack(s.history, s.at + cut.length);
    this.store.set({history: kept, at: kept.length - 1, preview: null});
    const c = changes(this.store.state);
    if (c)
      this.store.set({
        said: `${kept[kept.length - 1].label}. ${c.lost.length} lost, ${c.gained.length} gained, ${
            c.changed.length} changed.`
      });
  }

  /** A new change after undo cuts a branch off; for 5 s it can be had again.
   * @param {Snapshot[]} history @param {number} at */
  offerBack(history, at) {
    const act = () => this.store.set({history, at, lines: history[at].lines, message: null});
    this.say({text: "The steps that were undone are gone.", action: "Bring back", act}, 5000);
  }

  /** @param {import("./types.js").Message} message @param {number} [ms]  0: until it is taken away */
  say(message, ms = 4000) {
    this.store.set({message});
    if (ms) setTimeout(() => this.store.state.message === message && this.store.set({message: null}), ms);
  }

  /** @param {unknown} error @param {Line[]} lines @param {string} gesture */
  failed(error, lines, gesture) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 0 || error.status === 503) return this.connection.lost(() => this.again(lines, gesture));
    this.connection.answered();
    if (error.isSuperseded) return;
    if (error.message === "cancelled") return this.cancelled();
    this.refused(error, lines);
  }

  /** What waited for the server; an image without its baseline starts with that.
   * @param {Line[]} lines @param {string} gesture */
  again(lines, gesture) {
    const s = this.store.state;
    return s.history.length ? this.detect(lines, gesture) : this.start(s.lines);
  }

  cancelled() {
    this.takeBack(this.store.state.history.length ? "Cancelled. Showing the result before." : "Cancelled.");
  }

  /** Back to the step that is shown. On an image that has none yet the lines stay, for when it has.
   * @param {string} text */
  takeBack(text) {
    const s = this.store.state, here = s.history[s.at];
    if (!here) return this.say({text, action: "Detect again", act: () => this.start(s.lines)}, 0);
    this.store.set({lines: here.lines});
    return this.say({text});
  }

  /** The server's sentence goes under the line at fault; what was shown stays.
   * @param {ApiError} error @param {Line[]} lines */
  refused(error, lines) {
    const fault = lines.filter((l) => l.active && !l.error)[error.intervention];
    if (!fault) {
      this.takeBack(error.message);
      return;
    }
    const marked = lines.map((l) => (l === fault ? {...l, active: false, error: error.message} : l));
    this.store.set({lines: marked, said: error.message});
    const here = this.store.state.history[this.store.state.at];
    if (here && keyOf(here.lines) !== keyOf(marked)) this.detect(marked, "");
  }

  /** Goes to a step of the history; its results are at hand.
   * @param {number} at */
  go(at) {
    const s = this.store.state;
    if (at < 0 || at >= s.history.length) return;
    this.abandon();
    this.store.set({at, lines: s.history[at].lines});
  }

  /** Forgets the run in progress. */
  abandon() {
    this.wanted += 1;
    this.next = null;
    this.connection.forget();
    this.busy = false;
    this.api.running?.abort();
    this.preview.hide();
    this.store.set({pending: false, progress: null});
  }

  cancel() {
    if (!this.busy) return false;
    this.abandon();
    this.api.cancel().catch(() => undefined);
    this.cancelled();
    return true;
  }

  /** Baseline of a new image, then the interventions in force.
   * @param {Line[]} lines */
  async start(lines) {
    const {message} = this.store.state;
    this.abandon();
    this.store.set({history: [], at: 0, lines, message: message?.urgent ? message : null});
    if (!await this.detect([], "")) return;
    const now = this.store.state.lines;
    if (activeTexts(now).length) await this.change(now);
  }
}
