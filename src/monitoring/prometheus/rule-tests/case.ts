import type { Monitoring } from '../../monitoring.js';
import { type Matchers, selector } from '../../promql.js';
import type { AlertRule } from '../rule.js';

/** Minutes between two evaluations of the rules; a case asks at multiples of it. With 1, the tests would take a minute. */
export const evaluationMinutes = 5;

/** A case of promtool's: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#test_group. */
export interface RuleTest {
  readonly name: string;
  readonly interval: '1m';
  readonly input_series: readonly InputSeries[];
  readonly promql_expr_test: readonly ExpressionTest[];
}

export interface InputSeries {
  readonly series: string;
  /** A value for each minute, in promtool's notation. */
  readonly values: string;
}

export interface ExpressionTest {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/** How many alerts of a name are to fire; of a name that is not there, none. */
export type Firing = Readonly<Record<string, number>>;

/** What fires when something has lasted for half an hour, or, where nothing is to fire, did not before either. */
export function firingAt(firing: Firing): ReadonlyMap<number, Firing> {
  return new Map([...(Object.keys(firing).length === 0 ? [[25, firing] as const] : []), [30, firing]]);
}

/**
 * A case. It asks which alerts fire and how urgent they are, not how they are worded: a changed text breaks no case.
 *
 * @param firing what is to fire, by the minute
 * @param only the one alert that is asked for; default: all
 */
export function ruleTest(
  { application }: Monitoring,
  alerts: readonly AlertRule[],
  name: string,
  series: readonly InputSeries[],
  firing: ReadonlyMap<number, Firing>,
  only?: string,
): RuleTest {
  const asked: Matchers = { application, alertstate: 'firing', ...(only === undefined ? {} : { alertname: only }) };
  return {
    name,
    interval: '1m',
    input_series: series,
    promql_expr_test: [...firing].map(([minute, expected]) => ({
      expr: `count by (alertname, severity) (${selector('ALERTS', asked)})`,
      eval_time: `${minute}m`,
      exp_samples: Object.entries(expected).map(([alert, value]) => ({ labels: labelsOf(alert, alerts), value })),
    })),
  };
}

function labelsOf(alertname: string, alerts: readonly AlertRule[]): string {
  const rule = alerts.find(({ alert }) => alert === alertname);
  if (rule === undefined) throw new Error(`there is no alert ${alertname}`);
  return selector('', { alertname, severity: rule.labels.severity });
}
