import type { Objective } from '../../monitoring.js';
import { type Matchers, selector, sumBy } from '../../promql.js';
import { latest, lines, number, series, steps } from '../chart.js';
import { type Context, panelWith, SHOWN } from '../context.js';
import type { Row } from '../layout.js';

export const BURN_RATE = 302;
/**
 * Burn rates at which a 30-day budget is spent in two days, five days and a month, and the windows that are watched for
 * them: https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
 */
export const FAST_BURN = 14.4;
const SLOW_BURN = 6;
const WINDOWS = ['5m', '1h', '6h'];

/** The share of requests that may fail. */
export function errorBudget({ availability }: Objective): number {
  return Number((1 - availability / 100).toPrecision(6));
}

/** The share of the budget that the time shown has left; below 0 when it was overspent. Nothing without a request. */
export function budgetLeft(context: Context): string {
  return `1 - ${errorShare(context, SHOWN)} / ${errorBudget(context.monitoring.objective)}`;
}

const size = { w: 8, h: 8 };
/** Where a budget is spent just in time, and where the alerts are. */
const burnSteps = steps('transparent', [1, 'yellow'], [SLOW_BURN, 'orange'], [FAST_BURN, 'red']);
const burnWords =
  '1 spends it exactly in the time of the objective. Lines: 1; 6, at which a 30-day budget lasts five days; 14.4, at which it lasts two.';

const left = panelWith([], (_metrics, context) =>
  number({
    id: 301,
    title: 'Budget left over the time shown',
    description: `What is left of the failures and of the slow answers that an objective of ${context.monitoring.objective.availability} % allows over the time shown, of all routes. Below 0 the objective was missed.`,
    unit: 'percentunit',
    size,
    max: 1,
    noValue: 'no requests',
    thresholds: steps('red', [0, 'orange'], [0.25, 'green']),
    queries: [
      latest(budgetLeft(context), 'Answered without 5xx'),
      latest(
        `1 - ${slowShare(context, SHOWN)} / ${errorBudget(context.monitoring.objective)}`,
        `Answered within ${context.monitoring.objective.latencySeconds} s`,
      ),
    ],
  }),
);

const availabilityBurn = panelWith([], (_metrics, context) =>
  burn(context, {
    id: BURN_RATE,
    title: 'Burn rate: 5xx',
    description: `How fast 5xx answers spend the error budget. ${burnWords}`,
    share: errorShare,
  }),
);

const latencyBurn = panelWith([], (_metrics, context) =>
  burn(context, {
    id: 303,
    title: 'Burn rate: slow answers',
    description: `How fast answers slower than ${context.monitoring.objective.latencySeconds} s spend the same budget. ${burnWords}`,
    share: slowShare,
  }),
);

export const slo: Row = { id: 300, title: 'Objective', panels: [left, availabilityBurn, latencyBurn] };

interface Burn {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly share: (context: Context, window: string) => string;
}

function burn(context: Context, { id, title, description, share }: Burn) {
  const budget = errorBudget(context.monitoring.objective);
  return lines({
    id,
    title,
    description,
    unit: 'short',
    size,
    min: 0,
    thresholds: burnSteps,
    queries: WINDOWS.map((window) => series(`${share(context, window)} / ${budget}`, `over ${window}`)),
  });
}

/** Of all requests in a window, the share that was answered with 5xx. */
function errorShare({ catalogue, chosen }: Context, window: string): string {
  const { requests, httpLabels } = catalogue;
  const all = total(requests.name, chosen, window);
  const failed = total(requests.name, { ...chosen, [httpLabels.status]: ['=~', '5..'] }, window);
  return `(${failed} or 0 * ${all}) / (${all} > 0)`;
}

/** Of all requests in a window, the share that took longer than the objective's bound. */
function slowShare({ catalogue, chosen, monitoring }: Context, window: string): string {
  const { name } = catalogue.requestDuration;
  const fast = { ...chosen, le: upTo(monitoring.objective.latencySeconds) };
  const all = total(`${name}_count`, chosen, window);
  return `(1 - ${total(`${name}_bucket`, fast, window)} / (${all} > 0))`;
}

/** A bucket's bound: Prometheus 3 stores that of a whole number as "1.0", Prometheus 2 as "1". */
function upTo(bound: number): Matchers[string] {
  return Number.isInteger(bound) ? ['=~', `${bound}|${bound}\\.0`] : String(bound);
}

// By increase, whose window may be any: Grafana's own window for rates is much shorter than these.
function total(name: string, matchers: Matchers, window: string): string {
  return sumBy(`increase(${selector(name, matchers)}[${window}])`, []);
}
