import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplyError, RefusedError } from '../errors.js';
import { errorCode } from '../plan/inside.js';
import type { Disk } from './disk.js';

/** The lock's name in the state directory. */
export const lockName = 'lock';

/** Who holds the lock: a process id alone may have gone to another process since. */
interface Owner {
  readonly pid: number;
  /** When the process started, in a form only to be compared; empty where the system does not tell. */
  readonly started: string;
}

/**
 * Takes the lock of a state directory, which is made when it is not there. The lock of a process that is no more is taken
 * over.
 *
 * @throws RefusedError when a living process holds it
 */
export async function acquireLock(disk: Disk, stateDir: string): Promise<void> {
  const lock = join(stateDir, lockName);
  const owner: Owner = { pid: process.pid, started: startOf(process.pid) };
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if ((await tryTo(() => disk.mkdir(stateDir), ['EEXIST', 'ENOENT'])) === 'ENOENT') {
      throw new ApplyError(`${stateDir} cannot be made: the folder above it is missing.`);
    }
    // ENOENT: another run has just ended and removed the folder.
    const code = await tryTo(() => disk.write(lock, JSON.stringify(owner)), ['EEXIST', 'ENOENT']);
    if (code === undefined) return;
    if (code === 'EEXIST') await removeStale(disk, lock);
  }
  throw new ApplyError(`The lock ${lock} could not be taken.`, 'Delete it when no other run is under way.');
}

/** Removes a dead process's lock, unless another run has taken its place meanwhile. */
async function removeStale(disk: Disk, lock: string): Promise<void> {
  const seen = await readLock(disk, lock);
  if (seen === undefined) return;
  refuseLiving(seen, lock);
  await disk.unlinkIf(lock, seen);
}

/** A lock's text; one that is being written, or was when its process was killed, gets a moment to be whole. */
async function readLock(disk: Disk, lock: string): Promise<string | undefined> {
  const first = (await disk.read(lock))?.toString();
  if (first === undefined || parseOwner(first) !== undefined) return first;
  await sleep(100);
  return (await disk.read(lock))?.toString();
}

function refuseLiving(text: string, lock: string): void {
  const owner = parseOwner(text);
  if (owner === undefined || !isAlive(owner)) return;
  throw new RefusedError(
    `Another run of add-prom-metrics is under way (pid ${owner.pid}).`,
    `Wait until it has ended, then run the command again. When that process is another program, delete ${lock}.`,
  );
}

function parseOwner(text: string): Owner | undefined {
  const [, pid, started] = /^\{"pid":(\d+),"started":"([^"]*)"\}$/.exec(text) ?? [];
  return pid === undefined || started === undefined ? undefined : { pid: Number(pid), started };
}

function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
  }
  return started === startOf(pid);
}

/** Boot id and start time in clock ticks (proc(5), stat field 22); empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may contain spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is dead; only its parent has not heard of it yet.
    if (fields[0] === 'Z') return '';
    return `${boot}:${fields[19] ?? ''}`;
  } catch {
    return '';
  }
}

/** Makes a step and gives the code of an expected error, undefined when there was none. */
export async function tryTo(step: () => Promise<void>, expected: readonly string[]): Promise<string | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code !== undefined && expected.includes(code)) return code;
    throw error;
  }
}
