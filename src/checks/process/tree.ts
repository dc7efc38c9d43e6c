import { type ProcessEntry, readProcess, readProcesses, wasStartedWith } from './proc.js';

const looks = 3;

/** A variable that every process below us inherits, with a value that nobody else has. */
export interface Mark {
  readonly name: string;
  readonly value: string;
}

/**
 * The processes below one that we started. A process belongs to it when its parent does, or once did, or when it was
 * started with our mark in its environment: so a daemon that left its group and its parent (PM2's) is found, too. Each
 * is known by its start time as well; another process that got its pid later is never taken for it.
 */
export class ProcessTree {
  readonly #mark: Mark;
  #known = new Map<number, ProcessEntry>();

  constructor(mark: Mark) {
    this.#mark = mark;
  }

  /** Takes in the process that we have just started. */
  addRoot(pid: number): void {
    const entry = readProcess(pid);
    if (entry !== undefined) this.#known.set(pid, entry);
  }

  /** Looks for children of those known. Cheap; called now and then, it knows the parents of what is orphaned later. */
  follow(): readonly ProcessEntry[] {
    return this.#take(readProcesses());
  }

  /**
   * Looks at everything that runs, and gives those that belong here and are alive. None means none in several looks: a
   * process that forks and ends during a look, as one that becomes a daemon does, hides its child from it.
   */
  find(): readonly ProcessEntry[] {
    for (let look = 1; look < looks; look += 1) {
      const found = this.#look();
      if (found.length > 0) return found;
    }
    return this.#look();
  }

  #look(): readonly ProcessEntry[] {
    const all = readProcesses();
    for (const entry of all) {
      const { name, value } = this.#mark;
      if (!this.#isKnown(entry) && wasStartedWith(entry.pid, name, value)) this.#known.set(entry.pid, entry);
    }
    return this.#take(all);
  }

  /**
   * Sends a signal to one of them.
   *
   * @returns false when it has ended
   * @throws Error when it is not one of ours, or may not be signalled
   */
  signal(pid: number, signal: NodeJS.Signals): boolean {
    const now = readProcess(pid);
    if (now === undefined) return false;
    if (!this.#isKnown(now)) throw new Error(`process ${pid} is not below the service that was started`);
    return send(pid, signal);
  }

  #take(all: readonly ProcessEntry[]): readonly ProcessEntry[] {
    const alive = new Map(all.filter((entry) => this.#isKnown(entry)).map((entry) => [entry.pid, entry]));
    for (let before = -1; before < alive.size; ) {
      before = alive.size;
      for (const entry of all) if (alive.has(entry.parent) && entry.pid !== process.pid) alive.set(entry.pid, entry);
    }
    this.#known = alive;
    return [...alive.values()];
  }

  #isKnown({ pid, startTime }: ProcessEntry): boolean {
    return this.#known.get(pid)?.startTime === startTime;
  }
}

/** Sends a signal to a process, or a group (negative). @returns false when it has ended */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
