// Mounts a tab as the frame does and writes down what it calls: `window.calls`.
import * as dataset from "./dataset_tab.js";
import * as runs from "./runs_tab.js";

const tabs = { dataset, runs };
const calls = [];
let mounted = null;

async function answer(path) {
  const reply = await fetch(path);
  if (!reply.ok) throw new Error((await reply.json()).error);
  return reply;
}

const context = {
  api: { json: async (path) => (await answer(path)).json(), text: async (path) => (await answer(path)).text() },
  state: { addIntervention: (text) => say(["addIntervention", text]) },
  openImage: (name, interventions) => say(["openImage", name, interventions]),
};

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
show(options.get("tab") ?? "dataset");
Object.assign(window, { calls, show, unmount: () => mounted?.unmount() });
