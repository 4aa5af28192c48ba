// Colours of data: levels, heads, the sequential scale, and what lies on the photograph.

export const levelColours = ["#F0E442", "#56B4E9", "#009E73", "#CC79A7", "#E69F00", "#D55E00"];
export const headColours = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#9AA3AD"];
export const marks = {
  halo: "rgba(11,13,16,0.55)",
  white: "#FFFFFF",
  lost: "#FF9A4A",
  gained: "#6CC3FF",
  label: "rgba(20,24,30,0.88)",
  labelLost: "#8F3C00",
  labelGained: "#005A8E",
  ink: "#14181E",
};

const anchors = ["00224E", "123570", "3B496C", "575D6D", "707173", "8A8779", "A69D75", "C4B56C", "E4CF5B", "FEE838"];

/** Below 0 blue, above 0 orange: as the figures of `explain --kind map` have it. */
const differenceAnchors = ["0B4F8A", "5FA2D4", "F4F4F2", "F0A04B", "A94F00"];

/** Between anchors at equal steps, [256 * 3] bytes.
 * @param {string[]} colours */
function tableOf(colours) {
  const rgb = colours.map((a) => [0, 2, 4].map((at) => parseInt(a.slice(at, at + 2), 16)));
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; ++i) {
    const at = (i / 255) * (rgb.length - 1), low = Math.min(rgb.length - 2, Math.floor(at)), t = at - low;
    for (let c = 0; c < 3; ++c) table[i * 3 + c] = Math.round(rgb[low][c] * (1 - t) + rgb[low + 1][c] * t);
  }
  return table;
}

export const cividis = tableOf(anchors);
export const difference = tableOf(differenceAnchors);

/** @param {number} t 0 to 1 */
export function sequential(t) {
  const i = Math.round(Math.min(1, Math.max(0, t)) * 255) * 3;
  return `rgb(${cividis[i]},${cividis[i + 1]},${cividis[i + 2]})`;
}

/** @param {number} t -1 to 1 */
export function diverging(t) {
  const i = Math.round(127.5 * (1 + Math.min(1, Math.max(-1, t)))) * 3;
  return `rgb(${difference[i]},${difference[i + 1]},${difference[i + 2]})`;
}

/** Black or white, whichever contrasts more with sequential(t).
 * @param {number} t */
export const inkOn = (t) => (t > 0.5 ? "#14181E" : "#FFFFFF");
