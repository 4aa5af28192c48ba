// Makes elements of HTML and SVG. Text is always set as text, never parsed: much of it comes from files.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null} Child */
/** @typedef {Record<string, string | number | boolean | null | ((event: any) => void)>} Properties */

/**
 * `onclick` and the like are listeners, `true` is an attribute without value, `false` and null are none.
 * @param {Element} element
 * @param {Properties} properties
 * @param {Child[]} children
 */
function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Properties} [properties]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, properties, children);
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Properties} [properties]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  fill(element, properties, children);
  return element;
}

const ICONS = {
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  folder: "M1.5 12.5v-9h4.5l1.5 2h7v7z",
};

/**
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  return svg(
    "svg",
    { class: "tab-icon", width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }),
  );
}

/**
 * A button that copies what `text` gives and says so for two seconds.
 * @param {string} label
 * @param {() => string} text
 * @param {boolean} [isBare] shows the icon alone
 */
export function copyButton(label, text, isBare = false) {
  const word = html("span", { class: isBare ? "tab-hidden" : "" }, label);
  const button = html("button", { type: "button", class: isBare ? "tab-bare" : "tab-button", title: label }, icon("copy"), word);
  button.addEventListener("click", async () => {
    const done = await copyText(text());
    word.textContent = done ? "Copied" : "Not copied: the browser does not allow it";
    word.className = done ? "tab-done" : "";
    setTimeout(() => {
      word.textContent = label;
      word.className = isBare ? "tab-hidden" : "";
    }, 2000);
  });
  return button;
}

/** @param {string} text */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A row of choices of which one is on.
 * @param {string} label of the group, for those who hear the page
 * @param {readonly string[]} names
 * @param {string} chosen
 * @param {(name: string) => void} choose
 */
export function segments(label, names, chosen, choose) {
  const group = html("div", { class: "tab-segments", role: "group", "aria-label": label });
  const show = (/** @type {string} */ name) => {
    for (const button of group.children) button.setAttribute("aria-pressed", String(button.textContent === name));
  };
  for (const name of names)
    group.append(
      html("button", { type: "button", onclick: () => { show(name); choose(name); } }, name),
    );
  show(chosen);
  return group;
}

/**
 * What stands in a tab that has nothing to show: a sentence and the command that makes something.
 * @param {string} sentence
 * @param {string} command
 * @param {string} after what to do then
 * @param {...Child} buttons
 */
export function emptyPanel(sentence, command, after, ...buttons) {
  return html(
    "div", { class: "tab-empty" },
    html("p", {}, sentence),
    html("code", { class: "tab-command" }, command),
    html("p", { class: "tab-caption" }, after),
    html("div", { class: "tab-row" }, copyButton("Copy command", () => command), ...buttons),
  );
}
