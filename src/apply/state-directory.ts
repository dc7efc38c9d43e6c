import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const ourName = 'add-prom-metrics';

/** A file in the state directory that outlives runs: what our installs made of lockfiles. */
export const memoryName = 'lockfile.json';

/**
 * Where the lock and the journal of runs on a target lie: what `git rev-parse --git-path add-prom-metrics` prints, found
 * without starting git; outside of git `.add-prom-metrics` in the target. In a work tree or submodule, `.git` is a file
 * that names git's folder (gitrepository-layout(5)).
 *
 * @param root the target directory, absolute
 * @returns an absolute path; the folder need not exist
 */
export function stateDirectory(root: string): string {
  for (let folder = root; ; folder = dirname(folder)) {
    const git = gitFolder(join(folder, '.git'));
    if (git !== undefined) return join(git, ourName);
    if (folder === dirname(folder)) return join(root, `.${ourName}`);
  }
}

/** The same state directory by its real path; as it is when the folder above it is not there. */
export function realStateDirectory(stateDir: string): string {
  try {
    return join(realpathSync(dirname(stateDir)), basename(stateDir));
  } catch {
    return stateDir;
  }
}

function gitFolder(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const named = stat.isFile() ? /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(path, 'utf8'))?.[1] : '';
  if (named === undefined) return undefined;
  const folder = named === '' ? path : resolve(dirname(path), named);
  return statSync(join(folder, 'HEAD'), { throwIfNoEntry: false }) === undefined ? undefined : folder;
}
