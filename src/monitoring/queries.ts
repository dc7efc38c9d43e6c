import type { Catalogue, Role } from '../metrics/catalogue.js';
import type { Metric } from '../metrics/metric.js';
import type { OwnMetric } from '../metrics/own-metric.js';
import { acrossInstances } from './own-aggregation.js';
import { growth, meanOf, quantileOf } from './own-queries.js';
import { aggregate, durationQuantile, errorRate, type Matchers, requestRate, selector, sumBy } from './promql.js';

/** A query to paste, and what it answers. */
export interface Question {
  readonly asks: string;
  readonly query: string;
}

const window = '5m';

type Ask = (metric: Metric, catalogue: Catalogue, service: Matchers) => readonly Question[];

/** One or two queries for each metric, by what it stands for. Also the order in which metrics are explained. */
const questions: { readonly [Key in Role]: Ask } = {
  requests: (_, catalogue, service) => [
    {
      asks: 'requests per second, by route',
      query: requestRate(catalogue, service, window, [catalogue.httpLabels.route]),
    },
    {
      asks: 'share answered with 5xx, 0 to 1',
      query: `${errorRate(catalogue, service, window, [])} / (${requestRate(catalogue, service, window, [])} > 0)`,
    },
  ],
  requestDuration: ({ name }, catalogue, service) => [
    {
      asks: 'p99 in seconds, by route',
      query: durationQuantile(catalogue, 0.99, service, window, [catalogue.httpLabels.route]),
    },
    {
      asks: 'the five routes that take most of the time, in seconds of answering per second',
      query: `topk(5, ${sumBy(`rate(${selector(`${name}_sum`, service)}[${window}])`, [catalogue.httpLabels.route])})`,
    },
  ],
  requestsInProgress: now('being answered now', 'sum'),
  requestExceptions: ({ name, labels }, { httpLabels }, service) => [
    {
      asks: 'exceptions of the last hour',
      query: sumBy(
        `increase(${selector(name, service)}[1h])`,
        labels.filter((label) => label === httpLabels.route),
      ),
    },
  ],
  appInfo: ({ name, labels }, _, service) => [
    { asks: 'instances by version', query: aggregate('count', selector(name, service), labels) },
  ],
  cpu: ({ name }, _, service) => [
    { asks: 'processors in use', query: sumBy(`rate(${selector(name, service)}[${window}])`, []) },
  ],
  residentMemory: now('bytes of all processes', 'sum'),
  openFileDescriptors: now('the most of any process', 'max'),
  maxFileDescriptors: ({ name }, { metrics }, service) =>
    metrics.openFileDescriptors === undefined
      ? []
      : [
          {
            asks: 'share in use, 0 to 1',
            query: `max(${selector(metrics.openFileDescriptors.name, service)} / ${selector(name, service)})`,
          },
        ],
  startTime: ({ name }, _, service) => [
    { asks: 'seconds since the last start', query: `time() - max(${selector(name, service)})` },
  ],
  heapUsed: now('bytes of the fullest process', 'max'),
  heapLimit: ({ name }, { metrics }, service) =>
    metrics.heapUsed === undefined
      ? []
      : [
          {
            asks: 'share of the heap in use, 0 to 1',
            query: `max(${selector(metrics.heapUsed.name, service)} / ${selector(name, service)})`,
          },
        ],
  externalMemory: now('bytes of all processes', 'sum'),
  eventLoopLagP50: now('the slowest process, in seconds', 'max'),
  eventLoopLagP99: now('the slowest process, in seconds', 'max'),
  eventLoopUtilization: now('the busiest process, 0 to 1', 'max'),
  gcDuration: ({ name, labels }, _, service) => [
    {
      asks: 'seconds of collecting per second, by kind',
      query: sumBy(`rate(${selector(`${name}_sum`, service)}[${window}])`, labels),
    },
  ],
  activeResources: ({ name, labels }, _, service) => [
    { asks: 'by type', query: sumBy(selector(name, service), labels) },
  ],
  multiprocessUp: now('0 when an instance counts for one of its processes only', 'min'),
  redisUp: now('0 when an instance does not reach Redis', 'min'),
  redisDropped: ({ name }, _, service) => [
    { asks: 'changes that were lost in the last hour', query: `sum(increase(${selector(name, service)}[1h]))` },
  ],
};

function now(asks: string, operator: 'sum' | 'max' | 'min'): Ask {
  return ({ name }, _, service) => [{ asks, query: `${operator}(${selector(name, service)})` }];
}

/** The metrics of a catalogue that there are, each with its queries, in the order in which they are explained. */
export function explained(
  catalogue: Catalogue,
  application: string,
): { metric: Metric; questions: readonly Question[] }[] {
  return (Object.keys(questions) as Role[]).flatMap((role) => {
    const metric = catalogue.metrics[role];
    return metric === undefined ? [] : [{ metric, questions: questions[role](metric, catalogue, { application }) }];
  });
}

/** A query for a metric of the user's own. */
export function ownQuery(metric: OwnMetric, catalogue: Catalogue, application: string): string {
  const asked = { matchers: { application }, window };
  switch (metric.type) {
    case 'counter':
      return growth(metric, asked);
    case 'gauge': {
      const series = selector(metric.name, asked.matchers);
      return acrossInstances(metric, catalogue)?.expression(series) ?? series;
    }
    case 'histogram':
      return quantileOf(metric, 0.9, asked);
    case 'summary':
      return meanOf(metric, asked, []);
  }
}
