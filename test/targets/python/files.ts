import { posix } from 'node:path';
import type { Folders } from '../../../src/project/deployment.js';

/** Files in memory, by path. */
export function filesOf(texts: Readonly<Record<string, string>>): Folders {
  const isFolder = (path: string) => path === '.' || Object.keys(texts).some((name) => name.startsWith(`${path}/`));
  return {
    read: (path) => texts[posix.normalize(path)],
    exists: (path) => texts[posix.normalize(path)] !== undefined || isFolder(posix.normalize(path)),
    list: (folder) => {
      const prefix = posix.normalize(folder) === '.' ? '' : `${posix.normalize(folder)}/`;
      const inside = Object.keys(texts).filter((name) => name.startsWith(prefix));
      return [...new Set(inside.map((name) => name.slice(prefix.length).split('/')[0] ?? ''))].sort();
    },
  };
}
