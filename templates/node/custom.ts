// This file is yours: it is written once and never overwritten.
//
// Declare your own metrics here, and use them wherever something happens:
//
//   import { exampleOrders } from './metrics/custom.js';
//
//   exampleOrders.inc({ channel: 'web' });
//
// or around a handler:
//
//   import { counted } from './metrics/handlers.js';
//
//   app.post('/orders', counted(exampleOrders, { channel: 'web' }, order));
//
// Give a label only values out of a short, fixed list (never a user, an
// address or a path): each value is a time series. The examples have none
// until they are used. Rename them, or delete them.

import type { Counter, Gauge, Histogram } from 'prom-client';
import { counter, gauge, histogram } from './registry.js';

/** A counter: a total that only grows. */
export const exampleOrders: Counter<'channel'> = counter({
  name: 'example_orders_total',
  help: 'Orders placed.',
  labelNames: ['channel'],
});

/** A gauge: a value that goes up and down. */
export const exampleQueue: Gauge<'queue'> = gauge({
  name: 'example_queue_jobs',
  help: 'Jobs that wait.',
  labelNames: ['queue'],
  // What is shown for several processes: sum, average, min, max, first, omit.
  aggregator: 'sum',
});

/** A histogram: a distribution, counted in buckets. */
export const exampleReport: Histogram<'format'> = histogram({
  name: 'example_report_duration_seconds',
  help: 'Time to make a report, in seconds.',
  labelNames: ['format'],
  buckets: [0.1, 0.5, 1, 5, 10],
});

/**
 * Upper bounds of `http_request_duration_seconds`. Keep them the same in all
 * services that are added up.
 */
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
export const durationBuckets: number[] = seconds;
