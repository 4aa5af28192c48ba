// The one store: what is shown, chosen and switched. Changes of one frame reach their listeners together.

/**
 * @typedef {object} State
 * @property {import("./types.js").ModelInfo} info
 * @property {import("./types.js").Shape} model
 * @property {import("./types.js").ImageEntry[]} images
 * @property {import("./types.js").ImageInfo|null} image
 * @property {ImageBitmap|null} photo
 * @property {string} tab  which is open
 * @property {import("./types.js").Truth[]} truths
 * @property {string[]} maps  those that the tab Maps shows large, the newest last
 * @property {string} mapTarget  what of the detection the maps are about that say what it is due to
 * @property {"query"|"token"} mode
 * @property {""|"edit"|"lasso"} tool
 * @property {number} layer  of the decoder
 * @property {number} encLayer
 * @property {number} pinned  query, -1: none
 * @property {number} hovered
 * @property {import("./types.js").PointIndex|null} hoverPoint
 * @property {{x: number, y: number}|null} cursor  original pixels
 * @property {number} shownHead  -1: all
 * @property {boolean[]} shownLevels
 * @property {boolean} points
 * @property {boolean} heat
 * @property {boolean} reference
 * @property {boolean} truth
 * @property {"level"|"head"|"weight"} colour
 * @property {"weight"|"equal"} size
 * @property {"view"|"fixed"|"log"} heatScale
 * @property {number} threshold
 * @property {number} classFilter  -1: all
 * @property {number} matchFilter  a kind of match with the annotations, -1: all
 * @property {boolean} missedShown  what no detection finds, on the stage
 * @property {string} search
 * @property {boolean} allQueries
 * @property {import("./types.js").Cell|null} cell
 * @property {string} mapModule
 * @property {boolean} mapNumbers
 * @property {"share"|"entropy"|"radius"|"peak"|"effect"} mapStatistic
 * @property {import("./types.js").SweepView|null} sweepView  what the tab Data set shows; null: what it begins with
 * @property {string} checkpoint  that the tab Runs shows, such as r18@4; "": the newest of the first run
 * @property {import("./sweep_data.js").Sweep[]} sweeps  of this model, as far as they were read
 * @property {string} headMode
 * @property {string} levelMode
 * @property {import("./types.js").Line[]} lines
 * @property {import("./types.js").Snapshot[]} history  0: the baseline
 * @property {number} at  which of the history is shown
 * @property {import("./run_result.js").RunResult|null} preview  of a smaller picture, until the run itself is there
 * @property {boolean} pending
 * @property {{text: string, part: number}|null} progress
 * @property {"before"|"swipe"|"after"} compare
 * @property {"before"|"b"} versus  what is compared with: the baseline, or the second model
 * @property {import("./run_result.js").RunResult|null} resultB  of the second model, with the same interventions
 * @property {string} troubleB  why there is no such result
 * @property {number} swipe  0 to 1, of the stage's width
 * @property {import("./run_result.js").TokenResult|null} token
 * @property {import("./run_result.js").TokenResult|null} secondToken  beside the first
 * @property {"reads"|"readers"} direction
 * @property {number} tokenLevel  of the next token; -1: as fits the detection at its place
 * @property {import("./types.js").Message|null} message
 * @property {boolean} connected
 * @property {boolean} playing
 * @property {import("./glide.js").Glide|null} glide  while playing moves from one layer to the next
 * @property {string} said  for readers of the screen
 */

