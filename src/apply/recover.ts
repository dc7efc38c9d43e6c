import { join } from 'node:path';
import { type Disk, realDisk } from './disk.js';
import { asCommandError } from './failure.js';
import { appliedName, type Journal, readJournal } from './journal.js';
import { acquireLock, lockName } from './lock.js';
import { clearState, type Restored, restore } from './restore.js';
import { realStateDirectory } from './state-directory.js';

/**
 * Undoes a run that was killed while it wrote; one that was killed during its commands keeps its files. Nothing happens
 * when there was none.
 *
 * @returns what was put back, and what was edited since and left; undefined when there was nothing to undo
 * @throws RefusedError when a run is under way now: its journal is not touched
 * @throws ApplyError when something cannot be put back; the journal stays, and the next call goes on
 */
export async function recover(stateDir: string, disk: Disk = realDisk): Promise<Restored | undefined> {
  try {
    if ((await disk.stat(stateDir)) === undefined) return undefined;
    await acquireLock(disk, stateDir);
    return await undo(realStateDirectory(stateDir), disk);
  } catch (error) {
    throw asCommandError(error);
  }
}

async function undo(stateDir: string, disk: Disk): Promise<Restored | undefined> {
  try {
    const journal = await readJournal(disk, stateDir);
    const isApplied = (await disk.stat(join(stateDir, appliedName))) !== undefined;
    const result = journal === undefined || isApplied ? kept(journal) : await restore(disk, stateDir, journal);
    await clearState(disk, stateDir);
    return result;
  } catch (error) {
    await disk.unlink(join(stateDir, lockName)).catch(() => undefined);
    throw error;
  }
}

function kept(journal: Journal | undefined): Restored | undefined {
  return journal === undefined ? undefined : { restored: [], left: [], applied: true };
}
