import type { Request, Response } from 'express';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { counted, doNotTrack, excludeAll, inProgress, timed } from './handlers.js';
import { counter, gauge, histogram } from './registry.js';

// Copy what you need into custom, or to where it is used. Nothing imports this file: its metrics exist nowhere.

/** A counter: a total that only grows. */
export const orders: Counter<'channel'> = counter({
  name: 'orders_total',
  help: 'Orders placed.',
  labelNames: ['channel'],
});

/** A gauge: a value that goes up and down. */
export const queued: Gauge<'queue'> = gauge({
  name: 'queued_jobs',
  help: 'Jobs that wait.',
  labelNames: ['queue'],
  // What is shown when several processes serve: sum (the default), average, min, max, first or omit.
  aggregator: 'max',
});

/** A histogram: a distribution, counted in buckets. */
export const reports: Histogram<'format' | 'status_code'> = histogram({
  name: 'report_duration_seconds',
  help: 'Time to make a report, in seconds.',
  labelNames: ['format', 'status_code'],
  buckets: [0.1, 0.5, 1, 5, 10],
});

/** Where something happens. A label's values come out of a short, fixed list: each is a time series. */
export function orderPlaced(fromApp: boolean): void {
  orders.inc({ channel: fromApp ? 'app' : 'web' });
}

/** Around a piece of work. The time is observed when it fails, too. */
export function makeReport<T>(work: () => Promise<T>): Promise<T> {
  const observe = reports.startTimer({ format: 'csv' });
  const done = (): void => {
    observe({ status_code: '200' });
  };
  const result = work();
  result.then(done, done);
  return result;
}

/** Around a handler: `app.get('/report', report)`. A label's value is fixed, or found in the request or the response. */
export const report: (req: Request, res: Response) => void = timed(
  reports,
  {
    format: (req) => (req.accepts('text/csv') ? 'csv' : 'json'),
    status_code: (_req, res) => res.statusCode,
  },
  inProgress(queued, { queue: 'reports' }, (_req: Request, res: Response) => {
    res.json([]);
  })
);

/** Around a middleware, for all routes behind it: `app.use(countChannel)`. */
export const countChannel: (req: Request, res: Response, next: () => void) => void = counted(
  orders,
  { channel: (req) => (req.get('X-App') === undefined ? 'web' : 'app') },
  (_req: Request, _res: Response, next: () => void) => next()
);

/** Not in the HTTP metrics: `app.get('/events', events)`. */
export const events: (req: Request, res: Response) => void = doNotTrack((_req: Request, res: Response) => {
  res.type('text/event-stream').end();
});

/** In no metric at all, not in `countChannel`'s either: `app.get('/healthz', health)`. */
export const health: (req: Request, res: Response) => void = excludeAll((_req: Request, res: Response) => {
  res.send('ok');
});
