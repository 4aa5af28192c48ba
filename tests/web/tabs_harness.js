// Mounts a tab as the frame does and writes down what it calls: `window.calls`.
import { Api } from "./api.js";
import * as dataset from "./dataset_tab.js";
import * as runs from "./runs_tab.js";
import { Store, firstState } from "./state.js";

const tabs = { dataset, runs };
const calls = [];
let mounted = null;

const api = new Api();
const store = new Store(firstState(await api.model()));
const context = {
  api, store,
  state: { addIntervention: (text) => say(["addIntervention", text]) },
  openImage: (name, texts, query = -1) => say(["openImage", name, texts, ...(query < 0 ? [] : [query])]),
};

/** An image on the tab Image, with what the model that is open finds there. */
async function openImage(id) {
  const image = await api.image(id);
  store.set({ image, photo: await createImageBitmap(await (await api.request(api.photoUrl(id))).blob()) });
  store.set({ history: [{ label: "baseline", lines: [], result: await api.run(id, []), gesture: "" }] });
}

function say(call) {
  calls.push(call);
  document.getElementById("said").textContent = JSON.stringify(call);
}

function show(name) {
  mounted?.unmount();
  mounted = tabs[name].mount(document.getElementById("tab"), context);
}

const options = new URLSearchParams(location.search);
document.documentElement.dataset.theme = options.get("theme") ?? "light";
for (const name of Object.keys(tabs)) document.getElementById(name).addEventListener("click", () => show(name));
if (options.has("image")) await openImage(options.get("image"));
show(options.get("tab") ?? "dataset");
Object.assign(window, { calls, show, store, unmount: () => mounted?.unmount() });
