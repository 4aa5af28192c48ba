// Times that a bench reads from the browser: performance.measure entries saccade:hover, saccade:scrub and saccade:run.

/** @param {string} name @param {number} start  of performance.now() */
export function measured(name, start) {
  // A long session must not fill the browser's buffer.
  if (performance.getEntriesByName(name).length > 2000) performance.clearMeasures(name);
  performance.measure(name, {start, end: performance.now()});
}
