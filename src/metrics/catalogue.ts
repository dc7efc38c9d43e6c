import { flaskClientMetrics, flaskExporterMetrics } from './flask.js';
import type { Metric } from './metric.js';
import { clientMetricNames, nodeMetrics } from './node.js';
import type { Definitions } from './shared.js';

/** What a target's generated code exposes: by the language, and in Python by the client. */
export type Flavour = 'node' | 'flask-client' | 'flask-exporter';

/** What a metric stands for; dashboards and rules ask for it by this word, whatever its name is in a flavour. */
export type Role =
  | 'requests'
  | 'requestDuration'
  | 'requestsInProgress'
  | 'requestExceptions'
  | 'appInfo'
  | 'cpu'
  | 'residentMemory'
  | 'openFileDescriptors'
  | 'maxFileDescriptors'
  | 'startTime'
  | 'heapUsed'
  | 'heapLimit'
  | 'externalMemory'
  | 'eventLoopLagP50'
  | 'eventLoopLagP99'
  | 'eventLoopUtilization'
  | 'gcDuration'
  | 'activeResources'
  | 'multiprocessUp'
  | 'redisUp'
  | 'redisDropped';

/** The answers that decide which metrics there are. */
export interface Exposed {
  readonly flavour: Flavour;
  /** Put before the names of the HTTP metrics. */
  readonly prefix?: string | undefined;
  /** Whether several processes serve. */
  readonly multiprocess: boolean;
  /** Whether metrics are kept in Redis. */
  readonly redis: boolean;
}

/** Every default metric of a service, once: code, dashboard, rules, documentation and checks take it from here. */
export interface Catalogue {
  readonly flavour: Flavour;
  readonly multiprocess: boolean;
  /** A role that has no metric in this flavour, or with these answers, is not there. */
  readonly metrics: { readonly [Key in Role]?: Metric };
  /** The labels of `requests` and of `requestDuration`. */
  readonly httpLabels: { readonly method: string; readonly route: string; readonly status: string };
  /** The HTTP metrics, which every flavour has. */
  readonly requests: Metric;
  readonly requestDuration: Metric;
}

/** The catalogue of a service. */
export function catalogueFor({ flavour, prefix = '', multiprocess, redis }: Exposed): Catalogue {
  const { httpLabels, metrics }: Definitions = definitions[flavour](prefix);
  const { multiprocessUp, redisUp, redisDropped, ...always } = metrics;
  const present = {
    ...always,
    ...(multiprocess && multiprocessUp !== undefined ? { multiprocessUp } : {}),
    ...(redis && redisUp !== undefined ? { redisUp } : {}),
    ...(redis && redisDropped !== undefined ? { redisDropped } : {}),
  };
  return {
    flavour,
    multiprocess,
    metrics: present,
    httpLabels,
    requests: metrics.requests,
    requestDuration: metrics.requestDuration,
  };
}

/** The names of all metrics that the generated code may declare for a flavour and prefix: nothing else can have them. */
export function takenNames({ flavour, prefix }: Pick<Exposed, 'flavour' | 'prefix'>): Set<string> {
  const { metrics } = catalogueFor({ flavour, prefix, multiprocess: true, redis: true });
  return new Set([...Object.values(metrics).map(({ name }) => name), ...(flavour === 'node' ? clientMetricNames : [])]);
}

const definitions = { node: nodeMetrics, 'flask-client': flaskClientMetrics, 'flask-exporter': flaskExporterMetrics };
