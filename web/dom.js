// Making elements, icons and numbers as text.

/** @typedef {Node|string|null|false|undefined} Child */

/** @template {keyof HTMLElementTagNameMap} T @param {T} tag
 * @param {Record<string, any>} [attributes]  `on…` are listeners, `class` the class, `data-…` as they are
 * @param {...Child} children @returns {HTMLElementTagNameMap[T]} */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on"))
      element.addEventListener(name.slice(2), value);
    else
      element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((c) => c !== null && c !== false && c !== undefined)
                     .map((c) => /** @type {Node|string} */ (c)));
  return element;
}

const svgSpace = "http://www.w3.org/2000/svg";

/** @param {string} tag @param {Record<string, string|number>} [attributes] @param {...(Node|string)} children */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** One of the drawings at the end of index.html.
 * @param {string} name @param {string} [extra] */
export function icon(name, extra = "") {
  return svg("svg", {class: "icon " + extra, "aria-hidden": "true"}, svg("use", {href: "#i-" + name}));
}

/** The element with this id, which index.html has.
 * @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page lacks #${id}`);
  return element;
}

/** @param {HTMLElement} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((c) => c !== null && c !== false && c !== undefined)
                              .map((c) => /** @type {Node|string} */ (c)));
}

/** @param {number} value @param {number} [digits] */
export function number(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? "−" + text : text;
}

/** A share of 0 to 1 as "12 %"; below one per cent with a decimal.
 * @param {number} share */
export const percent = (share) => `${number(100 * share, share < 0.01 ? 1 : 0)} %`;

/** With its sign, also where it is positive.
 * @param {number} value @param {number} [digits] */
export function signed(value, digits = 2) {
  const text = number(value, digits);
  return value > 0 && Number(text) !== 0 ? "+" + text : text;
}

/** @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission (a page that is not served from this machine): the old way.
    const area = h("textarea", {class: "visually-hidden"});
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/** Says "Copied" on a button for 2 s; one without words shows a tick.
 * @param {HTMLElement} button */
export function sayCopied(button) {
  if (button.classList.contains("done")) return;
  const before = [...button.childNodes], words = (button.textContent ?? "").trim() !== "";
  button.style.minWidth = `${button.offsetWidth}px`;
  button.classList.add("done");
  fill(button, icon("check"), words && "Copied");
  setTimeout(() => {
    button.classList.remove("done");
    fill(button, ...before);
  }, 2000);
}
