import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckError } from '../check.js';
import { findProgram } from '../program.js';
import { endAll } from './ending.js';
import { launch } from './launch.js';
import { lastLines } from './log.js';
import { accepts, freePort } from './port.js';

const readyMs = 5_000;
const answerMs = 1_000;

/** A Redis of our own, empty, on this machine, without a file. */
export interface PrivateRedis {
  readonly url: string;
  /** How many clients are connected. */
  clients(): Promise<number>;
  /** SIGSTOP leaves all connections open and answers nothing; SIGCONT goes on; SIGKILL ends it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** Ends it, and removes its files. */
  remove(): Promise<void>;
}

/** The path of `redis-server`, if it is installed. */
export function findRedisServer(): string | undefined {
  // Debian has servers where a user's PATH does not look.
  const folders = [process.env['PATH'], '/usr/sbin', '/usr/local/bin'].filter(Boolean);
  return findProgram('redis-server', { PATH: folders.join(delimiter) });
}

/** @throws CheckError when it does not start */
export async function startRedis(program: string): Promise<PrivateRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'add-prom-metrics-redis-'));
  const port = await freePort();
  const url = new URL(`redis://127.0.0.1:${port}`);
  const options = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const log = join(folder, 'redis.log');
  const launched = await launch({ program, args, env: {} }, { cwd: folder, port, log, env: {} });
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.on('exit', removeFolder);
  const remove = async (): Promise<void> => {
    launched.child.kill('SIGCONT');
    await endAll(launched);
    removeFolder();
    process.off('exit', removeFolder);
  };
  for (const end = Date.now() + readyMs; !(await accepts(url)); await sleep(20)) {
    if (Date.now() < end && launched.child.exitCode === null) continue;
    const printed = lastLines(log);
    await remove();
    throw new CheckError('a redis-server for this check did not start', `It printed last:\n${printed}`);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    clients: async () => Number(/^connected_clients:(\d+)/m.exec(await ask(port, 'INFO clients'))?.[1] ?? 1) - 1,
    signal: (signal) => void launched.child.kill(signal),
    remove,
  };
}

/** Sends one line in Redis' inline protocol; gives the answer, or what of it came in a second. */
function ask(port: number, line: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    let text = '';
    const end = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(answerMs, end);
    socket.on('connect', () => socket.write(`${line}\r\nQUIT\r\n`));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', end);
    socket.on('error', end);
  });
}
