import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

export interface StartOptions {
  /** Program and arguments; `node` is the Node that runs the tests, other programs are looked for in node_modules/.bin. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** Folders whose node_modules/.bin are searched, the nearest first; default: `cwd`. */
  readonly binFolders?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningApp {
  readonly port: number;
  readonly pid: number;
  /** What it has printed so far, both streams. */
  readonly output: () => string;
  /** Ends the process and all its children; resolves when it is gone. */
  readonly stop: () => Promise<void>;
}

const READY_MS = 20_000;
const STOP_MS = 3_000;
const PORT_ATTEMPTS = 3;

/** Process groups that were started and not stopped yet. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
});

/**
 * Starts an app in a process group of its own with a free port in `PORT` and resolves when it accepts connections.
 * Throws an Error with the app's output when it exits, or does not listen in time; nothing is left running then.
 */
export async function startApp(options: StartOptions): Promise<RunningApp> {
  for (let attempt = 1; ; attempt++) {
    const app = launch(options, await freePort());
    const failure = await app.ready;
    if (failure === undefined) return app;
    await app.stop();
    // Between the search for a free port and its use another process may have taken it.
    if (attempt < PORT_ATTEMPTS && app.output().includes('EADDRINUSE')) continue;
    throw new Error(`${options.command.join(' ')} ${failure}\n${app.output()}`);
  }
}

/**
 * The environment of an app: none of the variables of the test run (NODE_ENV=test, NODE_OPTIONS, CI …), and the
 * package's own programs first, as in npm's scripts.
 */
export function appEnvironment(binFolders: readonly string[]): Record<string, string> {
  const bins = binFolders.map((folder) => path.join(folder, 'node_modules', '.bin'));
  const node = path.dirname(process.execPath);
  const env: Record<string, string> = { PATH: [...bins, node, process.env['PATH'] ?? ''].join(path.delimiter) };
  for (const name of ['HOME', 'TMPDIR', 'LANG']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

function launch(options: StartOptions, port: number): RunningApp & { ready: Promise<string | undefined> } {
  const [program, ...args] = options.command;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...appEnvironment(options.binFolders ?? [options.cwd]), ...options.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const chunks: Buffer[] = [];
  const keep = (chunk: Buffer): void => {
    chunks.push(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let spawnError: Error | undefined;
  child.on('error', (error) => {
    spawnError = error;
  });
  const pid = child.pid ?? 0;
  if (pid > 0) groups.add(pid);
  return {
    port,
    pid,
    output: () => Buffer.concat(chunks).toString('utf8'),
    stop: () => stop(child),
    ready: listening(child, port, () => spawnError),
  };
}

/** Undefined when it listens, else what went wrong. */
async function listening(
  child: ChildProcess,
  port: number,
  error: () => Error | undefined,
): Promise<string | undefined> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    await sleep(20);
    if (error() !== undefined) return `does not start: ${error()?.message}`;
    if (hasExited(child)) return `ended with ${child.exitCode ?? child.signalCode}`;
    if (await accepts(port)) return undefined;
  }
  return `does not listen on ${port} after ${READY_MS} ms`;
}

async function stop(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (!hasExited(child)) {
    const exited = once(child, 'exit');
    signalGroup(pid, 'SIGTERM');
    await Promise.race([exited, sleep(STOP_MS, undefined, { ref: false })]);
  }
  // The leader may be gone and a child of it not.
  signalGroup(pid, 'SIGKILL');
  if (!hasExited(child)) await once(child, 'exit');
  groups.delete(pid);
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.setTimeout(1_000, () => socket.destroy(new Error('timeout')));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
