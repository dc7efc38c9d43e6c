import { type Indicator, unmatchedRoute } from '../prometheus/objective.js';
import { bound, type Matchers, selector, sumBy } from '../promql.js';
import type { Context } from './context.js';

/**
 * Of the requests that count in a window, the share that missed the objective: what the alerts' recorded ratios say,
 * for the jobs and instances that were chosen, and without the rules being there. By increase, not by rate: Grafana's
 * window for rates is much shorter than these. Nothing where there was no request.
 */
export function missShare(indicator: Indicator, context: Context, window: string): string {
  const { all, missed } = indicator === 'availability' ? availability(context, window) : latency(context, window);
  return `${missed} / (${all} > 0)`;
}

function availability(context: Context, window: string) {
  const { catalogue, chosen } = context;
  const { name } = catalogue.requests;
  const { status } = catalogue.httpLabels;
  const all = counted(name, { [status]: ['!=', '499'] }, context, window);
  const failed = `increase(${selector(name, { ...chosen, [status]: ['=~', '5..'] })}[${window}])`;
  return { all, missed: `(${sumBy(failed, [])} or 0 * ${all})` };
}

function latency(context: Context, window: string) {
  const { catalogue, monitoring } = context;
  const { name } = catalogue.requestDuration;
  const answered: Matchers = { [catalogue.httpLabels.status]: ['!~', '5..'] };
  const within = { ...answered, le: bound(monitoring.objective.latencySeconds) };
  const all = counted(`${name}_count`, answered, context, window);
  return { all, missed: `clamp_min(${all} - ${counted(`${name}_bucket`, within, context, window)}, 0)` };
}

/** Requests, without the client errors on no route. */
function counted(name: string, matchers: Matchers, { catalogue, chosen }: Context, window: string): string {
  const { route, status } = catalogue.httpLabels;
  const increase = (more: Matchers) => `increase(${selector(name, { ...chosen, ...matchers, ...more })}[${window}])`;
  const nobodys = increase({ [route]: unmatchedRoute(catalogue), [status]: ['=~', '4..'] });
  return sumBy(`${increase({})} unless ${nobodys}`, []);
}
