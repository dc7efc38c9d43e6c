import { expect, it } from 'vitest';
import { catalogueFor } from '../../src/metrics/catalogue.js';

it.each([
  [undefined, 'flask_http_request_duration_seconds'],
  ['shop', 'shop_http_request_duration_seconds'],
  ['shop_', 'shop_http_request_duration_seconds'],
  ['shop__', 'shop_http_request_duration_seconds'],
  ['_', 'flask_http_request_duration_seconds'],
])('the exporter makes the same name of the prefix %s', (prefix, name) => {
  const { metrics } = catalogueFor({ flavour: 'flask-exporter', prefix, multiprocess: true, redis: false });
  expect(metrics.requestDuration?.name).toBe(name);
});
