import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { AlertRule, RecordingRule } from '../../../src/monitoring/prometheus/rule.js';
import { ruleTests } from '../../../src/monitoring/prometheus/rule-tests.js';
import { ruleFiles, ruleGroups } from '../../../src/monitoring/prometheus/rules.js';
import { prometheusBinary } from './support/binaries.js';
import { monitoringOf, nameOf, type Options, ruleOptions } from './support/monitorings.js';
import { type RuleRun, runRuleTests, type Test, unseenIn } from './support/rule-runs.js';
import { runPromtool, temporaryFolder, write } from './support/written.js';

const promtool = await prometheusBinary('promtool');

/** Tags that YAML, PromQL or a regular expression could take for something else. */
const tags = ['1e3', 'null', 'a.b-c', 'x'.repeat(63)];

/** Runs are made together before the first of their tests: promtool takes seconds for some, and many at once. */
const runsMs = 900_000;

describe.skipIf(promtool === undefined)('the tests of the rules', () => {
  const objectives = [
    { availability: 50, latencySeconds: 1 },
    { availability: 90, latencySeconds: 10 },
    { availability: 95, latencySeconds: 2.5 },
    { availability: 99.95, latencySeconds: 0.005 },
    { availability: 99.999, latencySeconds: 0.25 },
  ];
  // A prefix is in names only, and one of each flavour shows it.
  const isFull = ({ multiprocess, redis, isGiven }: Options) => multiprocess && redis && isGiven;
  const all: Options[] = [
    ...ruleOptions.filter((options) => options.prefix === undefined || isFull(options)),
    ...objectives,
    ...tags.map((application) => ({ application })),
  ];

  // Combinations that give the same files are run once, and so is a case that another combination asks of the same rules.
  const different = new Map(all.map((options) => [JSON.stringify(ruleFiles(monitoringOf(options))), options]));
  const seen = new Set<string>();
  const runs = [...different.values()].map((options): RuleRun => {
    const made = monitoringOf(options);
    const [rules, tests] = ruleFiles(made).map(({ text }) => text);
    const cases: readonly Test[] = parse(tests ?? '').tests;
    const chosen = options.application === undefined ? unseenIn(cases, ruleGroups(made), seen) : cases.filter(isShort);
    return { name: nameOf(options), rules: rules ?? '', file: { ...parse(tests ?? ''), tests: chosen } };
  });

  describe('pass', () => {
    let said: ReadonlyMap<string, string>;
    beforeAll(async () => {
      said = await runRuleTests(promtool ?? '', runs);
    }, runsMs);

    it.each(runs.map(({ name }) => name))('for %s', (name) => {
      expect(said.get(name)?.trim()).toBe('SUCCESS');
    });
  });

  it.each(tags)('are the same for %s, but for that tag', (application) => {
    // So the cases that take hours of a service are as good for it as for any other.
    const files = (tag: string) => {
      const [rules, tests] = ruleFiles(monitoringOf({ application: tag })).map(({ text }) => parse(text));
      return JSON.stringify([rules, tests]);
    };
    const between = (tag: string) => new RegExp(`(?<=[="/ -]|^)${tag.replace(/[.]/g, '\\$&')}(?=[\\\\"\\-. ])`, 'g');
    expect(files(application).replace(between(application), 'shop')).toBe(files('shop'));
  });

  const monitoring = monitoringOf({ latencySeconds: 1 });
  const groups = ruleGroups(monitoring);

  it('pass where add writes them', async () => {
    const folder = await temporaryFolder();
    const files = ruleFiles(monitoring);
    await write(folder, files);
    const { ok, said } = await runPromtool(promtool ?? '', folder, 'test', 'rules', files[1]?.path ?? '');
    expect(ok, said).toBe(true);
  });

  const faults: Fault[] = groups
    .flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])))
    .map((name) => ({
      name: `without the alert ${name}`,
      change: (rule) => ('alert' in rule && rule.alert === name ? [] : [rule]),
      cases: (test) => JSON.stringify(test).includes(`alertname=\\"${name}\\"`),
    }));

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
  for (const [name, rule, from, to, cases] of mutations) {
    faults.push({
      name: `when ${name}`,
      change: (one) => (rule.test(nameOfRule(one)) ? [{ ...one, expr: one.expr.replace(from, to) }] : [one]),
      cases: (test) => cases.test(test.name),
    });
  }
  for (const name of ['TargetDown', 'EventLoopBlocked', 'RedisMetricsMissing']) {
    faults.push({
      name: `when ${name} does not wait`,
      change: (rule) => ['alert' in rule && rule.alert === name ? { ...rule, for: '0s' } : rule],
      cases: (test) => test.name.includes('for a moment'),
    });
  }
  faults.push({
    name: 'when an alert is as urgent as another one',
    change: (rule) => ['alert' in rule ? { ...rule, labels: { severity: 'ticket' } } : rule],
    cases: ({ name }) => name === 'all instances are down',
  });

  // All pass with the rules as they are: see above.
  describe('fail', () => {
    const file = ruleTests(monitoring, groups, '');
    const broken = faults.map(({ name, change, cases }) => {
      const changed = groups.map((group) => ({ ...group, rules: group.rules.flatMap(change) }));
      return { name, changed, tests: file.tests.filter(cases) };
    });
    let said: ReadonlyMap<string, string>;
    beforeAll(async () => {
      const runs = broken.map(({ name, changed, tests }) => {
        return { name, rules: stringify({ groups: changed }), file: { ...file, tests } };
      });
      said = await runRuleTests(promtool ?? '', runs);
    }, runsMs);

    it.each(broken)('$name', ({ name, changed, tests }) => {
      expect(changed).not.toEqual(groups);
      expect(tests).not.toHaveLength(0);
      expect(said.get(name)).toMatch(/^\s*FAILED:/);
      // It fails because of what it expects, and not because it could not be read.
      expect(said.get(name)).toContain('exp:');
    });
  });
});

/** A case whose service lives for an hour at most. */
function isShort({ promql_expr_test }: Test): boolean {
  return promql_expr_test.every(({ eval_time }) => Number.parseInt(eval_time, 10) <= 60);
}

/** A change of the rules that some of the cases are there to find. */
interface Fault {
  readonly name: string;
  readonly change: (rule: RecordingRule | AlertRule) => readonly (RecordingRule | AlertRule)[];
  readonly cases: (test: Test) => boolean;
}

function nameOfRule(rule: RecordingRule | AlertRule): string {
  return 'alert' in rule ? rule.alert : rule.record;
}
