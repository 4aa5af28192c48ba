// What the server's sweeps measured of the map's heads: the change of AP when one of them is off.
import {readOff} from "./addresses.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./types.js").Cell} Cell */
/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {{unit: import("./sweep_data.js").Unit, sweep: Sweep, mode: string}} Effect */

/** Reads the server's sweeps of this model, once there is a result to look at.
 * @param {import("./actions.js").Actions} actions */
export function followSweeps({store, api}) {
  const {info, model} = store.state;
  let hasBegun = info.sweeps.length === 0;
  store.on(["history"], async () => {
    if (hasBegun) return;
    hasBegun = true;
    const {sweepOf} = await import("./sweep_data.js");
    const read = async (/** @type {string} */ name) =>
        sweepOf(await api.json(`/api/sweep/${encodeURIComponent(name)}`), name);
    // One that cannot be read says so in its own tab.
    const found = await Promise.allSettled(info.sweeps.map(read));
    const sweeps = found.flatMap((f) => (f.status === "fulfilled" && f.value.sha256 === model.sha256 ? [f.value] : []));
    store.set({sweeps});
  });
}

/** @param {Cell} cell */
const keyOf = ({module, layer, head}) => `${module} ${layer} ${head}`;

/** @type {{sweeps: Sweep[], effects: Map<string, Effect[]>}} */
let memo = {sweeps: [], effects: new Map()};

/** @param {State} s */
function allEffects(s) {
  if (memo.sweeps === s.sweeps) return memo.effects;
  /** @type {Map<string, Effect[]>} */
  const effects = new Map();
  for (const sweep of s.sweeps)
    for (const unit of sweep.units) {
      const off = readOff(unit.text, s.model);
      if (off?.layers.length !== 1 || off.heads?.length !== 1 || off.levels || off.points || unit.change.AP == null)
        continue;
      const key = keyOf({module: off.module, layer: off.layers[0], head: off.heads[0]});
      effects.set(key, [...(effects.get(key) ?? []), {unit, sweep, mode: off.mode || "zero"}]);
    }
  memo = {sweeps: s.sweeps, effects};
  return effects;
}

/** Of the way of being off that the inspector names, else of another one.
 * @param {State} s @param {Cell} cell @returns {Effect|null} */
export function effectOf(s, cell) {
  const found = allEffects(s).get(keyOf(cell)) ?? [];
  return found.find((e) => e.mode === s.headMode) ?? found[0] ?? null;
}

/** The change of AP, 0 to 1.
 * @param {Effect} effect */
export const sizeOf = (effect) => effect.unit.change.AP ?? 0;

/** Where the colours of a map end, the same on both sides of 0; 0: nothing was measured of its heads.
 * @param {State} s @param {string} module */
export function effectRange(s, module) {
  const own = [...allEffects(s)].filter(([key]) => key.startsWith(module + " ")).flatMap(([, found]) => found);
  return Math.max(0, ...own.map((effect) => Math.abs(sizeOf(effect))));
}
