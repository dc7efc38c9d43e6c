import { afterEach, describe, expect, test } from 'vitest';
import { send } from '../support/http-client.js';
import type { RunningApp } from '../support/running-app.js';
import { idsOf, measure, saidBy, startServed, textOf } from './support/measure.js';

// Being fair to a service that others use meanwhile, or that is several.

let app: RunningApp;
let timer: NodeJS.Timeout | undefined;
afterEach(async () => {
  clearInterval(timer);
  await app.stop();
});

async function withTraffic(file: string, path: string, everyMs: number): Promise<void> {
  app = await startServed(file);
  timer = setInterval(() => void send(app, { method: 'GET', path }).catch(() => {}), everyMs);
}

const only = ['exact', 'same-view', 'monotone', 'cardinality', 'errors', 'self'];

describe('other traffic', () => {
  test('on the path under test: what needs rest is skipped, and says why; the rest is judged', async () => {
    await withTraffic('right.js', '/items/5', 200);
    const results = await measure(app.port, { only });
    expect(idsOf(results, 'skip'), textOf(results)).toEqual(['exact', 'same-view', 'errors', 'self']);
    expect(idsOf(results, 'pass')).toEqual(['monotone', 'cardinality']);
    expect(saidBy(results, 'exact')).toMatch(/http_requests_total moved in 3 s without a request of ours/);
  });

  test('on another route, such as the probes of an orchestrator, does not matter', async () => {
    await withTraffic('right.js', '/', 500);
    const results = await measure(app.port, { only: ['exact', 'same-view', 'monotone'] });
    expect(idsOf(results, 'pass'), textOf(results)).toEqual(['exact', 'same-view', 'monotone']);
  });

  test('is not what a service that counts its scrapes looks like', async () => {
    app = await startServed('counts-scrapes.js');
    const results = await measure(app.port, { only });
    expect(idsOf(results, 'skip'), textOf(results)).toEqual([]);
    expect(idsOf(results, 'fail')).toEqual(['self']);
  });

  test('does not hide that workers have a registry each', async () => {
    await withTraffic('four-registries.js', '/items/5', 100);
    const results = await measure(app.port, { only });
    expect(idsOf(results, 'fail'), textOf(results)).toEqual(expect.arrayContaining(['monotone']));
  });
});

test('several registries on another machine may be instances: nothing fails, and both are said', async () => {
  app = await startServed('four-registries.js');
  const results = await measure(app.port, { only, local: false });
  expect(idsOf(results, 'fail'), textOf(results)).toEqual([]);
  expect(idsOf(results, 'warn')).toEqual(['same-view']);
  expect(saidBy(results, 'same-view')).toMatch(/Instances behind a load balancer: .* Workers of one instance: /);
  expect(saidBy(results, 'exact')).toMatch(
    /^skip: several registries answer behind this URL .*instances behind a load balancer, or workers/,
  );
});
