import { join } from 'node:path';
import { type Disk, realDisk } from './disk.js';
import { asCommandError } from './failure.js';
import { readJournal } from './journal.js';
import { acquireLock, lockName } from './lock.js';
import { clearState, type Restored, restore } from './restore.js';
import { realStateDirectory } from './state-directory.js';

/**
 * Undoes a run that was killed. Nothing happens when there was none.
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
    const result = journal === undefined ? undefined : await restore(disk, stateDir, journal);
    await clearState(disk, stateDir);
    return result;
  } catch (error) {
    await disk.unlink(join(stateDir, lockName)).catch(() => undefined);
    throw error;
  }
}
