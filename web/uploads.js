// Images from this computer: the file button, and files dropped anywhere on the page.
import {messageOf} from "./api.js";
import {byId} from "./dom.js";

/** @typedef {import("./actions.js").Actions} Actions */

/** @param {Actions} actions @param {File} file */
async function upload(actions, file) {
  const limit = actions.s.info.upload_limit_mb;
  if (file.size > limit * 1024 * 1024) return actions.runs.say({text: `${file.name}: larger than ${limit} MB`}, 8000);
  try {
    const image = await actions.api.upload(file);
    actions.store.set({images: await actions.api.images()});
    await actions.open(image.id);
  } catch (error) {
    actions.runs.say({text: messageOf(error)}, 8000);
  }
  return undefined;
}

/** @param {Actions} actions @returns {() => void} opens the file chooser */
export function startUploads(actions) {
  const input = /** @type {HTMLInputElement} */ (byId("file")), here = byId("drop-here");
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) upload(actions, file);
    input.value = "";
  });
  const hasFile = (/** @type {DragEvent} */ e) => e.dataTransfer?.types.includes("Files") ?? false;
  const show = (/** @type {boolean} */ over) => {
    here.hidden = !over && actions.s.images.length > 0;
    here.classList.toggle("over", over);
  };
  document.addEventListener("dragover", (e) => {
    if (!hasFile(e)) return;
    e.preventDefault();
    show(true);
  });
  document.addEventListener("dragleave", (e) => !e.relatedTarget && show(false));
  document.addEventListener("drop", (e) => {
    if (!hasFile(e)) return;
    e.preventDefault();
    show(false);
    const file = e.dataTransfer?.files[0];
    if (file) upload(actions, file);
  });
  actions.store.on(["images", "image"], () => show(false));
  return () => input.click();
}
