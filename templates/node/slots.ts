/**
 * The files that the processes of one run share. Each process owns one slot, and only its owner writes into a slot:
 *
 *     <base>/prom-<application>-<uid>/<pid namespace>-<run>/
 *       N.owner.<pid>-<start time>   who may write; renamed when a dead owner's slot is taken over
 *       N.keys                       append-only, one JSON line for each series: see `Key`
 *       N.cells                      float64 values, written in place: they only grow, and outlive a SIGKILL
 *       N.gauges                     the owner's gauges, replaced once a second
 *
 * No file is removed during a run, so the sum over all slots, those of the dead included, never falls.
 */
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'fs';
import { createRequire } from 'module';
import { tmpdir } from 'os';

/** A series in a keys file: its first cell, name, type, help, labels (sorted by name) and a histogram's bounds. */
export type Key = [
  first: number,
  name: string,
  type: string,
  help: string,
  labels: Record<string, string>,
  bounds: readonly number[] | null,
];

/** All processes that serve one service together; `folders` in the order in which they are tried. */
export interface Run {
  readonly folders: readonly string[];
  readonly owner: string;
}

/** This process's slot: `path` is the start of its files' names, `keys` and `cells` are open files. */
export interface Slot {
  readonly path: string;
  readonly keys: number;
  readonly cells: number;
}

/** A slot as a reader sees it; `worker` tells it from the run's other slots. */
export interface SlotFiles {
  readonly path: string;
  readonly worker: string;
}

/** What the action gives, or undefined when it throws. */
export function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (_error) {
    return undefined;
  }
}

/** The code of a system error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Writes all bytes or throws: on a full disk `writeSync` may write a part of them and say nothing. */
export function writeAll(file: number, bytes: Uint8Array, offset: number, length: number, at: number | null): void {
  if (writeSync(file, bytes, offset, length, at) < length) throw new Error('short write: no space left?');
}

/** A line of a keys file; undefined for a line torn by a full disk or a SIGKILL (no part of a JSON array is valid JSON). */
export function parseKey(line: string): Key | undefined {
  return attempt(() => JSON.parse(line) as Key);
}

// Another namespace's /proc (`unshare --pid` without mounting it again) would tell of other processes.
const procfs = attempt(() => readlinkSync('/proc/self')) === String(process.pid);
const seen = new Set<string>();
const IDLE_MS = 600000;

/** When a process started: undefined when it lives no more, '' where that cannot be told. */
function startOf(pid: number): string | undefined {
  try {
    if (procfs) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the command in parentheses and may hold anything: count from its end (fields 3 and 22).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
    }
    process.kill(pid, 0);
  } catch (error) {
    const code = codeOf(error);
    // Anything else, such as too many open files, says nothing about the process.
    return code === 'ENOENT' || code === 'ESRCH' ? undefined : '';
  }
  const env = Object.assign({}, process.env, { LC_ALL: 'C' });
  const options = { env, encoding: 'utf8', stdio: 'pipe' } as const;
  // Only where it is needed: security linters look at every file that imports it.
  const { execFileSync } = createRequire(process.execPath)('child_process') as typeof import('child_process');
  return attempt(() => execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).replace(/\W+/g, '')) || '';
}

/** Whether "<pid>-<start time>" still lives; the same pid with another start is another process. */
export function isAlive(owner: string): boolean {
  const [pid = '', start = ''] = owner.split('-');
  // Without /proc, `ps` is asked only once about each process that is still there.
  if (seen.has(owner) && attempt(() => process.kill(Number(pid), 0))) return true;
  const now = startOf(Number(pid));
  const alive = now !== undefined && (now === '' || start === '' || now === start);
  if (alive && !procfs) seen.add(owner);
  return alive;
}

/** The run that this process belongs to, or undefined when it is the only process of its service. */
export function findRun(application: string): Run | undefined {
  const { PROMETHEUS_MULTIPROC_DIR: chosen, pm_id: pm2, name, namespace, exec_mode: mode } = process.env;
  // Not a static import: it has no named exports in its types, and some application servers forbid it.
  const { isWorker } = createRequire(process.execPath)('cluster') as { isWorker: boolean };
  if (!isWorker && pm2 === undefined && !chosen) return undefined;
  const identity = (pid: number): string => `${pid}-${startOf(pid) || ''}`;
  // Siblings have their parent in common: the cluster's primary, or PM2's daemon, which outlives a restart of the app.
  // With its start time, because a pid alone is not one process: in a container the primary is pid 1 every time.
  // In PM2's fork mode each process listens on a port of its own and is scraped by itself: a run for each.
  const parts = [name, namespace, mode === 'fork_mode' ? pm2 : undefined].map((part) => part || '');
  const suffix = pm2 === undefined ? '' : `-${encodeURIComponent(parts.join('/')).slice(0, 150)}`;
  const run = `${identity(isWorker || pm2 !== undefined ? process.ppid : process.pid)}${suffix}`;
  const user = `prom-${encodeURIComponent(application)}-${userId()}`;
  const bases = new Set([chosen, '/dev/shm', tmpdir()].filter((base) => base !== undefined && base !== ''));
  return {
    folders: [...bases].map((base) => `${base}/${user}/${namespaceId()}-${run}`),
    owner: identity(process.pid),
  };
}

