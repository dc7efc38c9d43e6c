import { basename, dirname, join } from 'node:path';
import type { Disk } from './disk.js';
import type { Journal } from './journal.js';
import { tryTo } from './lock.js';

/** Where Python keeps what it has compiled, beside the modules (PEP 3147). */
const cacheName = '__pycache__';

/**
 * Removes folders of deleted modules in which nothing is left but what Python has compiled of these very modules; a cache
 * in which there is anything else stays, and so does its folder.
 */
export async function removeBytecode(disk: Disk, root: string, { entries, emptied }: Journal): Promise<void> {
  const deleted = entries.filter(({ path, after }) => after === null && path.endsWith('.py')).map(({ path }) => path);
  if (deleted.length === 0) return;
  for (const { path } of emptied) {
    const folder = join(root, path);
    const modules = deleted.filter((file) => dirname(file) === path);
    if (modules.length > 0 && (await holdsOnlyCache(disk, folder))) {
      await removeCache(disk, join(folder, cacheName), modules);
    }
    await tryTo(() => disk.rmdir(folder), ['ENOENT', 'ENOTEMPTY', 'EEXIST']);
  }
}

async function holdsOnlyCache(disk: Disk, folder: string): Promise<boolean> {
  const names = await disk.list(folder);
  return names.length === 1 && names[0] === cacheName && (await kindOf(disk, join(folder, cacheName))) === 'folder';
}

async function removeCache(disk: Disk, cache: string, modules: readonly string[]): Promise<void> {
  const stems = modules.map((module) => basename(module, '.py'));
  const files = (await disk.list(cache)).map((name) => join(cache, name));
  for (const file of files) {
    if (!isCompiled(basename(file), stems) || (await kindOf(disk, file)) !== 'file') return;
  }
  for (const file of files) await disk.unlink(file);
  await disk.rmdir(cache);
}

/** `wiring.cpython-311.pyc`, `wiring.cpython-311.opt-1.pyc`. */
function isCompiled(name: string, stems: readonly string[]): boolean {
  return name.endsWith('.pyc') && stems.some((stem) => name.startsWith(`${stem}.`));
}

async function kindOf(disk: Disk, path: string): Promise<string | undefined> {
  return (await disk.stat(path))?.kind;
}
