// Requests to the server: each answers with data or throws an ApiError; the newest detection run replaces older ones.
import {RunResult, TokenResult} from "./run_result.js";
import {parseSafetensors} from "./safetensors.js";

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

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
    /** This page's name to the server: digits alone, so that a letter behind it (`part`) is always told apart. */
    this.viewer = String(Math.floor(Math.random() * 1e12)).padStart(12, "0");
    /** @type {AbortController|null} */
    this.running = null;
    /** @type {AbortController|null} */
    this.runningB = null;
    /** Requests for tokens, of each place on the page.
     * @type {Map<string, AbortController>} */
    this.asking = new Map();
    /** Requests for maps, of each method.
     * @type {Map<string, AbortController>} */
    this.mapping = new Map();
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

  /** The picture's pixels, turned as its EXIF tag says if the server does so too.
   * @param {string} id @param {boolean} exif */
  async photo(id, exif) {
    const blob = await (await this.request(this.photoUrl(id))).blob();
    return createImageBitmap(blob, exif ? {} : {imageOrientation: "none"});
  }

  /** @param {string} id @returns {Promise<import("./types.js").Truth[]>} */
  async truth(id) { return (await this.json(`/api/image/${id}/truth`)).boxes; }

  /** Detects with these interventions; a newer call of the same model aborts this one.
   * @param {string} id @param {string[]} interventions @param {"a"|"b"} [model]
   * @param {{longest_side?: number}} [size]  of a preview */
  async run(id, interventions, model = "a", size = {}) {
    const abort = new AbortController();
    if (model === "a") {
      this.running?.abort();
      this.running = abort;
    } else {
      this.runningB?.abort();
      this.runningB = abort;
    }
    const viewer = this.viewer + (model === "a" ? "" : model);
    return this.intervene(id, {model, interventions, viewer, ...size}, abort.signal);
  }

  /** Detects on one frame of a sequence, under a name of its own: what the stage asks for does not replace it.
   * @param {string} id @param {string[]} interventions @param {AbortSignal} signal */
  runFrame(id, interventions, signal) {
    return this.intervene(id, {model: "a", interventions, viewer: this.viewer + "s"}, signal);
  }

  /** @param {string} id @param {{model: string, interventions: string[], viewer: string, longest_side?: number}} what
   * @param {AbortSignal} signal */
  async intervene(id, what, signal) {
    const response = await this.request(`/api/image/${encodeURIComponent(id)}/intervene`,
        {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(what), signal});
    return new RunResult(await response.arrayBuffer(), this.classes);
  }

  /** Ends what the server computes for this page; `part`: what the name of its viewer ends with.
   * @param {string} [part] */
  cancel(part = "") { return this.request(`/api/run?viewer=${this.viewer}${part}`, {method: "DELETE"}); }

  /** What the token at a place reads; a newer call for the same place on the page aborts this one.
   * @param {import("./types.js").ImageInfo} image @param {[number, number]} at  original pixels
   * @param {number} level @param {string[]} texts @param {string} which  place on the page */
  async token(image, [x, y], level, texts, which) {
    this.asking.get(which)?.abort();
    const abort = new AbortController(), at = `${x.toFixed(1)},${y.toFixed(1)}`;
    this.asking.set(which, abort);
    const path = `/api/image/${image.id}/token?at=${at}&level=${level}&model=a&viewer=${this.viewer}${which}`;
    const response = await this.request(path + asQuery(texts), {signal: abort.signal});
    return new TokenResult(await response.arrayBuffer(), image, x, y);
  }

  /** A map that the server computes; a newer call of the same method aborts this one.
   * @param {string} id @param {string} words  such as method=flow&layer=2 @param {string[]} texts */
  async map(id, words, texts) {
    const method = (/method=([a-z-]+)/.exec(words)?.[1] ?? "").replace(/-/g, "");
    this.mapping.get(method)?.abort();
    const abort = new AbortController();
    this.mapping.set(method, abort);
    const path = `/api/image/${id}/map?${words}&model=a&viewer=${this.viewer}m${method}${asQuery(texts)}`;
    const response = await this.request(path, {signal: abort.signal});
    return parseSafetensors(await response.arrayBuffer());
  }

  /** Gives up a map that is asked for. Resolves when the server knows.
   * @param {string} method */
  async giveUpMap(method) {
    this.mapping.get(method)?.abort();
    await this.cancel(`m${method}`).catch(() => undefined);
  }

  /** How far the server is with a map. `ready` resolves when it would tell, or cannot.
   * @param {string} method @param {(progress: {text: string, part: number}) => void} tell */
  mapProgress(method, tell) {
    const events = new EventSource(`/api/events?viewer=${this.viewer}m${method}`);
    events.addEventListener("progress", (e) => tell(JSON.parse(/** @type {MessageEvent} */ (e).data)));
    const ready = new Promise((done) => ["open", "error"].forEach((name) => events.addEventListener(name, done)));
    return {ready, close: () => events.close()};
  }

  /** @param {File} file @returns {Promise<{id: string, name: string, width: number, height: number}>} */
  async upload(file) {
    const path = `/api/image?name=${encodeURIComponent(file.name)}`;
    return (await this.request(path, {method: "POST", body: file})).json();
  }

  /** Follows the server's events; the browser connects again by itself.
   * @param {Record<string, (data: any) => void>} handlers @param {() => void} broken */
  listen(handlers, broken) {
    const events = new EventSource(`/api/events?viewer=${this.viewer}`);
    events.addEventListener("error", broken);
    for (const [name, handle] of Object.entries(handlers))
      events.addEventListener(name, (e) => handle(JSON.parse(/** @type {MessageEvent} */ (e).data)));
  }
}
