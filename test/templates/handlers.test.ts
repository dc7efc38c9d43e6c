import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express as App, ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  EXPRESS,
  type Express,
  loadMetrics,
  type Metrics,
  requestCounts,
  scrapeAtRest,
  send,
  sendRaw,
  serve,
  stopServers,
} from '../support/templates.js';
import { counts, parseExposition, type Samples, sampleValue } from '../support/templates-exposition.js';
import { untilPasses } from '../support/until-passes.js';

type Handlers = typeof import('../../templates/node/handlers.js');
type Loaded = Metrics & Handlers & { readonly app: App };

async function load(express: Express): Promise<Loaded> {
  const metrics = await loadMetrics();
  const handlers: Handlers = await import('../../templates/node/handlers.js');
  return { ...metrics, ...handlers, app: metrics.instrument(express()) };
}

function declare({ counter, gauge, histogram }: Metrics) {
  return {
    orders: counter({ name: 'orders_total', help: 'orders', labelNames: ['channel', 'status_code'] }),
    seconds: histogram({ name: 'order_seconds', help: 'seconds', labelNames: ['channel'], buckets: [0.05, 1] }),
    busy: gauge({ name: 'busy', help: 'busy', labelNames: ['channel'] }),
  };
}

function orderCounts(samples: Samples): Record<string, number> {
  return counts(samples, 'orders_total', ['channel', 'status_code']);
}

