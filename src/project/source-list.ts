import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

const skipped = new Set([
  'venv',
  'env',
  '__pycache__',
  'node_modules',
  'dist',
  'build',
  'coverage',
  'out',
  'bower_components',
  'vendor',
]);

const javascript = /\.[cm]?[jt]sx?$/;

/** Source files of every language. */
export const anySource = /\.(?:[cm]?[jt]sx?|py)$/;

/** A bound against folders that are not source code at all (uploads, data). */
const mostFiles = 20_000;

/**
 * The source files of a target, relative to it: JavaScript and TypeScript, and Python where it is asked for. Installed packages, built files and hidden folders
 * are left out, and symbolic links are not followed.
 */
export function listSources(root: string, names = javascript): string[] {
  const found: string[] = [];
  const folders = [''];
  for (const folder of folders) {
    const entries = entriesOf(join(root, folder));
    const inFolder = (entry: Dirent) => (folder === '' ? entry.name : `${folder}/${entry.name}`);
    folders.push(...entries.filter(isSourceFolder).map(inFolder));
    found.push(...entries.filter((entry) => entry.isFile() && names.test(entry.name)).map(inFolder));
    if (found.length >= mostFiles) break;
  }
  return found.sort();
}

function isSourceFolder(entry: Dirent): boolean {
  return entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith('.');
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not readable: not ours to judge
  }
}