/** 0 where there are no users to tell apart. */
function userId(): number {
  return process.getuid ? process.getuid() : 0;
}

/** Pid namespace and boot: the containers of a pod share /dev/shm but not their pids, and a disk outlives a boot. */
function namespaceId(): string {
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid')) || '';
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')) || '';
  return procfs ? `${namespace.replace(/\D/g, '')}.${boot.slice(0, 8)}` : 'host';
}

/**
 * Takes a slot: that of a dead process (only when `inherit`; the caller goes on from its values), else a new one.
 * Throws when no folder is usable.
 */
export function claimSlot(run: Run, inherit: boolean): Slot {
  for (const folder of run.folders) {
    const slot = attempt(() => claimIn(folder, run.owner, inherit));
    if (slot) return slot;
  }
  throw new Error(`none of these is writable and ours: ${run.folders.join(', ')}`);
}

function claimIn(folder: string, owner: string, inherit: boolean): Slot {
  makeFolder(folder.slice(0, folder.lastIndexOf('/')));
  // Whoever makes a run's folder clears away the runs that are over.
  if (makeFolder(folder)) removeDeadRuns(folder);
  const files = readdirSync(folder);
  for (let number = 0; ; number++) {
    const path = `${folder}/${number}`;
    const prefix = `${number}.owner.`;
    const mine = `${folder}/${prefix}${owner}`;
    const owners = files.filter((file) => file.startsWith(prefix));
    // Two may see the same dead owner, or the same free number: `rename` and `wx` let one of them win.
    const [dead] = owners.some((file) => isAlive(file.slice(prefix.length))) ? [] : owners;
    if (dead !== undefined) {
      if (!inherit || !isTaken(`${folder}/${dead}`, mine)) continue;
    } else if (owners.length > 0 || files.includes(`${number}.cells`) || !createSlot(path, mine)) continue;
    const flags = constants.O_RDWR | constants.O_CREAT;
    const keys = openSync(`${path}.keys`, flags | constants.O_APPEND, 0o600);
    return { path, keys, cells: openSync(`${path}.cells`, flags, 0o600) };
  }
}

/** Puts this process's name on a dead owner's slot; false when another one was faster. */
function isTaken(dead: string, mine: string): boolean {
  const taken = attempt(() => {
    renameSync(dead, mine);
    return true;
  });
  return taken === true;
}

/** False when another process has this number; throws when the disk has no room for its first values. */
function createSlot(path: string, ownerFile: string): boolean {
  let cells: number;
  try {
    cells = openSync(`${path}.cells`, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeAll(cells, new Uint8Array(4096), 0, 4096, 0);
    closeSync(openSync(ownerFile, 'w', 0o600));
    return true;
  } catch (error) {
    unlinkSync(`${path}.cells`);
    throw error;
  } finally {
    closeSync(cells);
  }
}

/** True when it was not there. Never `recursive`: below /proc Node 20 would spin for ever; a missing base is an error. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, 0o700);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  // In a folder that everybody may write to, somebody else may have been first, or have left a symbolic link.
  const { mode, uid } = lstatSync(folder);
  if ((mode & constants.S_IFMT) !== constants.S_IFDIR || uid !== userId()) throw new Error('not ours');
  if (mode & 0o077) chmodSync(folder, 0o700);
  return false;
}

function removeDeadRuns(own: string): void {
  const end = own.lastIndexOf('/');
  const [namespace] = own.slice(end + 1).split('-');
  for (const name of readdirSync(own.slice(0, end))) {
    attempt(() => {
      const run = `${own.slice(0, end)}/${name}`;
      const [space, pid, start] = name.split('-');
      const files = readdirSync(run);
      const named = files.map((file) => file.split('.owner.')[1] || '').filter((owner) => owner !== '');
      const owners = named.concat(`${pid}-${start}`);
      const idle = (file: string): boolean => Date.now() - statSync(`${run}/${file}`).mtimeMs > IDLE_MS;
      // The processes of another namespace cannot be asked; but the living write their gauges every second.
      const over = procfs && space === namespace ? !owners.some(isAlive) : [...files, '.'].every(idle);
      if (over && run !== own) rmSync(run, { recursive: true, force: true });
    });
  }
}

/** All slots of a run, always in the same order: floats added up in another order give another sum. */
export function listSlots(run: Run): SlotFiles[] {
  const known = new Set<string>();
  const slots = run.folders.map((folder, index): SlotFiles[] => {
    const stat = attempt(() => statSync(folder));
    // Two bases may be one folder: a symbolic link, a mount, a slash at the end. Its slots must not count twice.
    if (!stat || known.has(`${stat.dev}:${stat.ino}`)) return [];
    known.add(`${stat.dev}:${stat.ino}`);
    const files = readdirSync(folder).filter((file) => file.endsWith('.keys'));
    const numbers = files.map((file) => Number(file.slice(0, -5))).sort((a, b) => a - b);
    // A process that could not use the first folder has its slot in another one.
    return numbers.map((number) => ({
      path: `${folder}/${number}`,
      worker: index === 0 ? String(number) : `${index}-${number}`,
    }));
  });
  return slots.reduce((all, more) => all.concat(more), []);
}