/** @param {import("./types.js").ModelInfo} info @returns {State} */
export function firstState(info) {
  const model = info.models.a;
  return {
    info,
    model,
    images: [],
    image: null,
    photo: null,
    tab: "image",
    truths: [],
    maps: model.family === "detr" ? ["self-attention"] : ["attention", "reads"],
    mapTarget: "class",
    mode: "query",
    tool: "",
    layer: model.dec_layers - 1,
    encLayer: Math.max(0, model.enc_layers - 1),
    pinned: -1,
    hovered: -1,
    hoverPoint: null,
    cursor: null,
    shownHead: -1,
    shownLevels: Array(model.levels).fill(true),
    points: true,
    heat: false,
    reference: true,
    truth: false,
    colour: "level",
    size: "weight",
    heatScale: "view",
    threshold: 0.5,
    classFilter: -1,
    matchFilter: -1,
    missedShown: false,
    search: "",
    allQueries: false,
    cell: null,
    mapModule: "dec.cross",
    mapNumbers: false,
    mapStatistic: "share",
    sweepView: null,
    checkpoint: "",
    sweeps: [],
    headMode: "zero",
    levelMode: "renorm",
    lines: [],
    history: [],
    at: 0,
    preview: null,
    pending: false,
    progress: null,
    compare: "after",
    versus: "before",
    resultB: null,
    troubleB: "",
    swipe: 0.5,
    token: null,
    secondToken: null,
    direction: "reads",
    tokenLevel: -1,
    message: null,
    connected: true,
    playing: false,
    glide: null,
    said: "",
  };
}

/** @typedef {keyof State} Key */

export class Store {
  /** @param {State} state */
  constructor(state) {
    this.state = state;
    /** @type {{keys: Set<Key>, call: (changed: Set<Key>) => void}[]} */
    this.listeners = [];
    /** @type {Set<Key>} */
    this.changed = new Set();
    this.waiting = false;
    /** @type {Set<() => void>} */
    this.later = new Set();
    this.lateTimer = 0;
  }

  /** @param {Partial<State>} patch */
  set(patch) {
    for (const [name, value] of Object.entries(patch)) {
      const key = /** @type {Key} */ (name);
      if (this.state[key] === value) continue;
      /** @type {any} */ (this.state)[key] = value;
      this.changed.add(key);
    }
    if (this.changed.size === 0 || this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.flush());
  }

  /** Calls back in the frame in which one of these keys changed. Returns what ends it: who goes before the page does
   * has to.
   * @param {Key[]} keys
   * @param {(changed: Set<Key>) => void} call */
  on(keys, call) {
    const listener = {keys: new Set(keys), call};
    this.listeners.push(listener);
    return () => void (this.listeners = this.listeners.filter((one) => one !== listener));
  }

  /** Like on, but once things are at rest: for what need not follow every movement of the pointer.
   * @param {Key[]} keys @param {() => void} call */
  late(keys, call) {
    this.on(keys, () => {
      this.later.add(call);
      clearTimeout(this.lateTimer);
      this.lateTimer = window.setTimeout(() => this.rest(), 60);
    });
  }

  rest() {
    const calls = this.later;
    this.later = new Set();
    for (const call of calls) call();
  }

  flush() {
    const changed = this.changed;
    this.changed = new Set();
    this.waiting = false;
    for (const {keys, call} of this.listeners)
      if ([...changed].some((k) => keys.has(k))) call(changed);
  }
}

const kept = ["threshold", "mapNumbers", "mapStatistic"];

/** @returns {Record<string, any>} */
function habits() {
  try {
    return JSON.parse(localStorage.getItem("saccade") ?? "{}");
  } catch {
    return {};  // a browser that keeps nothing starts afresh
  }
}

/** Reads what this browser keeps between visits.
 * @param {Store} store */
export function restoreHabits(store) {
  const known = habits();
  store.set(Object.fromEntries(kept.filter((k) => k in known).map((k) => [k, known[k]])));
  store.on(/** @type {Key[]} */ (kept),
      () => keepHabit(Object.fromEntries(kept.map((k) => [k, store.state[/** @type {Key} */ (k)]]))));
}

/** @param {Record<string, unknown>} more */
export function keepHabit(more) {
  try {
    localStorage.setItem("saccade", JSON.stringify({...habits(), ...more}));
  } catch {
    // It keeps nothing.
  }
}

/** @param {string} name @returns {unknown} */
export const habit = (name) => habits()[name];
