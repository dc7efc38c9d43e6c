import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/monitoring/grafana/context.js';
import { missShare } from '../../../src/monitoring/grafana/indicator.js';
import { indicatorRules, indicators, recordsOf } from '../../../src/monitoring/prometheus/objective.js';
import { selector } from '../../../src/monitoring/promql.js';
import { COMBINATIONS } from './support/monitoring.js';

describe.each(indicators)('the dashboard’s share of misses: %s', (indicator) => {
  it.each(COMBINATIONS)('is what the alerts record, for %s', (_name, monitoring) => {
    const context = contextOf(monitoring, 'shop-metrics');
    const [requests, misses] = indicatorRules(
      indicator,
      '1h',
      monitoring.catalogue,
      context.chosen,
      monitoring.objective,
    ).map(({ expr }) => expr);
    const recorded = selector(recordsOf(indicator, '1h').requests, context.chosen);
    const missed = misses?.replaceAll(recorded, requests ?? '');
    const missShareOfAlerts = `(${missed}) / (${requests} > 0)`;
    expect(plain(missShare(indicator, context, '1h'))).toBe(plain(missShareOfAlerts));
  });
});

/** Without what the dashboard writes differently on purpose: layout, rates and the label of a recorded series. */
function plain(expression: string): string {
  return expression
    .replace(/\brate\(/g, 'increase(')
    .replace(/sum by \(application\) /g, 'sum')
    .replace(/\s+/g, '');
}
