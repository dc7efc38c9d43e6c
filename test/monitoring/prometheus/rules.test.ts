import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { AlertRule, RecordingRule } from '../../../src/monitoring/prometheus/rule.js';
import { ruleFiles, ruleGroups } from '../../../src/monitoring/prometheus/rules.js';
import { prometheusFiles } from '../../../src/monitoring/prometheus/scrape-config.js';
import { selectorsOf } from '../grafana/support/promql.js';
import { labelsBySeries, labelsLeft, strangeLabels } from '../support/labels.js';
import { prometheusBinary } from './support/binaries.js';
import { awkwardTags, monitoringOf, nameOf, type Options, ruleOptions } from './support/monitorings.js';
import { runPromtool, temporaryFolder, write } from './support/written.js';

const promtool = await prometheusBinary('promtool');

/** Alerts name a worker, where there is one. */
const ofEveryAlert = ['worker'];

const rulesOf = (options: Options) => ruleGroups(monitoringOf(options)).flatMap(({ rules }) => rules);
const alertsOf = (options: Options) => rulesOf(options).filter((rule): rule is AlertRule => 'alert' in rule);
const recordsOf = (options: Options) => rulesOf(options).filter((rule): rule is RecordingRule => 'record' in rule);
const namesOf = (options: Options) => alertsOf(options).map(({ alert }) => alert);

describe.each(ruleOptions.map((options) => [nameOf(options), options] as const))('the rules of %s', (_, options) => {
  it.skipIf(promtool === undefined)('are what promtool takes, without a word about their style', async () => {
    const folder = await temporaryFolder();
    const files = ruleFiles(monitoringOf(options));
    await write(folder, files);
    const { ok, said } = await runPromtool(
      promtool ?? '',
      folder,
      'check',
      'rules',
      '--lint-fatal',
      files[0]?.path ?? '',
    );
    expect(ok, said).toBe(true);
    expect(said).toContain(`SUCCESS: ${rulesOf(options).length} rules found`);
  });

  it('ask for what the service exposes, what Prometheus adds, and what they record, each of this application', () => {
    const monitoring = monitoringOf(options);
    const { metrics } = monitoring.catalogue;
    const histogram = monitoring.catalogue.requestDuration.name;
    const known = new Set([
      ...[
        'up',
        'scrape_samples_post_metric_relabeling',
        'scrape_sample_limit',
        `${histogram}_bucket`,
        `${histogram}_count`,
      ],
      ...Object.values(metrics).map(({ name }) => name),
      ...recordsOf(options).map(({ record }) => record),
    ]);
    for (const { expr } of rulesOf(options)) {
      const selectors = selectorsOf(expr);
      expect(selectors.length).toBeGreaterThan(0);
      for (const { name, matchers } of selectors) {
        expect(known).toContain(name);
        expect(matchers).toContainEqual({ label: 'application', operator: '=', value: 'shop' });
      }
    }
  });

  it('name no label that the series has not, in matchers and groupings', () => {
    const exposed = labelsBySeries(monitoringOf(options));
    const recorded = recordsOf(options).map(({ record }) => {
      const { route } = monitoringOf(options).catalogue.httpLabels;
      return [record, ['application', ...(record.startsWith(`application_${route}:`) ? [route] : [])]] as const;
    });
    const known = new Map([...exposed, ...recorded]);
    for (const { expr } of rulesOf(options)) expect(strangeLabels(expr, known)).toEqual([]);
    for (const { record, expr } of recordsOf(options)) {
      const left = labelsLeft(expr);
      if (left !== undefined) expect(left, record).toEqual(known.get(record));
    }
    const usual = [...ofEveryAlert, ...[...known.values()].flat()];
    for (const { annotations } of alertsOf(options)) {
      const texts = Object.values(annotations).join(' ');
      for (const [, label = ''] of texts.matchAll(/\$labels\.(\w+)/g)) expect(usual).toContain(label);
    }
  });

  it('record under names of three parts, which no application changes, each once', () => {
    const names = recordsOf(options).map(({ record }) => record);
    for (const name of names) expect(name).toMatch(/^application(_[a-z_]+)?:[a-z_]+:[a-z0-9_]+$/);
    expect(new Set(names).size).toBe(names.length);
    expect(recordsOf({ ...options, application: 'a.b-c' }).map(({ record }) => record)).toEqual(names);
  });

  it('wait, say how urgent it is, what it is, and what to do', () => {
    const alerts = alertsOf(options);
    for (const { for: wait, labels, annotations } of alerts) {
      expect(wait).toMatch(/^[1-9]\d*m$/);
      expect(['page', 'ticket']).toContain(labels.severity);
      for (const text of [annotations.summary, annotations.description, annotations.runbook]) {
        expect(text.length).toBeGreaterThan(20);
        expect(text).not.toContain('undefined');
      }
    }
    expect(new Set(namesOf(options)).size).toBe(alerts.length);
  });

  it('page only when the objective is the own one of the service', () => {
    const paging = alertsOf(options).filter(({ labels }) => labels.severity === 'page');
    expect(paging.map(({ alert }) => alert)).toEqual(
      options.isGiven === true
        ? [
            ...['AvailabilityBudgetBurn1h', 'AvailabilityBudgetBurn6h', 'LatencyBudgetBurn1h', 'LatencyBudgetBurn6h'],
            ...['AllTargetsDown', 'TargetAbsent'],
          ]
        : [],
    );
  });
});

