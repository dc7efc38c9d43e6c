import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Monitoring } from '../../../src/monitoring/monitoring.js';
import type { AlertRule, RecordingRule, RuleGroup } from '../../../src/monitoring/prometheus/rule.js';
import { ruleTests } from '../../../src/monitoring/prometheus/rule-tests.js';
import { ruleFiles, ruleGroups } from '../../../src/monitoring/prometheus/rules.js';
import { prometheusBinary } from './support/binaries.js';
import { monitoringOf, nameOf, type Options, ruleOptions } from './support/monitorings.js';
import { runPromtool, temporaryFolder, write } from './support/written.js';

const promtool = await prometheusBinary('promtool');

describe.skipIf(promtool === undefined)('the tests of the rules', () => {
  const objectives = [
    { availability: 50, latencySeconds: 1 },
    { availability: 90, latencySeconds: 10 },
    { availability: 95, latencySeconds: 2.5 },
    { availability: 99.95, latencySeconds: 0.005 },
    { availability: 99.999, latencySeconds: 0.25 },
  ];
  // A prefix is in names only, and one of each flavour shows it: a run costs seconds.
  const isFull = ({ multiprocess, redis, isGiven }: Options) => multiprocess && redis && isGiven;
  const all: Options[] = [
    ...ruleOptions.filter((options) => options.prefix === undefined || isFull(options)),
    ...objectives,
    ...['1e3', 'null', 'a.b-c', 'x'.repeat(63)].map((application) => ({ application })),
  ];

  // Combinations that give the same files are run once.
  const different = new Map(all.map((options) => [JSON.stringify(ruleFiles(monitoringOf(options))), options]));

  it.each([...different.values()].map((options) => [nameOf(options), options] as const))(
    'pass for %s',
    async (_, options) => {
      const folder = await temporaryFolder();
      const files = ruleFiles(monitoringOf(options));
      await write(folder, files);
      const { ok, said } = await runPromtool(promtool ?? '', folder, 'test', 'rules', files[1]?.path ?? '');
      expect(ok, said).toBe(true);
    },
  );

  const monitoring = monitoringOf({ latencySeconds: 1 });
  const alerts = ruleGroups(monitoring).flatMap(({ rules }) =>
    rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])),
  );

  it.each(alerts)('fail without the alert %s', async (name) => {
    const broken = changed(monitoring, (rule) => ('alert' in rule && rule.alert === name ? [] : [rule]));
    await expectFailure(monitoring, broken, (test) => JSON.stringify(test).includes(`alertname=\\"${name}\\"`));
  });

  // Each changes what a rule says in a way that a careless hand might.
  const mutations: readonly (readonly [fault: string, rule: RegExp, from: RegExp, to: string, cases: RegExp])[] = [
    ['one error is enough', /BudgetBurn/, /\nand \S+ \* \d+ >= 10/, '', /only request of a night/],
    ['the short window is not asked', /BudgetBurn1h/, /\nand \S+rate5m\S* > .*/, '', /burst begins and ends/],
    ['the factor is too low', /BudgetBurn6h/, /6 \* /g, '1 * ', /% of the requests/],
    ['the factor is too high', /BudgetBurn6h/, /6 \* /g, '600 * ', /% of the requests/],
    ['client errors on no route count', /slo_availability:requests/, /\n {2}unless .*(?=\))/, '', /not diluted/],
    ['client errors are errors', /slo_availability:misses/, /5\.\./, '[45]..', /of the clients/],
    [
      'errors on no route do not count',
      /slo_availability/,
      /application="shop"/g,
      'application="shop",route!="<unmatched>"',
      /in front of/,
    ],
    ['no errors give nothing', /slo_availability:misses/, /\nor .*/, '', /recorded: without/],
    ['shares of nothing are NaN', /miss_ratio/, / > 0\)/, ')', /recorded: without/],
    ['quantiles of nothing are NaN', /:p99_/, / >= 0/, '', /recorded: without/],
    ['the bound is not matched', /slo_latency:misses/, /le=~"1\|1\\\\\.0"/g, 'le="1.00"', /latency: /],
    ['slow is fast', /slo_latency:misses/, /clamp_min\(\S+\n- /, 'clamp_min(', /recorded: a quarter/],
    [
      'the worker that answers last is asked',
      /MultiprocessMetricsDegraded/,
      /min_over_time\((.*)\[5m\]\)/,
      '$1',
      /for itself/,
    ],
    ['a deployment is a loop', /RestartLoop/, /> 3/, '> 0', /deployment/],
    ['a heap that is half full is full', /HeapNearLimit/, /0\.9/, '0.5', /are well/],
  ];
  it.each(mutations)('fail when %s', async (_, rule, from, to, cases) => {
    let changes = 0;
    const broken = changed(monitoring, (one) => {
      if (!rule.test('alert' in one ? one.alert : one.record)) return [one];
      const expr = one.expr.replace(from, to);
      if (expr !== one.expr) changes += 1;
      return [{ ...one, expr }];
    });
    expect(changes).toBeGreaterThan(0);
    await expectFailure(monitoring, broken, ({ name }) => cases.test(name));
  });

  it.each(['TargetDown', 'EventLoopBlocked', 'RedisMetricsMissing'])('fail when %s does not wait', async (name) => {
    const broken = changed(monitoring, (rule) => [
      'alert' in rule && rule.alert === name ? { ...rule, for: '0s' } : rule,
    ]);
    await expectFailure(monitoring, broken, (test) => test.name.includes('for a moment'));
  });

  it('fail when an alert is as urgent as another one', async () => {
    const broken = changed(monitoring, (rule) => {
      return ['alert' in rule ? { ...rule, labels: { severity: 'ticket' as const } } : rule];
    });
    await expectFailure(monitoring, broken, ({ name }) => name === 'all instances are down');
  });
});

type Test = ReturnType<typeof ruleTests>['tests'][number];

/** The groups, with each rule replaced by what `change` makes of it. */
function changed(
  monitoring: Monitoring,
  change: (rule: RecordingRule | AlertRule) => readonly (RecordingRule | AlertRule)[],
): RuleGroup[] {
  return ruleGroups(monitoring).map((group) => ({ ...group, rules: group.rules.flatMap(change) }));
}

/** Some of the tests pass with the rules as they are, and fail with the broken ones. */
async function expectFailure(
  monitoring: Monitoring,
  broken: readonly RuleGroup[],
  choose: (test: Test) => boolean,
): Promise<void> {
  const groups = ruleGroups(monitoring);
  const file = ruleTests(monitoring, groups, 'rules.yml');
  const tests = file.tests.filter(choose);
  expect(tests).not.toHaveLength(0);
  const folder = await temporaryFolder();
  const outcome = async (rules: readonly RuleGroup[]) => {
    await write(folder, [
      { path: 'rules.yml', text: stringify({ groups: rules }) },
      { path: 'test.yml', text: stringify({ ...file, tests }) },
    ]);
    return runPromtool(promtool ?? '', folder, 'test', 'rules', 'test.yml');
  };
  const [well, ill] = [await outcome(groups), await outcome(broken)];
  expect(well.ok, well.said).toBe(true);
  expect(ill.ok, ill.said).toBe(false);
  // It fails because of what it expects, and not because it could not be read.
  expect(ill.said).toContain('exp:');
}
