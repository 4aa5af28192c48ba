// Walks all elements of the page and tells what is wrong with it: {layout: [sentences], colours: [sentences]}. Layout is
// what fits, overlaps, lines up and can be hit; colours is what can be read. test_layout.py runs it in the browser.
() => {
  const ownText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const name = (e) => `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}.${String(e.className?.baseVal ?? e.className).trim().replace(/\s+/g, ".")}`
      + ` "${(e.getAttribute("aria-label") ?? e.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 40)}"`;
  const isDrawn = (e) => {
    if (e.closest(".visually-hidden, .tab-hidden, .symbols") || !e.checkVisibility({visibilityProperty: true})) return false;
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  };
  // What lies over the page for a while; the page under it is not to be read or hit.
  const over = [...document.querySelectorAll("dialog[open], .menu, #tip:not([hidden])")];
  const floats = ["#tooltip", "#message", "#region", ".zoom", "#run-bar", "#swipe", "#drop-here"].join(", ");
  // What scrolls sideways by intention.
  const scrollers = ".rows, .sweep-matrix, .sweep-table, .run-list, .pills";
  const modal = document.querySelector("dialog[open]");
  const all = [...document.body.querySelectorAll("*")].filter((e) => isDrawn(e) && (!modal || modal.contains(e)));
  const layout = [], colours = [];

  // The part of an element that its scrolling and clipping ancestors leave to be seen.
  const seen = (e) => {
    const box = e.getBoundingClientRect(), r = {left: box.left, top: box.top, right: box.right, bottom: box.bottom};
    for (let at = e.parentElement; at; at = at.parentElement) {
      if (getComputedStyle(at).overflow === "visible") continue;
      const clip = at.getBoundingClientRect();
      r.left = Math.max(r.left, clip.left), r.right = Math.min(r.right, clip.right);
      r.top = Math.max(r.top, clip.top), r.bottom = Math.min(r.bottom, clip.bottom);
    }
    return r.right - r.left > 1 && r.bottom - r.top > 1 ? r : null;
  };
  const textBox = (e) => {
    const range = document.createRange(), texts = [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim());
    range.setStartBefore(texts[0]), range.setEndAfter(texts.at(-1));
    return range.getBoundingClientRect();
  };
  const shortened = (e) => {
    const at = e.closest("[data-tip], [title]");
    return getComputedStyle(e).textOverflow === "ellipsis" && at !== null;
  };

  // (a) No text is cut off: by itself, its control or what clips it. To scroll up and down is no fault.
  const cutOff = (e) => {
    const text = textBox(e);
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at), box = at.getBoundingClientRect();
      if (style.position === "fixed" || at === document.body) break;
      const isControl = at.matches("button, .tag, .count-tag, [role=gridcell], th, td, h2, h3, figcaption");
      if (style.overflowX === "visible" && !isControl || style.display === "inline" || style.display === "contents") continue;
      if (shortened(at) || shortened(e)) return "";
      if (/auto|scroll/.test(style.overflowX) && at.matches(scrollers)) return "";
      if (text.right > box.right + 1 || text.left < box.left - 1) return `${name(at)} ${Math.round(text.left)}–${Math.round(text.right)} outside ${Math.round(box.left)}–${Math.round(box.right)}`;
      if (/auto|scroll/.test(style.overflowY)) return "";
      if (style.overflowY !== "visible" && (text.bottom > box.bottom + 3 || text.top < box.top - 3)) return `${name(at)} cuts lines in height`;
    }
    return text.right > innerWidth + 1 ? "the window" : "";
  };
  // As wide as a choice wants to be for what is chosen.
  const wanted = (select) => {
    const copy = select.cloneNode();
    copy.append(new Option(select.selectedOptions[0]?.text ?? ""));
    copy.style.cssText = "position: absolute; width: max-content; max-width: none";
    select.after(copy);
    const width = copy.offsetWidth;
    copy.remove();
    return width;
  };
  const texts = all.filter((e) => ownText(e) && !e.matches("option, text, script, style"));
  for (const e of texts) {
    const by = cutOff(e);
    if (by) layout.push(`cut off: ${name(e)} by ${by}`);
  }
  for (const e of all.filter((e) => e.matches("select"))) {
    const width = wanted(e);
    if (width > e.offsetWidth + 1) layout.push(`cut off: the choice ${name(e)} is ${e.offsetWidth} wide and wants ${width}`);
  }
  for (const e of all.filter((e) => e.matches("svg text"))) {
    const frame = e.ownerSVGElement.getBoundingClientRect(), box = e.getBoundingClientRect();
    if (box.left < frame.left - 2 || box.right > frame.right + 2) layout.push(`cut off: ${name(e)} leaves its chart`);
  }

  // Words do not lie over words.
  const words = [...texts.map((e) => [e, textBox(e)]), ...all.filter((e) => e.matches("svg text")).map((e) => [e, e.getBoundingClientRect()])]
      .filter(([e]) => !over.some((o) => o.contains(e)) && !e.closest(floats) && !e.closest("[role=rowheader], thead") && seen(e));
  for (let i = 0; i < words.length; ++i)
    for (let j = i + 1; j < words.length; ++j) {
      const [[a, p], [b, q]] = [words[i], words[j]];
      const w = Math.min(p.right, q.right) - Math.max(p.left, q.left), h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (w <= 2 || h <= 5 || a.contains(b) || b.contains(a)) continue;
      const s = seen(a), t = seen(b);
      if (Math.min(s.right, t.right) - Math.max(s.left, t.left) > 2 && Math.min(s.bottom, t.bottom) - Math.max(s.top, t.top) > 5)
        layout.push(`words over words: ${name(a)} and ${name(b)}`);
    }

  // What lies over the stage leaves room for each other; the tooltip follows the pointer, the divider goes everywhere.
  const floating = all.filter((e) => e.matches("#message, #region, #zoom, #run-bar .floating"));
  floating.forEach((a, i) => floating.slice(i + 1).forEach((b) => {
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    if (Math.min(p.right, q.right) > Math.max(p.left, q.left) && Math.min(p.bottom, q.bottom) > Math.max(p.top, q.top)) layout.push(`overlap: ${name(a)} and ${name(b)}`);
  }));

  // (b) Controls do not lie over each other, and (d) each can be hit; a tick's label counts with it.
  const controls = all.filter((e) => e.matches("button, select, input, textarea, a[href], [role=slider], [role=option], [role=gridcell], [role=tab], [role=switch]") && !e.disabled);
  const target = (e) => (e.matches("input[type=checkbox]") && e.closest("label")) || e;
  const placed = controls.filter((e) => !over.some((o) => o.contains(e))).map((e) => [e, seen(target(e))]).filter(([, r]) => r);
  for (let i = 0; i < placed.length; ++i)
    for (let j = i + 1; j < placed.length; ++j) {
      const [[a, p], [b, q]] = [placed[i], placed[j]];
      if (a.contains(b) || b.contains(a) || a.closest(floats) || b.closest(floats)) continue;
      const w = Math.min(p.right, q.right) - Math.max(p.left, q.left), h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (w > 1 && h > 1 && !(a.closest("[role=row]") && a.closest("[role=row]") === b.closest("[role=row]"))) layout.push(`overlap: ${name(a)} and ${name(b)}`);
    }
  for (const e of controls) {
    const {width, height} = target(e).getBoundingClientRect();
    if (Math.min(width, height) < 23.5) layout.push(`small: ${name(e)} ${width.toFixed(1)} x ${height.toFixed(1)}`);
  }

  for (const e of controls.filter((e) => !e.matches("[role=option]") && !e.closest(scrollers)))
    for (let at = e.parentElement; at && getComputedStyle(at).position !== "fixed"; at = at.parentElement) {
      const clip = at.getBoundingClientRect(), box = e.getBoundingClientRect();
      if (getComputedStyle(at).overflowX !== "visible" && (box.right > clip.right + 1 || box.left < clip.left - 1))
        layout.push(`cut off: ${name(e)} by ${name(at)}`);
    }

  // (c) Panels begin and end on multiples of 4 px, within the 1 px of a hairline; controls have such heights, those of segments together.
  const off4 = (v) => Math.abs(v - 4 * Math.round(v / 4));
  for (const e of all.filter((e) => e.matches("#top, #left, #centre, #right, #status, #toolbar, #stage, #legend, #scrubber, #changes, .maps-toolbar, .maps-left, .maps-right, .tab-bar, .sweep-left, .sweep-right"))) {
    const box = e.getBoundingClientRect();
    for (const side of ["left", "top", "right", "bottom"])
      if (off4(box[side]) > 1.01 && !(side === "right" && innerWidth - box.right < 1)) layout.push(`off the grid: ${name(e)} ${side} ${box[side].toFixed(1)}`);
  }
  for (const e of controls.filter((e) => e.matches("button, select, input:not([type=checkbox])") && !e.matches(".cell, .image-card, .unit:not(.short), .segments *, .tab-segments *")).concat(all.filter((e) => e.matches(".segments, .tab-segments"))))
    if (off4(e.getBoundingClientRect().height) > 1.01) layout.push(`off the grid: ${name(e)} is ${e.getBoundingClientRect().height.toFixed(1)} high`);

  // (e) Text against what lies behind it, (f) never smaller than 11 px.
  const painter = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (css) => {
    painter.clearRect(0, 0, 1, 1), painter.fillStyle = css, painter.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = painter.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const blend = ([r, g, b, a], under) => [r, g, b].map((v, i) => v * a + under[i] * (1 - a));
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  // On the photograph anything may lie behind: the worse of black and white counts.
  const grounds = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.unshift(colour);
      if (colour[3] === 1) return [layers.reduce((under, c) => blend(c, under), [0, 0, 0])];
      if (at.id === "stage") break;
    }
    return [[0, 0, 0], [255, 255, 255]].map((start) => layers.reduce((under, c) => blend(c, under), start));
  };
  const opacity = (e) => (e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1);
  const contrast = (css, e) => {
    const colour = rgba(css);
    colour[3] *= opacity(e);
    return Math.min(...grounds(e).map((ground) => ratio(blend(colour, ground), ground)));
  };
  const readable = (e, css) => {
    const got = contrast(css, e);
    if (got < 4.5) colours.push(`contrast ${got.toFixed(2)}: ${name(e)} ${css}`);
  };
  for (const e of [...texts, ...all.filter((e) => e.matches("svg text, input:not([type=range]):not([type=checkbox]), select"))]) {
    const style = getComputedStyle(e);
    if (parseFloat(style.fontSize) < 11) layout.push(`small text: ${name(e)} ${style.fontSize}`);
    if (e.disabled || e.closest("[disabled]")) continue;
    readable(e, e.matches("svg text") ? style.fill : style.color);
    if (e.placeholder && !e.value) readable(e, getComputedStyle(e, "::placeholder").color);
  }
  // Frames that tell a state stand out from what is around them.
  const frames = ".segments [aria-pressed=true], .segments [aria-selected=true], .chip[aria-pressed=true], .pill[aria-pressed=true], .unit.off, .unit.partial, .text-field, select, .switch-row i, .tab-segments [aria-pressed=true]";
  for (const e of all.filter((e) => e.matches(frames))) {
    const got = contrast(getComputedStyle(e).borderTopColor, e.parentElement);
    if (got < 3) colours.push(`frame ${got.toFixed(2)}: ${name(e)}`);
  }

  // (h) The page scrolls sideways at no width.
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) layout.push(`the page is ${wide} wide in a window of ${innerWidth}`);
  return {layout: [...new Set(layout)], colours: [...new Set(colours)]};
}
