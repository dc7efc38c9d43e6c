import type { Objective } from '../monitoring.js';
import { type Matchers, selector } from '../promql.js';
import { type Indicator, recordsOf } from './objective.js';
import type { AlertRule, Severity } from './rule.js';

/** How fast the error budget is spent, over which windows that is seen, and how urgent it is. */
export interface BurnRate {
  /** Times the speed that would spend the budget in exactly 30 days. */
  readonly factor: number;
  readonly long: Window;
  /** Lets the alert end soon after its cause. */
  readonly short: Window;
  /** Minutes that it has to last. */
  readonly forMinutes: number;
  readonly severity: Severity;
}

/** https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts */
export const burnRates: readonly [BurnRate, ...BurnRate[]] = [
  { factor: 14.4, long: '1h', short: '5m', forMinutes: 2, severity: 'page' },
  { factor: 6, long: '6h', short: '30m', forMinutes: 15, severity: 'page' },
  { factor: 3, long: '1d', short: '2h', forMinutes: 60, severity: 'ticket' },
  { factor: 1, long: '3d', short: '6h', forMinutes: 180, severity: 'ticket' },
];

const windowSeconds = {
  '5m': 300,
  '30m': 1800,
  '1h': 3600,
  '2h': 7200,
  '6h': 21_600,
  '1d': 86_400,
  '3d': 259_200,
} as const;
export type Window = keyof typeof windowSeconds;

/** With fewer misses in the long window nobody is told: one error at night, of three requests, is no outage. */
export const leastMisses = 10;

/** A burn rate that would need more failures than there are requests would never be reached; this share always counts. */
const mostShare = 0.9;

/** The share of requests that may miss the objective, 0 to 1. */
export function budgetOf({ availability }: Objective): number {
  return Number((1 - availability / 100).toPrecision(10));
}

/** The share of misses, 0 to 1, beyond which the budget burns at this rate. */
export function thresholdOf(factor: number, objective: Objective): number {
  return Math.min(factor * budgetOf(objective), mostShare);
}

/** The name of the alert of a burn rate. */
export function burnAlertName(indicator: Indicator, { long }: BurnRate): string {
  return `${titles[indicator]}BudgetBurn${long}`;
}

const titles = { availability: 'Availability', latency: 'Latency' } as const;

/** The alert of a burn rate. It pages only when the user has set the objective. */
export function burnAlert(indicator: Indicator, rate: BurnRate, service: Matchers, objective: Objective): AlertRule {
  const { factor, long, short } = rate;
  const budget = budgetOf(objective);
  const share = (window: Window) => selector(recordsOf(indicator, window).missRatio, service);
  const least = thresholdOf(factor, objective);
  const threshold = least === mostShare ? String(mostShare) : `${factor} * ${budget}`;
  const misses = selector(recordsOf(indicator, long).misses, service);
  const what = indicator === 'availability' ? 'failed' : `took longer than ${objective.latencySeconds} s`;
  return {
    alert: burnAlertName(indicator, rate),
    expr: [
      `${share(long)} > ${threshold}`,
      `and ${share(short)} > ${threshold}`,
      `and ${misses} * ${windowSeconds[long]} >= ${leastMisses}`,
    ].join('\n'),
    for: `${rate.forMinutes}m`,
    labels: { severity: objective.isGiven ? rate.severity : 'ticket' },
    annotations: {
      summary: `{{ $labels.application }}: {{ $value | humanizePercentage }} of the requests ${what} in the last ${long}`,
      description: `The objective is ${objective.availability} % over 30 days. At this speed the error budget of that time is spent within ${lifetime(least / budget)}; the last ${short} are no better.`,
      runbook: runbooks[indicator],
    },
  };
}

/** How long the budget of 30 days lasts at so many times the speed that would spend it in just that time. */
function lifetime(factor: number): string {
  const hours = (30 * 24) / factor;
  return hours >= 72 ? `${Math.round(hours / 24)} days` : `${Math.round(hours)} hours`;
}

const runbooks = {
  availability:
    'See which routes and status codes fail, and since when (dashboard, errors by route); compare with the last deployment (app_info), then with the services and databases that these routes need.',
  latency:
    'See which routes are slow, and since when (dashboard, p99 by route). All of them: look at CPU, event loop, garbage collection and traffic. Some: look at what they wait for.',
} as const;
