import net from 'node:net';
import { afterAll, beforeAll, describe, type ExpectStatic, test, vi } from 'vitest';
import { redis } from '../../src/checks/redis.js';
import type { Service, StartedService } from '../../src/checks/service.js';
import { findRedis } from '../support/redis.js';
import { type FakeOptions, withFake } from './support/fake.js';
import { measure, saidBy } from './support/measure.js';

// Services that do not stand the loss of their Redis, on a real one.

const redisServer = await findRedis();

/** What a scrape waits for: how long an answer of Redis is waited for, and what is told without it. */
interface Way {
  readonly waitMs: number;
  /** Before a scrape that Redis did not answer. */
  readonly whenAway?: 'nothing' | 'no counter' | 'as if it were there';
}

/** A service that asks Redis at each scrape, as long as its way has it. It is told its Redis when it is started. */
function withRedis({ waitMs, whenAway = 'nothing' }: Way) {
  let socket: net.Socket | undefined;
  const connect = (port: number): void => {
    socket?.destroy();
    socket = net.connect(port, '127.0.0.1').on('error', () => {});
  };
  const ask = (): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (isThere: boolean): void => {
        clearTimeout(timer);
        socket?.off('data', onData);
        resolve(isThere);
      };
      const onData = (): void => end(true);
      const timer = setTimeout(() => end(false), waitMs);
      // As it was started first, it has another one.
      if (socket === undefined) return end(true);
      if (socket.destroyed) return end(false);
      socket.on('data', onData);
      socket.write('PING\r\n');
    });
  const options: FakeOptions = {
    async scrape(exchange) {
      const isThere = await ask();
      const up = isThere || whenAway === 'as if it were there' ? 1 : 0;
      exchange.res.write(`# TYPE redis_metrics_up gauge\nredis_metrics_up ${up}\n`);
      if (!isThere && whenAway === 'no counter') exchange.res.end();
      else exchange.res.end(exchange.fake.text);
    },
  };
  const started = {
    async restart(env: Readonly<Record<string, string>> = {}) {
      const url = env['REDIS_URL'];
      if (url !== undefined) connect(Number(new URL(url).port));
    },
    workers: () => undefined,
    log: '/dev/null',
  };
  return { options, started: started as unknown as StartedService, close: () => socket?.destroy() };
}

async function said(way: Way): Promise<string> {
  const { options, started, close } = withRedis(way);
  return withFake(options, async ({ port }) => {
    const results = await measure(port, { only: ['redis'], redis: true, started });
    close();
    return saidBy(results, 'redis');
  });
}

const title = redisServer === undefined ? 'redis, SKIPPED: redis-server is missing' : 'a service that';
describe.skipIf(redisServer === undefined).concurrent(title, () => {
  beforeAll(() => void vi.setConfig({ maxConcurrency: 10 }));
  afterAll(() => void vi.resetConfig());

  const cases: readonly (readonly [string, Way, RegExp])[] = [
    [
      'says that it is away, in time',
      { waitMs: 300 },
      /^pass: slowest scrape with Redis hanging [3-9]\d\d ms, gone \d+ ms/,
    ],
    [
      'waits for it too long',
      { waitMs: 1_300 },
      /^fail: slowest scrape with Redis hanging 1[3-9]\d\d ms, gone \d+ ms; over 1 s with Redis hanging/,
    ],
    [
      'waits for it for ever',
      { waitMs: 600_000 },
      /^fail: .*hanging unanswered, gone .*; no answer to GET \/metrics within 3 s with Redis hanging/,
    ],
    [
      'loses its own counts with it',
      { waitMs: 100, whenAway: 'no counter' },
      /http_requests_total is lower, or not there, with Redis hanging; http_requests_total is lower, or not there, with Redis gone/,
    ],
    [
      'does not say that it is away',
      { waitMs: 100, whenAway: 'as if it were there' },
      /redis_metrics_up is 1 with Redis hanging; redis_metrics_up is 1 with Redis gone/,
    ],
  ];

  test('says nothing of it', async ({ expect }) => {
    const started = { restart: async () => {}, workers: () => undefined, log: '/dev/null' };
    const results = await withFake({}, ({ port }) =>
      measure(port, { only: ['redis'], redis: true, started: started as unknown as StartedService }),
    );
    expect(saidBy(results, 'redis')).toMatch(/^fail: no redis_metrics_up while Redis is there → Alerts cannot see/);
  });

  test.for(cases)('%s', async ([, way, says], { expect }: { expect: ExpectStatic }) => {
    expect(await said(way)).toMatch(says);
  });
});

test('a service that is not known to have its metrics in Redis is not asked', ({ expect }) => {
  const service = { options: { redis: false }, started: {} } as unknown as Service;
  expect(redis.cannotRun(service)).toMatch(/^no metrics in Redis, as far as is known/);
});
