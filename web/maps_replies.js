// What the server computed for the tab Maps: asked for once, kept while it is likely to be wanted again.
import {ApiError} from "./api.js";
import {activeTexts} from "./runs.js";

/** @typedef {import("./maps_methods.js").Reply} Reply */
/** @typedef {{reply: Reply|null, error: string}} Answer  neither: it is under way */

const mostKept = 24;

export class MapReplies {
  /** @param {import("./actions.js").Actions} actions @param {() => void} changed */
  constructor(actions, changed) {
    this.actions = actions;
    this.changed = changed;
    /** @type {Map<string, Answer>} */
    this.answers = new Map();
  }

  /** What failed may succeed by now. */
  forgetErrors() {
    for (const [key, {error}] of this.answers)
      if (error) this.answers.delete(key);
  }

  /** @param {string} words @returns {Answer} */
  get(words) {
    const {s} = this.actions, texts = activeTexts(s.history[s.at].lines);
    const key = [s.image?.id, words, ...texts].join("\n");
    const known = this.answers.get(key);
    if (known) return known;
    /** @type {Answer} */
    const answer = {reply: null, error: ""};
    this.answers.set(key, answer);
    const oldest = this.answers.keys().next().value;
    if (this.answers.size > mostKept && oldest !== undefined) this.answers.delete(oldest);
    this.ask(key, answer, words, texts);
    return answer;
  }

  /** @param {string} key @param {Answer} answer @param {string} words @param {string[]} texts */
  async ask(key, answer, words, texts) {
    try {
      answer.reply = await this.actions.api.map(this.actions.s.image?.id ?? "", words, texts);
    } catch (error) {
      // What was given up for a newer one is asked again when it is wanted again.
      const isGivenUp = error instanceof DOMException || (error instanceof ApiError && error.isSuperseded);
      if (isGivenUp) {
        this.answers.delete(key);
        return;
      }
      if (!(error instanceof ApiError)) throw error;
      answer.error = error.message;
    }
    this.changed();
  }
}
