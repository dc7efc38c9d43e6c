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
// Give a label only values out of a short, fixed list (never a user, an
// address or a path): each value is a time series.

/**
 * Upper bounds of `http_request_duration_seconds`, in seconds. Keep them the
 * same in all services that are added up.
 */
export const durationBuckets: number[] = [
  0.005, // 5 ms
  0.01, // 10 ms
  0.025, // 25 ms
  0.05, // 50 ms
  0.1, // 100 ms
  0.25, // 250 ms
  0.5, // 500 ms
  1, // 1000 ms
  2.5, // 2500 ms
  5, // 5000 ms
  10, // 10000 ms
];
