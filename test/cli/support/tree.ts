import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every file, folder and link below a folder, with its mode and its content's hash. Of `.git` only our own state folder
 * counts: git rewrites its index when it is asked for the status.
 */
export function treeOf(root: string, folder = ''): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (folder === '.git' && name !== 'add-prom-metrics') continue;
    const stats = lstatSync(join(root, path));
    entries[path] = `${stats.mode.toString(8)} ${contentOf(join(root, path))}`;
    if (stats.isDirectory()) Object.assign(entries, treeOf(root, path));
  }
  return entries;
}

function contentOf(path: string): string {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return readlinkSync(path);
  return stats.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
}
