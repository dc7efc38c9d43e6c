import { posix } from 'node:path';
import type { Workspace } from '../../plan/workspace.js';

const names = ['metrics', 'prom-metrics', 'prometheus-metrics'];
const extensions = ['.js', '.ts', '.mjs', '.cjs', '.mts', '.cts', '.json'];

/**
 * The folder for the generated modules: beside the entry, and called `metrics`, unless a file or folder of that name,
 * or one that would be imported by it, is there already. The folder of an earlier run is taken again, also when the user
 * has put files of their own into it.
 *
 * @returns a path relative to the target, or undefined when all names are taken
 */
export function freeMetricsFolder(workspace: Workspace, entry: string): string | undefined {
  const beside = posix.dirname(entry);
  const folders = names.map((name) => posix.join(beside, name));
  return folders.find((path) => isOurs(workspace, path)) ?? folders.find((path) => isFree(workspace, path));
}

function isFree(workspace: Workspace, path: string): boolean {
  return ['', ...extensions].every((end) => !workspace.exists(path + end));
}

/** Whether an earlier run's settings lay there; they are withdrawn from the workspace before the run is planned anew. */
function isOurs({ planned }: Workspace, path: string): boolean {
  return extensions.some((end) => planned.drafts.get(`${path}/settings${end}`)?.kind === 'withdrawn');
}
