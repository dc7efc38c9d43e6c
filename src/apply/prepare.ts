import { randomBytes } from 'node:crypto';
import { basename, dirname, join, posix, relative } from 'node:path';
import { ApplyError, RefusedError } from '../errors.js';
import { sha256 } from '../plan/hash.js';
import { resolveInside } from '../plan/inside.js';
import type { FileChange, Plan } from '../plan/plan.js';
import type { Disk, DiskEntry } from './disk.js';
import type { Journal, JournalEntry } from './journal.js';
import { hashOf } from './restore.js';

/**
 * Looks whether a plan can be carried out, without writing, and writes down what that takes.
 *
 * @throws RefusedError when a file is not as it was when the plan was made
 * @throws ApplyError when a file or folder cannot be written
 */
export async function prepare(disk: Disk, root: string, stateDir: string, plan: Plan): Promise<Journal> {
  const changes = plan.changes.map((change) => ({ ...change, path: resolveInside(root, change.path) }));
  await checkUnchanged(disk, root, changes, plan.read);
  const entries: JournalEntry[] = [];
  const made = new Set<string>();
  for (const [index, change] of changes.entries()) {
    const missing = await missingFolders(disk, root, change.path);
    await checkWritable(disk, root, change, missing);
    for (const folder of missing) made.add(folder);
    const stat = change.before === null ? undefined : await disk.stat(join(root, change.path));
    entries.push(journalEntry(change, index, stat));
  }
  const emptied = await foldersOfDeleted(disk, root, changes);
  return { version: 1, root: relative(stateDir, root), entries, made: [...made], emptied, protected: [] };
}

function journalEntry({ path, before, after }: FileChange, index: number, stat: DiskEntry | undefined): JournalEntry {
  return {
    path,
    before: before === null ? null : sha256(before),
    after: after === null ? null : sha256(after),
    mode: stat?.mode ?? null,
    owner: ownerOf(stat),
    temporary: temporaryName(path),
    backup: before === null ? null : `backup-${index}`,
  };
}

export function temporaryName(path: string): string {
  return `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`;
}

/** The owner to give to what replaces a file; only root can, and only root would otherwise take the file over. */
export function ownerOf(stat: DiskEntry | undefined): readonly [uid: number, gid: number] | null {
  const isRoot = process.getuid?.() === 0;
  return stat === undefined || !isRoot || (stat.uid === 0 && stat.gid === 0) ? null : [stat.uid, stat.gid];
}

async function checkUnchanged(
  disk: Disk,
  root: string,
  changes: readonly FileChange[],
  read: Plan['read'],
): Promise<void> {
  const expected = new Map(Object.entries(read));
  for (const { path, before } of changes) expected.set(path, before === null ? null : sha256(before));
  for (const [path, hash] of expected) {
    if ((await hashOf(disk, join(root, path))) !== hash) throw changedSince(path);
  }
}

export function changedSince(path: string): RefusedError {
  return new RefusedError(`${path} has changed since the plan was made.`, 'Run the command again: it plans anew.');
}

/** The folders that a new file needs and that are not there, from the outside in. */
async function missingFolders(disk: Disk, root: string, path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
    if ((await disk.stat(join(root, folder))) !== undefined) break;
    missing.unshift(folder);
  }
  return missing;
}

async function checkWritable(
  disk: Disk,
  root: string,
  { path, before }: FileChange,
  missing: readonly string[],
): Promise<void> {
  const target = join(root, path);
  const folder = dirname(join(root, missing[0] ?? path));
  for (const name of before === null ? [folder] : [folder, target]) {
    if (!(await disk.isWritable(name))) {
      throw new ApplyError(`${name} cannot be written: it is read-only for this user.`, 'Nothing was changed.');
    }
  }
}

/** The folders that deletions may leave empty, from the inside out. */
async function foldersOfDeleted(
  disk: Disk,
  root: string,
  changes: readonly FileChange[],
): Promise<Journal['emptied'][number][]> {
  const folders = new Map<string, number>();
  for (const { path } of changes.filter(({ after }) => after === null)) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
      const stat = await disk.stat(join(root, folder));
      if (stat !== undefined) folders.set(folder, stat.mode);
    }
  }
  const depth = (path: string): number => path.split('/').length;
  return [...folders].map(([path, mode]) => ({ path, mode })).sort((a, b) => depth(b.path) - depth(a.path));
}
