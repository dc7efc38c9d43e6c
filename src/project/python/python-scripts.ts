import { posix } from 'node:path';
import type { Folders } from '../deployment.js';
import { readIfText } from '../source-files.js';
import type { StartCommand } from './start-command.js';

/** Python's options that have a value in the next word. */
const withValue = new Set(['-W', '-X', '--check-hash-based-pycs']);

/**
 * The file that a command runs as a script, `python shop/app.py`: there it is `__main__`, its folder is the first that
 * Python looks in, and it has no relative imports.
 *
 * @returns its path, relative to the target; undefined for every other command
 */
export function scriptRunBy({ words, folder = '.' }: StartCommand, files: Folders): string | undefined {
  const values = words.map(({ value }) => value);
  const python = values.findIndex((word) => /^python[\d.]*$/.test(posix.basename(word)));
  if (python === -1) return undefined;
  const given = values.slice(python + 1);
  const index = given.findIndex((word, at) => !word.startsWith('-') && !withValue.has(given[at - 1] ?? ''));
  const script = given[index];
  const isModule = given.slice(0, Math.max(0, index)).some((word) => /^-\w*[mc]$/.test(word));
  if (script === undefined || isModule || !script.endsWith('.py')) return undefined;
  const paths = [posix.join(folder, script), posix.normalize(script)];
  return paths.find((path) => !/^(?:\.\.|\/)/.test(path) && readIfText(files, path) !== undefined);
}
