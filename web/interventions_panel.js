// The list of interventions: ticks, texts to edit, sliders of offsets and weights, the command and the file that
// repeat it.
import {byId, copyText, fill, h, icon, number, sayCopied} from "./dom.js";
import {download} from "./exports.js";
import {activeTexts} from "./runs.js";
import {newLine, withAction} from "./switches.js";
import {keepingFocus} from "./toolbar.js";

/** @typedef {import("./actions.js").Actions} Actions */
/** @typedef {import("./types.js").Line} Line */

/** @param {Actions} actions */
export function interventionsPanel(actions) {
  const {store} = actions, element = byId("interventions");
  const head = h("div", {class: "row"}), list = h("div", {class: "lines"});
  const add = h("input", {
    class: "text-field mono",
    placeholder: "dec.3.cross.head5=off(mean)",
    "aria-label": "Add an intervention as text",
    spellcheck: "false",
    id: "add-line"
  });
  add.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || !add.value.trim()) return;
    actions.runs.change([...store.state.lines, newLine(add.value.trim())]);
    add.value = "";
  });
  const deformable = store.state.model.family !== "detr";
  const all = [
    ...(deformable ? [slider(actions, "Offset scale", "dec.*.cross.offset", "scale", [0, 2], linear,
                         "1: as learned; 0: every point at the reference")]
                   : []),
    slider(actions, "Temperature", "dec.*.cross.weights", "temperature", [-2, 2], octaves,
        "Below 1 sharper, above 1 flatter weights"),
  ];
  element.append(head, list, add, ...all.map((x) => x.element));
  const draw = () => {
    fill(head, ...headContent(actions));
    drawLines(actions, list);
    for (const one of all) one.draw();
  };
  store.on(["lines", "history", "at"], draw);
  draw();
}

/** The command that prints the list on the screen.
 * @param {import("./state.js").State} s */
export function commandOf(s) {
  const quote = (/** @type {string} */ t) => (/^[\w./,:=+-]+$/.test(t) ? t : `'${t.replace(/'/g, "'\\''")}'`);
  const parts = [
    "saccade detect", quote(s.image?.file ?? s.image?.name ?? "IMAGE"), s.info.command,
    ...activeTexts(s.lines).map((t) => `-x ${quote(t)}`), `--threshold ${s.threshold}`
  ];
  return parts.filter(Boolean).join(" ");
}

/** @param {Actions} actions */
function headContent(actions) {
  const {s} = actions, n = s.lines.filter((l) => l.active).length;
  const copy = h("button", {
    class: "button",
    id: "copy-command",
    "aria-label": "Copy command",
    "data-tip": "The command that prints this list",
    onclick: () => copyText(commandOf(actions.s)).then(() => sayCopied(copy))
  },
      icon("copy"), h("span", {}, "Copy", h("span", {class: "wide-only"}, " command")));
  const save = h("button", {
    class: "button",
    id: "save-file",
    "data-tip": "Download the intervention file. S",
    onclick: () => saveFile(actions)
  },
      icon("save"), "Save");
  return [
    h("h2", {}, "Interventions"), h("span", {class: "count-tag"}, String(n)), h("span", {class: "grow"}), copy,
    n > 0 && save
  ];
}

/** @param {Actions} actions */
export function saveFile({s, runs}) {
  const texts = activeTexts(s.lines);
  if (!texts.length) return;
  const file = {
    saccade_interventions: 1,
    name: `${s.image?.name ?? "image"}, ${texts.length}`,
    note: `made on ${s.image?.name ?? "an image"}`,
    weights_sha256: s.model.sha256,
    interventions: texts
  };
  download("interventions.json", JSON.stringify(file, null, 1) + "\n", "application/json");
  runs.say({text: "Works here. Not yet tested on other images: eval -x interventions.json tells."}, 6000);
}

