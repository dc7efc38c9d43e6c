import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { shellLine } from '../../command.js';
import { UsageError } from '../../errors.js';
import type { StartCommand } from './command.js';
import { endWithUs, type Running } from './ending.js';
import { hasProc } from './proc.js';
import { ProcessTree } from './tree.js';

const markName = 'ADD_PROM_METRICS_RUN';
const followMs = 500;
/** A service that prints without end must not fill the disk. */
const mostLogBytes = 64 * 2 ** 20;

export interface LaunchOptions {
  readonly cwd: string;
  /** In PORT. */
  readonly port: number;
  /** Gets what it prints, the last 64 MiB at most, and in its folder are PM2's files. */
  readonly log: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Launched extends Running {
  readonly child: ChildProcess;
}

/**
 * Runs a command in a process group of its own, without a terminal.
 *
 * @throws UsageError when there is no such program, or it may not be run
 */
export async function launch(command: StartCommand, options: LaunchOptions): Promise<Launched> {
  const mark = { name: markName, value: randomUUID() };
  const log = openSync(options.log, 'a', 0o600);
  writeSync(log, `$ ${shellLine([command.program, ...command.args])}\n`);
  const child = spawn(command.program, command.args, {
    cwd: options.cwd,
    env: { ...environment(options), ...command.env, [mark.name]: mark.value },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  // A run that is over does not wait for it: what is still there then is ended with us.
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw cannotStart(command.program, await once(child, 'error').then(([error]) => error));
  const tree = hasProc() ? new ProcessTree(mark) : undefined;
  tree?.addRoot(pid);
  const launched = { pid, child, tree };
  endWithUs(launched);
  followWhileAlive(launched);
  boundWhileAlive(launched, options.log);
  return launched;
}

/** As in npm's scripts the package's own programs are found, here after those of the user's PATH. */
function environment({ cwd, port, log, env }: LaunchOptions): NodeJS.ProcessEnv {
  const bin = join(cwd, 'node_modules', '.bin');
  const path = [process.env['PATH'], bin].filter(Boolean).join(delimiter);
  // A PM2 daemon that runs already would take the app over: outside of what we started, next to the apps it serves.
  const pm2 = join(dirname(log), 'pm2');
  return { ...process.env, PATH: path, PORT: String(port), PM2_HOME: pm2, ...env };
}

/** Remembers who belongs to it while their parents live. */
function followWhileAlive({ tree }: Launched): void {
  if (tree === undefined) return;
  const timer = setInterval(() => {
    if (tree.follow().length === 0) clearInterval(timer);
  }, followMs);
  timer.unref();
}

/** Empties a log that has become too long: it is only ever appended to, so what is printed next stands at its beginning. */
function boundWhileAlive({ child, tree }: Launched, log: string): void {
  const timer = setInterval(() => {
    // The command may have ended and have left a daemon, which prints on.
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded && (tree === undefined || tree.find().length === 0)) clearInterval(timer);
    const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= mostLogBytes) return;
    truncateSync(log);
    appendFileSync(log, `… ${Math.round(size / 2 ** 20)} MiB that it printed before are left out\n`);
  }, followMs);
  timer.unref();
}

function cannotStart(program: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new UsageError(
    `--start: ${program} cannot be run (${code}).`,
    'Give the command as you type it in the target’s folder.',
    { cause: error },
  );
}