afterEach(async () => {
  await stopServers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe.each(EXPRESS)('on Express $version', ({ version, express }) => {
  it('a handler is counted once for each response, with values from constants, the request and the response', async () => {
    const own = await load(express);
    const { orders } = declare(own);
    const labels = {
      channel: (req: Request) => String(req.params['channel']),
      status_code: (_req: Request, res: Response) => res.statusCode,
    };
    own.app.get(
      '/sync/:channel',
      own.counted(orders, labels, (req, res) => void res.status(201).send(req.params['channel'])),
    );
    own.app.get(
      '/async',
      own.counted(orders, { channel: 'constant', status_code: 7 }, async (_req, res) => {
        await sleep(5);
        res.send('ok');
      }),
    );
    const port = await serve(own.app);

    expect([(await send(port, 'GET /sync/web')).body, (await send(port, 'GET /sync/web')).status]).toEqual([
      'web',
      201,
    ]);
    await send(port, 'GET /sync/app');
    await send(port, 'GET /async');

    expect(orderCounts(await scrapeAtRest(port))).toEqual({ 'web 201': 2, 'app 201': 1, 'constant 7': 1 });
  });

  it('a handler that throws, rejects or passes an error on is counted with what is answered then', async () => {
    const own = await load(express);
    const { orders, busy, seconds } = declare(own);
    const measured = (channel: string, handler: RequestHandler): RequestHandler =>
      own.counted(
        orders,
        { channel, status_code: (_req, res) => res.statusCode },
        own.timed(seconds, { channel }, own.inProgress(busy, { channel }, handler)),
      );
    own.app.get(
      '/throws',
      measured('throws', () => {
        throw new Error('no');
      }),
    );
    own.app.get(
      '/next',
      measured('next', (_req, _res, next) => next(new Error('no'))),
    );
    // Express 4 does not see rejections: there, handlers pass them on themselves.
    own.app.get(
      '/rejects',
      measured('rejects', (_req, _res, next) => {
        const rejected = sleep(1).then(() => {
          throw new Error('no');
        });
        return version === 5 ? rejected : rejected.catch(next);
      }),
    );
    const answer: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(503).end();
    own.app.use(own.counted(orders, { channel: 'error handler' }, answer));
    const port = await serve(own.app);

    for (const path of ['throws', 'next', 'rejects']) expect((await send(port, `GET /${path}`)).status).toBe(503);

    const samples = await scrapeAtRest(port);
    expect(orderCounts(samples)).toEqual({
      'throws 503': 1,
      'next 503': 1,
      'rejects 503': 1,
      'error handler ': 3,
    });
    expect(counts(samples, 'busy', ['channel'])).toEqual({});
    expect(counts(samples, 'order_seconds_count', ['channel'])).toEqual({ throws: 1, next: 1, rejects: 1 });
  });

  it('the time is that from the call to the end of the response', async () => {
    const own = await load(express);
    const { seconds } = declare(own);
    own.app.get(
      '/slow',
      own.timed(seconds, { channel: 'slow' }, (_req, res) => {
        setTimeout(() => res.end(), 100);
      }),
    );
    own.app.get(
      '/fast',
      own.timed(seconds, { channel: 'fast' }, (_req, res) => void res.end()),
    );
    const port = await serve(own.app);
    const timeOf = async (line: string): Promise<number> => {
      const begin = performance.now();
      await send(port, line);
      return (performance.now() - begin) / 1000;
    };
    const slow = await timeOf('GET /slow');
    const fast = await timeOf('GET /fast');

    const samples = await scrapeAtRest(port);

    expect(sampleValue(samples, 'order_seconds_sum', { channel: 'slow' })).toBeGreaterThan(0.09);
    expect(sampleValue(samples, 'order_seconds_sum', { channel: 'slow' })).toBeLessThanOrEqual(slow);
    expect(sampleValue(samples, 'order_seconds_sum', { channel: 'fast' })).toBeLessThanOrEqual(fast);
  });

  it('what is in progress goes up, and down again when the client goes away', async () => {
    const own = await load(express);
    const { busy, orders } = declare(own);
    const held: Response[] = [];
    const hold: RequestHandler = (_req, res) => void held.push(res);
    own.app.get('/hold', own.inProgress(busy, { channel: 'hold' }, own.counted(orders, { channel: 'hold' }, hold)));
    const port = await serve(own.app);
    const clients = [1, 2, 3].map(() => net.connect(port, '127.0.0.1'));
    for (const client of clients) client.write('GET /hold HTTP/1.1\r\nhost: x\r\n\r\n');
    await untilPasses(() => expect(held.length).toBe(3));

    expect(counts(await scrapeNow(port), 'busy', ['channel'])).toEqual({ hold: 3 });
    clients[0]?.destroy();
    held[1]?.end();
    await untilPasses(async () => expect(counts(await scrapeNow(port), 'busy', ['channel'])).toEqual({ hold: 1 }));
    for (const client of clients) client.destroy();
    await untilPasses(async () => expect(counts(await scrapeNow(port), 'busy', ['channel'])).toEqual({}));
    expect(orderCounts(await scrapeNow(port))).toEqual({ 'hold ': 3 });
  });

  it('a handler that is reached after the response has ended leaves nothing behind', async () => {
    const own = await load(express);
    const { busy, orders } = declare(own);
    const reached = vi.fn();
    own.app.use((_req, res, next) => {
      res.on('close', () => setTimeout(next, 20));
      res.end('early');
    });
    own.app.use(own.inProgress(busy, { channel: 'late' }, own.counted(orders, { channel: 'late' }, reached)));
    const port = await serve(own.app);
    await send(port, 'GET /');
    await untilPasses(() => expect(reached).toHaveBeenCalledTimes(1));

    const samples = await scrapeNow(port);
    expect([counts(samples, 'busy', ['channel']), orderCounts(samples)]).toEqual([{}, { 'late ': 1 }]);
  });

  it('pipelined requests that the client leaves are counted once each', async () => {
    const own = await load(express);
    const { orders, busy } = declare(own);
    const hold: RequestHandler = () => undefined;
    own.app.get('/hold', own.inProgress(busy, { channel: 'x' }, own.counted(orders, { channel: 'x' }, hold)));
    const port = await serve(own.app);
    await sendRaw(port, 'GET /hold HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(3), 200);
    await untilPasses(async () => expect(orderCounts(await scrapeNow(port))).toEqual({ 'x ': 3 }));
    expect(counts(await scrapeNow(port), 'busy', ['channel'])).toEqual({});
  });

  it('no fault of a label or a metric reaches the request; it is reported once', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const own = await load(express);
    const { orders, busy, seconds } = declare(own);
    const bad = (): never => {
      throw new Error('no such label');
    };
    const ok: RequestHandler = (_req, res) => void res.send('ok');
    const unknown = { colour: 'red' } as object;
    own.app.get('/1', own.counted(orders, { channel: bad }, ok));
    own.app.get('/2', own.timed(seconds, { channel: bad }, ok));
    own.app.get('/3', own.inProgress(busy, { channel: bad }, ok));
    own.app.get('/4', own.counted(orders, unknown, own.timed(seconds, unknown, own.inProgress(busy, unknown, ok))));
    const port = await serve(own.app);

    for (const path of [1, 2, 3, 4]) expect((await send(port, `GET /${path}`)).body).toBe('ok');

    const samples = await scrapeAtRest(port);
    expect([orderCounts(samples), counts(samples, 'busy', ['channel'])]).toEqual([{}, {}]);
    // Once in the life of the process: for the first version here.
    const reported = ['a handler was not measured: no such label (reported once)', 'MetricsWarning'];
    expect(warning.mock.calls).toEqual(version === 5 ? [reported] : []);
  });

  it('doNotTrack leaves a route out of the HTTP metrics, and in its own', async () => {
    const own = await load(express);
    const { orders } = declare(own);
    const labels = { channel: 'all' };
    own.app.use(own.counted(orders, labels, (_req, _res, next) => next()));
    let during: Samples | undefined;
    own.app.get(
      '/quiet',
      own.doNotTrack(async (_req, res) => {
        during = await scrapeNow(port);
        res.send('ok');
      }),
    );
    own.app.get('/loud', (_req, res) => void res.send('ok'));
    const port = await serve(own.app);
    for (const path of ['quiet', 'quiet', 'loud']) await send(port, `GET /${path}`);

    const samples = await scrapeAtRest(port);
    expect(requestCounts(samples)).toEqual({ 'GET /loud 200': 1 });
    expect(orderCounts(samples)).toEqual({ 'all ': 3 });
    // Long-lived responses, such as event streams, are not in progress either.
    expect(counts(during ?? new Map(), 'http_requests_in_progress', ['method'])).toEqual({});
    expect([...samples.keys()].some((series) => series.includes('quiet'))).toBe(false);
  });

  it('excludeAll leaves a route out of everything, wherever it stands', async () => {
    const own = await load(express);
    const { orders, seconds, busy } = declare(own);
    const ok: RequestHandler = (_req, res) => void res.send('ok');
    own.app.use(own.counted(orders, { channel: 'all' }, own.inProgress(busy, { channel: 'all' }, pass)));
    own.app.get(
      '/inside',
      own.counted(orders, { channel: 'a' }, own.timed(seconds, { channel: 'a' }, own.excludeAll(ok))),
    );
    own.app.get(
      '/outside',
      own.excludeAll(own.counted(orders, { channel: 'b' }, own.inProgress(busy, { channel: 'b' }, ok))),
    );
    own.app.get('/else', ok);
    const port = await serve(own.app);
    for (const path of ['inside', 'outside', 'else']) expect((await send(port, `GET /${path}`)).body).toBe('ok');

    const samples = await scrapeAtRest(port);
    expect(requestCounts(samples)).toEqual({ 'GET /else 200': 1 });
    expect(orderCounts(samples)).toEqual({ 'all ': 1 });
    expect(counts(samples, 'order_seconds_count', ['channel'])).toEqual({});
    expect(counts(samples, 'busy', ['channel'])).toEqual({});
  });

  it('a failed request on a route that is left out is not an exception either', async () => {
    const own = await load(express);
    own.app.get(
      '/fails',
      own.doNotTrack((_req, _res, next) => next(new Error('no'))),
    );
    own.app.use(((_error, _req, res, _next) => void res.status(500).end()) as ErrorRequestHandler);
    const port = await serve(own.app);
    await send(port, 'GET /fails');
    const samples = await scrapeAtRest(port);
    expect([requestCounts(samples), counts(samples, 'http_request_exceptions_total', ['route'])]).toEqual([{}, {}]);
  });
});

describe('a measured handler', () => {
  const express = EXPRESS[0]?.express;
  if (express === undefined) throw new Error('no Express');

  it('has the name and number of parameters of its own, and gets this and its result through', async () => {
    const own = await load(express);
    const { orders } = declare(own);
    function placeOrder(this: unknown, _error: Error, _req: Request, _res: Response, _next: NextFunction): unknown {
      return this;
    }
    const measured = own.counted(orders, {}, placeOrder);
    expect([measured.name, measured.length]).toEqual(['placeOrder', 4]);
    const that = {};
    const res = { destroyed: true } as Response;
    expect(measured.call(that, new Error('no'), {} as Request, res, () => undefined)).toBe(that);
  });

  it('is the handler itself when metrics are disabled', async () => {
    vi.stubEnv('METRICS_DISABLED', '1');
    const own = await load(express);
    const { orders, busy, seconds } = declare(own);
    const handler: RequestHandler = (_req, res) => void res.end();
    expect(own.counted(orders, {}, handler)).toBe(handler);
    expect(own.timed(seconds, {}, handler)).toBe(handler);
    expect(own.inProgress(busy, {}, handler)).toBe(handler);
    expect(own.doNotTrack(handler)).toBe(handler);
    expect(own.excludeAll(handler)).toBe(handler);
  });

  it('keeps the types of the handler, and checks the names of labels', async () => {
    const own = await load(express);
    const { orders } = declare(own);
    // The compiler is the test: it knows the parameters of the route, and those that are written out.
    own.app.get(
      '/:id',
      own.counted(orders, { channel: 'a' }, (req, res) => void res.send(req.params.id.toUpperCase())),
    );
    const typed = own.counted(
      orders,
      { channel: (req: Request<{ id: string }>) => req.params.id },
      (req: Request<{ id: string }, unknown, { amount: number }>, res: Response) => void res.json(req.body.amount + 1),
    );
    own.app.post('/:id', typed);
    // @ts-expect-error there is no such label
    own.counted(orders, { chanel: 'a' }, typed);
    // @ts-expect-error a label is a text or a number
    own.counted(orders, { channel: true }, typed);
    const port = await serve(own.app);
    expect((await send(port, 'GET /ab')).body).toBe('AB');
  });
});

const pass: RequestHandler = (_req, _res, next) => next();

/** Scrapes although requests may be in progress. */
async function scrapeNow(port: number): Promise<Samples> {
  return parseExposition((await send(port, 'GET /metrics')).body);
}
