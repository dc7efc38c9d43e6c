import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { takenNames } from '../../src/metrics/catalogue.js';

describe('names that are taken', () => {
  it('are all that the client declares by itself, and the default metrics with their prefix', () => {
    const register = new Registry();
    collectDefaultMetrics({ register });
    const names = register.getMetricsAsArray().map(({ name }) => name);
    expect(names.length).toBeGreaterThan(25);
    const taken = takenNames({ flavour: 'node', prefix: 'shop_' });
    for (const name of [...names, 'shop_http_requests_total', 'app_info', 'redis_metrics_up']) {
      expect(taken).toContain(name);
    }
    expect(taken).not.toContain('http_requests_total');
  });
});
