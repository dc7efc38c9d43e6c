import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CheckError } from '../../../src/checks/check.js';
import { startService } from '../../../src/checks/process/start.js';
import type { StartedService } from '../../../src/checks/service.js';
import { CancelledError, UsageError } from '../../../src/errors.js';
import { freePort } from '../../support/free-port.js';
import { send } from '../../support/http-client.js';
import { leftBehind, processesWith } from './left.js';

const cwd = fileURLToPath(new URL('../../../fixtures/checks/process-service', import.meta.url));

let run: string;
let port: number;
let service: StartedService | undefined;
let abort: AbortController;

beforeEach(async () => {
  run = randomUUID();
  port = await freePort();
  abort = new AbortController();
  service = undefined;
});
afterEach(async () => {
  await service?.stop();
  if (service !== undefined) rmSync(dirname(service.log), { recursive: true });
  expect(await leftBehind(run)).toEqual([]);
});

async function start(way: string, line = `node service.js ${way} ${run}`): Promise<StartedService> {
  const url = new URL(`http://127.0.0.1:${port}/metrics`);
  service = await startService(line, { cwd, url, signal: abort.signal });
  return service;
}

/** A command for a service that prints first. */
function printing(what: string, assignments = ''): string {
  return `${assignments}node -e 'console.log(${what}); process.argv.splice(1, 0, "x"); require("./service.js")' plain ${run}`;
}

async function pidThatAnswers(): Promise<number> {
  return Number((await send({ port }, { method: 'GET', path: '/' })).body);
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a service that listens', () => {
  test.each(['plain', 'late', 'grandchildren', 'daemon', 'clean-daemon'])('%s: is there, and ends', async (way) => {
    const started = await start(way);
    const pid = await pidThatAnswers();
    expect(started.workers()).toEqual([pid]);
    expect(processesWith(run)).not.toEqual([]);
    // Past the time in which the command of `clean-daemon` ends, and looks are taken.
    if (way === 'clean-daemon') await expect.poll(() => processesWith(run).length, { timeout: 5_000 }).toBe(1);
    await started.stop();
    expect(await leftBehind(run)).toEqual([]);
  });

  test('prints without end: what is kept of it is bounded', async () => {
    const started = await start('', printing('"x".repeat(65 * 2 ** 20)'));
    const head = () => readFileSync(started.log, 'utf8').slice(0, 100);
    await expect.poll(head).toMatch(/^… 6\d MiB that it printed before are left out\n/);
  });

  test('leaves a daemon that prints without end: that is bounded, too', async () => {
    const daemon = `(sleep 1.5; node -e 'console.log("x".repeat(65 * 2 ** 20))'; sleep 60; echo ${run}) &`;
    const started = await start('', `${daemon} node service.js daemon ${run}`);
    const head = () => readFileSync(started.log, 'utf8').slice(0, 100);
    await expect.poll(head).toMatch(/^… 6\d MiB that it printed before are left out\n/);
  });

  test('deaf to SIGTERM: is killed within 6 s', async () => {
    const started = await start('deaf');
    const before = Date.now();
    await started.stop();
    expect(Date.now() - before).toBeLessThan(6_000);
  });

  test.each(['cluster', 'shared'])('node:cluster, %s: the three workers serve, and nobody else', async (way) => {
    const started = await start(way);
    await expect.poll(() => started.workers()?.length).toBe(3);
    const workers = started.workers() ?? [];
    expect(workers).toContain(await pidThatAnswers());
    expect(workers).not.toContain(started.pid);
  });

  test('a worker can be killed, an alien process cannot', async () => {
    const started = await start('cluster');
    await expect.poll(() => started.workers()?.length).toBe(3);
    const [worker = 0] = started.workers() ?? [];
    started.kill(worker, 'SIGKILL');
    await expect.poll(() => started.workers()?.length).toBe(2);
    for (const alien of [process.pid, process.ppid, 1]) {
      expect(() => started.kill(alien, 'SIGKILL')).toThrow('not below the service');
    }
    expect(() => started.kill(worker, 'SIGKILL')).toThrow('not below the service');
  });

  test('is told its port, keeps the rest of the environment, and its output', async () => {
    const started = await start('', printing('process.env.A, process.env.HOME', "A='b c' "));
    expect(readFileSync(started.log, 'utf8')).toContain(`b c ${process.env['HOME']}`);
  });

  test('a line for a shell', async () => {
    const started = await start('plain', `cd . && node service.js plain ${run} | cat`);
    expect(started.workers()).toEqual([await pidThatAnswers()]);
  });

  test('starts again, with other variables', async () => {
    const started = await start('', printing('"hue", process.env.HUE'));
    const before = await pidThatAnswers();
    await started.restart({ HUE: 'green' });
    expect(await pidThatAnswers()).not.toBe(before);
    expect(started.workers()).toEqual([await pidThatAnswers()]);
    await started.restart();
    expect(readFileSync(started.log, 'utf8').match(/hue \w+/g)).toEqual([
      'hue undefined',
      'hue green',
      'hue undefined',
    ]);
  });

  test('with metrics on a port of their own: is told both, and waited for', async () => {
    const metrics = await freePort();
    const url = new URL(`http://127.0.0.1:${metrics}/metrics`);
    const appUrl = new URL(`http://127.0.0.1:${port}/`);
    service = await startService(`node service.js late-app ${run}`, { cwd, url, appUrl, signal: abort.signal });
    const pid = await pidThatAnswers();
    expect(Number((await send({ port: metrics }, { method: 'GET', path: '/metrics' })).body)).toBe(pid);
    expect(service.workers()).toEqual([pid]);
    await service.restart();
    expect(await pidThatAnswers()).not.toBe(pid);
  });

  test('ends when the run is cancelled', async () => {
    const started = await start('grandchildren');
    abort.abort();
    await started.stop();
    expect(await leftBehind(run)).toEqual([]);
    await expect(started.restart()).rejects.toThrow(CancelledError);
  });
});

// One that listens elsewhere is given up after 30 s: test/e2e/verify.test.ts.
describe('a service that does not listen', () => {
  test('one that ends: the code and the last lines', async () => {
    const error = await failure(start('shout'));
    if (!(error instanceof CheckError)) throw error;
    expect(error.message).toBe(`the service ended with exit code 3 before it listened on port ${port}`);
    expect(error.hint).toContain('\nno database at db.internal\n');
    expect(error.hint.split('\n').length).toBeLessThan(20);
    rmSync(dirname(/(\S+)$/.exec(error.hint)?.[1] ?? ''), { recursive: true });
  });

  test('one that ends with 0, and leaves nothing behind', async () => {
    const error = await failure(start('leaves'));
    expect(error).toMatchObject({ name: 'CheckError', message: expect.stringContaining('ended with exit code 0') });
  });

  test('Ctrl-C while it starts', async () => {
    const starting = failure(start('silent'));
    await expect.poll(() => processesWith(run).length).toBe(1);
    abort.abort();
    expect(await starting).toBeInstanceOf(CancelledError);
    expect(await leftBehind(run)).toEqual([]);
  });
});

describe('a wrong call', () => {
  test('a program that is not there', async () => {
    const error = await failure(start('', `no-such-program ${run}`));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: '--start: no-such-program cannot be run (ENOENT).' });
  });

  test('a port that is taken: nothing is started', async () => {
    const server = http.createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const error = await failure(start('plain'));
    server.close();
    expect(error).toBeInstanceOf(UsageError);
    expect(processesWith(run)).toEqual([]);
  });
});
