import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Check } from '../../../src/checks/check.js';
import { BoundedClient } from '../../../src/checks/client.js';
import { startService } from '../../../src/checks/process/start.js';
import { redis } from '../../../src/checks/redis.js';
import { restart } from '../../../src/checks/restart.js';
import { type Result, runChecks } from '../../../src/checks/run-checks.js';
import type { StartedService, VerifyOptions } from '../../../src/checks/service.js';
import { workerDeath } from '../../../src/checks/worker-death.js';
import { workers } from '../../../src/checks/workers.js';
import { runCliJson } from '../../support/cli.js';
import { loadFixtures } from '../../support/fixture.js';
import { freePort } from '../../support/free-port.js';
import { findRedis } from '../../support/redis.js';
import { createTarget, removeTarget, type Target } from '../../support/target.js';
import { leftBehind } from './left.js';

const redisServer = await findRedis();
const signal = new AbortController().signal;
const silent = { watching() {}, found() {}, began() {}, ended() {} };
const defaults: Omit<VerifyOptions, 'dir'> = {
  requests: 100,
  targetPath: undefined,
  slowPath: undefined,
  errorPath: undefined,
  killWorker: true,
  prometheus: undefined,
  scrapeIntervalSeconds: 15,
  workers: undefined,
  redis: false,
};

let target: Target | undefined;
let service: StartedService | undefined;
let run: string;

afterEach(async () => {
  await service?.stop();
  if (service !== undefined) rmSync(path.dirname(service.log), { recursive: true });
  service = undefined;
  if (target !== undefined) await removeTarget(target);
  target = undefined;
  expect(await leftBehind(run)).toEqual([]);
});

async function targetOf(group: string, name: string, set?: string): Promise<Target> {
  const fixture = loadFixtures(group).find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  target = await createTarget(set === undefined ? fixture : { ...fixture, set });
  return target;
}

/** What the real `add` makes of an app. */
async function added(name: string, set: string | undefined, ...flags: string[]): Promise<Target> {
  const made = await targetOf('express', name, set);
  const { exitCode, stderr } = await runCliJson('add', made.dir, '--yes', '--no-install', '--force', ...flags);
  expect(exitCode, stderr).toBe(0);
  return made;
}

async function check(
  { dir }: Target,
  command: string,
  checks: readonly Check[],
  options: Partial<VerifyOptions> = {},
): Promise<Result[]> {
  run = randomUUID();
  const url = new URL(`http://127.0.0.1:${await freePort()}/metrics`);
  service = await startService(command, { cwd: dir, url, signal, env: { TEST_RUN: run } });
  const client = new BoundedClient({ metrics: url, app: url }, undefined, signal);
  const hints = { counter: undefined, histogram: undefined, prefix: undefined };
  const facts = { url, options: { ...defaults, ...options, dir }, hints, local: true, started: service };
  return runChecks(checks, facts, client, silent, signal);
}

function byId(results: readonly Result[]): Record<string, string> {
  return Object.fromEntries(results.map(({ id, status, measured }) => [id, `${status}: ${measured}`]));
}

