import { describe, expect, it } from 'vitest';
import { dashboard } from '../../../src/monitoring/grafana/dashboard.js';
import { type Finding, type Linted, type LintedPanel, type LintedTarget, lint, RULES } from './linter.js';
import { COMBINATIONS, monitoringOf, OWN } from './support/monitoring.js';

describe("the rules of Grafana's dashboard-linter", () => {
  it.each(COMBINATIONS)('find nothing in the dashboard of %s', (_name, monitoring) => {
    expect(lint(dashboard(monitoring))).toEqual([]);
  });

  it.each(faultyDashboards())('%s finds what is wrong', (rule, faulty, where) => {
    expect(lint(faulty)).toContainEqual({ rule, where });
  });

  it('are all seen to find something', () => {
    expect(new Set(faultyDashboards().map(([rule]) => rule))).toEqual(new Set(Object.keys(RULES)));
  });
});

type Faulty = [rule: string, dashboard: Linted, where: Finding['where']];

/** Our dashboard with one fault each. */
function faultyDashboards(): Faulty[] {
  const good: Linted = dashboard(monitoringOf({ multiprocess: true }, { own: OWN }));
  const withVariable = (name: string, change: object): Linted => ({
    ...good,
    templating: { list: good.templating.list.map((one) => (one.name === name ? { ...one, ...change } : one)) },
  });
  const without = (name: string): Linted => ({
    ...good,
    templating: { list: good.templating.list.filter((one) => one.name !== name) },
  });
  const withPanel = (change: LintedPanel | object): Linted => ({
    ...good,
    panels: good.panels.map((panel) =>
      panel.title === 'Workers' && panel.type !== 'row' ? { ...panel, ...change } : panel,
    ),
  });
  const withQuery = (expr: string, more: Partial<LintedTarget> = {}): Faulty[1] =>
    withPanel({ targets: [{ expr, datasource: { type: 'prometheus', uid: '$datasource' }, ...more }] });
  const chosen = 'job=~"$job",instance=~"$instance"';
  const panel = 'panel Workers';
  const loki = { datasource: { type: 'loki', uid: 'loki' } };

  const queries: readonly (readonly [rule: string, expr: string, more?: Partial<LintedTarget>])[] = [
    ['target-promql-rule', `sum(rate(a{${chosen}}[$__rate_interval])`],
    ['target-promql-rule', ''],
    ['target-rate-interval-rule', `rate(a{${chosen}}[5m])`],
    ['target-rate-interval-rule', `sum(irate(a{${chosen}}[$__range]))`],
    ['target-job-rule', 'up{instance=~"$instance"}'],
    ['target-job-rule', 'up{job="$job",instance=~"$instance"}'],
    ['target-instance-rule', `up{${chosen}} / on (job) count by (job) (up{job=~"$job"})`],
    ['target-counter-agg-rule', `sum(a_total{${chosen}})`],
    ['target-counter-agg-rule', `delta(a_total{${chosen}}[$__rate_interval])`],
    ['target-logql-rule', 'rate(foo[$__auto])', loki],
    ['target-logql-auto-rule', 'rate({application="shop"}[5m])', loki],
  ];
  return [
    ['template-datasource-rule', without('datasource'), 'the dashboard has no variable for its data source'],
    ['template-datasource-rule', withVariable('datasource', { label: 'Source' }), 'variable datasource'],
    ['template-job-rule', without('job'), 'variable job'],
    ['template-job-rule', withVariable('job', { allValue: '.*' }), 'variable job'],
    ['template-instance-rule', withVariable('instance', { multi: false }), 'variable instance'],
    ['template-label-promql-rule', withVariable('route', { query: 'label_value(up, job)' }), 'variable route'],
    ['template-label-promql-rule', withVariable('route', { query: 'label_values(up{, job)' }), 'variable route'],
    ['template-on-time-change-reload-rule', withVariable('route', { refresh: 1 }), 'variable route'],
    ['panel-datasource-rule', withPanel({ datasource: { uid: 'prometheus' } }), panel],
    ['panel-title-description-rule', withPanel({ description: '' }), panel],
    ['panel-units-rule', withPanel({ fieldConfig: { defaults: { unit: 'workers' }, overrides: [] } }), panel],
    ['panel-no-targets-rule', withPanel({ targets: [] }), panel],
    ['uneditable-dashboard', { ...good, editable: true }, 'the dashboard can be edited'],
    ...queries.map(([rule, expr, more]): Faulty => [rule, withQuery(expr, more), `${panel}: ${expr}`]),
  ];
}
