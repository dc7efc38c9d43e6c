import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type Express as App, type Response } from 'express';
import { register } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { catalogueFor } from '../../src/metrics/catalogue.js';
import {
  EXPRESS,
  evaluateAgain,
  exceptionCounts,
  loadMetrics,
  type Metrics,
  requestCounts,
  scrape,
  scrapeAtRest,
  send,
  sendRaw,
  serve,
  stopServers,
} from '../support/templates.js';
import { counts, sampleValue } from '../support/templates-exposition.js';
import { untilPasses } from '../support/until-passes.js';

afterEach(async () => {
  await stopServers();
  vi.unstubAllEnvs();
});

const inProgress = 'http_requests_in_progress{method="GET",application="my-api"}';

function appOf({ instrument }: Metrics): App {
  return instrument(express()).get('/a/:id', (_req, res) => void res.end('ok'));
}

describe('requests', () => {
  it('are counted once, with their duration', async () => {
    const { instrument } = await loadMetrics();
    const app = instrument(express());
    app.get('/slow', (_req, res) => void setTimeout(() => res.end(), 120));
    const port = await serve(app);

    await Promise.all([1, 2, 3].map(() => send(port, 'GET /slow')));

    const samples = await scrapeAtRest(port);
    const duration = 'http_request_duration_seconds';
    const labels = { method: 'GET', route: '/slow', status_code: '200' };
    expect(requestCounts(samples)).toEqual({ 'GET /slow 200': 3 });
    expect(sampleValue(samples, `${duration}_count`, labels)).toBe(3);
    expect(sampleValue(samples, `${duration}_bucket`, { ...labels, le: '0.1' })).toBe(0);
    expect(sampleValue(samples, `${duration}_bucket`, { ...labels, le: '2.5' })).toBe(3);
    const seconds = sampleValue(samples, `${duration}_sum`, labels) ?? 0;
    expect(seconds).toBeGreaterThan(0.35);
    expect(seconds).toBeLessThan(3);
  });

  it('are one label set for 300 paths that do not exist', async () => {
    const metrics = await loadMetrics();
    const port = await serve(appOf(metrics));
    for (let i = 0; i < 300; i++) await send(port, `GET /missing-${i}/${i}?${i}`);

    const samples = await scrapeAtRest(port);

    expect(requestCounts(samples)).toEqual({ 'GET <unmatched> 404': 300 });
    expect([...samples.keys()].filter((series) => series.includes('missing'))).toEqual([]);
  });

  it('are in progress while they run', async () => {
    const { instrument } = await loadMetrics();
    const held: Response[] = [];
    const port = await serve(instrument(express()).get('/held', (_req, res) => void held.push(res)));
    const answers = [1, 2].map(() => send(port, 'GET /held'));
    await untilPasses(() => expect(held).toHaveLength(2));

    expect((await scrape(port)).get(inProgress)).toBe(2);

    for (const res of held) res.end();
    await Promise.all(answers);
    const samples = await scrapeAtRest(port);
    expect(samples.get(inProgress)).toBe(0);
    expect(requestCounts(samples)).toEqual({ 'GET /held 200': 2 });
  });

  it('are counted when the client goes away: 499 before the headers, else the status', async () => {
    const { instrument } = await loadMetrics();
    const entered: Response[] = [];
    const app = instrument(express());
    app.get('/held/:id', (_req, res) => void entered.push(res));
    app.get('/begun/:id', (_req, res) => {
      entered.push(res);
      res.write('begun');
    });
    const port = await serve(app);
    const lines = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? `/held/${i}` : `/begun/${i}`));
    const clients = lines.map((path) => http.get({ host: '127.0.0.1', port, path, agent: false }));
    for (const client of clients) client.on('error', () => undefined).on('response', (res) => res.resume());
    await untilPasses(() => expect(entered).toHaveLength(20));
    for (const client of clients) client.destroy();

    const samples = await scrapeAtRest(port);

    expect(requestCounts(samples)).toEqual({ 'GET /held/:id 499': 10, 'GET /begun/:id 200': 10 });
    expect(samples.get(inProgress)).toBe(0);
  });

  it('are counted when they wait in a pipeline for a client that goes away', async () => {
    const { instrument } = await loadMetrics();
    let entered = 0;
    const port = await serve(instrument(express()).get('/held', () => void entered++));
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET /held HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
    await untilPasses(() => expect(entered).toBe(3));
    socket.destroy();

    expect(requestCounts(await scrapeAtRest(port))).toEqual({ 'GET /held 499': 3 });
  });

  it('of a method that few know are counted as _OTHER', async () => {
    const metrics = await loadMetrics();
    const port = await serve(appOf(metrics));
    for (const method of ['PROPFIND', 'PURGE', 'M-SEARCH']) await send(port, `${method} /a/1`);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE']) await send(port, `${method} /a/1`);
    // Node refuses what is no method at all before any app sees it.
    expect(await sendRaw(port, 'BREW /a/1 HTTP/1.1\r\nHost: a\r\n\r\n', 2000)).toMatch(/^HTTP\/1.1 400 /);

    expect(requestCounts(await scrapeAtRest(port))).toEqual({
      '_OTHER <unmatched> 404': 3,
      'PUT <unmatched> 404': 1,
      'PATCH <unmatched> 404': 1,
      'DELETE <unmatched> 404': 1,
      'TRACE <unmatched> 404': 1,
    });
  });

  it('over an upgraded connection are not counted, as their response never closes', async () => {
    const metrics = await loadMetrics();
    const app = appOf(metrics);
    const port = await serve(app);
    const server = http.createServer();
    server.on('upgrade', (req, socket) => {
      app(req as express.Request, new http.ServerResponse(req) as express.Response);
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: upgraded } = server.address() as net.AddressInfo;
    const lines = ['GET /a/1 HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', '', ''];
    expect(await sendRaw(upgraded, lines.join('\r\n'), 2000)).toMatch(/ 101 /);
    server.close();

    expect((await scrape(port)).get(inProgress)).toBeUndefined();
  });

  it('that fail after the headers keep their status and are no exceptions', async () => {
    const { instrument } = await loadMetrics();
    const app = instrument(express()).set('env', 'test');
    app.get('/late', (_req, res, next) => {
      res.write('x');
      next(new Error('late'));
    });
    const port = await serve(app);
    await send(port, 'GET /late').catch(() => undefined);

    const samples = await scrapeAtRest(port);
    expect(requestCounts(samples)).toEqual({ 'GET /late 200': 1 });
    expect(exceptionCounts(samples)).toEqual({});
  });
});

