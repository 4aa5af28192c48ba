// Types that several modules share, for the type checker alone.

/**
 * @typedef {object} Shape  what `models.a` of /api/model says
 * @property {string} name
 * @property {string} sha256
 * @property {"deformable_detr"|"detr"} family
 * @property {string} backbone
 * @property {number} queries
 * @property {number} enc_layers
 * @property {number} dec_layers
 * @property {number} heads
 * @property {number} levels
 * @property {number} enc_points
 * @property {number} dec_points
 * @property {boolean} with_box_refine
 * @property {boolean} two_stage
 * @property {string} size
 * @property {(string|null)[]} classes
 */
/**
 * @typedef {object} ModelInfo  /api/model
 * @property {string} version
 * @property {string} device
 * @property {number} threads
 * @property {string} precision
 * @property {boolean} exif
 * @property {number} memory_budget_mb
 * @property {number} upload_limit_mb
 * @property {string} command
 * @property {{a: Shape, b: Shape|null}} models
 * @property {string[]} [interventions]  those that the page begins with
 * @property {string[]} sweeps
 * @property {boolean} runs
 * @property {{of: string, interventions: string[], methods: Record<string, string>}|null} [faith]  what was found of maps
 */
/** @typedef {{id: string, name: string, truth: boolean}} ImageEntry */
/** @typedef {{id: string, name: string, file?: string, width: number, height: number, truth: boolean}} ImageInfo */
/** @typedef {{class: number, name: string, box: number[], crowd: boolean}} Truth */
/** @typedef {{height: number, width: number, stride: number}} Level */
/** @typedef {[number, number, number, number]} Box  x0, y0, x1, y1 in pixels */
/** @typedef {{query: number, class: number, score: number, box: Box}} Detection */
/** @typedef {{kind: number, truth: number}} Match  0: hit, 1 to 5: TIDE's types; index of the annotation, -1: none */
/** @typedef {{text: string, active: boolean, error: string}} Line  one intervention of the list */
/** @typedef {{label: string, lines: Line[], result: import("./run_result.js").RunResult, gesture: string}} Snapshot */
/** @typedef {{module: string, layer: number, head: number}} Cell  module: dec.cross, enc.self or dec.self */
/** @typedef {{head: number, level: number, point: number}} PointIndex */
/** @typedef {{sweep: string, layout: string, metric: string, unit: string, x: string, y: string}} SweepView  of the tab Data set: names; x and y: keys of the scatter plot's statistics, "" where it is not shown */
/** @typedef {{text: string, action?: string, act?: () => void, urgent?: boolean}} Message  shown on the stage */
/**
 * @typedef {object} PointSet  what one query or token samples in one layer
 * @property {number} heads
 * @property {number} levels
 * @property {number} points
 * @property {Float32Array} xy  [heads, levels, points, 2], pixels
 * @property {Float32Array} weights  [heads, levels, points]
 */
/**
 * @typedef {object} Context  what a tab is given
 * @property {import("./api.js").Api} api
 * @property {import("./state.js").Store} store  of the tab Image
 * @property {{addIntervention: (text: string) => void}} state
 * @property {(image: string, interventions: string[], query?: number) => void} openImage  by name or id; the query is pinned
 * @property {import("./actions.js").Actions} actions
 * @property {(tab: string) => void} openTab
 */
export {};
