import type { Catalogue } from '../../metrics/catalogue.js';
import { durationQuantile, errorRate, type Matchers, requestRate } from '../promql.js';
import type { RecordingRule } from './rule.js';

const window = '5m';

const quantiles = [
  { name: 'p50', quantile: 0.5 },
  { name: 'p90', quantile: 0.9 },
  { name: 'p99', quantile: 0.99 },
];

/** Rate, errors and duration of the requests: of the service, and of each of its routes. */
export function requestsRules(catalogue: Catalogue, service: Matchers): RecordingRule[] {
  return [['application'], ['application', catalogue.httpLabels.route]].flatMap((by) => {
    const level = by.join('_');
    return [
      { record: `${level}:http_requests:rate${window}`, expr: requestRate(catalogue, service, window, by) },
      { record: `${level}:http_requests_failed:rate${window}`, expr: errorRate(catalogue, service, window, by) },
      ...quantiles.map(({ name, quantile }) => ({
        record: `${level}:http_request_duration_seconds:${name}_rate${window}`,
        // Without requests a quantile is NaN, which no comparison lets through.
        expr: `${durationQuantile(catalogue, quantile, service, window, by)} >= 0`,
      })),
    ];
  });
}
