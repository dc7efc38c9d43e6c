import type { Catalogue } from '../../metrics/catalogue.js';
import type { Objective } from '../monitoring.js';
import { bound, type Matchers, selector, sumBy } from '../promql.js';
import type { RecordingRule } from './rule.js';

// What the objective is measured by: of the requests that count, how many missed it.
//
// A client error on no route at all (a scanner's) says nothing about the service: it counts nowhere. A server error
// there does, since middleware that fails in front of the routes fails everything. A client that gave up (499) got
// neither an answer nor an error: it counts for latency only, where a wait beyond the bound is a slow request. What
// failed is not slow as well.

/** Availability: answered without a server error. Latency: answered within the bound. */
export const indicators = ['availability', 'latency'] as const;
export type Indicator = (typeof indicators)[number];

/** The names of what is recorded of an indicator over a window. */
export function recordsOf(indicator: Indicator, window: string) {
  const metric = `application:slo_${indicator}`;
  return {
    requests: `${metric}:requests_rate${window}`,
    misses: `${metric}:misses_rate${window}`,
    missRatio: `${metric}:miss_ratio_rate${window}`,
  };
}

/** The route label of a request that no route matched. */
export function unmatchedRoute({ flavour }: Catalogue): string {
  // prometheus_flask_exporter writes Python's None.
  return flavour === 'flask-exporter' ? 'None' : '<unmatched>';
}

/** How an indicator is counted. */
export interface Counting {
  readonly catalogue: Catalogue;
  readonly matchers: Matchers;
  /** The bound of the latency objective. */
  readonly latencySeconds: number;
  /** The growth of a counter over a window: `rate` or `increase`. */
  readonly growth: (series: string) => string;
  /** The labels that stay apart. */
  readonly by: readonly string[];
}

/** The requests that count. */
export function requestsOf(indicator: Indicator, counting: Counting): string {
  const { requests, requestDuration, httpLabels } = counting.catalogue;
  return indicator === 'availability'
    ? counted(requests.name, { [httpLabels.status]: ['!=', '499'] }, counting)
    : counted(`${requestDuration.name}_count`, answered(counting), counting);
}

/**
 * Of the requests that count, those that missed the objective.
 *
 * @param requests the number of those that count, as an expression
 */
export function missesOf(indicator: Indicator, requests: string, counting: Counting): string {
  const { catalogue, matchers, latencySeconds, growth, by } = counting;
  if (indicator === 'availability') {
    const failed = selector(catalogue.requests.name, { ...matchers, [catalogue.httpLabels.status]: ['=~', '5..'] });
    return `${sumBy(growth(failed), by)}\nor 0 * ${requests}`;
  }
  const within = { ...answered(counting), le: bound(latencySeconds) };
  // Two rates that are equal may differ by a rounding error.
  return `clamp_min(${requests}\n- ${counted(`${catalogue.requestDuration.name}_bucket`, within, counting)}, 0)`;
}

function answered({ catalogue }: Counting): Matchers {
  return { [catalogue.httpLabels.status]: ['!~', '5..'] };
}

/** Without the client errors on no route. */
function counted(name: string, those: Matchers, { catalogue, matchers, growth, by }: Counting): string {
  const { route, status } = catalogue.httpLabels;
  const grown = (more: Matchers) => growth(selector(name, { ...matchers, ...those, ...more }));
  const nobodys = grown({ [route]: unmatchedRoute(catalogue), [status]: ['=~', '4..'] });
  return sumBy(`${grown({})}\n  unless ${nobodys}`, by);
}

/** What is recorded over a window: requests per second that count, those that missed the objective, and their share. */
export function indicatorRules(
  indicator: Indicator,
  window: string,
  catalogue: Catalogue,
  service: Matchers,
  { latencySeconds }: Objective,
): RecordingRule[] {
  const names = recordsOf(indicator, window);
  const requests = selector(names.requests, service);
  const growth = (series: string) => `rate(${series}[${window}])`;
  const counting: Counting = { catalogue, matchers: service, latencySeconds, growth, by: ['application'] };
  return [
    { record: names.requests, expr: requestsOf(indicator, counting) },
    { record: names.misses, expr: missesOf(indicator, requests, counting) },
    // Without requests there is no share; 0 / 0 would be NaN.
    { record: names.missRatio, expr: `${selector(names.misses, service)} / (${requests} > 0)` },
  ];
}