describe('alerts', () => {
  it('are there for what the service has', () => {
    const always = /Burn|Target|SampleLimit|BucketMissing/;
    const runtime = (options: Options) => namesOf(options).filter((name) => !always.test(name));
    const node = ['EventLoopBlocked', 'HeapNearLimit', 'RestartLoop'];
    expect(runtime({ multiprocess: false, redis: false })).toEqual(node);
    expect(runtime({ multiprocess: true, redis: false })).toEqual([...node, 'MultiprocessMetricsDegraded']);
    expect(runtime({ multiprocess: false, redis: true })).toEqual([...node, 'RedisMetricsMissing', 'RedisMetricsLost']);
    for (const flavour of ['flask-client', 'flask-exporter'] as const) {
      expect(runtime({ flavour, multiprocess: false, redis: false })).toEqual(['RestartLoop']);
      expect(runtime({ flavour, multiprocess: true, redis: false })).toEqual([
        'RestartLoop',
        'MultiprocessMetricsDegraded',
      ]);
      expect(runtime({ flavour, multiprocess: false, redis: true })).toContain('RedisMetricsMissing');
    }
  });

  it('take an objective that is reached by no burn rate as reached when nine of ten fail', () => {
    const [fastest] = alertsOf({ availability: 90 });
    expect(fastest?.expr).toContain('miss_ratio_rate1h{application="shop"} > 0.9\n');
    expect(alertsOf({ availability: 99.95 })[0]?.expr).toContain('> 14.4 * 0.0005\n');
  });
});

describe('the rule files', () => {
  it.each(awkwardTags)('keep the tag %s a text', (application) => {
    const [rules, tests] = ruleFiles(monitoringOf({ application }));
    expect([rules?.path, tests?.path]).toEqual([
      `monitoring/prometheus/rules/${application}.rules.yml`,
      `monitoring/prometheus/rules/tests/${application}.test.yml`,
    ]);
    for (const version of ['1.1', '1.2'] as const) {
      const { groups } = parse(rules?.text ?? '', { version });
      expect(groups).toEqual(ruleGroups(monitoringOf({ application })));
    }
  });

  it('are sealed, the same text each time, and the same with a token', () => {
    const files = ruleFiles(monitoringOf({ token: false }));
    expect(files).toEqual(ruleFiles(monitoringOf({ token: true })));
    for (const { kind, text } of files) {
      expect(kind).toBe('sealed');
      expect(text).toMatch(
        /^# Made by add-prom-metrics \d+\.\d+\.\d+, sha256 [0-9a-f]{16}: .+\.\n# Please do not edit: /,
      );
    }
  });

  it('are found by the configuration, the tests are not', () => {
    const [config] = prometheusFiles(monitoringOf());
    expect(parse(config?.text ?? '').rule_files).toEqual(['rules/*.rules.yml']);
    // So only files of that name are worth naming as a place for rules.
    const [rules, tests] = ruleFiles(monitoringOf());
    expect(rules?.text.split('\n')[1]).toContain('other files of this folder whose names end in ".rules.yml"');
    expect(tests?.text.split('\n')[1]).not.toContain('Rules');
  });
});
