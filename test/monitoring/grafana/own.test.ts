import { describe, expect, it } from 'vitest';
import type { OwnMetric } from '../../../src/metrics/own-metric.js';
import { dashboard } from '../../../src/monitoring/grafana/dashboard.js';
import type { Panel } from '../../../src/monitoring/grafana/model.js';
import { unitOf, unitPerSecond } from '../../../src/monitoring/grafana/panels/own-unit.js';
import { monitoringOf, ownMetric } from './support/monitoring.js';

const CHOSEN = '{application="$application",job=~"$job",instance=~"$instance"}';

describe('an own metric', () => {
  it.each<[what: string, metric: OwnMetric, expressions: string[], unit: string]>([
    [
      'counter',
      ownMetric({ name: 'orders_total', type: 'counter', labels: ['channel'] }),
      [`sum by (channel) (rate(orders_total${CHOSEN}[$__rate_interval]))`],
      'cps',
    ],
    [
      'counter in Redis',
      ownMetric({ name: 'shared_signups_total', type: 'counter', inRedis: true }),
      [`max(rate(shared_signups_total${CHOSEN}[$__rate_interval]))`],
      'cps',
    ],
    ['gauge', ownMetric({ name: 'queued_jobs', type: 'gauge' }), [`sum(queued_jobs${CHOSEN})`], 'short'],
    [
      'gauge with an aggregator',
      ownMetric({ name: 'queued_jobs', type: 'gauge', labels: ['queue'], aggregator: 'average' }),
      [`avg by (queue) (queued_jobs${CHOSEN})`],
      'short',
    ],
    [
      'gauge in Redis, whatever its aggregator',
      ownMetric({ name: 'shared_stock', type: 'gauge', inRedis: true, aggregator: 'sum' }),
      [`max(shared_stock${CHOSEN})`],
      'short',
    ],
    ['share', ownMetric({ name: 'cache_hit_ratio', type: 'gauge' }), [`max(cache_hit_ratio${CHOSEN})`], 'percentunit'],
    [
      'point in time',
      ownMetric({ name: 'backup_timestamp_seconds', type: 'gauge' }),
      [`time() - max(backup_timestamp_seconds${CHOSEN})`],
      's',
    ],
    [
      'histogram',
      ownMetric({ name: 'report_duration_seconds', type: 'histogram', labels: ['format'] }),
      ['0.5', '0.9', '0.99'].map(
        (quantile) =>
          `histogram_quantile(${quantile}, sum by (le) (rate(report_duration_seconds_bucket${CHOSEN}[$__rate_interval])))`,
      ),
      's',
    ],
    [
      'summary of one process',
      ownMetric({ name: 'payload_bytes', type: 'summary', labels: ['kind'] }),
      [`max by (quantile, kind) (payload_bytes${CHOSEN})`],
      'bytes',
    ],
  ])('%s', (_what, metric, expressions, unit) => {
    const [panel] = panelsOf(metric);
    expect(panel?.targets.map(({ expr }) => expr)).toEqual(expressions);
    expect(panel?.fieldConfig.defaults.unit).toBe(unit);
    expect(panel?.title).toBe(metric.name);
    expect(panel?.description).toContain(metric.help);
    expect(panel?.description).toContain(metric.path);
  });

  it('summary of several processes, which has no quantiles: its mean', () => {
    const [panel] = panelsOf(ownMetric({ name: 'payload_bytes', type: 'summary' }), true);
    expect(panel?.targets.map(({ expr }) => expr)).toEqual([
      `sum(rate(payload_bytes_sum${CHOSEN}[$__rate_interval])) / (sum(rate(payload_bytes_count${CHOSEN}[$__rate_interval])) > 0)`,
    ]);
  });

  it.each([
    ['name', ownMetric({ name: 'a} or vector(1', type: 'gauge' })],
    ['label', ownMetric({ name: 'a', type: 'gauge', labels: ['b) (up'] })],
  ])('with a %s that is none: no panel', (_what, metric) => {
    expect(panelsOf(metric)).toEqual([]);
  });

  it('gauge that several processes leave out: no panel, and with one process a panel', () => {
    const metric = ownMetric({ name: 'local_state', type: 'gauge', aggregator: 'omit' });
    expect(panelsOf(metric, true)).toEqual([]);
    expect(panelsOf(metric)).toHaveLength(1);
  });
});

describe('a unit by the name', () => {
  it.each([
    ['a_duration_seconds', 's', 'percentunit'],
    ['read_bytes_total', 'bytes', 'Bps'],
    ['free_ratio', 'percentunit', 'percentunit'],
    ['api_requests_total', 'short', 'reqps'],
    ['orders_total', 'short', 'cps'],
    ['seconds', 's', 'percentunit'],
    ['constructor', 'short', 'cps'],
  ])('%s', (name, unit, perSecond) => {
    expect([unitOf(name), unitPerSecond(name)]).toEqual([unit, perSecond]);
  });
});

function panelsOf(metric: OwnMetric, multiprocess = false): Panel[] {
  const { panels } = dashboard(monitoringOf({ multiprocess }, { own: [metric] }));
  const start = panels.findIndex(({ title }) => title === 'Own metrics');
  return start === -1 ? [] : panels.slice(start).filter((panel): panel is Panel => panel.type !== 'row');
}
