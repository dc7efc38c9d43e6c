import { describe, expect, it } from 'vitest';
import { dashboard } from '../../../src/monitoring/grafana/dashboard.js';
import type { Dashboard } from '../../../src/monitoring/grafana/model.js';
import type { Monitoring } from '../../../src/monitoring/monitoring.js';
import { labelsBySeries, labelsLeft, strangeLabels } from '../support/labels.js';
import { COMBINATIONS, monitoringOf } from './support/monitoring.js';
import { callAround, nodesOf, parsePromql, selectorsOf, withDurations } from './support/promql.js';

describe.each(COMBINATIONS)('the expressions of %s', (_name, monitoring) => {
  const made = dashboard(monitoring);
  const shown = shownBy(made);
  const selectors = shown.flatMap((expression) => selectorsOf(expression).map((one) => ({ ...one, expression })));
  const all = [...selectors, ...routesOf(made).flatMap(selectorsOf)];

  it('are PromQL, and enough of it', () => {
    expect(shown.length).toBeGreaterThan(30);
    for (const expression of [...shown, ...routesOf(made)]) parsePromql(expression);
  });

  it('choose the application, and what was chosen by job and instance', () => {
    for (const { matchers } of all) {
      expect(matchers).toContainEqual({ label: 'application', operator: '=', value: '$application' });
      expect(matchers).toContainEqual({ label: 'job', operator: '=~', value: '$job' });
      expect(matchers).toContainEqual({ label: 'instance', operator: '=~', value: '$instance' });
    }
  });

  it('ask for no metric that the service has not', () => {
    const exposed = exposedBy(monitoring);
    for (const { name } of all) expect(exposed).toContain(name);
  });

  it('name no label that the metric has not, in matchers, groupings and legends', () => {
    const known = labelsBySeries(monitoring);
    for (const expression of [...shown, ...routesOf(made)]) expect(strangeLabels(expression, known)).toEqual([]);
    const legends = legendsOf(made);
    expect(legends.length).toBeGreaterThan(20);
    for (const { expression, labels } of legends) {
      const left = labelsLeft(expression);
      for (const label of labels) {
        // Of two that are joined, the left one keeps its labels.
        expect(known.get(selectorsOf(expression)[0]?.name ?? ''), expression).toContain(label);
        if (left !== undefined) expect(left, expression).toContain(label);
      }
    }
  });

  it('take the growth of counters, and of nothing else', () => {
    const counters = countersOf(monitoring);
    const grows = selectors.filter(({ node, expression }) => {
      const range = node.parent?.name === 'MatrixSelector' ? node.parent : undefined;
      const moved = range?.parent?.name === 'OffsetExpr' ? range.parent : range;
      return moved !== undefined && !['changes', 'last_over_time'].includes(callAround(expression, moved) ?? '');
    });
    const stands = selectors.filter((selector) => !grows.includes(selector));
    for (const { name } of grows) expect(counters).toContain(name);
    for (const { name } of stands) expect(counters).not.toContain(name);
  });

  it('never average or add up a quantile', () => {
    for (const text of aggregatesOf(shown, /^(avg|sum)\b/)) {
      expect(text).not.toMatch(/histogram_quantile|quantile="|_lag_p\d\d_/);
    }
  });

  it('never add up what Redis holds', () => {
    const inRedis = monitoring.own.filter((metric) => metric.inRedis).map(({ name }) => name);
    for (const text of aggregatesOf(shown, /^(avg|sum|count)\b/)) {
      for (const name of inRedis) expect(text).not.toContain(name);
    }
  });
});

describe('labels that a series has not', () => {
  it.each([
    ['up{jobs="a"}', 'jobs'],
    ['sum by (job, pod) (rate(up[5m]))', 'pod'],
    ['up / on (pod) up', 'pod'],
    ['app_info + on (job) group_left (kind) up', 'kind'],
  ])('are found in %s', (expression, label) => {
    const known = labelsBySeries(monitoringOf());
    expect(strangeLabels(expression, known)).toContain(`up has no ${label}`);
    expect(strangeLabels('sum by (version, job) (app_info{instance="a"})', known)).toEqual([]);
  });
});

/** The aggregations that begin like this, each with all that is in it. */
function aggregatesOf(expressions: readonly string[], operator: RegExp): string[] {
  return expressions
    .flatMap((expression) =>
      nodesOf(parsePromql(expression), 'AggregateExpr').map(({ from, to }) => expression.slice(from, to)),
    )
    .filter((text) => operator.test(text));
}

/** The expressions of panels and annotations, with durations for Grafana's own variables. */
function shownBy({ panels, annotations }: Dashboard): string[] {
  return [
    ...panels.flatMap((panel) => ('targets' in panel ? panel.targets.map(({ expr }) => expr) : [])),
    ...annotations.list.map(({ expr = '' }) => expr),
  ].map(withDurations);
}

/** The labels that legends and annotations show, each with its expression. */
function legendsOf({ panels, annotations }: Dashboard): { expression: string; labels: readonly string[] }[] {
  const inBraces = (text = '') => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  return [
    ...panels.flatMap((panel) =>
      'targets' in panel ? panel.targets.map(({ expr, legendFormat }) => [expr, inBraces(legendFormat)] as const) : [],
    ),
    ...annotations.list.map(
      ({ expr = '', textFormat, tagKeys = '' }) => [expr, [...inBraces(textFormat), ...tagKeys.split(',')]] as const,
    ),
  ].map(([expression, labels]) => ({ expression: withDurations(expression), labels }));
}

/** What the route's variable takes its values from. */
function routesOf({ templating }: Dashboard): string[] {
  return templating.list
    .filter(({ name }) => name === 'route')
    .map(({ query }) => String(query).replace(/^label_values\((.*), \w+\)$/, '$1'));
}

interface Exposed {
  readonly name: string;
  readonly type: string;
}

function declaredBy({ catalogue, own }: Monitoring): readonly Exposed[] {
  return [...Object.values(catalogue.metrics), ...own];
}

function exposedBy(monitoring: Monitoring): string[] {
  const metrics = declaredBy(monitoring).flatMap(({ name, type }) => {
    if (type === 'histogram') return partsOf(name);
    return type === 'summary' ? [name, `${name}_sum`, `${name}_count`] : [name];
  });
  return [...metrics, 'up', 'scrape_duration_seconds', 'scrape_samples_scraped'];
}

function countersOf(monitoring: Monitoring): string[] {
  return declaredBy(monitoring).flatMap(({ name, type }) => {
    if (type === 'counter') return [name];
    return type === 'histogram' || type === 'summary' ? partsOf(name) : [];
  });
}

function partsOf(name: string): string[] {
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
}
