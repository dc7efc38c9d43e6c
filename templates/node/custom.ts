// This file is yours: it is written once and never overwritten.
//
// Declare your own metrics here, and use them wherever you need them:
//
//   import { counter } from './registry.js';
//
//   export const orders = counter({
//     name: 'orders_total',
//     help: 'Orders placed',
//     labelNames: ['channel'],
//   });
//
//   orders.inc({ channel: 'web' });
//
// More to copy is in examples: a gauge, a histogram, metrics around a handler.
//
// Give a label only values out of a short, fixed list (never a user, an
// address or a path): each value is a time series.

/**
 * Upper bounds of `http_request_duration_seconds`. Keep them the same in all
 * services that are added up.
 */
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
export const durationBuckets: number[] = seconds;
