import type { ManualStep } from '../../../errors.js';

/** The two lines that a user adds by hand where the tool does not dare to, for the manual list. */
export function linesToAdd(path: string, place: string): ManualStep {
  return {
    path,
    reason: `the app's creation could not be edited safely${place === '' ? '' : ` (line ${place})`}`,
    snippet: [
      '// first import of the file:',
      "const { instrument } = require('./metrics');   // ES modules: import { instrument } from './metrics/index.js';",
      '// where the app is created:',
      'const app = instrument(express());',
    ].join('\n'),
  };
}
