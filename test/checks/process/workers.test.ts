import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startService } from '../../../src/checks/process/start.js';
import type { StartedService } from '../../../src/checks/service.js';
import { makeFolder } from '../../cli/support/folders.js';
import { requireDebianPackage } from '../../support/debian-package.js';
import { loadFixtures } from '../../support/fixture.js';
import { freePort } from '../../support/free-port.js';
import { send } from '../../support/http-client.js';
import { createTarget, removeTarget, type Target } from '../../support/target.js';
import { leftBehind, processesWith } from './left.js';

const gunicorn = await requireDebianPackage('gunicorn', 'gunicorn');
const run = randomUUID();
let service: StartedService | undefined;

afterEach(async () => {
  await service?.stop();
  if (service !== undefined) rmSync(dirname(service.log), { recursive: true });
  service = undefined;
  expect(await leftBehind(run)).toEqual([]);
});

async function start(command: string, cwd: string, env: Readonly<Record<string, string>> = {}): Promise<number> {
  const port = await freePort();
  const url = new URL(`http://127.0.0.1:${port}/metrics`);
  const all = { TEST_RUN: run, ...env };
  service = await startService(command, { cwd, url, signal: new AbortController().signal, env: all });
  return port;
}

async function expectWorkers(count: number): Promise<readonly number[]> {
  await expect.poll(() => service?.workers()?.length, { timeout: 15_000 }).toBe(count);
  return service?.workers() ?? [];
}

function argumentsOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

describe('PM2', () => {
  let target: Target;
  afterEach(() => removeTarget(target));

  async function pm2(command: string): Promise<number> {
    const fixture = loadFixtures('checks').find(({ name }) => name === 'process-pm2');
    if (fixture === undefined) throw new Error('no fixture');
    target = await createTarget(fixture);
    return start(command, target.dir);
  }

  test('cluster mode: the four below the daemon, which is ended with them', async () => {
    await pm2('pm2 start ecosystem.config.js');
    const workers = await expectWorkers(4);
    for (const pid of workers) expect(argumentsOf(pid)).toMatch(/ProcessContainer|server\.js/);
    expect(processesWith(run).some((line) => line.includes('God Daemon'))).toBe(true);
    await service?.stop();
    expect(await leftBehind(run)).toEqual([]);
  });

  test('fork mode, in the foreground: the one that listens', async () => {
    await pm2('npx --no-install pm2-runtime start server.js');
    const [pid = 0] = await expectWorkers(1);
    expect(argumentsOf(pid)).toContain('server.js');
  });

  test('a killed worker is replaced, by another one of ours', async () => {
    const port = await pm2('pm2 start ecosystem.config.js');
    const [first = 0] = await expectWorkers(4);
    service?.kill(first, 'SIGKILL');
    await expect.poll(() => service?.workers()?.includes(first)).toBe(false);
    expect(await expectWorkers(4)).not.toContain(first);
    expect((await send({ port }, { method: 'GET', path: '/' })).body).toBe('hello');
  });
});

const title = gunicorn === undefined ? 'gunicorn, SKIPPED: it is missing' : 'gunicorn';
describe.skipIf(gunicorn === undefined)(title, () => {
  const app = `
import os

def app(environ, start_response):
    start_response("200 OK", [])
    return [str(os.getpid()).encode()]
`;

  test.each([
    ['sync workers', '-w 3', 3],
    ['threads', '-w 2 --threads 4', 2],
    ['a socket for each worker', '-w 3 --reuse-port', 3],
    ['one worker', '-w 1', 1],
  ])('%s: the children of the master', async (_, flags, count) => {
    const port = await start(`${gunicorn} ${flags} app:app`, makeFolder({ 'app.py': app }));
    const workers = await expectWorkers(count);
    expect(workers).not.toContain(service?.pid);
    expect(workers).toContain(Number((await send({ port }, { method: 'GET', path: '/' })).body));
  });

  test('a daemon of its own', async () => {
    const folder = makeFolder({ 'app.py': app });
    const port = await start(`${gunicorn} -w 2 --daemon app:app`, folder);
    expect(await expectWorkers(2)).toContain(Number((await send({ port }, { method: 'GET', path: '/' })).body));
  });
});
