import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { CheckError } from '../../src/checks/check.js';
import { startPrometheus } from '../../src/checks/prometheus/server.js';
import { rate } from '../../src/checks/rate.js';
import type { Service } from '../../src/checks/service.js';
import { requireDebianPackage } from '../support/debian-package.js';
import { type Exchange, type FakeOptions, hangUp, inLine, respond, withFake } from './support/fake.js';
import { limitedTo, refuse, turnAway } from './support/limited.js';
import { measure, saidBy, startServed } from './support/measure.js';

// Each waits more than it works.
vi.setConfig({ maxConcurrency: 10 });

/** Begins at 0 again before that request: within the window of the load, of which the first ones are no part. */
function resetBefore(number: number): FakeOptions {
  let requests = 0;
  return {
    answer(exchange) {
      requests += 1;
      if (requests === number) exchange.fake.reset();
      respond(exchange);
    },
  };
}

const prometheus = await requireDebianPackage('prometheus', 'prometheus');

describe.skipIf(prometheus === undefined)('a real Prometheus', () => {
  test.concurrent.for([
    ['right.js', /^pass: \d+\.\d requests\/s sent, rate\(\) \d+\.\d \(.\d\.\d %\), resets\(\) 0/],
    ['counts-scrapes.js', /^pass/],
    ['old-timestamps.js', /^fail: .* rate\(\) 0\.0 \(−100\.0 %\), resets\(\) 0/],
    [
      'four-registries.js',
      /^fail: .* → Prometheus (?:keeps its connection, and sees the registry of one worker|met totals that fell)/,
    ],
  ] as const)('that is started here, and %s', async ([file, says], { expect: check }) => {
    const app = await startServed(file);
    try {
      const results = await measure(app.port, { only: ['rate'] });
      check(saidBy(results, 'rate').replaceAll('\n', ' ')).toMatch(says);
    } finally {
      await app.stop();
    }
  });

  test.concurrent.for<[string, FakeOptions, RegExp]>([
    [
      'a right service that answers ten a second, one after the other',
      { answer: inLine(() => 100, respond) },
      /^pass: (?:9|10)\.\d requests\/s sent, rate\(\) (?:9|10)\.\d/,
    ],
    [
      'one of whose answers are lost',
      {
        answer(exchange) {
          exchange.fake.count(exchange, exchange.path);
          if (exchange.fake.received % 97 === 0) hangUp(exchange);
          else exchange.res.end('hello');
        },
      },
      /^pass: \d+\.\d requests\/s sent \(\d others? without an answer\), rate/,
    ],
    [
      'one whose limiter answers before a route is known',
      { answer: limitedTo(50, turnAway) },
      /^pass: \d+\.\d requests\/s sent, rate\(\) \d+\.\d \(.[0-4]\.\d %\), resets\(\) 0/,
    ],
    ['one behind a limiter', { answer: limitedTo(50, refuse) }, /^warn: .*; \d+ were answered in front of what counts/],
    ['one that begins at 0 again', resetBefore(180), /^fail: .*resets\(\) 1, .*Prometheus met totals that fell/],
  ])('that is started here, and %s', async ([, options, says], { expect: check }) => {
    await withFake(options, async ({ port }) => {
      check(saidBy(await measure(port, { only: ['rate'] }), 'rate')).toMatch(says);
    });
  });

  test.concurrent('that scrapes already', async ({ expect }) => {
    const app = await startServed('right.js');
    const job = {
      url: new URL(`http://127.0.0.1:${app.port}/metrics`),
      token: undefined,
      intervalSeconds: 1,
      trustAny: true,
    };
    const server = await startPrometheus(prometheus ?? '', job, new AbortController().signal, async (ms) => sleep(ms));
    const other = await startServed('right.js');
    try {
      const url = server.url.href;
      while ((await server.api.query('up')).length === 0) await sleep(100);
      const right = await measure(app.port, { only: ['rate'], prometheus: url });
      expect(saidBy(right, 'rate')).toMatch(/^pass/);
      const wrong = await measure(other.port, { only: ['rate'], prometheus: url });
      expect(saidBy(wrong, 'rate')).toMatch(/^skip: that Prometheus does not scrape http:/);
      const none = await measure(app.port, { only: ['rate'], prometheus: `http://127.0.0.1:${app.port}` });
      expect(saidBy(none, 'rate')).toMatch(/^fail: Prometheus answers 404/);
    } finally {
      server.stop();
      await Promise.all([app.stop(), other.stop()]);
    }
  });
});

describe('a Prometheus that', () => {
  const counter = { metric: { job: 'shop', instance: 'shop:80' }, value: [1, '1'] };

  /** What is said with one that has these targets. */
  async function said(targets: readonly Readonly<Record<string, unknown>>[]): Promise<Record<string, string>> {
    const answer = ({ path, res }: Exchange) => {
      const data = path.endsWith('/targets') ? { activeTargets: targets } : { resultType: 'vector', result: [counter] };
      res.end(JSON.stringify({ status: 'success', data }));
    };
    return withFake({ answer }, async ({ port }) => {
      const service = {
        url: new URL('http://127.0.0.1:8080/metrics'),
        metrics: { counter: 'http_requests_total' },
        options: { prometheus: `http://127.0.0.1:${port}` },
        signal: new AbortController().signal,
        // Where it comes to the load, this is enough to see it.
        client: { request: () => Promise.reject(new CheckError('sent', '')) },
        pause: async () => {},
      };
      const { status, measured } = await rate.run(service as unknown as Service).catch((error: CheckError) => ({
        status: 'measures',
        measured: error.message,
      }));
      return { [status]: measured };
    });
  }

  const target = { scrapeUrl: 'http://localhost:8080/metrics', health: 'up', scrapeInterval: '15s', labels: {} };

  test('scrapes it is used', async () => {
    expect(await said([target])).toEqual({ measures: 'sent' });
  });

  test('scrapes too seldom is not', async () => {
    expect(await said([{ ...target, scrapeInterval: '1m' }])).toEqual({
      skip: 'that Prometheus scrapes every 60 s; above 30 s the load would be too long',
    });
  });

  test('cannot scrape it is not', async () => {
    expect(await said([{ ...target, health: 'down', lastError: 'connection refused' }])).toEqual({
      skip: 'that Prometheus cannot scrape it: connection refused',
    });
  });

  test('knows it by another name, as in a network of containers, is used by the labels of the only counter', async () => {
    const { job, instance } = counter.metric;
    const elsewhere = { ...target, scrapeUrl: 'http://shop/metrics', labels: { job, instance } };
    expect(await said([elsewhere])).toEqual({ measures: 'sent' });
    expect(await said([{ ...elsewhere, labels: { job, instance: 'other:80' } }])).toEqual({
      skip: 'that Prometheus does not scrape http://127.0.0.1:8080/metrics; its targets are http://shop/metrics',
    });
  });
});

test('without one it says what it needs', async () => {
  const app = await startServed('right.js');
  vi.stubEnv('PATH', '');
  try {
    const results = await measure(app.port, { only: ['rate'] });
    expect(saidBy(results, 'rate')).toMatch(/^skip: it needs a Prometheus: --prometheus <url>/);
  } finally {
    vi.unstubAllEnvs();
    await app.stop();
  }
});
