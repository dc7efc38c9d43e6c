import express, { type Express as App } from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  EXPRESS,
  loadMetrics,
  type Metrics,
  requestCounts,
  scrapeAtRest,
  send,
  serve,
  stopServers,
} from '../support/templates.js';
import { parseExposition } from '../support/templates-exposition.js';
import { untilPasses } from '../support/until-passes.js';

afterEach(async () => {
  await stopServers();
  vi.unstubAllEnvs();
});

/** An app in which nothing gets past the authentication. */
function closedApp({ instrument }: Metrics, own = express): App {
  return instrument(own()).use((_req, res) => void res.status(403).end('no'));
}

describe('the scrape', () => {
  for (const { version, express: own } of EXPRESS) {
    it(`is answered before everything else, on Express ${version}`, async () => {
      const port = await serve(closedApp(await loadMetrics(), own));

      const { status, headers, body } = await send(port, 'GET /metrics');

      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'content-length': String(Buffer.byteLength(body)),
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('etag');
      expect(parseExposition(body).size).toBeGreaterThan(30);
    });
  }

  it('stays readable with everything in it that a label may hold', async () => {
    const metrics = await loadMetrics();
    const odd = metrics.counter({ name: 'odd_total', help: 'a \\ and\na line', labelNames: ['x'] });
    odd.inc({ x: 'quote " backslash \\ line \n end, brace } é' });
    const app = metrics.instrument(express()).get(/^\/"\\d\n?/, (_req, res) => void res.end());
    const port = await serve(app);
    await send(port, 'GET /%22');

    const samples = await scrapeAtRest(port);

    expect(samples.get('odd_total{x="quote \\" backslash \\\\ line \\n end, brace } é",application="my-api"}')).toBe(1);
  });

  it('puts the application on every series', async () => {
    const port = await serve(closedApp(await loadMetrics({ application: 'shop' })));
    await send(port, 'GET /x');

    for (const series of (await scrapeAtRest(port)).keys()) expect(series).toContain('application="shop"');
  });

  it('takes HEAD, without a body', async () => {
    const port = await serve(closedApp(await loadMetrics()));
    const { status, headers, body } = await send(port, 'HEAD /metrics');
    expect([status, body]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(1000);
  });

  it.each([
    ['GET /metrics', 200],
    ['GET /metrics?name[]=x', 200],
    ['POST /metrics', 403],
    ['OPTIONS /metrics', 403],
    ['GET /metrics/', 403],
    ['GET /Metrics', 403],
    ['GET /metricsx', 403],
    ['GET /x/metrics', 403],
    ['GET /x?/metrics', 403],
  ])('%s is answered %i', async (line, expected) => {
    const port = await serve(closedApp(await loadMetrics()));
    expect((await send(port, line)).status).toBe(expected);
  });

  it('is where the settings say', async () => {
    const port = await serve(closedApp(await loadMetrics({ metricsPath: '/-/prom.txt' })));
    expect((await send(port, 'GET /-/prom.txt')).status).toBe(200);
    expect((await send(port, 'GET /metrics')).status).toBe(403);
  });

  it('is never counted', async () => {
    const port = await serve(closedApp(await loadMetrics()));
    for (let i = 0; i < 5; i++) await send(port, i % 2 === 0 ? 'GET /metrics' : 'HEAD /metrics');
    await send(port, 'GET /x');

    expect(requestCounts(await scrapeAtRest(port))).toEqual({ 'GET <unmatched> 403': 1 });
  });

  it('is collected once for all who ask at the same time, and again afterwards', async () => {
    const metrics = await loadMetrics();
    let collections = 0;
    metrics.gauge({
      name: 'slow',
      help: 'slow',
      async collect() {
        collections++;
        await new Promise((resolve) => setTimeout(resolve, 100));
        this.set(collections);
      },
    });
    const port = await serve(closedApp(metrics));

    const bodies = await Promise.all(Array.from({ length: 10 }, async () => (await send(port, 'GET /metrics')).body));
    expect([collections, new Set(bodies).size]).toEqual([1, 1]);

    expect((await send(port, 'GET /metrics')).body).toContain('slow{application="my-api"} 2');
  });

  it('that something around the app has answered meanwhile harms nobody', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const app = closedApp(await loadMetrics());
    const handler = app as unknown as (req: unknown, res: { writeHead(status: number): { end(): void } }) => void;
    const port = await serve((req, res) => {
      handler(req, res);
      res.writeHead(503).end();
    });
    expect((await send(port, 'GET /metrics')).status).toBe(503);
    // An unhandled rejection would end the process, and fails this test run.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await send(port, 'GET /metrics')).status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(warning).not.toHaveBeenCalled();
    warning.mockRestore();
  });

  it('is collected anew after one that hangs', async () => {
    const metrics = await loadMetrics();
    let collections = 0;
    metrics.gauge({
      name: 'hanging',
      help: 'hangs the first time',
      collect: () => (collections++ === 0 ? new Promise<void>(() => undefined) : undefined),
    });
    const later = vi.spyOn(globalThis, 'setTimeout');
    const port = await serve(closedApp(metrics));
    const hanging = send(port, 'GET /metrics').catch(() => undefined);
    await untilPasses(() => expect(collections).toBe(1));
    const forget = later.mock.calls.find(([, delay]) => delay === 10_000)?.[0];
    later.mockRestore();
    forget?.();
    expect((await send(port, 'GET /metrics')).status).toBe(200);
    void hanging;
  });

  it('is answered 500 when a metric cannot be collected, and 200 when it can again', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const metrics = await loadMetrics();
    let broken = true;
    metrics.gauge({
      name: 'broken',
      help: 'broken',
      collect() {
        if (broken) throw new Error('no database, password hunter2');
      },
    });
    const port = await serve(closedApp(metrics));

    const answers = [await send(port, 'GET /metrics'), await send(port, 'GET /metrics')];
    broken = false;
    answers.push(await send(port, 'GET /metrics'));

    expect(answers.map(({ status }) => status)).toEqual([500, 500, 200]);
    expect(answers[0]?.body).toBe('the metrics could not be collected, see the log\n');
    expect(warning).toHaveBeenCalledTimes(1);
    warning.mockRestore();
  });
});

