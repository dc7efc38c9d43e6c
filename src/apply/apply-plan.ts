import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ApplyError, RefusedError } from '../errors.js';
import { sha256 } from '../plan/hash.js';
import type { Plan } from '../plan/plan.js';
import { removeBytecode } from './bytecode.js';
import { cancellable, type Disk, realDisk } from './disk.js';
import { asCommandError, messageOf } from './failure.js';
import {
  appliedName,
  isLockfile,
  type Journal,
  type JournalEntry,
  journalName,
  type ProtectedEntry,
  writeJournal,
} from './journal.js';
import { acquireLock, lockName, tryTo } from './lock.js';
import { changedSince, ownerOf, prepare, temporaryName } from './prepare.js';
import {
  clearLeftovers,
  clearState,
  hashOf,
  putNew,
  type Restored,
  removeIfThere,
  restore,
  writeAs,
} from './restore.js';
import { realStateDirectory } from './state-directory.js';

export interface ApplyOptions {
  /** The target directory. */
  readonly root: string;
  /** For lock and journal: `stateDirectory(root)`. */
  readonly stateDir: string;
  readonly disk?: Disk;
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

/** A plan that is on the disk, and can still be undone: `commit` or `rollback` must follow. */
export interface Applied {
  /**
   * Includes lockfiles in what a rollback puts back; call it before the package manager runs. From then on a kill leaves
   * the files as written: the user may have finished by hand before the next run.
   * A path that is not there yet is removed by a rollback. What is not a plain file is left out.
   *
   * @param paths lockfiles in the target or in folders above it, absolute or relative to the target
   * @throws ApplyError, CancelledError: everything is rolled back
   * @throws RangeError for any other path: a programming error
   */
  protect(paths: readonly string[]): Promise<void>;
  /** Makes it final. @throws ApplyError when the journal cannot be removed: everything is rolled back */
  commit(): Promise<void>;
  /** Puts everything back; does nothing when that was done, or the run committed. @throws ApplyError naming what could not be, with the journal still there */
  rollback(): Promise<Restored>;
}

/**
 * Writes a plan's changes, all or none. From the journal on until `protect`, a kill at any step leaves what `recover`
 * undoes.
 *
 * @throws RefusedError when another run is under way, or a file has changed since the plan was made
 * @throws ApplyError when a step fails
 * @throws CancelledError when `signal` was aborted
 *   In all three cases nothing has changed; when putting back fails too, the ApplyError says which files.
 */
export async function applyPlan(plan: Plan, options: ApplyOptions): Promise<Applied> {
  const disk = options.disk ?? realDisk;
  const transaction = new Transaction(
    realpathSync(options.root),
    realStateDirectory(options.stateDir),
    disk,
    options.signal,
  );
  await transaction.apply(plan);
  return transaction;
}

class Transaction implements Applied {
  readonly #root: string;
  readonly #stateDir: string;
  /** For undoing, which no Ctrl-C stops. */
  readonly #disk: Disk;
  readonly #cancellable: Disk;
  #journal: Journal | undefined;
  /** Committed or rolled back: lock and state directory may be another run's by now. */
  #ended = false;

  constructor(root: string, stateDir: string, disk: Disk, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#stateDir = stateDir;
    this.#disk = disk;
    this.#cancellable = cancellable(disk, signal);
  }

