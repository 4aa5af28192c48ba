// The bar at the top: tabs, the image in question, files, permalink, export, theme, help.
import {messageOf} from "./api.js";
import {byId, fill, h, icon, sayCopied} from "./dom.js";
import {exportCsv, exportJson, exportPng, exportSvg} from "./exports.js";
import {openHelp} from "./help.js";
import {scale} from "./scale.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {{id: string, title: string, module: string, shown: (info: import("./types.js").ModelInfo) => boolean}} Tab */

/** One line a tab; a module exports mount(element, context).
 * @type {Tab[]} */
const tabs = [
  {id: "image", title: "Image", module: "", shown: () => true},
  {id: "maps", title: "Maps", module: "maps_tab", shown: () => true},
  {id: "dataset", title: "Data set", module: "dataset_tab", shown: () => true},
  {id: "runs", title: "Runs", module: "runs_tab", shown: (info) => info.runs},
  {id: "sequence", title: "Sequence", module: "sequence_tab", shown: () => true},
];

/** @param {Actions} actions @param {import("./types.js").Context} context */
export function tabBar(actions, context) {
  const bar = byId("tabs"), other = byId("other-tab"), own = byId("image-tab");
  const there = tabs.filter((t) => t.shown(actions.s.info));
  const open = async (/** @type {string} */ id) => {
    const tab = there.find((t) => t.id === id) ?? there[0];
    actions.store.set({tab: tab.id});
    for (const b of bar.querySelectorAll("button")) {
      b.setAttribute("aria-selected", String(b.dataset.tab === tab.id));
      b.tabIndex = b.dataset.tab === tab.id ? 0 : -1;
    }
    own.hidden = tab.module !== "";
    other.hidden = tab.module === "";
    for (const child of other.children) /** @type {HTMLElement} */
      (child).hidden = child.id !== `tab-${tab.id}`;
    if (!tab.module) return actions.stage.measure();
    other.setAttribute("aria-label", tab.title);
    return fillTab(tab, other, context);
  };
  fill(bar, ...there.map((t) => h("button", {role: "tab", "data-tab": t.id, onclick: () => open(t.id)}, t.title)));
  bar.addEventListener("keydown", (e) => {
    const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    e.preventDefault();
    const at = there.findIndex((t) => t.id === /** @type {HTMLElement} */ (document.activeElement).dataset?.tab);
    /** @type {HTMLElement} */ (bar.children[(at + step + there.length) % there.length]).focus();
  });
  open("image");
  return open;
}

/** Mounts a tab once; one whose module could not be had is asked for again when it is opened again.
 * @param {Tab} tab @param {HTMLElement} place @param {import("./types.js").Context} context */
async function fillTab(tab, place, context) {
  const id = `tab-${tab.id}`, old = document.getElementById(id);
  const tries = Number(old?.dataset.failed ?? 0);
  if (old && !tries) return;
  const body = h("div", {id, class: "tab-body"});
  old?.remove();
  place.append(body);
  try {
    // Chromium up to 150 remembers what a name gave it for as long as the page lives, failures too.
    (await import(`./${tab.module}.js${tries ? `?${tries}` : ""}`)).mount(body, context);
  } catch (error) {
    body.dataset.failed = String(tries + 1);
    const again = h("button", {class: "linkish", onclick: () => fillTab(tab, place, context)}, "Try again");
    const words = `The tab ${tab.title} could not be loaded: ${messageOf(error)}. `;
    fill(body, h("div", {class: "tab-root"}, h("p", {class: "tab-error", role: "alert"}, words, again)));
  }
}

/** @param {Actions} actions @param {{copyLink: () => Promise<unknown>, openFile: () => void, theme: () => void}} page */
export function topButtons(actions, page) {
  const {store} = actions, nav = byId("image-nav");
  const draw = () => {
    const {images, image} = store.state, at = images.findIndex((i) => i.id === image?.id);
    const step = (/** @type {number} */ by, /** @type {string} */ name, /** @type {string} */ label) => h("button", {
      class: "quiet",
      "aria-label": label,
      "data-tip": `${label}. ${by < 0 ? "[" : "]"}`,
      disabled: !images[at + by],
      onclick: () => actions.stepImage(by)
    },
        icon(name));
    fill(nav, step(-1, "left", "Image before"), h("span", {class: "name", title: image?.name ?? ""}, image?.name ?? ""),
        image && h("span", {class: "count"}, `${at + 1} / ${images.length}`), step(1, "right", "Next image"));
  };
  store.on(["image", "images"], draw);
  draw();
  const quiet = (/** @type {string} */ id, /** @type {string} */ name, /** @type {string} */ label,
      /** @type {string} */ key, /** @type {(b: HTMLElement) => void} */ act) => {
    const button = h("button",
        {class: "quiet tall", id, "aria-label": label, "data-tip": `${label}${key}`, onclick: () => act(button)},
        icon(name));
    return button;
  };
  byId("actions").append(h("button", {
    class: "button tall",
    id: "open",
    "aria-label": "Open image",
    "data-tip": "Open an image of this computer. O",
    onclick: page.openFile
  },
                             icon("folder"), h("span", {class: "wide-only"}, "Open image")),
      quiet("copy-link", "link", "Copy permalink", ". C", (b) => page.copyLink().then(() => sayCopied(b))),
      quiet("export", "down", "Export", "", (b) => exportMenu(actions, b)),
      quiet("theme", "sun", "Theme", ". T", page.theme), quiet("help", "help", "Help", ". ?", openHelp));
}

/** @param {Actions} actions @param {HTMLElement} button */
function exportMenu(actions, button) {
  const open = document.querySelector(".menu");
  if (open) return open.remove();
  const entry = (/** @type {string} */ text, /** @type {(a: Actions) => void} */ act) => {
    const choose = () => {
      if (actions.s.preview)
        actions.runs.say({text: "This is a preview: export waits for the result."});
      else
        act(actions);
      close();
    };
    return h("button", {role: "menuitem", onclick: choose}, text);
  };
  const menu = h("div", {class: "menu", role: "menu", "aria-label": "Export"}, entry("Stage as PNG", exportPng),
      entry("Boxes and points as SVG", exportSvg), entry("Points as CSV", exportCsv),
      entry("Detections as JSON", exportJson));
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside);
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  const outside = (/** @type {Event} */ e) =>
      !menu.contains(/** @type {Node} */ (e.target)) && !button.contains(/** @type {Node} */ (e.target)) && close();
  menu.addEventListener("keydown", (e) => menuKeys(e, menu, close));
  document.body.append(menu);
  const at = button.getBoundingClientRect();
  menu.style.top = `${at.bottom / scale + 4}px`;
  menu.style.left = `${Math.min(at.left / scale, innerWidth / scale - menu.offsetWidth - 8)}px`;
  button.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside);
  return /** @type {HTMLElement} */ (menu.firstChild).focus();
}

/** @param {KeyboardEvent} e @param {HTMLElement} menu @param {() => void} close */
function menuKeys(e, menu, close) {
  const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0, all = [...menu.children];
  if (e.key === "Escape" || e.key === "Tab")
    close();
  else if (step) /** @type {HTMLElement} */
    (all[(all.indexOf(/** @type {Element} */ (document.activeElement)) + step + all.length) % all.length]).focus();
  else
    return;
  e.preventDefault();
  e.stopPropagation();
}
