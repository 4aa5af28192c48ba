// What the server computed for the tab Maps: asked for once, kept while it is likely to be wanted again.
import {ApiError} from "./api.js";
import {activeTexts} from "./runs.js";

/** @typedef {import("./maps_methods.js").Reply} Reply */
/** @typedef {{reply: Reply|null, error: string, progress: string}} Answer  neither reply nor error: it is under way */
/** @typedef {{key: string, answer: Answer, words: string, image: string, texts: string[]}} Asked */

const mostKept = 24;

export class MapReplies {
  /** @param {import("./actions.js").Actions} actions @param {() => void} changed
   * @param {(method: string, progress: string) => void} told */
  constructor(actions, changed, told) {
    this.actions = actions;
    this.changed = changed;
    this.told = told;
    /** @type {Map<string, Answer>} */
    this.answers = new Map();
    /** Those under way that somebody asked for by hand.
     * @type {Map<string, {answer: Answer, method: string}>} */
    this.demands = new Map();
    /** When the server knows what was given up. */
    this.ended = /** @type {Promise<unknown>} */ (Promise.resolve());
  }

  /** What failed may succeed by now. */
  forgetErrors() {
    for (const [key, {error}] of this.answers)
      if (error) this.answers.delete(key);
  }

  /** @param {string} words @param {string[]} texts  of interventions */
  key(words, texts) { return [this.actions.s.image?.id, words, ...texts].join("\n"); }

  /** Of the interventions that the shown run was made with. */
  get texts() {
    const {history, at} = this.actions.s;
    return activeTexts(history[at].lines);
  }

  /** What there is already.
   * @param {string} words @returns {Answer|null} */
  known(words) { return this.answers.get(this.key(words, this.texts)) ?? null; }

  /** @param {string} words @returns {Answer} */
  get(words) {
    const known = this.known(words);
    if (known) return known;
    const asked = this.begin(words);
    void this.ask(asked);
    return asked.answer;
  }

  /** @param {string} words @returns {Asked} */
  begin(words) {
    const {texts} = this, key = this.key(words, texts), answer = {reply: null, error: "", progress: ""};
    this.answers.delete(key);  // the newest is last
    this.answers.set(key, answer);
    for (const [old, {reply, error}] of this.answers)
      if (this.answers.size > mostKept && (reply || error)) this.answers.delete(old);
    return {key, answer, words, image: this.actions.s.image?.id ?? "", texts};
  }

  /** What takes long: begun by hand, and given up when it is no longer wanted. Whether there is a reply.
   * @param {string} words @param {string} method */
  async compute(words, method) {
    const asked = this.begin(words), {key, answer} = asked;
    this.demands.set(key, {answer, method});
    this.changed();
    await this.ended;
    const progress = this.actions.api.mapProgress(method, ({text}) => {
      answer.progress = text;
      if (this.isWanted(asked)) this.told(method, text);
    });
    try {
      await progress.ready;
      if (this.isWanted(asked)) await this.ask(asked);
    } finally {
      progress.close();
      if (this.demands.get(key)?.answer === answer) this.demands.delete(key);
    }
    return answer.reply !== null;
  }

  /** @param {{key: string, answer: Answer}} of */
  isWanted({key, answer}) { return this.answers.get(key) === answer; }

  /** Gives up what runs on demand but for these. Whether there was any.
   * @param {string[]} [wanted]  their words */
  giveUp(wanted = []) {
    const texts = activeTexts(this.actions.s.lines), kept = wanted.map((words) => this.key(words, texts));
    const over = [...this.demands].filter(([key]) => !kept.includes(key));
    for (const [key, {answer, method}] of over) {
      this.demands.delete(key);
      if (this.isWanted({key, answer})) this.answers.delete(key);
      this.ended = Promise.all([this.ended, this.actions.api.giveUpMap(method)]);
    }
    if (over.length) this.changed();
    return over.length > 0;
  }

  /** @param {Asked} asked */
  async ask(asked) {
    const {key, answer, words, image, texts} = asked;
    try {
      answer.reply = await this.actions.api.map(image, words, texts);
    } catch (error) {
      // What was given up for a newer one is asked again when it is wanted again.
      const isGivenUp = error instanceof DOMException || (error instanceof ApiError && error.isSuperseded);
      if (isGivenUp) {
        if (this.isWanted(asked)) this.answers.delete(key);
        if (this.demands.has(key)) this.changed();  // it is begun again by hand
        return;
      }
      if (!(error instanceof ApiError)) throw error;
      answer.error = error.message;
    }
    this.changed();
  }
}