describe('error series', () => {
  it('begin at 0 when their route is first seen', async () => {
    const metrics = await loadMetrics();
    const port = await serve(appOf(metrics));
    await send(port, 'GET /a/1');

    const samples = await scrapeAtRest(port);

    const labels = { method: 'GET', route: '/a/:id' };
    expect(sampleValue(samples, 'http_requests_total', { ...labels, status_code: '500' })).toBe(0);
    expect(sampleValue(samples, 'http_request_exceptions_total', labels)).toBe(0);
    expect([...samples.keys()].filter((key) => key.includes('_bucket') && key.includes('"500"'))).toEqual([]);
  });
});

describe('options', () => {
  it('excluded paths are matched without the query, whole mounts included, and not counted', async () => {
    const metrics = await loadMetrics({ excludedPaths: [/^\/health$/, /^\/internal\//] });
    const inner = metrics.instrument(express()).get('/b', (_req, res) => void res.end());
    const app = appOf(metrics)
      .use('/internal', inner)
      .get('/health', (_req, res) => void res.end());
    const port = await serve(app);

    for (const path of ['/health', '/health?x=1', '/internal/b', '/internal/c', '/healthy', '/a/1?x=/health']) {
      await send(port, `GET ${path}`);
    }

    expect(requestCounts(await scrapeAtRest(port))).toEqual({ 'GET <unmatched> 404': 1, 'GET /a/:id 200': 1 });
  });

  it('a prefix stands before the HTTP metrics', async () => {
    const exposed = catalogueFor({ flavour: 'node', prefix: 'shop_', multiprocess: true, redis: true });
    const declared = Object.entries(exposed.metrics).map(([role, { labels, ...metric }]) => [
      role,
      { ...metric, labelNames: [...labels] },
    ]);
    vi.doMock('../../templates/node/declarations.js', () => ({ declarations: Object.fromEntries(declared) }));
    const metrics = await loadMetrics().finally(() => vi.doUnmock('../../templates/node/declarations.js'));
    const port = await serve(appOf(metrics));
    await send(port, 'GET /a/1');

    await untilPasses(async () => {
      const samples = await scrape(port);
      expect(counts(samples, 'shop_http_requests_total', ['route'])).toEqual({ '/a/:id': 1 });
      expect([...samples.keys()].filter((series) => series.startsWith('http_'))).toEqual([]);
    });
  });

  it.each(['1', 'true', 'TRUE'])('METRICS_DISABLED=%s leaves the app as it is', async (value) => {
    vi.stubEnv('METRICS_DISABLED', value);
    const { instrument } = await loadMetrics();
    const app = express();
    const { handle } = app as unknown as { handle: unknown };

    expect(instrument(app)).toBe(app);

    expect((app as unknown as { handle: unknown }).handle).toBe(handle);
    expect((await send(await serve(app), 'GET /metrics')).status).toBe(404);
    expect(register.getSingleMetric('process_start_time_seconds')).toBeUndefined();
  });

  it('METRICS_DISABLED=0 does not disable', async () => {
    vi.stubEnv('METRICS_DISABLED', '0');
    const metrics = await loadMetrics();
    expect((await send(await serve(appOf(metrics)), 'GET /metrics')).status).toBe(200);
  });
});

describe('one process', () => {
  it('may build the app 20 times', async () => {
    const metrics = await loadMetrics();
    const ports = await Promise.all(Array.from({ length: 20 }, () => serve(appOf(metrics))));
    for (const port of ports) await send(port, 'GET /a/1');

    expect(requestCounts(await scrapeAtRest(ports[0] ?? 0))).toEqual({ 'GET /a/:id 200': 20 });
  });

  it('may evaluate the modules again and again', async () => {
    const first = await loadMetrics();
    const ports = [await serve(appOf(first))];
    for (let i = 0; i < 5; i++) ports.push(await serve(appOf(await evaluateAgain())));
    for (const port of ports) await send(port, 'GET /a/1');

    const samples = await scrapeAtRest(ports[0] ?? 0);
    expect(requestCounts(samples)).toEqual({ 'GET /a/:id 200': 6 });
    expect(samples.get(inProgress)).toBe(0);
  });

  it('may instrument an app twice', async () => {
    const metrics = await loadMetrics();
    const app = appOf(metrics) as App & { handle: unknown };
    const { handle } = app;
    const port = await serve(metrics.instrument(app));
    await send(port, 'GET /a/1');

    expect(app.handle).toBe(handle);

    expect(requestCounts(await scrapeAtRest(port))).toEqual({ 'GET /a/:id 200': 1 });
  });
});

describe('faults of the metrics', () => {
  it('reach no request, and are reported once', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const metrics = await loadMetrics();
    const port = await serve(appOf(metrics));
    // As if other code had taken the name for a metric with other labels.
    const gauge = register.getSingleMetric('http_requests_in_progress') as unknown as { labelNames: string[] };
    gauge.labelNames = [];

    const answers = await Promise.all([1, 2, 3].map((id) => send(port, `GET /a/${id}`)));

    expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(['200 ok', '200 ok', '200 ok']);
    await sleep(20);
    expect(warning.mock.calls.map(([text]) => String(text))).toEqual([
      'a request was not counted: Added label "method" is not included in initial labelset: [] (reported once)',
    ]);
    warning.mockRestore();
  });
});

for (const { version, express: own } of EXPRESS) {
  describe(`Express ${version}`, () => {
    it('keeps the settings that are made after the app was instrumented', async () => {
      const { instrument } = await loadMetrics();
      const app = instrument(own());
      app.enable('strict routing').enable('case sensitive routing');
      app.get('/Strict/:id', (_req, res) => void res.end());
      const port = await serve(app);
      const lines = ['GET /Strict/1', 'GET /strict/1', 'GET /Strict/1/'];
      expect(await Promise.all(lines.map(async (line) => (await send(port, line)).status))).toEqual([200, 404, 404]);
    });
  });
}
