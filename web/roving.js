// A group of controls is one stop of the Tab key: arrow keys walk inside it, and Tab comes back to where one was.

const controls = "button, select, input, [role=listbox]";

/** Whether a control uses this arrow key itself.
 * @param {Element} at @param {string} key */
function usesKey(at, key) {
  const isSideways = key === "ArrowLeft" || key === "ArrowRight";
  if (at.matches("select")) return !isSideways;
  return isSideways && at.matches("input:not([type=checkbox]), [role=listbox]");
}

/** upDown: these keys walk too, in a group that stands upright; first: where Tab comes first; keeps: more keys that a
 * control uses itself
 * @typedef {{upDown?: boolean, first?: HTMLElement|null, keeps?: (at: Element, key: string) => boolean}} How */

/** @param {HTMLElement} group @param {How} [how] */
export function roving(group, how = {}) {
  const {upDown = false, first = null, keeps = () => false} = how;
  const steps = /** @type {Record<string, number>} */ (
      {ArrowLeft: -1, ArrowRight: 1, ...(upDown ? {ArrowUp: -1, ArrowDown: 1} : {})});
  const every = () => /** @type {HTMLElement[]} */ ([...group.querySelectorAll(controls)]);
  const stops = () => every().filter((e) => e.offsetParent !== null && !e.matches(":disabled"));
  let now = first, place = 0;
  const mark = () => {
    const all = stops();
    // A control that was drawn anew is another element at the same place.
    const at = now && all.includes(now) ? now : all[Math.min(place, all.length - 1)];
    for (const one of every()) one.tabIndex = one === at ? 0 : -1;
  };
  group.addEventListener("focusin", (e) => {
    const all = stops(), at = all.indexOf(/** @type {HTMLElement} */ (e.target));
    if (at < 0) return;
    [now, place] = [all[at], at];
    mark();
  });
  group.addEventListener("keydown", (e) => {
    const at = /** @type {HTMLElement} */ (e.target), step = steps[e.key];
    if (!step || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || usesKey(at, e.key) || keeps(at, e.key)) return;
    const all = stops(), from = all.indexOf(at);
    if (from < 0) return;
    e.preventDefault();
    all[(from + step + all.length) % all.length].focus();
  });
  new MutationObserver(mark).observe(group, {childList: true, subtree: true, attributeFilter: ["hidden", "disabled"]});
  new ResizeObserver(mark).observe(group);  // what is shown depends on the width
  mark();
}
