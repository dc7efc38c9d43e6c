import type { ManualStep } from '../../../errors.js';

/**
 * The lines that a user adds by hand where the tool does not dare to. A run after that finds them (see hand-wired.ts), and
 * writes what they refer to.
 *
 * @param file the file that creates the app, as far as it is known
 * @param place the lines in question, in words; empty where there are none
 */
export function linesToAdd(file: { readonly path: string; readonly text: string }, place: string): ManualStep {
  const isEsm = /\.[mc]?ts$|\.mjs$/.test(file.path) || /^\s*(?:import|export)\s/m.test(file.text);
  const line = isEsm
    ? "import { instrument } from './metrics/index.js';"
    : "const { instrument } = require('./metrics');";
  return {
    path: file.path,
    reason: `the app's creation could not be edited safely${place === '' ? '' : ` (line ${place})`}`,
    snippet: [
      `${line} // the first import of the file`,
      'const app = instrument(express()); // around whatever creates the app',
      '// Then run add-prom-metrics again: it finds these lines and writes the metrics folder.',
    ].join('\n'),
  };
}
