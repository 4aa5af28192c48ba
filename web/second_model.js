// The second model (--weights-b): its results on the same image with the same interventions, to compare with.
import {ApiError} from "./api.js";
import {activeTexts} from "./runs.js";

/** Whether both models speak of the same classes and layers.
 * @param {import("./types.js").ModelInfo} info */
export function comparable({models: {a, b}}) {
  return Boolean(b) && a.dec_layers === b?.dec_layers && a.classes.length === b?.classes.length;
}

/** Who draws what is compared draws anew.
 * @param {import("./state.js").Store} store @param {Partial<import("./state.js").State>} patch */
export function compareWith(store, patch) {
  store.changed.add("compare");
  store.set(patch);
}

/** Keeps `resultB` what belongs to the shown step of the history, while the second model is compared with.
 * @param {import("./actions.js").Actions} actions */
export function followSecondModel({store, api, runs}) {
  let had = "";
  const follow = async () => {
    const s = store.state, step = s.history[s.at];
    if (s.versus !== "b" || !s.image || !step) {
      had = "";
      if (s.resultB) compareWith(store, {resultB: null});
      return undefined;
    }
    const wanted = [s.image.id, ...activeTexts(step.lines)].join("\n");
    if (wanted === had) return undefined;
    had = wanted;
    if (s.resultB) compareWith(store, {resultB: null});
    try {
      const result = await api.run(s.image.id, activeTexts(step.lines), "b");
      if (wanted === had) compareWith(store, {resultB: result});
    } catch (error) {
      if (error instanceof ApiError && !error.isSuperseded && wanted === had)
        runs.say({text: `The second model: ${error.message}`});
    }
    return undefined;
  };
  store.on(["versus", "history", "at", "image"], follow);
}
