import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RefusedError } from '../../../../src/errors.js';
import type { PythonParser } from '../../../../src/languages/python/parse.js';
import { splice } from '../../../../src/languages/splice.js';
import { pythonCode } from '../../../../src/project/python/code.js';
import { type EditOptions, editApp } from '../../../../src/targets/python/flask/edit-app.js';
import { flaskAppsIn } from '../../../../src/targets/python/flask/find-app.js';
import { filesOf } from '../files.js';

/**
 * A folder in cases/: `input.py.txt`, and what is to become of it: `output.py.txt`, or `refused.txt` with the message and
 * the lines to add by hand. `options.json` may name the module and the project's own packages. The ending `.txt` keeps
 * formatters and editors away from the bytes.
 */
export interface EditCase {
  readonly name: string;
  readonly folder: string;
  readonly input: string;
  readonly output: string | undefined;
  readonly refused: string | undefined;
  readonly options: EditOptions;
}

const root = fileURLToPath(new URL('cases', import.meta.url));
export const knownFiles = ['input.py.txt', 'output.py.txt', 'refused.txt', 'options.json'];

export function readCases(): EditCase[] {
  return readdirSync(root).map((name) => {
    const folder = join(root, name);
    const optional = (file: string) =>
      existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : undefined;
    return {
      name,
      folder,
      input: readFileSync(join(folder, 'input.py.txt'), 'utf8'),
      output: optional('output.py.txt'),
      refused: optional('refused.txt'),
      options: optionsFrom(optional('options.json')),
    };
  });
}

function optionsFrom(text: string | undefined): EditOptions {
  const { module = 'metrics', own = [] }: { module?: string; own?: string[] } = JSON.parse(text ?? '{}');
  return { module, isOwn: (name) => own.includes(name.split('.')[0] ?? '') };
}

/** What the tool makes of a case's input: the edited file, or the refusal. */
export function runCase(parser: PythonParser, { input, options }: EditCase): { output: string } | { refused: string } {
  const [app, ...more] = flaskAppsIn(pythonCode(filesOf({ 'app.py': input }), parser), 'app.py');
  if (app === undefined || more.length > 0) throw new Error(`${more.length + (app ? 1 : 0)} apps instead of one`);
  try {
    return { output: splice(input, editApp(parser, input, app, options)) };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { refused: `${error.message}\n\n${error.manual.map(({ snippet }) => snippet).join('\n')}` };
  }
}
