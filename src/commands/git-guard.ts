import { RefusedError } from '../errors.js';
import { type InstallRecord, recordName } from '../plan/record.js';
import type { Workspace } from '../plan/workspace.js';
import type { Session } from './session.js';

const lockfiles = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb'];

/**
 * Refuses to write among changes that git could not give back. What an earlier run wrote, and is still as it wrote it,
 * does not count.
 *
 * @throws RefusedError naming the files
 */
export async function refuseUncommitted(
  workspace: Workspace,
  record: InstallRecord | undefined,
  force: boolean,
  session: Session,
): Promise<void> {
  if (force) return;
  const { uncommittedChanges } = await import('../apply/git.js');
  const found = await uncommittedChanges(workspace.root, oursIn(record));
  if (found === null) {
    session.note('This is not a git repository: what is written can only be taken back with add-prom-metrics remove.');
    return;
  }
  // Installed packages, and what Python compiles, that nobody ignored are never edited, and can be had again.
  // A file that is staged and changed again is told twice.
  const changes = [...new Set(found)].filter(
    (path) => !/(?:^|\/)(?:node_modules\/|__pycache__\/[^/]+\.pyc$)/.test(path),
  );
  if (changes.length === 0) return;
  const shown = changes.slice(0, 5).join(', ') + (changes.length > 5 ? ` and ${changes.length - 5} more` : '');
  throw new RefusedError(
    `There are uncommitted changes: ${shown}.`,
    'Commit or stash them first, so that the diff is yours to judge; or go on with --force.',
  );
}

/** Files by what the record knows of them: a hash, or null for the ones that never count. */
function oursIn(record: InstallRecord | undefined): Map<string, string | null> {
  const ours = new Map<string, string | null>([[recordName, null]]);
  for (const { path, sha256 } of record?.files ?? []) ours.set(path, sha256);
  // The package manager rewrote it for the dependency that the record lists.
  if (record !== undefined) for (const lockfile of lockfiles) ours.set(lockfile, null);
  return ours;
}
