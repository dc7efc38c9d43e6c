import type { Catalogue } from '../metrics/catalogue.js';
import type { OwnMetric } from '../metrics/own-metric.js';
import { aggregate, type Operator } from './promql.js';

/** How the values of a gauge, one for each instance, are shown. */
export interface Aggregation {
  readonly expression: (matching: string) => string;
  /** The labels that are left. */
  readonly labels: readonly string[];
  readonly words: string;
}

type Way = Exclude<Operator, 'count'>;

/**
 * The clients' words for it: `aggregator` of prom-client and `multiprocess_mode` of Python's prometheus_client, where
 * "live" leaves the dead out. "first" and "mostrecent" are one process's value, for which the highest stands.
 */
const OPERATORS: Readonly<Record<string, Way>> = {
  sum: 'sum',
  livesum: 'sum',
  average: 'avg',
  min: 'min',
  livemin: 'min',
  max: 'max',
  livemax: 'max',
  first: 'max',
  mostrecent: 'max',
  livemostrecent: 'max',
};
const WORDS: Readonly<Record<Way, string>> = {
  sum: 'added up over the instances',
  avg: 'the average of the instances',
  min: 'the lowest of the instances',
  max: 'the highest of the instances',
};

/** Undefined for a gauge that several processes do not expose. */
export function acrossInstances(
  { name, labels, aggregator, inRedis }: OwnMetric,
  { multiprocess }: Catalogue,
): Aggregation | undefined {
  if (inRedis) return by('max', labels, 'one number in Redis, whichever instance shows it');
  // Python's client keeps every process's value apart, under the label "pid".
  if (aggregator === 'all' || aggregator === 'liveall') {
    return by('max', ['instance', 'pid', ...labels], 'each process for itself');
  }
  if (aggregator === 'omit') return multiprocess ? undefined : by('max', ['instance', ...labels], 'each instance');
  // Shares and points in time cannot be added up, whatever the client does by default.
  const fallback = /_(ratio|percent|celsius|timestamp_seconds)$/.test(name) ? 'max' : 'sum';
  return by(OPERATORS[aggregator ?? ''] ?? fallback, labels);
}

function by(operator: Way, labels: readonly string[], words = WORDS[operator]): Aggregation {
  return { labels, words, expression: (matching) => aggregate(operator, matching, labels) };
}
