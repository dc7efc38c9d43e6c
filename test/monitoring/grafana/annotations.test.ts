import { describe, expect, it } from 'vitest';
import { dashboard } from '../../../src/monitoring/grafana/dashboard.js';
import { prometheusBinary } from '../prometheus/support/binaries.js';
import { runPromtool, temporaryFolder, write } from '../prometheus/support/written.js';
import { monitoringOf } from './support/monitoring.js';

const promtool = await prometheusBinary('promtool');

/** What marks versions, for a scrape each minute and all instances. */
function versions(): string {
  const mark = dashboard(monitoringOf()).annotations.list.find(({ name }) => name === 'Versions');
  return (mark?.expr ?? '')
    .replaceAll('$__rate_interval', '2m')
    .replaceAll('$application', 'shop')
    .replaceAll(/\$(?:job|instance)/g, '.+');
}

describe.skipIf(promtool === undefined)('the mark of a version', () => {
  // Samples each minute; a scrape that fails ends a series with a stale marker.
  it.each([
    ['after an outage, the same', { one: '1x10 stale _x40 1x20' }, { 5: [], 52: [], 53: [] }],
    ['a new one, instance by instance', { one: '1x20 stale', two: '_x17 1x20' }, { 16: [], 18: ['two'], 22: [] }],
    ['a new one, after a pause', { one: '1x10 stale', two: '_x40 1x20' }, { 41: ['two'], 46: [] }],
    [
      'a rollback',
      { one: '1x10 stale _x20 1x20', two: '_x11 1x20 stale' },
      { 12: ['two'], 25: [], 32: ['one'], 36: [] },
    ],
  ] as const)('%s', async (_, series, marks) => {
    const folder = await temporaryFolder();
    const test = {
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: Object.entries(series).map(([version, values]) => ({
            series: `app_info{application="shop",job="shop",instance="a",version="${version}"}`,
            values,
          })),
          promql_expr_test: Object.entries(marks).map(([minute, shown]) => ({
            expr: `sum by (version) ((${versions()}) * 0)`,
            eval_time: `${minute}m`,
            exp_samples: shown.map((version: string) => ({ labels: `{version="${version}"}`, value: 0 })),
          })),
        },
      ],
    };
    await write(folder, [{ path: 'test.yml', text: JSON.stringify(test) }]);
    const { ok, said } = await runPromtool(promtool ?? '', folder, 'test', 'rules', 'test.yml');
    expect(ok, said).toBe(true);
  });
});