describe('workers, worker-death and restart', () => {
  test('what add makes of an app passes, over four workers', async () => {
    const made = await added('bin-www', undefined, '--workers', '4');
    const results = await check(made, 'node metrics/cluster.js bin/www', [workers, workerDeath, restart], {
      workers: 4,
    });
    expect(byId(results)).toEqual({
      workers: expect.stringMatching(/^pass: 4 of 4 processes took part in 160 requests$/),
      'worker-death': expect.stringMatching(
        /^pass: no counter fell in \d+ scrapes; \d+ requests around it counted as \d+, 100 after it as 100; 4 of 4 processes serve afterwards$/,
      ),
      restart: expect.stringMatching(
        /^pass: the counter was at [1-9]\d* before and is at 0 after it, 1 app_info; down for/,
      ),
    });
  });

  test.each([
    ['right.js', { workers: 1 }, 'skip: one process is configured', 'skip: fewer than two processes', 'pass'],
    ['right.js', { workers: 4 }, 'fail: 1 of 4|fail: 0 of 4', 'skip: fewer than two processes', 'pass'],
    ['per-worker.js', {}, 'pass: 4 of 4', 'fail: \\d+ falls? of counters', 'pass'],
    [
      'aggregator.js',
      {},
      'pass: 4 of 4',
      'fail: (?:\\d+ falls? of counters, first http_request|no counter fell in \\d+ scrapes; \\d+ requests around it counted as -?\\d+)',
      'pass',
    ],
    ['aggregator.js', { killWorker: false }, 'pass: 4 of 4', 'skip: it kills one worker process: only with', 'pass'],
    ['idle-workers.js', {}, 'fail: 1 of 4', 'fail: after the death of one worker: GET /: nothing listens', 'pass'],
    ['fragile.js', {}, 'pass: 2 of 2', 'fail: after the death of one worker: GET /: nothing listens', 'pass'],
    [
      'remembers.js',
      { workers: 1 },
      'skip',
      'skip',
      'fail: the counter was at \\d+ before and is at [1-9]\\d* after it, 2 app_info',
    ],
  ])('%s %o', async (file, options, first, second, third) => {
    const made = await targetOf('checks', 'process-instrumented');
    const results = await check(made, `node ${file}`, [workers, workerDeath, restart], options);
    const [ofWorkers = '', ofDeath = '', ofRestart = ''] = Object.values(byId(results));
    expect(ofWorkers).toMatch(new RegExp(`^(?:${first})`));
    expect(ofDeath).toMatch(new RegExp(`^(?:${second})`));
    expect(ofRestart).toMatch(new RegExp(`^(?:${third})`));
    for (const { status, hint } of results) expect(hint === '').toBe(status === 'pass' || status === 'skip');
    for (const { seconds } of results) expect(seconds).toBeLessThan(20);
  });

  test('PM2 with AggregatorRegistry: nothing can be read, and nothing is killed for it', async () => {
    const made = await targetOf('checks', 'process-pm2');
    const results = await check(made, 'pm2 start ecosystem.config.js', [workers, workerDeath, restart], { workers: 4 });
    expect(byId(results)).toEqual({
      workers: expect.stringMatching(/^pass: [2-4] of 4/),
      'worker-death': 'fail: the metrics endpoint answers 200 with an empty body',
      restart: 'fail: the metrics endpoint answers 200 with an empty body',
    });
  });
});

const title = redisServer === undefined ? 'redis, SKIPPED: redis-server is missing' : 'redis';
describe.skipIf(redisServer === undefined)(title, () => {
  test('what add --redis makes passes', async () => {
    const made = await added('single-file', 'redis', '--redis', '--workers', '1');
    const results = await check(made, 'node index.js', [redis], { redis: true });
    expect(byId(results)).toEqual({
      redis: expect.stringMatching(/^pass: slowest scrape with Redis hanging \d+ ms, gone \d+ ms; redis_metrics_up 0$/),
    });
  });

  test('with its own idea of where Redis is: nothing is judged', async () => {
    const made = await added('single-file', 'redis', '--redis', '--workers', '1');
    const results = await check(made, 'REDIS_URL=redis://127.0.0.1:1 node index.js', [redis], { redis: true });
    expect(byId(results)['redis']).toMatch(/^skip: the service does not take the address/);
  });

  test('a service that says nothing of Redis', async () => {
    const made = await targetOf('checks', 'process-instrumented');
    const results = await check(made, 'node right.js', [redis], { redis: true });
    expect(byId(results)['redis']).toBe('fail: no redis_metrics_up while Redis is there');
  });

  test('not without being told', async () => {
    const made = await targetOf('checks', 'process-instrumented');
    expect(byId(await check(made, 'node right.js', [redis]))['redis']).toMatch(/^skip: no metrics in Redis/);
  });
});
