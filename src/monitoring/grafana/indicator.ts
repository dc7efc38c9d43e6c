import { type Indicator, missesOf, requestsOf } from '../prometheus/objective.js';
import type { Context } from './context.js';

/**
 * Of the requests that count in a window, the share that missed the objective: what the alerts' recorded ratios say,
 * for the jobs and instances that were chosen, and without the rules being there. By increase, not by rate: Grafana's
 * window for rates is much shorter than these. Nothing where there was no request.
 */
export function missShare(indicator: Indicator, { catalogue, chosen, monitoring }: Context, window: string): string {
  const counting = {
    catalogue,
    matchers: chosen,
    latencySeconds: monitoring.objective.latencySeconds,
    growth: (series: string) => `increase(${series}[${window}])`,
    by: [],
  };
  const all = requestsOf(indicator, counting);
  return `(${missesOf(indicator, all, counting)}) / (${all} > 0)`;
}
