// ?scale=1.25 in the address enlarges the whole page, for a projector: measures, markers and labels alike.

const asked = Number(new URLSearchParams(location.search).get("scale") ?? 1);
/** How many pixels of the window a pixel of the page takes. */
export const scale = asked >= 0.5 && asked <= 4 ? asked : 1;

/** Whether there is room for fewer columns. */
export const narrow = matchMedia(`(max-width: ${1279 * scale}px)`);

/** The widths at which the page folds are the enlarged page's.
 * @param {CSSStyleSheet|null} sheet */
function scaleWidths(sheet) {
  for (const rule of sheet?.cssRules ?? []) {
    if (rule instanceof CSSImportRule) scaleWidths(rule.styleSheet);
    if (rule instanceof CSSMediaRule)
      rule.media.mediaText = rule.media.mediaText.replace(/([\d.]+)px/g, (_, width) => `${Number(width) * scale}px`);
  }
}

export function startScale() {
  if (scale === 1) return;
  document.documentElement.style.setProperty("zoom", String(scale));
  for (const sheet of document.styleSheets) scaleWidths(sheet);
}

/** Where the pointer is inside an element, in pixels of the page.
 * @param {Element} element @param {MouseEvent} event */
export function placeIn(element, event) {
  const box = element.getBoundingClientRect();
  return {x: (event.clientX - box.left) / scale, y: (event.clientY - box.top) / scale};
}
