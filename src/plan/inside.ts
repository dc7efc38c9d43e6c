import { lstatSync, realpathSync } from 'node:fs';
import { isAbsolute, join, posix, relative, sep } from 'node:path';
import { RefusedError, UsageError } from '../errors.js';

/** Node's error code (`ENOENT` …) of something that was thrown; undefined when it has none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * The canonical name of a path of the target: relative to `root`, forward slashes, symbolic links resolved as far as the
 * path exists. Two names of one file give the same answer, so that it is never edited twice.
 *
 * @param root the target directory, absolute and itself without symbolic links
 * @throws UsageError when the path is absolute or climbs out with `..`
 * @throws RefusedError when a symbolic link on the way leads out of the target, or nowhere; and for git's own files (a
 *   `.git/config` that somebody's record names would run code) and the tool's state directory
 */
export function resolveInside(root: string, path: string): string {
  const typed = posix.normalize(path.replaceAll(sep, '/'));
  if (path === '' || path.includes('\0') || isAbsolute(path) || /^[A-Za-z]:/.test(path)) {
    throw new UsageError(`${JSON.stringify(path)} is not a path relative to the target directory.`);
  }
  if (typed === '..' || typed.startsWith('../')) {
    throw new UsageError(
      `${path} lies outside the target directory.`,
      'Only files of the target are read and written; give a path inside it.',
    );
  }
  const names = typed.split('/').filter((name) => name !== '' && name !== '.');
  refusePrivate(names, path);
  const missing: string[] = [];
  while (names.length > 0 && !isThere(join(root, ...names))) missing.unshift(names.pop() ?? '');
  const real = relative(root, realPath(join(root, ...names), path));
  if (real === '..' || real.startsWith(`..${sep}`) || isAbsolute(real)) {
    throw new RefusedError(
      `${path} is, or lies behind, a symbolic link that leads out of the target directory.`,
      'Files outside the target are never touched. Run the command on the directory that holds the real file.',
    );
  }
  const canonical = [...real.split(sep), ...missing].filter((name) => name !== '');
  refusePrivate(canonical, path);
  return canonical.join('/');
}

/** `.git` also as case-blind file systems and Windows (`.git.`, `GIT~1`) spell it. */
const privateName = /^(?:\.git[. ]*|git~\d+|\.add-prom-metrics[. ]*)$/i;

function refusePrivate(names: readonly string[], path: string): void {
  if (!names.some((name) => privateName.test(name))) return;
  throw new RefusedError(
    `${path} belongs to git or to this tool's own state.`,
    'Only files of the project are read and written. Look where that path comes from before you go on.',
  );
}

function isThere(absolute: string): boolean {
  try {
    lstatSync(absolute);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new UsageError(`${absolute} cannot be read (${code ?? String(error)}).`, 'Check its permissions.');
  }
}

function realPath(absolute: string, path: string): string {
  try {
    return realpathSync(absolute);
  } catch (error) {
    throw new RefusedError(`${path} is a symbolic link that leads nowhere (${errorCode(error) ?? String(error)}).`);
  }
}
