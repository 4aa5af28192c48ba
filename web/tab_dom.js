// Parts that the tabs share: icons, buttons that copy, rows of choices, what an empty tab says.
import { copyText, h, svg } from "./dom.js";

/** @typedef {import("./dom.js").Child} Child */

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
  const word = h("span", { class: isBare ? "tab-hidden" : "" }, label);
  const button = h("button", { type: "button", class: isBare ? "tab-bare" : "tab-button", title: label }, icon("copy"), word);
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

/**
 * A row of choices of which one is on.
 * @param {string} label of the group, for those who hear the page
 * @param {readonly string[]} names
 * @param {string} chosen
 * @param {(name: string) => void} choose
 */
export function segments(label, names, chosen, choose) {
  const group = h("div", { class: "tab-segments", role: "group", "aria-label": label });
  const show = (/** @type {string} */ name) => {
    for (const button of group.children) button.setAttribute("aria-pressed", String(button.textContent === name));
  };
  for (const name of names)
    group.append(
      h("button", { type: "button", onclick: () => { show(name); choose(name); } }, name),
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
  return h(
    "div", { class: "tab-empty" },
    h("p", {}, sentence),
    h("code", { class: "tab-command" }, command),
    h("p", { class: "tab-caption" }, after),
    h("div", { class: "tab-row" }, copyButton("Copy command", () => command), ...buttons),
  );
}
