// The images that a unit's absence harmed or helped most, as pictures where the server has them.
import { h } from "./dom.js";
import { counted, plain } from "./number_text.js";
import { whyNotOpened } from "./sweep_words.js";
import { segments } from "./tab_dom.js";

/** @typedef {import("./sweep_data.js").Sweep} Sweep */
/** @typedef {import("./sweep_data.js").Unit} Unit */
/** @typedef {Map<string, {id: string, name: string}>} KnownImages by name and by name without folders */

const HARMED = "Most harmed";
const HELPED = "Most helped";

/** @param {string} name */
const lastPart = (name) => name.slice(name.lastIndexOf("/") + 1);

/**
 * A name without its folders counts only while one image alone has it.
 * @param {{id: string, name: string}[]} images
 * @returns {KnownImages}
 */
export function knownImages(images) {
  /** @type {KnownImages} */
  const known = new Map();
  const seen = new Set();
  for (const image of images) {
    const short = lastPart(image.name);
    if (seen.has(short)) known.delete(short);
    else known.set(short, image);
    seen.add(short);
  }
  for (const image of images) known.set(image.name, image);
  return known;
}

/**
 * A picture that opens.
 * @param {{id: string, name: string}} image
 * @param {(Node | string)[]} words under it
 * @param {string} title what opening it does
 * @param {() => void} open
 */
export function imageCard(image, words, title, open) {
  return h("button", { type: "button", class: "image-card", title, onclick: open }, ...pictured(image, words));
}

/**
 * @param {{id: string, name: string}} image
 * @param {(Node | string)[]} words
 */
function pictured(image, words) {
  const caption = h("span", { class: "image-name", title: image.name }, ...words);
  const photo = h("img", { class: "image-photo", loading: "lazy", alt: "", src: `/api/image/${encodeURIComponent(image.id)}/photo` });
  photo.addEventListener("error", () => photo.replaceWith(h("span", { class: "image-photo" }, "no picture")));
  return [photo, caption];
}

/**
 * @param {string} name
 * @param {{id: string, name: string} | undefined} image
 * @param {string} why it cannot be opened with the unit off, or empty
 * @param {(name: string) => void} open
 */
function card(name, image, why, open) {
  if (image && why) return h("div", { class: "image-card" }, ...pictured(image, [name]), h("span", { class: "tab-caption" }, why));
  if (image) return imageCard(image, [name], `Open ${image.name} with this unit off`, () => open(image.name));
  return h("div", { class: "image-card is-unknown" }, h("span", { class: "image-photo" }, "not among the images that are open here"),
    h("span", { class: "image-name", title: name }, name));
}

/**
 * @param {Sweep} sweep
 * @param {Unit} unit
 */
function summary(sweep, unit) {
  const { better, worse } = unit.images;
  const same = Math.max(0, sweep.images - better - worse);
  const { lost, gained, moved, kept } = unit.detections;
  const detections = `Detections with a score of ${plain(sweep.threshold, 2)} or more: ${lost} lost, ${gained} gained, ${kept} kept, ${moved} of them moved.`;
  return { images: `${worse} worse, ${same} same, ${better} better; greatest change first`, detections };
}

/**
 * @param {Sweep} sweep
 * @param {Unit} unit
 * @param {KnownImages} known
 * @param {{isHarmed: boolean}} choice kept from unit to unit
 * @param {(name: string) => void} open
 */
export function imagesPanel(sweep, unit, known, choice, open) {
  const words = summary(sweep, unit);
  const cards = h("div", { class: "image-cards" }), why = whyNotOpened([...sweep.interventions, unit.text]);
  const show = () => {
    const names = choice.isHarmed ? unit.images.worst : unit.images.best;
    cards.replaceChildren(...names.map((name) => card(name, known.get(name) ?? known.get(lastPart(name)), why, open)));
    if (!names.length) cards.append(h("p", { class: "tab-caption" }, choice.isHarmed ? "No image got worse." : "No image got better."));
  };
  const tabs = segments("Which images", [HARMED, HELPED], choice.isHarmed ? HARMED : HELPED, (name) => {
    choice.isHarmed = name === HARMED;
    show();
  });
  show();
  return h(
    "section", { class: "unit-images" },
    h("div", { class: "tab-row" }, h("h3", {}, "Images"), tabs,
      h("span", { class: "tab-caption tab-end", title: `By hits minus false alarms at IoU 0.5, of ${counted(sweep.images, "image")}` }, words.images)),
    h("p", { class: "tab-caption" }, words.detections),
    cards,
  );
}
