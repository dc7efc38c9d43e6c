import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { ApplyError } from '../errors.js';
import { resolveInside } from '../plan/inside.js';
import type { Disk } from './disk.js';
import { tryTo } from './lock.js';
import { realStateDirectory, stateDirectory } from './state-directory.js';

/** The journal's name in the state directory. */
export const journalName = 'journal.json';

/**
 * A marker beside the journal: all files are written, and the package manager may run. From then on a killed run is not
 * undone, since the user may have finished by hand and gone on. An empty file and not a field of the journal, because a
 * rollback takes it away first, and removing a file works on a full disk.
 */
export const appliedName = 'applied';

/** One file that a run changes. Paths are relative to the target; hashes are SHA-256, null where there is no file. */
export interface JournalEntry {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Permission bits before; those of a new file are the system's. */
  readonly mode: number | null;
  /** User and group id, where they are not those that a new file gets; null where they need no care. */
  readonly owner: readonly [uid: number, gid: number] | null;
  /** Name of the temporary file beside it. */
  readonly temporary: string;
  /** Name of the copy in the state directory; null for a new file. */
  readonly backup: string | null;
}

/** A file that the package manager may change: what it becomes is not known before. */
export type ProtectedEntry = Omit<JournalEntry, 'after'>;

/** What a run is about to do; on the disk before the first change, and the point from which a killed run is undone. */
export interface Journal {
  readonly version: 1;
  /** The target directory, relative to the state directory, so that both can be moved together. */
  readonly root: string;
  readonly entries: readonly JournalEntry[];
  /** Folders that are made, from the outside in. */
  readonly made: readonly string[];
  /** Folders that may become empty, and then go, from the inside out. */
  readonly emptied: readonly { readonly path: string; readonly mode: number }[];
  readonly protected: readonly ProtectedEntry[];
}

/** Writes the journal so that there is always the whole old or the whole new one. */
export async function writeJournal(disk: Disk, stateDir: string, journal: Journal): Promise<void> {
  const temporary = join(stateDir, `${journalName}.tmp`);
  await tryTo(() => disk.unlink(temporary), ['ENOENT']);
  await disk.write(temporary, `${JSON.stringify(journal)}\n`);
  await disk.rename(temporary, join(stateDir, journalName));
  await disk.syncFolder(stateDir);
}

/**
 * The journal in a state directory; undefined when there is none.
 *
 * @throws ApplyError when it is not one of ours, or names a file that this tool would never write: then nothing of it is
 *   trusted (without git the state directory lies in the target, and may have come with it)
 */
export async function readJournal(disk: Disk, stateDir: string): Promise<Journal | undefined> {
  const path = join(stateDir, journalName);
  const text = (await disk.read(path))?.toString();
  if (text === undefined) return undefined;
  const journal = parse(text);
  const root = resolve(stateDir, journal?.root ?? '');
  if (journal === undefined || !isOwn(stateDir, root) || !isTrusted(journal, root, stateDir)) {
    throw new ApplyError(
      `${path} is not a journal of this tool, so the interrupted run cannot be undone.`,
      'Restore the repository from version control and delete that folder.',
    );
  }
  return journal;
}

function parse(text: string): Journal | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJournal(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJournal(value: unknown): value is Journal {
  const { version, root, entries, made, emptied, protected: kept } = fields(value);
  return (
    version === 1 &&
    typeof root === 'string' &&
    isList(entries, (entry) => isEntry(entry) && isHash(fields(entry)['after'])) &&
    isList(made, (path) => typeof path === 'string') &&
    isList(
      emptied,
      (folder) => typeof fields(folder)['path'] === 'string' && typeof fields(folder)['mode'] === 'number',
    ) &&
    isList(kept, isEntry)
  );
}

function isEntry(value: unknown): boolean {
  const { path, before, mode, owner, temporary, backup } = fields(value);
  return (
    typeof path === 'string' &&
    isHash(before) &&
    (mode === null || typeof mode === 'number') &&
    (owner === null || (isList(owner, (id) => typeof id === 'number') && Object.keys(fields(owner)).length === 2)) &&
    isName(temporary) &&
    (backup === null ? before === null : isName(backup))
  );
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isHash(value: unknown): boolean {
  return value === null || (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value));
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !/[\\/]|^\.\.?$/.test(value);
}

/** Whether runs on a target keep their journal here. */
function isOwn(stateDir: string, root: string): boolean {
  return realStateDirectory(stateDirectory(root)) === realStateDirectory(stateDir);
}

function isTrusted(journal: Journal, root: string, stateDir: string): boolean {
  const folders = [...journal.made, ...journal.emptied.map(({ path }) => path)];
  const paths = [...journal.entries.map(({ path }) => path), ...folders];
  return (
    paths.every((path) => isBelow(root, path)) &&
    journal.protected.every(({ path }) => isLockfile(root, path, stateDir))
  );
}

function isBelow(root: string, path: string): boolean {
  try {
    return resolveInside(realpathSync(root), path) !== '';
  } catch {
    return false;
  }
}

/** What package managers write beside a manifest or at a workspace's root. */
const lockfiles = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
  '.pnp.cjs',
  '.pnp.loader.mjs',
  'uv.lock',
  'poetry.lock',
  'Pipfile.lock',
  'pdm.lock',
]);

/**
 * Whether a path is a package manager's lockfile in the target or, with git, a folder above it. Without git the state
 * directory lies in the target and may have come with it: then nothing above is ours.
 */
export function isLockfile(root: string, path: string, stateDir: string): boolean {
  const absolute = resolve(root, path);
  const inTarget = dirname(realStateDirectory(stateDir)) === realpathSync(root);
  const upwards = relative(root, dirname(absolute)).split(sep);
  return lockfiles.has(basename(absolute)) && upwards.every((step) => step === '' || (step === '..' && !inTarget));
}