describe('METRICS_TOKEN', () => {
  it.each([
    [{}, 401],
    [{ authorization: 'Bearer s3cret' }, 200],
    [{ authorization: 'bearer s3cret' }, 200],
    [{ authorization: 'Bearer s3cre' }, 401],
    [{ authorization: 'Bearer s3crets' }, 401],
    [{ authorization: 'Bearer' }, 401],
    [{ authorization: 'Basic s3cret' }, 401],
  ])('%o is answered %i', async (headers: Record<string, string>, expected) => {
    vi.stubEnv('METRICS_TOKEN', 's3cret');
    const port = await serve(closedApp(await loadMetrics()));

    const answer = await send(port, 'GET /metrics', headers);

    expect(answer.status).toBe(expected);
    expect(answer.headers['www-authenticate']).toBe(expected === 401 ? 'Bearer' : undefined);
    expect(answer.body.includes('process_start_time_seconds')).toBe(expected === 200);
  });

  it('that is empty counts as not set', async () => {
    vi.stubEnv('METRICS_TOKEN', '');
    const port = await serve(closedApp(await loadMetrics()));
    expect((await send(port, 'GET /metrics')).status).toBe(200);
    expect((await send(port, 'GET /metrics', { authorization: 'Bearer any' })).status).toBe(200);
  });

  it('does not count the scrapes that it refuses', async () => {
    const port = await serve(closedApp(await loadMetrics()));
    vi.stubEnv('METRICS_TOKEN', 's3cret');
    expect((await send(port, 'GET /metrics')).status).toBe(401);
    vi.stubEnv('METRICS_TOKEN', '');

    expect(requestCounts(await scrapeAtRest(port))).toEqual({});
  });
});
