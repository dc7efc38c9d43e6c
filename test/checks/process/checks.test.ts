import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Check } from '../../../src/checks/check.js';
import { BoundedClient } from '../../../src/checks/client.js';
import { inProgress } from '../../../src/checks/in-progress.js';
import { startService } from '../../../src/checks/process/start.js';
import { redis } from '../../../src/checks/redis.js';
import { restart } from '../../../src/checks/restart.js';
import { type Result, runChecks } from '../../../src/checks/run-checks.js';
import type { VerifyOptions } from '../../../src/checks/service.js';
import { workerDeath } from '../../../src/checks/worker-death.js';
import { workers } from '../../../src/checks/workers.js';
import { runCliJson } from '../../support/cli.js';
import { loadFixtures } from '../../support/fixture.js';
import { freePort } from '../../support/free-port.js';
import { findRedis } from '../../support/redis.js';
import { createTarget, removeTarget, type Target } from '../../support/target.js';
import { atMost } from '../support/at-most.js';
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

const fewAtOnce = atMost(3);

async function targetOf(group: string, name: string, set?: string): Promise<Target> {
  const fixture = loadFixtures(group).find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  return createTarget(set === undefined ? fixture : { ...fixture, set });
}

/** What the real `add` makes of an app. */
async function added(name: string, set: string | undefined, ...flags: string[]): Promise<Target> {
  const made = await targetOf('express', name, set);
  const { exitCode, stderr } = await runCliJson('add', made.dir, '--yes', '--no-install', '--force', ...flags);
  expect(exitCode, stderr).toBe(0);
  return made;
}

/** Starts it, runs the checks, and ends it; nothing of it is left then. */
function check(
  made: Promise<Target>,
  command: string,
  checks: readonly Check[],
  options: Partial<VerifyOptions> = {},
): Promise<Result[]> {
  return fewAtOnce(async () => {
    const target = await made;
    const run = randomUUID();
    const url = new URL(`http://127.0.0.1:${await freePort()}/metrics`);
    const service = await startService(command, { cwd: target.dir, url, signal, env: { TEST_RUN: run } });
    try {
      const client = new BoundedClient({ metrics: url, app: new URL('/', url) }, undefined, signal);
      const hints = { counter: undefined, histogram: undefined, prefix: undefined };
      const facts = {
        url,
        options: { ...defaults, ...options, dir: target.dir },
        hints,
        local: true,
        started: service,
      };
      return await runChecks(checks, facts, client, silent, signal);
    } finally {
      await service.stop();
      service.removeLog();
      await removeTarget(target);
      expect(await leftBehind(run)).toEqual([]);
    }
  });
}

const instrumented = () => targetOf('checks', 'process-instrumented');

function byId(results: readonly Result[]): Record<string, string> {
  return Object.fromEntries(results.map(({ id, status, measured }) => [id, `${status}: ${measured}`]));
}

describe.concurrent('workers, worker-death and restart', () => {
  // Those that are wrong under load, and what add makes of an app, are verified whole in test/e2e/verify.test.ts.
  test.concurrent.for([
    ['right.js', { workers: 1 }, 'skip: one process is configured', 'skip: fewer than two processes', 'pass'],
    ['right.js', { workers: 4 }, 'fail: 1 of 4|fail: 0 of 4', 'skip: fewer than two processes', 'pass'],
    ['aggregator.js', { killWorker: false }, 'pass: 4 of 4', 'skip: it kills one worker process: only with', 'pass'],
    ['idle-workers.js', {}, 'fail: 1 of 4', 'fail: after the death of one worker: GET /: nothing listens', 'pass'],
    ['warms-up.js', { workers: 1 }, 'skip', 'skip', 'pass: the counter was at \\d+ before and is at 2 after it'],
  ] as const)('%s %o', async ([file, options, first, second, third], { expect: is }) => {
    const results = await verified(file, options);
    const [ofWorkers = '', ofDeath = '', ofRestart = ''] = Object.values(byId(results));
    is(ofWorkers).toMatch(new RegExp(`^(?:${first})`));
    is(ofDeath).toMatch(new RegExp(`^(?:${second})`));
    is(ofRestart).toMatch(new RegExp(`^(?:${third})`));
    for (const { status, hint } of results) is(hint === '').toBe(status === 'pass' || status === 'skip');
    for (const { seconds } of results) is(seconds).toBeLessThan(20);
  });

  function verified(file: string, options: Partial<VerifyOptions>): Promise<Result[]> {
    return check(instrumented(), `node ${file}`, [workers, workerDeath, restart], options);
  }
});

test.concurrent.for([
  ['limited.js', /^pass: no counter fell .*; 2 of 2 processes/],
  ['limited.js in-front', /^warn: .*; \d+ were answered in front of what counts$/],
] as const)('worker-death: %s', async ([command, says], { expect: is }) => {
  const results = await check(instrumented(), `node ${command}`, [workerDeath], { targetPath: '/items/{id}' });
  is(byId(results)['worker-death']).toMatch(says);
});

test.concurrent('in-progress: requests of a killed worker that stay in the gauge', async ({ expect: is }) => {
  const options = { slowPath: '/slow', workers: 2 };
  const results = await check(instrumented(), 'node keeps-in-progress.js', [inProgress], options);
  is(byId(results)['in-progress']).toMatch(
    /^fail: 5 aborted requests: .* \+0, .* \+5; a killed worker: http_requests_in_progress \+[1-4]$/,
  );
});

const title = redisServer === undefined ? 'redis, SKIPPED: redis-server is missing' : 'redis';
// Not beside the others: what a scrape takes is judged.
describe.skipIf(redisServer === undefined)(title, () => {
  test.concurrent('what add --redis makes passes', async ({ expect: is }) => {
    const made = added('single-file', 'redis', '--redis', '--workers', '1');
    const results = await check(made, 'node index.js', [redis], { redis: true });
    is(byId(results)).toEqual({
      redis: is.stringMatching(/^pass: slowest scrape with Redis hanging \d+ ms, gone \d+ ms; redis_metrics_up 0$/),
    });
  });

  test.concurrent('with its own idea of where Redis is: nothing is judged', async ({ expect: is }) => {
    const made = added('single-file', 'redis', '--redis', '--workers', '1');
    const results = await check(made, 'REDIS_URL=redis://127.0.0.1:1 node index.js', [redis], { redis: true });
    is(byId(results)['redis']).toMatch(/^skip: the service does not take the address/);
  });
});
