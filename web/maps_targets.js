// What of a detection the maps of the tab Maps are about: its class, or a side of its box.

/** @typedef {{id: string, name: string, raised: string, lowered: string}} MapTarget  raised, lowered: what that does */

/** @type {MapTarget[]} */
export const mapTargets = [
  {id: "class", name: "class", raised: "for the class", lowered: "against it"},
  {id: "x0", name: "left side", raised: "moves it right", lowered: "left"},
  {id: "y0", name: "top side", raised: "moves it down", lowered: "up"},
  {id: "x1", name: "right side", raised: "moves it right", lowered: "left"},
  {id: "y1", name: "bottom side", raised: "moves it down", lowered: "up"},
];

/** @param {string} id */
export const targetOf = (id) => mapTargets.find((one) => one.id === id) ?? mapTargets[0];
