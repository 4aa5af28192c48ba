// The image of the tab Image with the boxes of another result, drawn as the stage draws them.
import { h } from "./dom.js";
import { Stage } from "./stage.js";
import { drawStage } from "./stage_draw.js";
import { Store, firstState } from "./state.js";

const CANVASES = 4;

export class CheckpointStage {
  /** @param {Store} main the state of the tab Image */
  constructor(main) {
    this.main = main;
    this.element = h("div", { class: "checkpoint-stage", role: "img" }, ...Array.from({ length: CANVASES }, () => h("canvas", { "aria-hidden": "true" })));
    this.caption = h("p", { class: "tab-caption" });
    this.column = h("div", { class: "checkpoint-photo" }, this.element, this.caption);
    this.store = new Store(firstState(main.state.info));
    drawStage(new Stage(this.element, this.column, this.store), this.store);
  }

  /**
   * @param {import("./run_result.js").RunResult | null} result null: the photograph alone
   * @param {number} query whose points are shown, or -1
   * @param {string} words what is shown
   */
  show(result, query, words) {
    const { info, image, photo, truths, truth, threshold, colour, size } = this.main.state;
    const seen = result?.of ? { ...info, models: { a: result.of, b: null } } : info;
    const history = result ? [{ label: "", lines: [], result, gesture: "" }] : [];
    this.store.set({ ...firstState(seen), image, photo, truths, truth, threshold, colour, size, pinned: query, history });
    this.caption.textContent = words;
    this.element.setAttribute("aria-label", `${image?.name ?? "No image"}. ${words}`);
  }
}
