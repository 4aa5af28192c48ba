// Tells which theme is on and when it changes, by the colour of panels: however the frame switches it.
import { luminance } from "./diverging_color.js";

/**
 * @param {Element} element
 * @returns {boolean}
 */
export function isDarkTheme(element) {
  const panel = getComputedStyle(element).getPropertyValue("--panel").trim();
  const hex = /^#([0-9a-f]{6})$/i.exec(panel) ?? /^#([0-9a-f]{3})$/i.exec(panel);
  if (!hex?.[1]) return false;
  const full = hex[1].length === 6 ? hex[1] : hex[1].replace(/./g, "$&$&");
  const bits = parseInt(full, 16);
  return luminance([bits >> 16, (bits >> 8) & 255, bits & 255]) < 0.2;
}

/**
 * Calls `changed` when the theme does. Returns what ends it.
 * @param {Element} element
 * @param {(isDark: boolean) => void} changed
 */
export function watchTheme(element, changed) {
  let known = isDarkTheme(element);
  const look = () => {
    const now = isDarkTheme(element);
    if (now !== known) changed((known = now));
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", look);
  const observer = new MutationObserver(look);
  for (const root of [document.documentElement, document.body])
    observer.observe(root, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });
  return () => {
    system.removeEventListener("change", look);
    observer.disconnect();
  };
}
