import { join } from 'node:path';
import { type Disk, realDisk } from './disk.js';
import { readJournal } from './journal.js';
import { acquireLock, lockName, tryTo } from './lock.js';
import { clearState, type Restored, restore } from './restore.js';

/**
 * Undoes a run that was killed. Nothing happens when there was none.
 *
 * @returns what was put back, and what was edited since and left; undefined when there was nothing to undo
 * @throws RefusedError when a run is under way now: its journal is not touched
 * @throws ApplyError when something cannot be put back; the journal stays, and the next call goes on
 */
export async function recover(stateDir: string, disk: Disk = realDisk): Promise<Restored | undefined> {
  if ((await disk.stat(stateDir)) === undefined) return undefined;
  await acquireLock(disk, stateDir);
  let result: Restored | undefined;
  try {
    const journal = await readJournal(disk, stateDir);
    if (journal !== undefined) result = await restore(disk, stateDir, journal);
  } catch (error) {
    await tryTo(() => disk.unlink(join(stateDir, lockName)), ['ENOENT']);
    throw error;
  }
  await clearState(disk, stateDir);
  return result;
}
