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

/** What is recorded over a window: requests per second that count, those that missed the objective, and their share. */
export function indicatorRules(
  indicator: Indicator,
  window: string,
  catalogue: Catalogue,
  service: Matchers,
  objective: Objective,
): RecordingRule[] {
  const names = recordsOf(indicator, window);
  const requests = selector(names.requests, service);
  const misses = selector(names.misses, service);
  const expressions =
    indicator === 'availability'
      ? availability(requests, window, catalogue, service)
      : latency(requests, window, catalogue, service, objective);
  return [
    { record: names.requests, expr: expressions.requests },
    { record: names.misses, expr: expressions.misses },
    // Without requests there is no share; 0 / 0 would be NaN.
    { record: names.missRatio, expr: `${misses} / (${requests} > 0)` },
  ];
}

function availability(recorded: string, window: string, catalogue: Catalogue, service: Matchers) {
  const { name } = catalogue.requests;
  const { status } = catalogue.httpLabels;
  const failed = selector(name, { ...service, [status]: ['=~', '5..'] });
  return {
    requests: countedRate(name, { [status]: ['!=', '499'] }, window, catalogue, service),
    misses: `${sumBy(`rate(${failed}[${window}])`, ['application'])}\nor 0 * ${recorded}`,
  };
}

function latency(
  recorded: string,
  window: string,
  catalogue: Catalogue,
  service: Matchers,
  { latencySeconds }: Objective,
) {
  const { name } = catalogue.requestDuration;
  const answered: Matchers = { [catalogue.httpLabels.status]: ['!~', '5..'] };
  const within = { ...answered, le: bound(latencySeconds) };
  return {
    requests: countedRate(`${name}_count`, answered, window, catalogue, service),
    // Two rates that are equal may differ by a rounding error.
    misses: `clamp_min(${recorded}\n- ${countedRate(`${name}_bucket`, within, window, catalogue, service)}, 0)`,
  };
}

/** Requests per second, without the client errors on no route. */
function countedRate(
  name: string,
  matchers: Matchers,
  window: string,
  catalogue: Catalogue,
  service: Matchers,
): string {
  const { route, status } = catalogue.httpLabels;
  const rate = (more: Matchers) => `rate(${selector(name, { ...service, ...matchers, ...more })}[${window}])`;
  const nobodys = rate({ [route]: unmatchedRoute(catalogue), [status]: ['=~', '4..'] });
  return sumBy(`${rate({})}\n  unless ${nobodys}`, ['application']);
}
