import { posix } from 'node:path';
import type { Files } from '../../project/source-files.js';

const names = ['metrics', 'prom-metrics', 'prometheus-metrics'];

/**
 * The folder for the generated modules: beside the entry, and called `metrics`, unless a file or folder of that name,
 * or one that would be imported by it, is there already.
 *
 * @returns a path relative to the target, or undefined when all names are taken
 */
export function freeMetricsFolder(files: Files, entry: string): string | undefined {
  const beside = posix.dirname(entry);
  return names.map((name) => posix.join(beside, name)).find((path) => isFree(files, path));
}

function isFree(files: Files, path: string): boolean {
  return ['', '.js', '.ts', '.mjs', '.cjs', '.mts', '.cts', '.json'].every((end) => !files.exists(path + end));
}
