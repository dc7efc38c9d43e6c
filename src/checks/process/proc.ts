import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Reads /proc (Linux). A process can end at any moment: what is gone reads as undefined, or empty. */

/** A process as it is now. Pid and start time together are one process for ever; a pid alone is used again. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since the machine started. */
  readonly startTime: number;
}

/** Whether this system shows its processes. */
export function hasProc(): boolean {
  return existsSync('/proc/self/stat');
}

/** A process; undefined when there is none with this pid, or only its exit status is left (a zombie). */
export function readProcess(pid: number): ProcessEntry | undefined {
  // The name, in parentheses, may contain anything; the state is the first field after it, the parent the next; the
  // number of threads and the start time are the 18th and the 20th (proc_pid_stat(5): fields 3, 4, 20 and 22).
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const [threads, , startTime] = fields.slice(17);
  if (parent === undefined || startTime === undefined) return undefined;
  // The first thread of a dying process can be a zombie while the others still hold its sockets.
  if (state === 'X' || (state === 'Z' && Number(threads) <= 1)) return undefined;
  return { pid, parent: Number(parent), startTime: Number(startTime) };
}

/** All processes that can be seen. */
export function readProcesses(): ProcessEntry[] {
  return numbersIn('/proc').flatMap((pid) => readProcess(pid) ?? []);
}

/** Whether a variable was in the environment that a process was started with; false where that may not be read. */
export function wasStartedWith(pid: number, name: string, value?: string): boolean {
  const entry = value === undefined ? `${name}=` : `${name}=${value}\0`;
  return `\0${read(`/proc/${pid}/environ`)}\0`.includes(`\0${entry}`);
}

/** The name of the program that a process runs, as the kernel has it; empty when there is none. */
export function programOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

/** Inodes of the sockets that a process holds. */
export function socketsOf(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`;
  const links = numbersIn(folder).map((fd) => readLink(`${folder}/${fd}`));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** The TCP sockets that listen in this network namespace: port by inode. */
export function listeningSockets(): ReadonlyMap<string, number> {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => read(file).split('\n').slice(1));
  // "sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode", addresses as hex, 0A for LISTEN.
  const rows = lines.map((line) => line.trim().split(/\s+/)).filter((row) => row[3] === '0A');
  return new Map(rows.map((row) => [row[9] ?? '', Number.parseInt(row[1]?.split(':')[1] ?? '', 16)]));
}

/** The processor time that a process has used, all its threads, in milliseconds; 0 where the kernel does not tell. */
export function processorMs(pid: number): number {
  // Nanoseconds on a processor are the first field of schedstat; stat has them only in hundredths of a second.
  const texts = numbersIn(`/proc/${pid}/task`).map((thread) => read(`/proc/${pid}/task/${thread}/schedstat`));
  return texts.reduce((sum, text) => sum + Number.parseInt(text || '0', 10), 0) / 1e6;
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readLink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
