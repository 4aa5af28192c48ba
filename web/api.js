// Requests to the server: each answers with data or throws an ApiError; the newest detection run replaces older ones.
import {RunResult, TokenResult} from "./run_result.js";
import {parseSafetensors} from "./safetensors.js";

/** A refusal, with the server's sentence. status 0: nothing answered. */
export class ApiError extends Error {
  /** @param {number} status @param {{error?: string, intervention?: number, at?: number}} body */
  constructor(status, body) {
    super(body.error || `the server answered ${status}`);
    this.status = status;
    this.intervention = body.intervention ?? -1;
    this.at = body.at ?? -1;
  }

  /** A newer request took this one's place: nothing to tell anybody. */
  get isSuperseded() { return this.status === 409 && this.message === "superseded"; }
}

/** @param {string[]} texts */
const asQuery = (texts) => texts.map((t) => "&x=" + encodeURIComponent(t)).join("");

export class Api {
  constructor() {
    /** Names of the model's classes.
     * @type {(string|null)[]} */
    this.classes = [];
    this.viewer = Math.random().toString(36).slice(2, 10);
    /** @type {AbortController|null} */
    this.running = null;
    /** @type {AbortController|null} */
    this.runningB = null;
    /** @type {AbortController|null} */
    this.asking = null;
    /** @type {AbortController|null} */
    this.mapping = null;
  }

  /** @param {string} path @param {RequestInit} [options] @returns {Promise<Response>} */
  async request(path, options = {}) {
    let response;
    try {
      response = await fetch(path, options);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new ApiError(0, {error: "no answer from the server"});
    }
    if (response.ok) return response;
    throw new ApiError(response.status, await response.json().catch(() => ({})));
  }

  /** @param {string} path */
  async json(path) { return (await this.request(path)).json(); }

  /** @param {string} path */
  async text(path) { return (await this.request(path)).text(); }

  /** @returns {Promise<import("./types.js").ModelInfo>} */
  async model() {
    const info = await this.json("/api/model");
    this.classes = info.models.a.classes;
    return info;
  }

  /** @returns {Promise<import("./types.js").ImageEntry[]>} */
  async images() { return (await this.json("/api/images")).images; }

  /** @param {string} id @returns {Promise<import("./types.js").ImageInfo>} */
  image(id) { return this.json(`/api/image/${id}`); }

  /** @param {string} id */
  photoUrl(id) { return `/api/image/${id}/photo`; }

  /** @param {string} id @returns {Promise<import("./types.js").Truth[]>} */
  async truth(id) { return (await this.json(`/api/image/${id}/truth`)).boxes; }

  /** Detects with these interventions; a newer call of the same model aborts this one.
   * @param {string} id @param {string[]} interventions @param {"a"|"b"} [model] */
  async run(id, interventions, model = "a") {
    const abort = new AbortController();
    if (model === "a") {
      this.running?.abort();
      this.running = abort;
    } else {
      this.runningB?.abort();
      this.runningB = abort;
    }
    const response = await this.request(`/api/image/${id}/intervene`, {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify({model, interventions, viewer: this.viewer + (model === "a" ? "" : model)}),
      signal: abort.signal,
    });
    return new RunResult(await response.arrayBuffer(), this.classes);
  }

  cancel() { return this.request(`/api/run?viewer=${this.viewer}`, {method: "DELETE"}); }

  /** @param {string} id @param {number} x @param {number} y @param {number} level @param {string[]} texts
   * @param {import("./types.js").ImageInfo} image */
  async token(id, x, y, level, texts, image) {
    this.asking?.abort();
    const abort = (this.asking = new AbortController());
    const at = `${x.toFixed(1)},${y.toFixed(1)}`;
    const path = `/api/image/${id}/token?at=${at}&level=${level}&model=a&viewer=${this.viewer}t${asQuery(texts)}`;
    const response = await this.request(path, {signal: abort.signal});
    return new TokenResult(await response.arrayBuffer(), image, x, y);
  }

  /** A map that the server computes; a newer call aborts this one.
   * @param {string} id @param {string} words  such as method=flow&layer=2 @param {string[]} texts */
  async map(id, words, texts) {
    this.mapping?.abort();
    const abort = (this.mapping = new AbortController());
    const path = `/api/image/${id}/map?${words}&model=a&viewer=${this.viewer}m${asQuery(texts)}`;
    const response = await this.request(path, {signal: abort.signal});
    return parseSafetensors(await response.arrayBuffer());
  }

  /** @param {File} file @returns {Promise<{id: string, name: string, width: number, height: number}>} */
  async upload(file) {
    const path = `/api/image?name=${encodeURIComponent(file.name)}`;
    return (await this.request(path, {method: "POST", body: file})).json();
  }

  /** Follows the server's events; the browser connects again by itself.
   * @param {Record<string, (data: any) => void>} handlers */
  listen(handlers) {
    const events = new EventSource(`/api/events?viewer=${this.viewer}`);
    for (const [name, handle] of Object.entries(handlers))
      events.addEventListener(name, (e) => handle(JSON.parse(/** @type {MessageEvent} */ (e).data)));
  }
}
