// Making elements, icons and numbers as text.

/** @typedef {Node|string|null|false|undefined} Child */
/** @typedef {Record<string, any>} Attributes  functions, called `on…`, are listeners; true: without a value; false and
 * null: not there */

/** @template {keyof HTMLElementTagNameMap} T @param {T} tag
 * @param {Attributes} [attributes] @param {...Child} children @returns {HTMLElementTagNameMap[T]} */
export function h(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

/** @template {keyof SVGElementTagNameMap} T @param {T} tag @param {Attributes} [attributes]
 * @param {...Child} children @returns {SVGElementTagNameMap[T]} */
export function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Text is always set as text, never parsed: much of it comes from files.
 * @template {Element} E @param {E} element @param {Attributes} attributes @param {Child[]} children */
function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function")
      element.addEventListener(name.slice(2), value);
    else
      element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...present(children));
  return element;
}

/** @param {Child[]} children */
const present = (children) => /** @type {(Node|string)[]} */ (
    children.filter((c) => c !== null && c !== false && c !== undefined));

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
  element.replaceChildren(...present(children));
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

/** Whether the browser allowed it.
 * @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without permission (a page that is not served from this machine): the old way.
    const area = h("textarea", {class: "visually-hidden"});
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
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
