import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The root of the git work tree that holds a folder, found without starting git.
 *
 * @param folder an absolute path
 * @returns an absolute path, or undefined when the folder is not in a git repository
 */
export function findGitRoot(folder: string): string | undefined {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, '.git'))) return current;
    if (dirname(current) === current) return undefined;
  }
}
