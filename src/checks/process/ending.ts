import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessEntry } from './proc.js';
import { type ProcessTree, send } from './tree.js';

/** How long a service may take to end in good order. */
const graceMs = 5_000;
/** How long the kernel may take to end what was killed. */
const killMs = 5_000;
const pollMs = 25;

/** Something that was started, and has to be ended: by its tree, or where there is no /proc by its process group. */
export interface Running {
  readonly pid: number;
  readonly tree: ProcessTree | undefined;
}

const running = new Set<Running>();

/** Remembers what was started, so that it ends with this process, however this process ends (SIGKILL excepted). */
export function endWithUs(started: Running): void {
  if (running.size === 0) process.on('exit', killAll);
  running.add(started);
}

/**
 * Ends all of it: SIGTERM, then SIGKILL. Resolves when nothing of it is left.
 *
 * @throws Error naming the processes that do not end
 */
export async function endAll(started: Running): Promise<void> {
  const start = Date.now();
  const told = new Set<number>();
  for (let alive = find(started); alive.length > 0; alive = find(started)) {
    const waited = Date.now() - start;
    if (waited > graceMs + killMs) throw new Error(`still running after SIGKILL: ${pidsOf(alive).join(', ')}`);
    if (waited > graceMs) for (const { pid } of alive) signal(started, pid, 'SIGKILL');
    else for (const { pid } of alive.filter((one) => !told.has(one.pid))) signal(started, pid, 'SIGTERM');
    for (const { pid } of alive) told.add(pid);
    await sleep(pollMs);
  }
  running.delete(started);
  if (running.size === 0) process.off('exit', killAll);
}

/** Cannot wait: looks again until a look finds nobody new. */
function killAll(): void {
  for (const started of running) {
    for (let round = 0; round < 20; round += 1) {
      const alive = find(started);
      if (alive.length === 0) break;
      for (const { pid } of alive) signal(started, pid, 'SIGKILL');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** What is alive of it: its processes, or its group as one. */
function find({ tree, pid }: Running): readonly Pick<ProcessEntry, 'pid'>[] {
  if (tree !== undefined) return tree.find();
  return isThere(pid) ? [{ pid }] : [];
}

function signal({ tree, pid: root }: Running, pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (tree === undefined) send(-root, name);
    else tree.signal(pid, name);
  } catch {
    // Not ours to signal (it runs as another user): it is named when it is still there at the end.
  }
}

function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

function pidsOf(alive: readonly Pick<ProcessEntry, 'pid'>[]): readonly number[] {
  return alive.map(({ pid }) => pid);
}
