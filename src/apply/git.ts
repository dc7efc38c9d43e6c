import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RefusedError } from '../errors.js';
import { sha256 } from '../plan/hash.js';

const execute = promisify(execFile);

/**
 * The files of the target with changes that git could not give back: changed, staged, deleted, or untracked and not
 * ignored.
 *
 * @param root the target directory, absolute
 * @param ignore files that do not count while their content has this SHA-256 (what an earlier run wrote); null for one
 *   that never counts (the record). Paths are relative to the target.
 * @returns paths relative to the target, sorted; null when it is not in a git work tree, or git is not installed
 * @throws RefusedError when git cannot tell, such as for a repository of another user
 */
export async function uncommittedChanges(
  root: string,
  ignore: ReadonlyMap<string, string | null>,
): Promise<string[] | null> {
  const prefix = await git(root, ['rev-parse', '--is-inside-work-tree', '--show-prefix']);
  if (prefix === null || !prefix.startsWith('true\n')) return null;
  const below = prefix.slice('true\n'.length).replace(/\n$/, '');
  const status = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--', '.'];
  const output = (await git(root, status)) ?? '';
  const paths = output
    .split('\0')
    .filter((line) => line !== '')
    // "XY path", relative to the top of the work tree (git-status(1), porcelain version 1).
    .map((line) => line.slice(3))
    .map((path) => (path.startsWith(below) ? path.slice(below.length) : path));
  return paths.filter((path) => !isOurs(root, path, ignore)).sort();
}

function isOurs(root: string, path: string, ignore: ReadonlyMap<string, string | null>): boolean {
  const expected = ignore.get(path);
  if (path.startsWith('.add-prom-metrics/') || expected === null) return true;
  if (expected === undefined) return false;
  try {
    return sha256(readFileSync(join(root, path))) === expected;
  } catch {
    return false;
  }
}

/** Runs git without touching the repository: no index refresh, no monitor process. null when this is no work tree. */
async function git(cwd: string, args: readonly string[]): Promise<string | null> {
  try {
    const options = { cwd, maxBuffer: 256 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } };
    const { stdout } = await execute('git', ['--no-optional-locks', '-c', 'core.fsmonitor=false', ...args], options);
    return stdout;
  } catch (error) {
    const { code, stderr } = Object.assign({ code: '', stderr: '' }, error);
    if (code === 'ENOENT' || stderr.includes('not a git repository')) return null;
    throw new RefusedError(
      `git cannot tell whether there are uncommitted changes: ${stderr.trim() || String(error)}`,
      'Make git work here, or pass --force to go on without that check.',
    );
  }
}
