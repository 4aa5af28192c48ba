// Which images are the frames of one sequence: told by the numbers at the end of their names.

/** @typedef {{id: string, name: string, number: string}} Frame  number: as the name writes it */

/** A jump in the numbers larger than this many usual steps begins another sequence. */
const longJump = 10;

/** "Town02_" and "008280" of "Town02_008280.jpg".
 * @param {string} name @returns {[string, string]} */
function split(name) {
  const found = /^(.*?)(\d+)(\.[^./]*)?$/.exec(name);
  return found ? [found[1], found[2]] : [name, ""];
}

/** @param {Frame[]} frames by rising number @returns {number[]} how far each is from the one before it */
const steps = (frames) => frames.slice(1).map((f, i) => Number(f.number) - Number(frames[i].number));

/** The images around this one with the same name before the number, by rising number.
 * @param {import("./types.js").ImageEntry[]} images @param {string} id @returns {Frame[]} */
export function sequenceOf(images, id) {
  const own = images.find((i) => i.id === id);
  if (!own) return [];
  const [name] = split(own.name);
  const same = images.map((i) => ({id: i.id, name: i.name, number: split(i.name)[1]}))
                   .filter((f) => f.number && split(f.name)[0] === name)
                   .sort((a, b) => Number(a.number) - Number(b.number));
  const apart = steps(same), usual = [...apart].sort((a, b) => a - b)[apart.length >> 1];
  const at = same.findIndex((f) => f.id === id);
  let first = at, end = at + 1;
  while (first > 0 && apart[first - 1] <= longJump * usual) --first;
  while (end < same.length && apart[end - 1] <= longJump * usual) ++end;
  return at < 0 ? [{id, name: own.name, number: ""}] : same.slice(first, end);
}

/** @param {string} name without its ending */
const stem = (name) => name.replace(/\.[^./]*$/, "");

/** What the sequence is, in words.
 * @param {Frame[]} frames */
export function sequenceWords(frames) {
  return `Sequence: ${frames.length} images, ${stem(frames[0].name)} to ${stem(frames[frames.length - 1].name)}: ` +
      `same name before the number, and no jump of more than ${longJump} usual steps between numbers.`;
}
