import type { Catalogue, Role } from './catalogue.js';
import type { Metric } from './metric.js';

/** A flavour's metrics, those included that some answers leave out. */
export interface Definitions {
  readonly httpLabels: Catalogue['httpLabels'];
  readonly metrics: { readonly [Key in Role]?: Metric } & Pick<Catalogue, 'requests' | 'requestDuration'>;
}

/** A metric of which each process has its own. */
export function perWorker(metric: Omit<Metric, 'perWorker' | 'type' | 'labels'> & Partial<Metric>): Metric {
  return { type: 'gauge', labels: [], ...metric, perWorker: true };
}

/** A metric that is one for the whole service. */
export function overall(metric: Omit<Metric, 'perWorker' | 'labels'> & Partial<Metric>): Metric {
  return { labels: [], ...metric, perWorker: false };
}

/** The metrics around an HTTP request, as every client but prometheus_flask_exporter gets them from us. */
export function httpMetrics(prefix: string, help: { readonly requests: string; readonly exceptions: string }) {
  return {
    requests: overall({
      name: `${prefix}http_requests_total`,
      type: 'counter',
      labels: ['method', 'route', 'status_code'],
      unit: 'requests',
      help: help.requests,
    }),
    requestDuration: overall({
      name: `${prefix}http_request_duration_seconds`,
      type: 'histogram',
      labels: ['method', 'route', 'status_code'],
      unit: 'seconds',
      help: 'Time from the arrival of an HTTP request to the end of its response, in seconds.',
    }),
    requestsInProgress: overall({
      name: `${prefix}http_requests_in_progress`,
      type: 'gauge',
      labels: ['method'],
      unit: 'requests',
      help: 'HTTP requests being answered now.',
    }),
    requestExceptions: overall({
      name: `${prefix}http_request_exceptions_total`,
      type: 'counter',
      labels: ['method', 'route'],
      unit: 'requests',
      help: help.exceptions,
    }),
  } as const;
}

export const appInfo = overall({
  name: 'app_info',
  type: 'gauge',
  labels: ['version'],
  unit: 'boolean',
  help: 'The running application; the value is always 1.',
});

export const multiprocessUp = overall({
  name: 'prom_multiprocess_up',
  type: 'gauge',
  unit: 'boolean',
  help: 'Whether the metrics of all processes are shared (1) or not (0).',
});

export const redisUp = overall({
  name: 'redis_metrics_up',
  type: 'gauge',
  unit: 'boolean',
  help: 'Whether Redis answered (1), or its metrics are missing (0).',
});

export const redisDropped = overall({
  name: 'redis_metrics_dropped_total',
  type: 'counter',
  unit: 'count',
  help: 'Changes of metrics in Redis that are lost: too many series were waiting for Redis.',
});
