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

/** Keeps `resultB` what belongs to the shown step of the history, while the second model is compared with. What failed
 * is asked for again at the next occasion, such as a server that is back.
 * @param {import("./actions.js").Actions} actions */
export function followSecondModel({store, api, runs}) {
  let had = "";
  const follow = async () => {
    const s = store.state, step = s.history[s.at];
    if (s.versus !== "b" || !s.image || !step) {
      had = "";
      if (s.resultB || s.troubleB) compareWith(store, {resultB: null, troubleB: ""});
      return undefined;
    }
    const wanted = [s.image.id, ...activeTexts(step.lines)].join("\n");
    if (wanted === had) return undefined;
    had = s.connected ? wanted : "";
    if (s.resultB || s.troubleB) compareWith(store, {resultB: null, troubleB: ""});
    if (!s.connected) return undefined;
    try {
      const result = await api.run(s.image.id, activeTexts(step.lines), "b");
      if (wanted === had) compareWith(store, {resultB: result});
    } catch (error) {
      if (!(error instanceof ApiError) || error.isSuperseded || wanted !== had) return undefined;
      had = "";
      const text = `The second model: ${error.message}`;
      compareWith(store, {troubleB: text});
      if (error.status === 0)
        runs.connection.lost();
      else
        runs.say({text, action: "Try again", act: () => void (store.set({message: null}), follow())}, 8000);
    }
    return undefined;
  };
  store.on(["versus", "history", "at", "image", "connected"], follow);
}
