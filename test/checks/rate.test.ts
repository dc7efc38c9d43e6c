import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { startPrometheus } from '../../src/checks/prometheus/server.js';
import { requireDebianPackage } from '../support/debian-package.js';
import { measure, saidBy, startServed } from './support/measure.js';

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