/** @param {Actions} actions @param {HTMLElement} list */
function drawLines(actions, list) {
  const {s} = actions, now = document.activeElement;
  // A text that is being edited is not pulled away.
  if (now instanceof HTMLInputElement && now.type === "text" && list.contains(now) && now.value !== now.defaultValue)
    return;
  if (!s.lines.length) {
    fill(list,
        h("p", {class: "caption"}, "No intervention: this is the baseline. Press ", h("kbd", {}, "X"),
            " on a cell to switch it off."));
    return;
  }
  const words = s.history[s.at]?.result.words ?? [], texts = activeTexts(s.lines);
  const rows = s.lines.map((line, i) => lineRow(actions, line, i, words[texts.indexOf(line.text)] ?? ""));
  keepingFocus(list, () => fill(list, ...rows));
  list.querySelector(".reason")?.scrollIntoView({block: "nearest"});
}

/** @param {Actions} actions @param {Line} line @param {number} index @param {string} words */
function lineRow(actions, line, index, words) {
  const put = (/** @type {Line|null} */ next) =>
      actions.runs.change(actions.s.lines.flatMap((l, i) => (i === index ? (next ? [next] : []) : [l])));
  const tick = h("input", {
    type: "checkbox",
    "aria-label": `${line.text} in force`,
    onchange: () => put({...line, active: tick.checked, error: ""})
  });
  tick.checked = line.active;
  const text = h("input", {
    class: "line-text",
    type: "text",
    value: line.text,
    "aria-label": "Intervention",
    spellcheck: "false",
    "data-tip": words || line.text
  });
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && text.value.trim()) {
      text.defaultValue = text.value;
      put(newLine(text.value.trim()));
    }
    if (e.key === "Escape") {
      text.value = line.text;
      text.blur();
    }
  });
  text.addEventListener("blur", () => (text.value = text.defaultValue));
  return h("div", {class: `line${
                       line.error        ? " invalid"
                           : line.active ? ""
                                         : " suspended"}`},
      h("label", {class: "tick"}, tick), text, !line.active && !line.error && h("span", {class: "caption"}, "suspended"),
      h("button", {class: "quiet", "aria-label": `Remove ${line.text}`, onclick: () => put(null)}, icon("close")),
      line.error && h("div", {class: "reason", role: "alert"}, line.error));
}

let gestures = 0;

/** @typedef {{to: (position: number) => number, from: (value: number) => number}} Scale */
/** @type {Scale} */
const linear = {
  to: (p) => +p.toFixed(2),
  from: (v) => v
};
/** A quarter to four: 1 lies in the middle.
 * @type {Scale} */
const octaves = {
  to: (p) => +(2 ** p).toFixed(2),
  from: (v) => Math.log2(v)
};

/** @param {Actions} actions @param {string} name @param {string} address @param {string} action
 * @param {[number, number]} ends of the slider @param {Scale} scale @param {string} tip */
function slider(actions, name, address, action, [min, max], scale, tip) {
  let gesture = "";
  const pattern = new RegExp(`^${action}\\(([\\d.]+)\\)$`);
  // Arrow keys end a change with each press: those in a row are one step of the history.
  let resting = 0;
  const rest = () => {
    clearTimeout(resting);
    resting = window.setTimeout(() => (gesture = ""), 1000);
  };
  const send = (/** @type {number} */ value) => {
    gesture ||= `slider ${++gestures}`;
    actions.runs.change(withAction(actions.s.lines, address, value === 1 ? null : `${action}(${value})`), gesture);
  };
  const input = h("input", {
    type: "range",
    min,
    max,
    step: 0.05,
    "aria-label": name,
    oninput: () => send(scale.to(Number(input.value))),
    onchange: () => rest()
  });
  const value = h("span", {class: "slider-value"});
  const label = h("span", {
    class: "secondary slider-name",
    "data-tip": `${tip}. Double click: 1.00`,
    ondblclick: () => actions.runs.change(withAction(actions.s.lines, address, null))
  },
      name);
  const draw = () => {
    const line = actions.s.lines.find((l) => l.active && l.text.startsWith(address + "="));
    const now = line ? Number(pattern.exec(line.text.split("=")[1])?.[1] ?? 1) : 1;
    value.textContent = number(now);
    value.classList.toggle("moved", now !== 1);
    if (document.activeElement !== input || !gesture) input.value = String(scale.from(now));
  };
  const neutral = h("i", {class: "neutral"});
  neutral.style.left = `calc(7px + (100% - 14px) * ${(scale.from(1) - min) / (max - min)})`;
  return {element: h("div", {class: "slider"}, label, h("span", {class: "slider-track"}, neutral, input), value), draw};
}
