// Light or dark: as the system says until T is pressed, then as this browser was told.
import {habit, keepHabit} from "./state.js";

const system = matchMedia("(prefers-color-scheme: dark)");

const now = () => /** @type {"light"|"dark"} */ (habit("theme") ?? (system.matches ? "dark" : "light"));

/** @param {() => void} changed */
export function startTheme(changed) {
  const apply = () => {
    document.documentElement.dataset.theme = now();
    changed();
  };
  system.addEventListener("change", apply);
  apply();
  return () => {
    keepHabit({theme: now() === "dark" ? "light" : "dark"});
    apply();
  };
}
