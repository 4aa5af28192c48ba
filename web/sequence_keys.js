// Keys of the tab "Sequence": arrows move a frame, Space plays, Esc ends the asking.

/** @param {import("./sequence_tab.js").SequenceTab} tab */
export function startKeys(tab) {
  document.addEventListener("keydown", (e) => {
    const at = /** @type {Element} */ (e.target);
    if (!tab.isOpen || !tab.subject.track || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey) return;
    if (at.matches("input, textarea, select") || document.querySelector("dialog[open], .menu")) return;
    const act = actOf(tab, e.key, at.matches("button, a"));
    if (!act) return;
    e.preventDefault();
    act();
  });
}

/** @param {import("./sequence_tab.js").SequenceTab} tab @param {string} key @param {boolean} onButton
 * @returns {(() => void)|undefined} */
function actOf(tab, key, onButton) {
  switch (key) {
    case "ArrowLeft":
      return () => tab.go(tab.now - 1);
    case "ArrowRight":
      return () => tab.go(tab.now + 1);
    case "Home":
      return () => tab.go(tab.subject.range.first);
    case "End":
      return () => tab.go(tab.subject.range.last);
    case " ":
      return onButton ? undefined : () => tab.play();
    case "Escape":
      return () => tab.subject.follower.stop();
    default:
      return undefined;
  }
}
