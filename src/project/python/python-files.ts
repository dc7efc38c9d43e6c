import { posix } from 'node:path';
import type { Folders } from '../deployment.js';
import { readIfText } from '../source-files.js';

/** Folders whose code is not the service's. */
const skipped = new Set(
  (
    'node_modules venv env virtualenv site-packages __pycache__ build dist docs doc test tests testing example examples ' +
    'sample samples demo demos migrations alembic static templates vendor third_party benchmarks notebooks'
  ).split(' '),
);

/** More folders and files than a service has; what lies deeper or beyond is data, or somebody else's. */
const mostFolders = 2_000;
const deepest = 8;

/** The target's Python files, those near its root first; tests, examples and environments left out. */
export function pythonFiles(files: Folders): string[] {
  const found: string[] = [];
  let folders = ['.'];
  for (let visited = 0, depth = 0; depth < deepest && visited < mostFolders; depth += 1) {
    const paths = folders.flatMap((folder) => listed(files, folder).map((name) => posix.join(folder, name)));
    found.push(...paths.filter((path) => isOwnCode(path) && readIfText(files, path) !== undefined));
    visited += folders.length;
    // What has an extension is no folder of code.
    folders = paths.filter((path) => !skipped.has(posix.basename(path)) && !posix.basename(path).includes('.'));
  }
  return found;
}

function isOwnCode(path: string): boolean {
  const name = posix.basename(path);
  return name.endsWith('.py') && !/^(?:test_.*|.*_test|conftest|setup)\.py$/.test(name);
}

function listed(files: Folders, folder: string): string[] {
  try {
    return files.list(folder);
  } catch {
    return []; // a file, or a folder that cannot be read
  }
}
