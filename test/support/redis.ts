import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { requireDebianPackage } from './debian-package.js';
import { freePort } from './free-port.js';

/** A real Redis of the test's own, on 127.0.0.1, which keeps its data on the disk over restarts. */
export interface RedisServer {
  readonly url: string;
  /** Starts it, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it in good order, or at once; resolves when it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Stops it answering, with all connections open, until `resume`. */
  pause(): void;
  resume(): void;
  /** What `redis-cli` prints. */
  cli(...command: string[]): Promise<string>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

const READY_MS = 10_000;
const servers = new Set<ChildProcess>();
process.on('exit', () => {
  for (const server of servers) server.kill('SIGKILL');
});

/** The path of `redis-server`, which is installed where it is missing; see requireDebianPackage. */
export function findRedis(): Promise<string | undefined> {
  return requireDebianPackage('redis-server', 'redis-server');
}

/** A server that is not running yet; `binary` as `findRedis` gives it. */
export async function createRedis(binary: string): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const options = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'yes', appendfsync: 'always' };
  const parameters = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let server: ChildProcess | undefined;

  async function cli(...command: string[]): Promise<string> {
    const { stdout } = await execa('redis-cli', ['-p', String(port), ...command], { timeout: READY_MS });
    return stdout;
  }

  async function start(): Promise<void> {
    server = spawn(binary, parameters, { stdio: 'ignore' });
    servers.add(server);
    const deadline = Date.now() + READY_MS;
    while ((await cli('ping').catch(() => '')) !== 'PONG') {
      if (Date.now() > deadline) throw new Error('redis-server does not answer');
      await sleep(20);
    }
  }

  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill(signal);
    await ended;
    servers.delete(server);
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    stop,
    cli,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    async remove() {
      await stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
