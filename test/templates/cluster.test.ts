import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { buildLauncher, endAll, launch, lives } from './cluster/support.js';
import { get, until } from './multiprocess/support.js';

let cjs = '';
let esm = '';
beforeAll(() => {
  cjs = buildLauncher('cjs');
  esm = buildLauncher('esm');
});
afterEach(endAll);
afterAll(() => {
  for (const folder of [cjs, esm]) rmSync(folder, { recursive: true, force: true });
});

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('the launcher', () => {
  test.each(['cjs', 'esm'])('serves with as many workers as the settings say, in %s', async (form) => {
    const node = [process.execPath, '--max-old-space-size=300', 'metrics/cluster.js', './app.cjs', '--deep', 'x'];
    const app = await launch(form === 'cjs' ? cjs : esm, { METRICS_DISABLED: '1' }, node);
    await app.says('3 workers listen\n');
    expect((await app.answering()).size).toBe(3);
    const answer = JSON.parse((await get(app.port, '/')) ?? '');
    expect(answer).toMatchObject({ argv: ['--deep', 'x'], execArgv: ['--max-old-space-size=300'] });
    await until(() => app.messages.length > 0);
    expect(app.messages).toEqual(['ready']);
    expect(count(app.output(), 'workers listen')).toBe(1);
  });

  test.each([
    ['1', 1, '1 worker listens\n'],
    ['2', 2, '2 workers listen\n'],
    ['auto', 3, 'WEB_CONCURRENCY is not a whole number from 1 on: 3 is used'],
    ['0', 3, 'WEB_CONCURRENCY is not a whole number'],
    ['', 3, '3 workers listen'],
  ])('WEB_CONCURRENCY=%s starts %i', async (value, workers, words) => {
    const app = await launch(cjs, { WEB_CONCURRENCY: value });
    await app.says('listen');
    const pids = await app.answering();
    expect(pids.size).toBe(workers);
    expect(pids.has(app.process.pid ?? 0)).toBe(false);
    expect(app.output()).toContain(words);
  });

  it('does not take the port of the metrics for the service', async () => {
    const port = String(10_000 + (process.pid % 10_000));
    const app = await launch(cjs, { PORT: port, METRICS_PORT: port });
    await until(async () => (await get(Number(port), '/')) !== undefined);
    await sleep(300);
    expect(app.output()).not.toContain('listen');
  });

  it('replaces a worker that is killed or crashes, and leaves the others alone', async () => {
    const app = await launch(cjs);
    await app.says('3 workers listen');
    await sleep(1_100);
    const before = await app.answering();
    const [first = 0] = before;
    process.kill(first, 'SIGKILL');
    await app.says(`worker ${first} ended with SIGKILL and is replaced`);
    await until(async () => (await app.answering()).size === 3);
    expect([...(await app.answering())].filter((pid) => before.has(pid))).toHaveLength(2);

    await get(app.port, '/crash', 500);
    await app.says('ended with code 1');
    await until(async () => (await app.answering()).size === 3);
    expect(count(app.output(), 'workers listen')).toBe(1);
  });

  test.each([
    ['before they listen', 'crash', 7],
    ['soon after they listen', 'dies-soon', 8],
  ])('gives up when all workers end %s, five times each', async (_, MODE, code) => {
    const started = Date.now();
    const app = await launch(cjs, { MODE, WEB_CONCURRENCY: '2' });
    expect(await app.ended()).toBe(code);
    expect(app.output()).toContain('the 10th failed start in a row, giving up');
    expect(count(app.output(), 'ended with')).toBe(10);
    // 0.1, 0.2, 0.4 and 0.8 s between the rounds.
    expect(Date.now() - started).toBeGreaterThan(1_500);
  });

  it('goes on with the workers that are well, and starts the failing one more and more seldom', async () => {
    const app = await launch(cjs, { MODE: 'crash-all-but-first', WEB_CONCURRENCY: '2' });
    await sleep(4_000);
    expect(app.process.exitCode).toBeNull();
    expect((await app.answering()).size).toBe(1);
    // Two at each step of 0.1, 0.2, 0.4, 0.8 … s, from the beginning again once the first worker is well.
    expect(count(app.output(), 'ended with')).toBeLessThanOrEqual(13);
    await app.says('the next start is in 0.8 s');
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hands %s on and ends with 0', async (signal) => {
    const app = await launch(cjs);
    await app.says('workers listen');
    const pids = await app.answering();
    app.process.kill(signal);
    expect(await app.ended()).toBe(0);
    expect([...pids].filter(lives)).toEqual([]);
  });

  it('waits for workers that are still answering', async () => {
    const app = await launch(cjs, { MODE: 'graceful' });
    await app.says('workers listen');
    const slow = get(app.port, '/slow');
    await sleep(200);
    app.process.kill('SIGTERM');
    expect(await slow).toContain('pid');
    expect(await app.ended()).toBe(0);
  });

  it('ends with the code of a worker that could not end well', async () => {
    const app = await launch(cjs, { MODE: 'graceful-3' });
    await app.says('workers listen');
    app.process.kill('SIGTERM');
    expect(await app.ended()).toBe(3);
  });

  it('kills what does not end in time', async () => {
    const app = await launch(cjs, { MODE: 'stubborn', CLUSTER_STOP_SECONDS: '1' });
    await app.says('workers listen');
    const pids = await app.answering();
    const asked = Date.now();
    app.process.kill('SIGTERM');
    expect(await app.ended()).toBe(1);
    expect(Date.now() - asked).toBeGreaterThan(950);
    expect([...pids].filter(lives)).toEqual([]);
  });

  it('kills at once at the second signal', async () => {
    const app = await launch(cjs, { MODE: 'stubborn' });
    await app.says('workers listen');
    app.process.kill('SIGTERM');
    await sleep(300);
    expect(app.process.exitCode).toBeNull();
    app.process.kill('SIGTERM');
    expect(await app.ended()).toBe(1);
  });

  it('leaves no worker behind when it is killed itself', async () => {
    const app = await launch(cjs, { MODE: 'stubborn' });
    await app.says('workers listen');
    const pids = await app.answering();
    expect(pids.size).toBe(3);
    app.process.kill('SIGKILL');
    await until(() => ![...pids].some(lives), 5_000);
  });

  it('is the first process of a container: ends at SIGTERM, and its workers with it', async () => {
    const unshare = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const app = await launch(cjs, {}, [...unshare, process.execPath, 'metrics/cluster.js', 'app.cjs']);
    await app.says('3 workers listen');
    expect((await app.answering()).size).toBe(3);
    const pid = app.process.pid ?? 0;
    const [primary = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
    process.kill(Number(primary), 'SIGTERM');
    expect(await app.ended()).toBe(0);
  });

  it('says how to call it', async () => {
    const app = await launch(cjs, {}, [process.execPath, 'metrics/cluster.js']);
    expect(await app.ended()).toBe(2);
    expect(app.output()).toContain('usage: node cluster.js <program> [arguments]');
  });
});
