// The line at the foot: model, image, device, the last run; the cursor's place; whether the server answers.
import {byId, fill, h, number} from "./dom.js";
import {shownRun} from "./selection.js";

/** @param {import("./actions.js").Actions} actions */
export function statusLine({store}) {
  const foot = byId("status"), left = h("span", {class: "row status-left"}), cursor = h("span"), state = h("span");
  foot.append(left, h("span", {class: "grow"}), cursor, state);
  const draw = () => {
    const s = store.state;
    fill(left, h("span", {class: "wide-only"}, s.model.name),
        h("code", {class: "wide-only", title: s.model.sha256}, s.model.sha256.slice(0, 8)),
        h("span", {class: "wide-only"}, sizeWords(s)),
        h("span", {}, `${s.info.device}, ${s.info.threads} ${s.info.threads === 1 ? "thread" : "threads"}`),
        h("span", {}, runWords(s)));
    state.className = !s.connected ? "state-lost" : s.pending ? "state-busy" : "state-ok";
    state.textContent = !s.connected ? "Connection lost" : s.pending ? "Running" : "Ready";
  };
  store.on(["image", "history", "at", "compare", "pending", "connected"], draw);
  store.on(["cursor"], () => {
    const at = store.state.cursor;
    cursor.textContent = at ? `x ${number(at.x, 0)}, y ${number(at.y, 0)} px` : "";
  });
  sayAtMostOnceASecond(store);
  draw();
}

/** @param {import("./state.js").State} s */
const sizeWords = (s) => (s.image ? `${s.image.width} × ${s.image.height} px` : "");

/** @param {import("./state.js").State} s */
function runWords(s) {
  const run = shownRun(s);
  if (!run) return "";
  const last = s.model.dec_layers - 1, time = `${number(run.ms, run.ms < 10 ? 1 : 0)} ms`;
  if (run === s.preview) return `Preview: ${time}`;
  if (run.ms < 0.05) return "Result kept from before";
  if (run.interventions.length === 0) return `Whole model: ${time}`;
  if (run.encoder) return `Encoder and decoder run again: ${time}`;
  if (run.firstLayer > last) return `Nothing to run again: ${time}`;
  return run.firstLayer === last ? `Decoder layer ${last} run again: ${time}`
                                 : `Decoder ${run.firstLayer}–${last} run again: ${time}`;
}

/** For readers of the screen: the newest sentence, when the one before had its second.
 * @param {import("./state.js").Store} store */
function sayAtMostOnceASecond(store) {
  let last = 0, timer = 0;
  store.on(["said"], () => {
    clearTimeout(timer);
    const wait = Math.max(0, last + 1000 - performance.now());
    timer = window.setTimeout(() => {
      last = performance.now();
      byId("said").textContent = store.state.said;
    }, wait);
  });
}
