import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { splice } from '../../../../src/languages/splice.js';
import { isTypeScript } from '../../../../src/languages/typescript/parse.js';
import { editApp } from '../../../../src/targets/node/express/edit-app.js';
import type { EditOptions } from '../../../../src/targets/node/express/edit-options.js';
import { editStart } from '../../../../src/targets/node/express/edit-start.js';
import { candidateApps, type ExpressApp, findExpressApps } from '../../../../src/targets/node/express/find-app.js';

/**
 * A folder in cases/: `input.js.txt`, what is to become of it, `output.js.txt`, and perhaps `options.json` with what differs
 * from {@link defaultOptions}. The ending `.txt` keeps compilers and editors away from the bytes; the rest of the name is
 * the file's. A folder whose name begins with `start-` is about the file where the process starts.
 */
export interface EditCase {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
  /** Name of the edited file: `input.ts`, or `input` without an extension. */
  readonly path: string;
  readonly input: string;
  readonly output: string | undefined;
  readonly options: EditOptions;
}

const root = fileURLToPath(new URL('cases', import.meta.url));

export function readCases(): EditCase[] {
  return readdirSync(root).map(readCase);
}

function readCase(name: string): EditCase {
  const folder = join(root, name);
  const files = readdirSync(folder);
  const inputName = files.find((file) => file.startsWith('input')) ?? 'input is missing';
  const path = inputName.replace(/\.txt$/, '');
  const outputName = join(folder, inputName.replace('input', 'output'));
  return {
    name,
    folder,
    files,
    path,
    input: readFileSync(join(folder, inputName), 'utf8'),
    output: existsSync(outputName) ? readFileSync(outputName, 'utf8') : undefined,
    options: { ...defaultOptions(path), ...(files.includes('options.json') ? readOptions(folder) : {}) },
  };
}

function readOptions(folder: string): Partial<EditOptions> {
  return JSON.parse(readFileSync(join(folder, 'options.json'), 'utf8'));
}

export function defaultOptions(path: string): EditOptions {
  const isEsm = path.endsWith('.mjs');
  return {
    module: {
      path: './metrics/index',
      extension: isTypeScript(path) ? '.ts' : '.js',
      defaultExtension: isEsm ? '.js' : '',
    },
    moduleSystem: isEsm ? 'esm' : 'cjs',
  };
}

/** What the tool makes of a case's input. */
export function runCase({ name, path, input, options }: EditCase): string {
  if (name.startsWith('start-')) return splice(input, editStart(path, input, options));
  return splice(input, editApp(path, input, onlyApp(path, input), options));
}

function onlyApp(path: string, text: string): ExpressApp {
  const [app, ...more] = candidateApps(findExpressApps(path, text));
  if (app === undefined || more.length > 0)
    throw new Error(`${more.length + (app ? 1 : 0)} applications instead of one`);
  return app;
}
