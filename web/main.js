// Starts the page: asks for the model and its images, puts the parts together, opens what the address names.
import {Actions} from "./actions.js";
import {Api} from "./api.js";
import {card} from "./card.js";
import {changesPanel} from "./changes_panel.js";
import {detectionsPanel} from "./detections_panel.js";
import {byId, copyText, fill, h} from "./dom.js";
import {followSweeps} from "./effects.js";
import {startGroups} from "./groups.js";
import {inspector} from "./inspector.js";
import {interventionsPanel} from "./interventions_panel.js";
import {startKeyboard} from "./keyboard.js";
import {legend} from "./legend.js";
import {networkMap} from "./network_map.js";
import {startPanels} from "./panels.js";
import {keepLink, readLink} from "./permalink.js";
import {Runs} from "./runs.js";
import {startScale} from "./scale.js";
import {scrubber} from "./scrubber.js";
import {followSecondModel} from "./second_model.js";
import {Stage} from "./stage.js";
import {stageChrome} from "./stage_chrome.js";
import {drawStage} from "./stage_draw.js";
import {StageInput} from "./stage_input.js";
import {firstState, restoreHabits, Store} from "./state.js";
import {statusLine} from "./status_line.js";
import {newLine} from "./switches.js";
import {startTheme} from "./theme.js";
import {startTips} from "./tip.js";
import {toolbar} from "./toolbar.js";
import {tabBar, topButtons} from "./topbar.js";
import {units} from "./units.js";
import {startUploads} from "./uploads.js";

/** @param {Api} api */
async function start(api) {
  const [info, images] = await Promise.all([api.model(), api.images()]);
  const store = new Store(firstState(info));
  store.state.images = images;
  restoreHabits(store);
  const stage = new Stage(byId("stage"), byId("centre"), store);
  const runs = new Runs(api, store), actions = new Actions(api, store, runs, stage);
  drawStage(stage, store);
  stageChrome(actions, stage);
  new StageInput(stage, actions);
  for (const part of [toolbar, legend, detectionsPanel, card, scrubber, networkMap, units, inspector,
           interventionsPanel, changesPanel, statusLine, startPanels, followSecondModel, followSweeps])
    part(actions);
  const openTab = connect(actions, keepLink(store));
  startGroups(actions);
  api.listen({
    progress: (p) => runs.busy && store.set({progress: p}),
    closed: (c) => runs.say({
      text: `${c.images} ${c.images === 1 ? "image was" : "images were"} closed to stay within ${
          + (c.budget_mb / 1024).toFixed(1)} GB; they reopen on demand.`
    }),
    stopping: () => runs.connection.lost(),
  },
      () => void (store.state.connected && runs.connection.check()));
  startTips();
  await follow(actions, openTab);
}

/** Buttons, keys and addresses that reach across the page. Returns what opens a tab.
 * @param {Actions} actions @param {() => void} writeLink */
function connect(actions, writeLink) {
  const {store, stage} = actions, openFile = startUploads(actions);
  const copyLink = () => {
    writeLink();
    return copyText(location.href);
  };
  const theme = startTheme(() => {
    store.changed.add("mapNumbers");  // the map's canvas takes colours of the theme
    store.set({said: ""});
    stage.redraw();
  });
  const openImage = async (/** @type {string} */ which, /** @type {string[]} */ texts, query = -1) => {
    openTab("image");
    await actions.open(which, texts.map(newLine));
    if (query >= 0 && isOpen(actions, which) && store.state.pinned < 0) store.set({pinned: query});
  };
  const addIntervention = (/** @type {string} */ text) => {
    actions.runs.change([...store.state.lines, newLine(text)]);
  };
  const openTab = tabBar(actions,
      {api: actions.api, store, state: {addIntervention}, openImage, actions, openTab: (tab) => openTab(tab)});
  topButtons(actions, {copyLink, openFile, theme});
  startKeyboard(actions, {copyLink, openFile, theme, search: () => byId("search-open").click()});
  addEventListener("hashchange", () => follow(actions, openTab));
  return openTab;
}

/** Whether this image, by id or name, is the one that is shown.
 * @param {Actions} actions @param {string} which */
const isOpen = ({s}, which) => [s.image?.id, s.image?.name].includes(which);

/** Opens what the address names, else the first image.
 * @param {Actions} actions @param {(tab: string) => void} openTab */
async function follow(actions, openTab) {
  const {store} = actions, link = readLink(location.hash, store.state);
  const {checkpoint, sweepView, mapModule, ...view} = link.view;
  store.set({checkpoint, sweepView});  // the other tabs show these as soon as they are there
  openTab(link.tab);
  const image = link.image ?? store.state.images[0]?.id;
  if (!image) return store.set({images: []});
  // An address that names no image is a fresh start: with what the server was given.
  const lines = link.image ? link.lines : (store.state.info.interventions ?? []).map(newLine);
  await actions.open(image, lines);
  if (!isOpen(actions, image)) return undefined;  // somebody went on while it was run
  // Meanwhile the image could be seen, and a detection of it pinned.
  const pinned = store.state.pinned < 0 ? view.pinned : store.state.pinned;
  store.set({...view, pinned, mapModule});
  for (const {which, at: [x, y, level]} of link.tokens) await actions.tokens.ask(x, y, which, level);
  return undefined;
}

startScale();
start(new Api()).catch((error) => {
  fill(byId("message"), h("span", {}, `The page could not start: ${error.message}. Is saccade view still running?`));
  byId("message").hidden = false;
  throw error;
});
