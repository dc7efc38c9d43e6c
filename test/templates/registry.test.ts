import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { javascriptLiteral } from '../../src/languages/javascript-literal.js';
import { catalogueFor } from '../../src/metrics/catalogue.js';
import { durationBuckets } from '../../templates/node/custom.js';
import { evaluateAgain, loadMetrics } from '../support/templates.js';

describe('declaring a metric', () => {
  it('a second time gives the first one, in another evaluation of the modules too', async () => {
    const first = await loadMetrics();
    const orders = { name: 'orders_total', help: 'orders', labelNames: ['channel'] as const };
    const counter = first.counter(orders);
    counter.inc({ channel: 'web' });
    const second = await evaluateAgain();

    expect(first.counter(orders)).toBe(counter);
    expect(second.counter(orders)).toBe(counter);
    const size = { name: 'size', help: 'size' };
    expect(second.gauge(size)).toBe(first.gauge(size));
    const seconds = { name: 'seconds', help: 'seconds', buckets: [1, 2] };
    expect(second.histogram(seconds)).toBe(first.histogram(seconds));
    expect(await register.getSingleMetricAsString('orders_total')).toContain(
      'orders_total{channel="web",application="my-api"} 1',
    );
  });

  it('under the name of a metric of another type throws', async () => {
    const { counter, gauge } = await loadMetrics();
    counter({ name: 'taken_total', help: 'taken' });
    expect(() => gauge({ name: 'taken_total', help: 'taken' })).toThrow('already been registered');
  });
});

describe('files with holes', () => {
  const folder = new URL('../../templates/node/', import.meta.url);
  const { metrics } = catalogueFor({ flavour: 'node', multiprocess: true, redis: true });
  const answers = { application: 'my-api', metricsPath: '/metrics', durationBuckets, ...metrics };

  function render(name: string, values: object): string {
    const handlebars = Handlebars.create();
    handlebars.registerHelper('literal', (value: unknown) => javascriptLiteral(value));
    return handlebars.compile(readFileSync(new URL(`${name}.ts.hbs`, folder), 'utf8'), { noEscape: true })(values);
  }

  it.each(['settings', 'custom', 'declarations'])('%s.ts is what %s.ts.hbs gives for plain answers', (name) => {
    expect(render(name, answers)).toBe(readFileSync(new URL(`${name}.ts`, folder), 'utf8'));
  });

  it('options are written only when they were asked for', () => {
    const text = render('settings', {
      ...answers,
      excludedPaths: ['^/health$', `a'b"c\\d`],
      metricsPort: 9100,
    });
    expect(text.slice(text.indexOf('export const'))).toBe(`export const settings: Settings = {
  application: 'my-api',
  metricsPath: '/metrics',
  excludedPaths: [
    new RegExp('^/health$'),
    new RegExp('a\\'b"c\\\\d'),
  ],
  metricsPort: 9100,
};
`);
  });

  it('the two entries export the same', async () => {
    expect(Object.keys(await loadMetrics({ metricsPort: 1 }, 'index-server'))).toEqual(
      Object.keys(await loadMetrics()),
    );
  });
});
