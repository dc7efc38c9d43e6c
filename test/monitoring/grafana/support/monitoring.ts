import { type Catalogue, catalogueFor, type Exposed, type Flavour } from '../../../../src/metrics/catalogue.js';
import type { OwnMetric } from '../../../../src/metrics/own-metric.js';
import type { Monitoring } from '../../../../src/monitoring/monitoring.js';

const FLAVOURS: readonly Flavour[] = ['node', 'flask-client', 'flask-exporter'];
const BOTH = [false, true];

/** What a dashboard is made from, for a service called "shop". */
export function monitoringOf(exposed: Partial<Exposed> = {}, more: Partial<Monitoring> = {}): Monitoring {
  const catalogue: Catalogue = catalogueFor({ flavour: 'node', multiprocess: false, redis: false, ...exposed });
  return {
    application: 'shop',
    catalogue,
    own: [],
    metricsPath: '/metrics',
    port: 3000,
    token: false,
    objective: { availability: 99.9, latencySeconds: 0.5, isGiven: false },
    ...more,
  };
}

/** A metric of the target's own code. */
export function ownMetric(metric: Partial<OwnMetric> & Pick<OwnMetric, 'name' | 'type'>): OwnMetric {
  return {
    labels: [],
    help: `What ${metric.name} counts`,
    aggregator: undefined,
    inRedis: false,
    path: 'src/metrics/custom.ts',
    line: 12,
    ...metric,
  };
}

/** One of every kind, with and without labels, in Redis and not. */
export const OWN: readonly OwnMetric[] = [
  ownMetric({ name: 'backups_last_success_timestamp_seconds', type: 'gauge' }),
  ownMetric({ name: 'cache_hit_ratio', type: 'gauge', labels: ['cache'], aggregator: 'average' }),
  ownMetric({ name: 'export_bytes', type: 'histogram', labels: ['format'] }),
  ownMetric({ name: 'orders_total', type: 'counter', labels: ['channel', 'country'] }),
  ownMetric({ name: 'queued_jobs', type: 'gauge', labels: ['queue'], aggregator: 'max' }),
  ownMetric({ name: 'report_duration_seconds', type: 'summary', labels: ['format'] }),
  ownMetric({ name: 'shared_maintenance', type: 'gauge', inRedis: true }),
  ownMetric({ name: 'shared_signups_total', type: 'counter', labels: ['plan'], inRedis: true }),
  ownMetric({ name: 'workers_busy', type: 'gauge', aggregator: 'liveall' }),
];

/** Every combination of answers that changes which panels there are, by a name for tests. */
export const COMBINATIONS: readonly (readonly [name: string, monitoring: Monitoring])[] = FLAVOURS.flatMap((flavour) =>
  BOTH.flatMap((multiprocess) =>
    BOTH.flatMap((redis) =>
      [OWN, []].map((own) => {
        const words = [flavour, multiprocess ? 'several processes' : 'one', redis ? 'redis' : 'no redis'];
        const name = [...words, own.length === 0 ? 'no own metrics' : 'own metrics'].join(', ');
        return [name, monitoringOf({ flavour, multiprocess, redis }, { own })] as const;
      }),
    ),
  ),
);
