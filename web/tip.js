// Tooltips of one sentence: any element with data-tip, after 400 ms of the pointer or at once with keyboard focus.
import {byId} from "./dom.js";
import {scale} from "./scale.js";

export function startTips() {
  const tip = byId("tip");
  let timer = 0;
  const hide = () => {
    clearTimeout(timer);
    tip.hidden = true;
  };
  const show = (/** @type {HTMLElement} */ at) => {
    tip.textContent = at.dataset.tip ?? "";
    tip.hidden = false;
    const box = at.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const below = box.bottom + 6 + own.height < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(innerWidth - own.width - 8, box.left)) / scale}px`;
    tip.style.top = `${(below ? box.bottom + 6 : box.top - own.height - 6) / scale}px`;
  };
  const find = (/** @type {Event} */ e) =>
      /** @type {HTMLElement|null} */ (/** @type {Element} */ (e.target).closest?.("[data-tip]") ?? null);
  document.addEventListener("pointerover", (e) => {
    hide();
    const at = find(e);
    if (at) timer = window.setTimeout(() => at.isConnected && show(at), 400);
  });
  document.addEventListener("pointerdown", hide);
  document.addEventListener("focusin", (e) => {
    const at = find(e);
    // A walk over the map would cover the cells around; their names are read out anyway.
    if (at?.matches(":focus-visible:not(.cell)"))
      show(at);
    else
      hide();
  });
  document.addEventListener("focusout", hide);
}
