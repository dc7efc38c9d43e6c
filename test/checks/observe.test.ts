import { describe, test } from 'vitest';
import type { Result } from '../../src/checks/run-checks.js';
import { send } from '../support/http-client.js';
import { idsOf, type MeasureOptions, measure, saidBy, startServed, textOf } from './support/measure.js';

// Being fair to a service that others use meanwhile, or that is several.

interface Traffic {
  readonly path: string;
  readonly everyMs: number;
}

/** Measures one of the small services, with some traffic of others meanwhile. */
async function measured(file: string, options: MeasureOptions, traffic?: Traffic): Promise<Result[]> {
  const app = await startServed(file);
  const visit = () => void send(app, { method: 'GET', path: traffic?.path ?? '' }).catch(() => {});
  const timer = traffic && setInterval(visit, traffic.everyMs);
  try {
    return await measure(app.port, options);
  } finally {
    clearInterval(timer);
    await app.stop();
  }
}

const only = ['exact', 'same-view', 'monotone', 'cardinality', 'errors', 'self'];

describe('other traffic', () => {
  test.concurrent('on the path under test: what needs rest is skipped, and says why; the rest is judged', async ({
    expect,
  }) => {
    const results = await measured('right.js', { only }, { path: '/items/5', everyMs: 200 });
    expect(idsOf(results, 'skip'), textOf(results)).toEqual(['exact', 'same-view', 'errors', 'self']);
    expect(idsOf(results, 'pass')).toEqual(['monotone', 'cardinality']);
    expect(saidBy(results, 'exact')).toMatch(/http_requests_total moved in 3 s without a request of ours/);
  });

  test.concurrent('on another route, such as the probes of an orchestrator, does not matter', async ({ expect }) => {
    const all = [...only, 'in-progress'];
    const results = await measured('right.js', { only: all }, { path: '/', everyMs: 20 });
    expect(idsOf(results, 'pass').sort(), textOf(results)).toEqual(all.sort());
    expect(saidBy(results, 'self')).toMatch(/^pass: 10 scrapes: http_requests_total \+0; others \+\d\d/);
  });

  test.concurrent('that begins after the first look: what it would spoil is skipped', async ({ expect }) => {
    const results = await measured('gets-company.js', { only: ['exact', 'same-view', 'self'] });
    expect(idsOf(results, 'fail'), textOf(results)).toEqual([]);
    expect(saidBy(results, 'exact')).toMatch(
      /^skip: http_requests_total moved by 1 within \d seconds? without a request/,
    );
  });

  test.concurrent('that is turned away before it is counted: a path to measure is asked for', async ({ expect }) => {
    const app = await startServed('turns-away.js');
    await send(app, { method: 'GET', path: '/items/1' });
    const results = await measure(app.port, { only: ['exact'], targetPath: undefined }).finally(() => app.stop());
    expect(saidBy(results, 'exact')).toMatch(/^warn: 100 requests to \/ \(401 × 100\): .* \+0.*--target-path/);
  });

  test.concurrent('is not what a service that counts its scrapes looks like', async ({ expect }) => {
    const results = await measured('counts-scrapes.js', { only });
    expect(idsOf(results, 'skip'), textOf(results)).toEqual([]);
    expect(idsOf(results, 'fail')).toEqual(['self']);
  });

  test.concurrent('does not hide that workers have a registry each', async ({ expect }) => {
    const results = await measured('four-registries.js', { only }, { path: '/items/5', everyMs: 100 });
    expect(idsOf(results, 'fail'), textOf(results)).toEqual(expect.arrayContaining(['monotone']));
  });
});

test.concurrent('several registries on another machine may be instances: nothing fails, and both are said', async ({
  expect,
}) => {
  const results = await measured('four-registries.js', { only, local: false });
  expect(idsOf(results, 'fail'), textOf(results)).toEqual([]);
  expect(idsOf(results, 'warn')).toEqual(['same-view']);
  expect(saidBy(results, 'same-view')).toMatch(/Instances behind a load balancer: .* Workers of one instance: /);
  expect(saidBy(results, 'exact')).toMatch(
    /^skip: several registries answer behind this URL .*instances behind a load balancer, or workers/,
  );
});
