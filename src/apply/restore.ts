import { dirname, join, resolve } from 'node:path';
import { ApplyError } from '../errors.js';
import { sha256 } from '../plan/hash.js';
import { errorCode, resolveInside } from '../plan/inside.js';
import type { Disk } from './disk.js';
import { appliedName, type Journal, type JournalEntry, journalName, type ProtectedEntry } from './journal.js';
import { lockName, tryTo } from './lock.js';
import { memoryName } from './state-directory.js';

/** What came of undoing a run. Paths are relative to the target. */
export interface Restored {
  /** Put back, or removed because they were new. */
  readonly restored: readonly string[];
  /** Neither as before nor as the run wrote them: edited since by somebody, and left. */
  readonly left: readonly string[];
  /** The run had written all its files, so they stay: only its commands were cut short. */
  readonly applied?: true;
}

/**
 * Undoes what a journal lists, as far as it was done. It can be killed at any step and started again.
 *
 * @throws ApplyError naming the files that could not be put back; everything else is
 */
export async function restore(disk: Disk, stateDir: string, journal: Journal): Promise<Restored> {
  const root = resolve(stateDir, journal.root);
  const restored: string[] = [];
  const left: string[] = [];
  const failed: string[] = [];
  const attempt = async (path: string, step: () => Promise<Outcome>): Promise<void> => {
    try {
      const outcome = await step();
      if (outcome === 'restored') restored.push(path);
      if (outcome === 'left') left.push(path);
    } catch (error) {
      failed.push(`${path} (${error instanceof Error ? error.message : String(error)})`);
    }
  };
  for (const folder of [...journal.emptied].reverse()) {
    await attempt(folder.path, () => restoreFolder(disk, join(root, folder.path), folder.mode));
  }
  for (const entry of [...journal.entries].reverse()) {
    await attempt(entry.path, () => restoreEntry(disk, stateDir, root, entry));
  }
  const untouched = left.length === 0;
  for (const entry of journal.protected) {
    await attempt(entry.path, () => restoreProtected(disk, stateDir, resolve(root, entry.path), entry, untouched));
  }
  for (const path of [...journal.made].reverse()) {
    await attempt(path, async () => {
      await tryTo(() => disk.rmdir(join(root, path)), ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR']);
      return 'same';
    });
  }
  if (failed.length === 0) return { restored, left };
  throw new ApplyError(
    `These could not be put back as they were: ${failed.join('; ')}.`,
    `Remove the cause and run the command again: it goes on from ${join(stateDir, journalName)}.`,
  );
}

type Outcome = 'same' | 'restored' | 'left';

async function restoreFolder(disk: Disk, path: string, mode: number): Promise<Outcome> {
  const entry = await disk.stat(path);
  if (entry === undefined) await disk.mkdir(path);
  if (entry?.mode !== mode) await disk.chmod(path, mode);
  return 'same';
}

async function restoreEntry(disk: Disk, stateDir: string, root: string, entry: JournalEntry): Promise<Outcome> {
  const target = join(root, resolveInside(root, entry.path));
  await removeIfThere(disk, join(dirname(target), entry.temporary));
  const now = await hashOf(disk, target);
  if (now === entry.before) return 'same';
  if (now !== entry.after) return 'left';
  return putBack(disk, stateDir, target, entry, now);
}

/**
 * A lockfile goes back whatever the package manager has made of it, so that it fits the manifest; unless somebody has
 * edited the target's files since: then it belongs to what they did.
 */
async function restoreProtected(
  disk: Disk,
  stateDir: string,
  target: string,
  entry: ProtectedEntry,
  untouched: boolean,
): Promise<Outcome> {
  await removeIfThere(disk, join(dirname(target), entry.temporary));
  const now = await hashOf(disk, target);
  if (now === entry.before) return 'same';
  return untouched ? putBack(disk, stateDir, target, entry, now) : 'left';
}

async function putBack(
  disk: Disk,
  stateDir: string,
  target: string,
  entry: ProtectedEntry,
  now: string | null,
): Promise<Outcome> {
  if (entry.before === null || entry.backup === null) {
    await disk.unlink(target);
    return 'restored';
  }
  const data = await disk.read(join(stateDir, entry.backup));
  if (data === undefined || sha256(data) !== entry.before) throw new Error('its backup is missing or damaged');
  const temporary = join(dirname(target), entry.temporary);
  await writeAs(disk, temporary, data, entry);
  if (now === null) await putNew(disk, temporary, target);
  else await disk.rename(temporary, target);
  return 'restored';
}

/** Writes a temporary file with the permissions and owner that a file has, or had. */
export async function writeAs(
  disk: Disk,
  temporary: string,
  data: Uint8Array | string,
  { mode, owner }: Pick<JournalEntry, 'mode' | 'owner'>,
): Promise<void> {
  await disk.write(temporary, data);
  // The owner first: changing it clears the set-id bits.
  if (owner !== null) await disk.chown(temporary, ...owner);
  if (mode !== null) await disk.chmod(temporary, mode);
}

/** Gives a temporary file its name, when that is free; EEXIST when it is not. */
export async function putNew(disk: Disk, temporary: string, target: string): Promise<void> {
  const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];
  if ((await tryTo(() => disk.link(temporary, target), noLinks)) === undefined) {
    await disk.unlink(temporary);
    return;
  }
  // A file system without hard links (FAT): the best there is.
  if ((await disk.stat(target)) !== undefined) throw Object.assign(new Error(`${target} exists`), { code: 'EEXIST' });
  await disk.rename(temporary, target);
}

/** A file's SHA-256; null when it is not there; the word `folder` for a folder. */
export async function hashOf(disk: Disk, path: string): Promise<string | null> {
  try {
    const data = await disk.read(path);
    return data === undefined ? null : sha256(data);
  } catch (error) {
    if (errorCode(error) === 'EISDIR') return 'folder';
    throw error;
  }
}

export async function removeIfThere(disk: Disk, path: string): Promise<void> {
  await tryTo(() => disk.unlink(path), ['ENOENT', 'ENOTDIR']);
}

/** Removes what a run that was killed outside of its journal's life has left, so that it is not taken for this run's. */
export async function clearLeftovers(disk: Disk, stateDir: string): Promise<void> {
  for (const name of await disk.list(stateDir)) {
    if (name === appliedName || /^(?:backup|lockfile)-\d+$/.test(name)) await removeIfThere(disk, join(stateDir, name));
  }
}

/** Removes the state directory of a run that is over: first the journal, from then on nothing is undone; last the lock. */
export async function clearState(disk: Disk, stateDir: string): Promise<void> {
  await removeIfThere(disk, join(stateDir, journalName));
  for (const name of await disk.list(stateDir)) {
    if (name !== lockName && name !== memoryName) await removeIfThere(disk, join(stateDir, name));
  }
  await removeIfThere(disk, join(stateDir, lockName));
  // Another run may have begun in it, or there is something to remember.
  await tryTo(() => disk.rmdir(stateDir), ['ENOENT', 'ENOTEMPTY', 'EEXIST']);
}