  async apply(plan: Plan): Promise<void> {
    try {
      await acquireLock(this.#cancellable, this.#stateDir);
    } catch (error) {
      // Only an empty one goes, so another run's stays.
      await this.#disk.rmdir(this.#stateDir).catch(() => undefined);
      throw asCommandError(error);
    }
    await this.#orRollBack(async () => {
      if ((await this.#cancellable.stat(join(this.#stateDir, journalName))) !== undefined) {
        throw new Interrupted();
      }
      await clearLeftovers(this.#cancellable, this.#stateDir);
      const journal = await prepare(this.#cancellable, this.#root, this.#stateDir, plan);
      this.#journal = journal;
      for (const [index, entry] of journal.entries.entries()) {
        const { before } = plan.changes[index] ?? {};
        if (entry.backup !== null) await this.#cancellable.write(join(this.#stateDir, entry.backup), before ?? '');
      }
      await writeJournal(this.#cancellable, this.#stateDir, journal);
      const texts = plan.changes.map(({ after }) => after);
      await write(this.#cancellable, this.#root, journal, texts);
    });
  }

  async protect(paths: readonly string[]): Promise<void> {
    const relatives = paths.map((path) => relative(this.#root, resolve(this.#root, path)));
    const wrong = relatives.find((path) => !isLockfile(this.#root, path, this.#stateDir));
    if (wrong !== undefined) throw new RangeError(`${wrong} is not a lockfile of the target or above it`);
    await this.#orRollBack(async () => {
      const journal = this.#opened();
      const entries: ProtectedEntry[] = [];
      for (const path of relatives) {
        const entry = await this.#backUp(path, `lockfile-${journal.protected.length + entries.length}`);
        if (entry !== undefined) entries.push(entry);
      }
      const extended = { ...journal, protected: [...journal.protected, ...entries] };
      await writeJournal(this.#cancellable, this.#stateDir, extended);
      this.#journal = extended;
      await this.#markApplied();
    });
  }

  async #markApplied(): Promise<void> {
    await tryTo(() => this.#cancellable.write(join(this.#stateDir, appliedName), ''), ['EEXIST']);
    await this.#cancellable.syncFolder(this.#stateDir);
  }

  /** From here on a kill leaves what is to be undone. */
  async #unmarkApplied(): Promise<void> {
    await removeIfThere(this.#disk, join(this.#stateDir, appliedName));
    await this.#disk.syncFolder(this.#stateDir);
  }

  async #backUp(path: string, backup: string): Promise<ProtectedEntry | undefined> {
    const absolute = resolve(this.#root, path);
    const stat = await this.#cancellable.stat(absolute);
    const temporary = temporaryName(path);
    if (stat === undefined) return { path, before: null, mode: null, owner: null, temporary, backup: null };
    if (stat.kind !== 'file') return undefined;
    const data = (await this.#cancellable.read(absolute)) ?? '';
    await this.#cancellable.write(join(this.#stateDir, backup), data);
    return { path, before: sha256(data), mode: stat.mode, owner: ownerOf(stat), temporary, backup };
  }

  async commit(): Promise<void> {
    const journal = this.#opened();
    await this.#orRollBack(async () => {
      await this.#disk.unlink(join(this.#stateDir, journalName));
    });
    this.#ended = true;
    // Only now: it could not be put back, and is not worth a failure.
    await removeBytecode(this.#disk, this.#root, journal).catch(() => undefined);
    try {
      await clearState(this.#disk, this.#stateDir);
    } catch {
      // The run is done; what is left in the state directory the next run removes.
      await this.#unlock();
    }
  }

  async rollback(): Promise<Restored> {
    if (this.#ended) return { restored: [], left: [] };
    this.#ended = true;
    const journal = this.#journal;
    try {
      await this.#unmarkApplied();
      const restored =
        journal === undefined ? { restored: [], left: [] } : await restore(this.#disk, this.#stateDir, journal);
      await clearState(this.#disk, this.#stateDir);
      return restored;
    } catch (error) {
      // The journal stays for the next run, which need not wait for this process to end.
      await this.#unlock();
      throw asCommandError(error);
    }
  }

  async #unlock(): Promise<void> {
    await this.#disk.unlink(join(this.#stateDir, lockName)).catch(() => undefined);
  }

  #opened(): Journal {
    if (this.#journal === undefined || this.#ended) throw new RangeError('the run was committed or rolled back before');
    return this.#journal;
  }

  async #orRollBack(steps: () => Promise<void>): Promise<void> {
    try {
      await steps();
    } catch (error) {
      if (error instanceof Interrupted) {
        await this.#unlock();
        throw error;
      }
      const { left } = await this.rollback();
      // A file that changed under our hands is the reason for the refusal, and named by it.
      if (left.length === 0 || error instanceof RefusedError) throw asCommandError(error);
      throw new ApplyError(`${messageOf(error)}. Edited meanwhile and left: ${left.join(', ')}.`, '', { cause: error });
    }
  }
}

/** A journal that is not ours to remove. */
class Interrupted extends RefusedError {
  constructor() {
    super('An earlier run was interrupted and has not been undone yet.', 'Run the command again: it begins with that.');
  }
}

/** The writing itself: first everything beside its place, then name by name. */
async function write(
  disk: Disk,
  root: string,
  { entries, made, emptied }: Journal,
  texts: readonly (string | null)[],
): Promise<void> {
  for (const folder of made) await tryTo(() => disk.mkdir(join(root, folder)), ['EEXIST']);
  for (const [index, entry] of entries.entries()) {
    const text = texts[index] ?? null;
    if (text !== null) await writeAs(disk, besides(root, entry), text, entry);
  }
  for (const entry of entries) await put(disk, root, entry);
  for (const { path } of emptied) {
    await tryTo(() => disk.rmdir(join(root, path)), ['ENOENT', 'ENOTEMPTY', 'EEXIST']);
  }
}

async function put(disk: Disk, root: string, entry: JournalEntry): Promise<void> {
  const target = join(root, entry.path);
  if (entry.before === null) {
    if ((await tryTo(() => putNew(disk, besides(root, entry), target), ['EEXIST'])) === 'EEXIST') {
      throw changedSince(entry.path);
    }
    return;
  }
  if ((await hashOf(disk, target)) !== entry.before) throw changedSince(entry.path);
  if (entry.after === null) await disk.unlink(target);
  else await disk.rename(besides(root, entry), target);
}

function besides(root: string, { path, temporary }: JournalEntry): string {
  return join(dirname(join(root, path)), temporary);
}
